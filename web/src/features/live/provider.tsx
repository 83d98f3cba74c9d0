import { type Query, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Problem } from "@/api/problem";
import { me } from "@/api/session";
import { LiveClient, type LiveStatus, type Socket } from "@/lib/live";
import { Invalidator } from "./invalidate";

const StatusContext = createContext<LiveStatus>("connecting");

export function useLiveStatus(): LiveStatus {
  return useContext(StatusContext);
}

function openSocket(after: number | undefined): Socket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const query = after === undefined ? "" : `?after=${after}`;
  const raw = new WebSocket(`${scheme}://${window.location.host}/api/v1/ws${query}`);
  const socket: Socket = { close: () => raw.close(), onopen: null, onmessage: null, onclose: null };
  raw.onopen = () => socket.onopen?.();
  raw.onmessage = (message) => socket.onmessage?.({ data: message.data });
  raw.onclose = () => socket.onclose?.();
  return socket;
}

function watchOnline(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

/** What was asked for while the server was away. */
const unanswered = ({ state }: Query) => state.error instanceof Problem && state.error.status === 0;

interface LiveProviderProps {
  /** The stream was refused; perhaps this person is not let in any more. */
  onRefused: () => void;
  children: ReactNode;
}

/** Keeps everything on screen in step with the server for as long as it is mounted. */
export function LiveProvider({ onRefused, children }: LiveProviderProps) {
  const queries = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>("connecting");
  const started = useRef(0);

  useEffect(() => {
    started.current = Date.now();
    const invalidator = new Invalidator((keys) => {
      // Nobody looks at a hidden page: it asks again when it is seen.
      const refetchType = document.visibilityState === "hidden" ? "none" : "active";
      for (const key of keys) void queries.invalidateQueries({ queryKey: [key], refetchType });
    });
    // Events since the answer that said who is here come again: what was asked for
    // after it needs no second question.
    const who = queries.getQueryState(me.queryKey);
    const client = new LiveClient({
      after: who?.data?.seq || undefined,
      open: openSocket,
      onEvent: (event) => invalidator.note(event),
      onStatus: (now) => {
        setStatus(now);
        if (now === "open") void queries.invalidateQueries({ predicate: unanswered });
      },
      // What was fetched earlier may have changed unseen.
      onFirstOpen: () => {
        const since = who?.data?.seq ? who.dataUpdatedAt : Date.now();
        void queries.invalidateQueries({
          predicate: (query) =>
            query.queryKey[0] !== "me" && query.state.dataUpdatedAt > 0 && query.state.dataUpdatedAt < since,
        });
      },
      onResync: () => void queries.invalidateQueries(),
      onRefused,
    });
    const wake = () => {
      if (document.visibilityState === "visible") client.wake();
    };
    client.start();
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      client.stop();
      invalidator.stop();
    };
  }, [queries, onRefused]);

  // The browser knows of a pulled cable long before a socket does.
  const online = useSyncExternalStore(watchOnline, () => navigator.onLine);

  return <StatusContext value={online ? status : "offline"}>{children}</StatusContext>;
}
