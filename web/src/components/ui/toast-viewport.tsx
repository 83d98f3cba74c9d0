import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useEffect } from "react";
import { cx } from "@/lib/cx";
import type { Message } from "./toast-queue";

const READ_MS = 5000;
// Long enough to notice a mistake and reach for the button.
const UNDO_MS = 10_000;

interface ViewportProps {
  drain: (show: (message: Message) => void) => () => void;
}

export function ToastViewport({ drain }: ViewportProps) {
  return (
    <Toast.Provider limit={3}>
      <Feed drain={drain} />
      <Toast.Portal>
        {/* On a phone it comes from above: below is what the thumb presses next. */}
        <Toast.Viewport className="fixed top-16 right-4 left-4 z-50 flex flex-col gap-2 md:top-auto md:bottom-6 md:left-auto md:w-96">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Feed({ drain }: ViewportProps) {
  const { add } = Toast.useToastManager();
  useEffect(
    () =>
      drain(({ text, tone = "success", undo }) => {
        add({
          description: text,
          type: tone,
          timeout: undo ? UNDO_MS : READ_MS,
          priority: tone === "error" ? "high" : "low",
          actionProps: undo ? { children: "Undo", onClick: undo } : undefined,
        });
      }),
    [drain, add],
  );
  return null;
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((item) => (
    <Toast.Root
      key={item.id}
      toast={item}
      // It can be reached with the keyboard, so it must not be hidden from who reads by ear.
      aria-hidden={false}
      className={cx(
        "rounded-lg border bg-surface shadow-overlay transition-opacity data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0",
        item.type === "error" ? "border-danger-ink" : "border-line",
      )}
    >
      <Toast.Content className="flex items-center gap-2 p-3">
        <span
          aria-hidden="true"
          className={cx("h-8 w-1 shrink-0 rounded-full", item.type === "error" ? "bg-danger" : "bg-success")}
        />
        <Toast.Description className="min-w-0 flex-1" />
        {item.actionProps && (
          <Toast.Action className="min-h-8 rounded-md px-2 font-medium text-primary-ink hover:bg-sunken" />
        )}
        <Toast.Close
          aria-label="Dismiss"
          aria-hidden={false}
          className="inline-flex size-8 items-center justify-center rounded-md text-quiet hover:bg-sunken hover:text-ink"
        >
          <X aria-hidden="true" className="size-4" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
