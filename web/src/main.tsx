import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ToastProvider } from "@/components/ui/toast";
import { watchShortcuts } from "@/lib/shortcuts";
import { watchTheme } from "@/lib/theme";
import { queryClient } from "@/routes/query-client";
import { router } from "@/routes/router";

watchTheme();
watchShortcuts();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

// None of the Base UI parts in use writes inline styles. Select and ScrollArea do:
// give those a CSPProvider with the nonce of the csp-nonce meta element.
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  </StrictMode>,
);
