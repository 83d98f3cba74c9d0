import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { campaigns, updateCampaign } from "@/api/campaigns";
import { messageOf, Problem } from "@/api/problem";
import type { Campaign, CampaignDraft } from "@/api/types";

const PAUSE_MS = 900;

export type SaveState =
  | { kind: "saved" }
  | { kind: "waiting" }
  | { kind: "saving" }
  | { kind: "failed"; message: string; problem: unknown }
  | { kind: "conflict" };

export interface Saver {
  state: SaveState;
  /** Stores the part a moment after the last call. */
  later: (part: () => CampaignDraft, done?: (saved: Campaign) => void) => void;
  /** Stores the part now, after whatever is on its way; throws what the server says. */
  now: (part: CampaignDraft, done?: (saved: Campaign) => void) => Promise<Campaign>;
  /** Forgets what waits. */
  drop: () => void;
  /** After a conflict: stores ours over theirs. */
  keepMine: () => Promise<void>;
}

interface Waiting {
  fields: string;
  part: () => CampaignDraft;
  done: ((saved: Campaign) => void) | undefined;
}

/**
 * Saves parts of a campaign one after another, each based on the version that the
 * one before made. If somebody else saves meanwhile, nothing of theirs is
 * overwritten unless the user says so.
 */
export function useSaver(campaign: Campaign): Saver {
  const queries = useQueryClient();
  const [state, setState] = useState<SaveState>({ kind: "saved" });
  const version = useRef(campaign.version);
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const pending = useRef<Waiting[]>([]);
  const refused = useRef<{ part: CampaignDraft; done: ((saved: Campaign) => void) | undefined }>(undefined);
  const { id } = campaign;

  const now = useCallback<Saver["now"]>(
    (part, done) => {
      clearTimeout(timer.current);
      const waiting = pending.current;
      pending.current = [];
      const run = async () => {
        setState({ kind: "saving" });
        // What waits from another step of the wizard goes along.
        const whole: CampaignDraft = Object.assign({}, ...waiting.map((other) => other.part()), part);
        try {
          const saved = await updateCampaign(id, whole, version.current);
          version.current = saved.version;
          queries.setQueryData(campaigns.one(id).queryKey, saved);
          void queries.invalidateQueries({ queryKey: ["campaigns", "list"] });
          for (const other of waiting) if (other.done !== done) other.done?.(saved);
          done?.(saved);
          setState((before) => (before.kind === "waiting" ? before : { kind: "saved" }));
          return saved;
        } catch (error) {
          if (error instanceof Problem && error.status === 412) {
            refused.current = { part: whole, done };
            setState({ kind: "conflict" });
          } else {
            setState({ kind: "failed", message: messageOf(error), problem: error });
          }
          throw error;
        }
      };
      const result = queue.current.then(run, run);
      queue.current = result.catch(() => undefined);
      return result;
    },
    [id, queries],
  );

  const later = useCallback<Saver["later"]>(
    (part, done) => {
      setState((before) => (before.kind === "conflict" ? before : { kind: "waiting" }));
      clearTimeout(timer.current);
      // The last of a kind is the one to store; kinds are told apart by their fields.
      const fields = Object.keys(part()).join();
      pending.current = [...pending.current.filter((other) => other.fields !== fields), { fields, part, done }];
      timer.current = setTimeout(() => {
        now({}).catch(() => undefined); // the state says it
      }, PAUSE_MS);
    },
    [now],
  );

  const drop = useCallback(() => {
    clearTimeout(timer.current);
    pending.current = [];
    setState((before) => (before.kind === "waiting" ? { kind: "saved" } : before));
  }, []);

  const keepMine = useCallback(async () => {
    const mine = refused.current;
    if (!mine) return;
    const theirs = await queries.fetchQuery({ ...campaigns.one(id), staleTime: 0 });
    version.current = theirs.version;
    await now(mine.part, mine.done).catch(() => undefined);
  }, [id, now, queries]);

  // Leaving the page saves what still waits.
  useEffect(
    () => () => {
      if (pending.current.length > 0) now({}).catch(() => undefined);
    },
    [now],
  );

  return { state, later, now, drop, keepMine };
}
