import type { LiveEvent } from "@/lib/live";

/** Roots of query keys; see the factories in api/. */
type Root =
  | "decisions"
  | "leads"
  | "imports"
  | "campaigns"
  | "actions"
  | "replies"
  | "activity"
  | "analytics"
  | "mailboxes"
  | "me"
  | "watch";

/** Which queries an event makes stale, by the first part of its own name. */
const BY_AREA: Record<string, readonly Root[]> = {
  lead: ["leads"],
  import: ["imports", "leads"],
  campaign: ["campaigns"],
  enrolment: ["campaigns"],
  email: ["leads", "actions"],
  reply: ["replies", "leads", "decisions"],
  conversation: ["replies", "leads"],
  action: ["actions"],
  decision: ["replies"],
  suppression: ["leads"],
  consent: ["leads"],
  metrics: ["analytics", "campaigns"],
  mailbox: ["mailboxes"],
  organization: ["me", "campaigns"],
  member: ["me"],
  security: ["watch"],
  incident: ["watch"],
};

const ALWAYS: readonly Root[] = ["activity"];

export function rootsOf({ event, type }: Pick<LiveEvent, "event" | "type">): Root[] {
  const name = type ?? event;
  const roots = new Set<Root>(ALWAYS);
  const area = name.split(".", 1)[0] ?? "";
  for (const root of BY_AREA[area] ?? []) roots.add(root);
  if (name === "lead.imported") roots.add("imports");
  // ai.activity without its own name may be either.
  if (area === "ai") for (const root of ["actions", "replies"] as const) roots.add(root);
  return [...roots];
}

// With the time of an answer, what happens is on screen within a second. The pause
// grows while a busy campaign goes on.
const FIRST_GATHER_MS = 200;
const GATHER_MS = 600;

/**
 * Gathers events, so that a busy campaign refreshes a page once or
 * twice a second and not once a mail. The first event after a pause acts at once.
 */
export class Invalidator {
  #act: (roots: Root[]) => void;
  #pending = new Set<Root>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_GATHER_MS;

  constructor(act: (roots: Root[]) => void) {
    this.#act = act;
  }

  note(event: Pick<LiveEvent, "event" | "type">): void {
    for (const root of rootsOf(event)) this.#pending.add(root);
    if (this.#timer === undefined) this.#flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
  }

  #flush(): void {
    const roots = [...this.#pending];
    this.#pending.clear();
    if (roots.length > 0) this.#act(roots);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const busy = this.#pending.size > 0;
      this.#pause = busy ? Math.min(GATHER_MS, this.#pause * 2) : FIRST_GATHER_MS;
      if (busy) this.#flush();
    }, this.#pause);
  }
}
