export interface ToastOptions {
  tone?: "success" | "error";
  /** Offers to take it back. */
  undo?: () => void;
}

export interface Message extends ToastOptions {
  text: string;
}

let waiting: Message[] = [];
let wanted = false;
const listeners = new Set<() => void>();

/** Says in passing what happened. */
export function toast(text: string, options: ToastOptions = {}): void {
  waiting = [...waiting, { text, ...options }];
  wanted = true;
  for (const listener of listeners) listener();
}

/** Hands over what waits, and from then on each message as it comes. */
export function drain(show: (message: Message) => void): () => void {
  const empty = () => {
    const batch = waiting;
    waiting = [];
    for (const message of batch) show(message);
  };
  empty();
  return onWanted(empty);
}

export const isWanted = (): boolean => wanted;

export function onWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
