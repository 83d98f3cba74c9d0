/** One event of the live stream. */
export interface LiveEvent {
  seq: number;
  /** Outward name, such as campaign.update. */
  event: string;
  /** The event's own name, such as campaign.paused. */
  type?: string;
  occurred_at: string;
  data: unknown;
}

export type LiveStatus = "connecting" | "open" | "offline";

/** What the client needs of a WebSocket; tests give their own. */
export interface Socket {
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface LiveOptions {
  /** The last event that is known of. Undefined: the stream begins with its first connection. */
  after?: number | undefined;
  /** Opens a socket. */
  open: (after: number | undefined) => Socket;
  onEvent: (event: LiveEvent) => void;
  onStatus: (status: LiveStatus) => void;
  /** The first connection stands: what was fetched before it may be stale. */
  onFirstOpen: () => void;
  /** Events were lost for good: everything on screen must be fetched again. */
  onResync: () => void;
  /** An attempt did not stand: the server is away, or does not let this person in any more. */
  onRefused: () => void;
  random?: () => number;
}

const FIRST_DELAY = 500;
// Whoever looks at a page sees it live again within 5 s of the server's return: this, and what connecting takes.
const MAX_DELAY = 4_000;

/**
 * Keeps one connection to the live stream. After a break it resumes behind the
 * last event it has seen, so nothing is lost; what comes twice is dropped.
 */
export class LiveClient {
  #options: LiveOptions;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: number | undefined;
  #failures = 0;
  #opened = false;
  #stopped = true;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#last = options.after;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Tries at once instead of waiting, for when the network or the tab is back. */
  wake(): void {
    if (this.#stopped || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#connect();
  }

  #connect(): void {
    this.#options.onStatus("connecting");
    const socket = this.#options.open(this.#last);
    this.#socket = socket;
    let stood = false;
    socket.onopen = () => {
      stood = true;
      this.#failures = 0;
      this.#options.onStatus("open");
      if (!this.#opened) this.#options.onFirstOpen();
      else if (this.#last === undefined) this.#options.onResync();
      this.#opened = true;
    };
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = () => {
      if (!stood) this.#options.onRefused();
      this.#retry();
    };
  }

  #receive(data: unknown): void {
    const event = parseEvent(data);
    if (!event) return;
    if (event.event === "resync") {
      this.#last = event.seq;
      this.#options.onResync();
      return;
    }
    if (this.#last !== undefined && event.seq <= this.#last) return;
    this.#last = event.seq;
    this.#options.onEvent(event);
  }

  #retry(): void {
    this.#drop();
    if (this.#stopped) return;
    this.#failures += 1;
    // One missed attempt is an ordinary reconnect, not worth an alarm.
    this.#options.onStatus(this.#failures > 1 ? "offline" : "connecting");
    const delay = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (this.#failures - 1));
    const spread = 0.5 + (this.#options.random ?? Math.random)() / 2;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#connect();
    }, delay * spread);
  }

  #drop(): void {
    if (!this.#socket) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = undefined;
  }
}

function parseEvent(data: unknown): LiveEvent | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const parsed: unknown = JSON.parse(data);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("seq" in parsed) || typeof parsed.seq !== "number") return undefined;
    if (!("event" in parsed) || typeof parsed.event !== "string") return undefined;
    const type = "type" in parsed && typeof parsed.type === "string" ? parsed.type : undefined;
    const at = "occurred_at" in parsed && typeof parsed.occurred_at === "string" ? parsed.occurred_at : "";
    return {
      seq: parsed.seq,
      event: parsed.event,
      type,
      occurred_at: at,
      data: "data" in parsed ? parsed.data : undefined,
    };
  } catch {
    return undefined;
  }
}
