import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem } from "@/api/problem";

const MAX_RETRIES = 2;

/** What to do when the session ends while the app is open; the router sets it. */
export const session: { onEnd: () => void } = { onEnd: () => undefined };

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof Problem && error.status === 401) session.onEnd();
    },
  }),
  defaultOptions: {
    queries: {
      // The live stream says when something changed; this only bounds the damage
      // of a missed event.
      staleTime: 30_000,
      retry: (failures, error) => {
        const status = error instanceof Problem ? error.status : -1;
        return failures < MAX_RETRIES && (status === 0 || status >= 500);
      },
    },
  },
});
