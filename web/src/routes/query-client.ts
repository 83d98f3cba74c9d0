import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem } from "@/api/problem";

const MAX_RETRIES = 2;
const FIRST_RETRY_MS = 1000;

/**
 * What to do when the session ends while the app is open, and when the organization
 * begins to ask for a second factor; the router sets both.
 */
export const session: { onEnd: () => void; onFactor: () => void } = {
  onEnd: () => undefined,
  onFactor: () => undefined,
};

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof Problem && error.status === 401) session.onEnd();
      if (error instanceof Problem && error.code === "mfa_setup_required") session.onFactor();
    },
  }),
  defaultOptions: {
    queries: {
      // The live stream says when something changed; this only bounds the damage
      // of a missed event.
      staleTime: 30_000,
      retry: (failures, error) => {
        const status = error instanceof Problem ? error.status : -1;
        return failures < MAX_RETRIES && (status === 0 || status === 429 || status >= 500);
      },
      retryDelay: (failures, error) => {
        const asked = error instanceof Problem ? error.retryAfter : undefined;
        return asked === undefined ? FIRST_RETRY_MS * 2 ** failures : asked * 1000;
      },
    },
  },
});
