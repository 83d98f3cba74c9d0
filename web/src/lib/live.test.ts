import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveClient, type LiveStatus, type Socket } from "./live";

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  readonly after: number | undefined;
  constructor(after: number | undefined) {
    this.after = after;
  }
  close() {
    this.closed = true;
  }
  send(seq: number, event = "lead.new") {
    this.onmessage?.({ data: JSON.stringify({ seq, event, occurred_at: "2026-01-01T00:00:00Z", data: {} }) });
  }
}

function setUp(known?: number) {
  const sockets: FakeSocket[] = [];
  const seen: number[] = [];
  const statuses: LiveStatus[] = [];
  const onFirstOpen = vi.fn();
  const onResync = vi.fn();
  const onRefused = vi.fn();
  const client = new LiveClient({
    after: known,
    open: (after) => {
      const socket = new FakeSocket(after);
      sockets.push(socket);
      return socket;
    },
    onEvent: (event) => seen.push(event.seq),
    onStatus: (status) => statuses.push(status),
    onFirstOpen,
    onResync,
    onRefused,
    random: () => 1,
  });
  const at = (i: number): FakeSocket => {
    const socket = sockets[i];
    if (!socket) throw new Error(`no socket ${i}`);
    return socket;
  };
  return { client, sockets, at, seen, statuses, onFirstOpen, onResync, onRefused };
}

describe("LiveClient", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("resumes behind the last event and drops what comes twice", () => {
    const { client, at, seen, onFirstOpen } = setUp();
    client.start();
    expect(at(0).after).toBeUndefined();
    at(0).onopen?.();
    at(0).send(7);
    at(0).send(9);
    at(0).onclose?.();
    vi.advanceTimersByTime(500);
    expect(at(1).after).toBe(9);
    at(1).onopen?.();
    at(1).send(9);
    at(1).send(10);
    expect(seen).toEqual([7, 9, 10]);
    expect(onFirstOpen).toHaveBeenCalledTimes(1);
  });

  it("begins behind an event that is known", () => {
    const { client, at, seen, onResync } = setUp(5);
    client.start();
    expect(at(0).after).toBe(5);
    at(0).onopen?.();
    at(0).send(6);
    at(0).onclose?.();
    vi.advanceTimersByTime(500);
    at(1).onopen?.();
    expect(seen).toEqual([6]);
    expect(onResync).not.toHaveBeenCalled();
  });

  it("waits longer after each failure, and not at all when woken", () => {
    const { client, sockets, at, statuses } = setUp();
    client.start();
    for (const [i, delay] of [500, 1000, 2000, 4000, 4000, 4000, 4000].entries()) {
      at(i).onclose?.();
      vi.advanceTimersByTime(delay - 1);
      expect(sockets).toHaveLength(i + 1);
      vi.advanceTimersByTime(1);
      expect(sockets).toHaveLength(i + 2);
    }
    expect(statuses.slice(0, 4)).toEqual(["connecting", "connecting", "connecting", "offline"]);
    at(7).onclose?.();
    client.wake();
    expect(sockets).toHaveLength(9);
    client.wake();
    expect(sockets).toHaveLength(9);
  });

  it("asks for everything again when events are gone", () => {
    const { client, at, seen, onResync } = setUp();
    client.start();
    at(0).onopen?.();
    at(0).send(3);
    at(0).send(900, "resync");
    at(0).send(901);
    expect(onResync).toHaveBeenCalledTimes(1);
    expect(seen).toEqual([3, 901]);
  });

  it("asks for everything again when the break came before any event", () => {
    const { client, at, onResync } = setUp();
    client.start();
    at(0).onopen?.();
    at(0).onclose?.();
    vi.advanceTimersByTime(500);
    at(1).onopen?.();
    expect(onResync).toHaveBeenCalledTimes(1);
  });

  it("tells an attempt that did not stand from a stream that broke", () => {
    const { client, at, onRefused } = setUp();
    client.start();
    at(0).onopen?.();
    at(0).onclose?.();
    expect(onRefused).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    at(1).onclose?.();
    expect(onRefused).toHaveBeenCalledTimes(1);
  });

  it("ignores what is not an event, and is silent once stopped", () => {
    const { client, sockets, at, seen } = setUp();
    client.start();
    at(0).onopen?.();
    for (const data of ["", "null", "[]", '{"seq":"1","event":"x"}', 5]) at(0).onmessage?.({ data });
    client.stop();
    expect(at(0).closed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(seen).toEqual([]);
  });
});
