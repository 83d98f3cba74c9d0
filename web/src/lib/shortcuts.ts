import { useEffect, useRef, useSyncExternalStore } from "react";

/** One key, or two after another ("g h"), that does something on this page. */
export interface Shortcut {
  /** As KeyboardEvent.key names it, such as "j", "?", "Enter"; two keys have a space between them. */
  keys: string;
  /** What it does, for the sheet. */
  label: string;
  run: () => void;
}

export interface ShortcutGroup {
  name: string;
  list: readonly Shortcut[];
}

const KEY = "shortcuts";
const SEQUENCE_MS = 1000;

let groups: readonly ShortcutGroup[] = [];
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Keys of this page while it is on screen. What comes later wins over what was there before. */
export function useShortcuts(name: string, list: readonly Shortcut[]): void {
  const current = useRef(list);
  current.current = list;
  const shape = list.map(({ keys, label }) => `${keys}\t${label}`).join("\n");
  useEffect(() => {
    const group: ShortcutGroup = {
      name,
      list:
        shape === ""
          ? []
          : shape.split("\n").map((line) => {
              const [keys = "", label = ""] = line.split("\t");
              return { keys, label, run: () => current.current.find((shortcut) => shortcut.keys === keys)?.run() };
            }),
    };
    groups = [...groups, group];
    tell();
    return () => {
      groups = groups.filter((other) => other !== group);
      tell();
    };
  }, [name, shape]);
}

/** What the keys do right now. */
export function useShortcutGroups(): readonly ShortcutGroup[] {
  return useSyncExternalStore(listen, () => groups);
}

/** Single keys can be turned off (WCAG 2.1.4): they get in the way of speech input. */
export function shortcutsOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // storage is blocked
  }
}

export function setShortcutsOn(on: boolean): void {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // Storage is blocked: the choice cannot be kept.
  }
  tell();
}

export function useShortcutsOn(): boolean {
  return useSyncExternalStore(listen, shortcutsOn);
}

/** Whether a key pressed there is text, or belongs to what is open. */
function taken(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("input:not([type=checkbox],[type=radio]),textarea,select"))
    return true;
  return target.closest('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]') !== null;
}

/** The shortcut that a key, after an earlier one perhaps, sets off; the latest group wins. */
export function match(list: readonly ShortcutGroup[], before: string, key: string): Shortcut | undefined {
  for (const keys of before === "" ? [key] : [`${before} ${key}`, key]) {
    for (const group of list.toReversed()) {
      const found = group.list.find((shortcut) => shortcut.keys === keys);
      if (found) return found;
    }
  }
  return undefined;
}

/** Listens for as long as the app runs. */
export function watchShortcuts(): void {
  let before = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = () => {
    before = "";
    clearTimeout(timer);
  };
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Shift" || !shortcutsOn() || taken(event.target)) return;
    // Enter and Space press what has the focus; they are nobody's shortcut there.
    const pressing = event.target instanceof HTMLElement && event.target.closest("a,button,summary,[role=tab]");
    if (pressing && (event.key === "Enter" || event.key === " ")) return;
    const found = match(groups, before, event.key);
    forget();
    if (found) {
      event.preventDefault();
      found.run();
      return;
    }
    before = event.key;
    timer = setTimeout(forget, SEQUENCE_MS);
  });
}
