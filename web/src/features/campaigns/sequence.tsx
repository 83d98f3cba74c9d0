import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, ListTodo, Mail, Plus, Redo2, Trash2, Undo2 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { campaigns } from "@/api/campaigns";
import type { Campaign, Obstacle } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { chunk } from "@/lib/chunk";
import { cx } from "@/lib/cx";
import { delayWords, durationOf } from "@/lib/duration";
import type { Saver } from "./autosave";
import { forget, keep, kept } from "./kept";
import {
  begin,
  change,
  draftOf,
  type Faults,
  faultsOf,
  type History,
  type Ids,
  learn,
  moved,
  newStep,
  redo,
  type Sequence,
  type StepDraft,
  stepsOf,
  undo,
  withWritten,
} from "./model";
import { Conflict, SaveLine } from "./save-state";
import { StepEditor } from "./step-editor";

const Canvas = lazy(chunk(() => import("./canvas")));
const MailPreview = lazy(chunk(() => import("./mail-preview")));

export type SequenceView = "list" | "canvas";

interface RoomProps {
  campaign: Campaign;
  saver: Saver;
  view: SequenceView;
  onView: (view: SequenceView) => void;
  /** Goes on; called once everything is stored. */
  onNext?: () => void;
  onBack?: () => void;
  /** Starts again from what the server has. */
  onReload: () => void;
}

/** The steps of a campaign: as a list and as a picture, one model for both. */
export function SequenceRoom({ campaign, saver, view, onView, onNext, onBack, onReload }: RoomProps) {
  const { history, ids, edit, back, again, restored } = useSequence(campaign, saver);
  const sequence = history.now;
  const faults = useMemo(() => faultsOf(sequence), [sequence]);
  const [shown, setShown] = useState(false); // faults are told once somebody wants to go on
  const [selected, setSelected] = useState<string>();
  const [preview, setPreview] = useState<string>();
  const [told, setTold] = useState("");
  const room = useRef<HTMLDivElement>(null);
  const launched = Boolean(campaign.launched_at);
  // Warnings are about what is stored; they follow each save.
  const gate = useQuery({
    ...campaigns.preflight(campaign.id, campaign.version),
    enabled: saver.state.kind === "saved",
  });
  const warnings = gate.data?.warnings ?? NONE;
  const visible = shown || restored ? faults : NO_FAULTS;

  const stored = (step: StepDraft | undefined) => launched && step !== undefined && ids.has(step.key);
  const canMove = (from: number, to: number) =>
    to >= 0 && to < sequence.length && !stored(sequence[from]) && !stored(sequence[to]);
  const move = (from: number, to: number) => {
    if (!canMove(from, to)) return;
    edit(moved(sequence, from, to));
    setTold(`Step ${from + 1} is now step ${to + 1} of ${sequence.length}.`);
  };
  const add = (channel: "email" | "task", at = sequence.length) => {
    const place = launched ? Math.max(at, sequence.filter((step) => ids.has(step.key)).length) : at;
    const step = newStep(place === 0, channel);
    edit([...sequence.slice(0, place), step, ...sequence.slice(place)]);
    setSelected(step.key);
    setTold(`Step ${place + 1} was added.`);
  };
  const remove = (index: number) => {
    edit(sequence.filter((_, i) => i !== index));
    setTold(`Step ${index + 1} was removed. Undo brings it back.`);
  };
  const next = async () => {
    setShown(true);
    if (faults.size > 0) {
      requestAnimationFrame(() => room.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    try {
      await saver.now({ steps: stepsOf(sequence, ids, campaign.steps) }, (saved) => learn(ids, sequence, saved.steps));
      forget(campaign.id);
      onNext?.();
    } catch {
      // The state says why; everything is still here.
    }
  };

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) back();
      else if ((key === "z" && event.shiftKey) || key === "y") again();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [back, again]);

  const editor = (step: StepDraft, index: number) => (
    <StepEditor
      step={step}
      index={index}
      faults={visible}
      warnings={warnings}
      fixed={stored(step)}
      onChange={(changed, group) =>
        edit(
          sequence.map((other) => (other.key === step.key ? changed : other)),
          group,
        )
      }
      onPreview={setPreview}
    />
  );
  const current = sequence.findIndex(({ key }) => key === selected);
  const previewId = preview ? ids.get(preview) : undefined;

  return (
    <div ref={room} className="flex min-w-0 flex-col gap-4">
      <p className="text-quiet">The sequence ends for a person who answers, opts out or bounces.</p>
      {launched && (
        <Notice>
          People are in this sequence. What you change holds for everybody who has not had that step yet, also for those
          who are in it already; mails that are prepared keep their words. Steps that were launched stay, in their
          order; new ones come after them. To change it for new people only, duplicate the campaign.
        </Notice>
      )}
      {restored && <Notice tone="warning">What could not be saved last time is back. It is not stored yet.</Notice>}
      {saver.state.kind === "conflict" && <Conflict onMine={() => void saver.keepMine()} onTheirs={onReload} />}
      {saver.state.kind === "failed" && <Failure message={saver.state.message} onRetry={() => void next()} />}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="flex flex-wrap items-center gap-2">
          <fieldset aria-label="Show as" className="flex rounded-lg border border-edge p-0.5">
            {(["list", "canvas"] as const).map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={view === name}
                onClick={() => onView(name)}
                className={cx(
                  "min-h-8 rounded-md px-3 font-medium",
                  view === name ? "bg-primary-wash text-primary-ink" : "text-quiet hover:bg-sunken",
                )}
              >
                {name === "list" ? "List" : "Canvas"}
              </button>
            ))}
          </fieldset>
          <IconButton label="Undo (Ctrl+Z)" disabled={history.past.length === 0} onClick={back}>
            <Undo2 aria-hidden="true" className="size-4" />
          </IconButton>
          <IconButton label="Redo (Ctrl+Shift+Z)" disabled={history.future.length === 0} onClick={again}>
            <Redo2 aria-hidden="true" className="size-4" />
          </IconButton>
        </div>
        <SaveLine state={saver.state} faults={faults.size} />
      </div>
      <p aria-live="polite" className="sr-only">
        {told}
      </p>
      {view === "canvas" ? (
        <div className="grid min-w-0 gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
          <div className="lg:sticky lg:top-20 lg:self-start">
            <Suspense fallback={<Skeleton lines={6} height="h-[32rem]" />}>
              <Canvas
                sequence={sequence}
                faults={visible}
                selected={selected}
                onSelect={setSelected}
                onMove={move}
                onAdd={add}
                movable={!launched}
              />
            </Suspense>
          </div>
          <div className="min-w-0">
            {current >= 0 && sequence[current] ? (
              <section aria-label={`Step ${current + 1}`} className="rounded-xl border border-line p-4">
                <StepHead
                  step={sequence[current]}
                  index={current}
                  onUp={canMove(current, current - 1) ? () => move(current, current - 1) : undefined}
                  onDown={canMove(current, current + 1) ? () => move(current, current + 1) : undefined}
                  onRemove={sequence.length > 1 && !stored(sequence[current]) ? () => remove(current) : undefined}
                />
                {editor(sequence[current], current)}
              </section>
            ) : (
              <p className="rounded-xl border border-dashed border-edge p-6 text-center text-quiet">
                Choose a step to write it. Drag it up or down to move it, or drag a new one in.
              </p>
            )}
          </div>
        </div>
      ) : (
        <ol className="flex flex-col gap-4">
          {sequence.map((step, i) => (
            <li key={step.key} aria-label={`Step ${i + 1}`} className="rounded-xl border border-line p-4">
              <StepHead
                step={step}
                index={i}
                onUp={canMove(i, i - 1) ? () => move(i, i - 1) : undefined}
                onDown={canMove(i, i + 1) ? () => move(i, i + 1) : undefined}
                onRemove={sequence.length > 1 && !stored(step) ? () => remove(i) : undefined}
              />
              {editor(step, i)}
            </li>
          ))}
        </ol>
      )}
      <div className="flex flex-wrap gap-2">
        <AddButton channel="email" onAdd={add} />
        <AddButton channel="task" onAdd={add} />
      </div>
      <GeneralWarnings warnings={warnings} />
      <div className="flex flex-wrap justify-end gap-2">
        {onBack && (
          <Button look="quiet" onClick={onBack}>
            Back
          </Button>
        )}
        {onNext && (
          <Button look="primary" busy={saver.state.kind === "saving" && shown} onClick={() => void next()}>
            Save and continue
          </Button>
        )}
      </div>
      {preview && (
        <Suspense>
          <MailPreview
            campaign={campaign}
            variantId={faults.size === 0 && saver.state.kind === "saved" ? previewId : undefined}
            waiting={faults.size > 0 ? "Mend what is marked first: the preview shows what is stored." : undefined}
            onClose={() => setPreview(undefined)}
          />
        </Suspense>
      )}
    </div>
  );
}

const NONE: readonly Obstacle[] = [];
const NO_FAULTS: Faults = new Map();

/** The sequence on its way: every change can be undone, and is stored once it can be. */
function useSequence(campaign: Campaign, saver: Saver) {
  const [start] = useState(() => {
    const { sequence, ids } = draftOf(campaign.steps);
    const left = kept(campaign.id, campaign.version);
    return { ids: left?.ids ?? ids, sequence, left: left?.sequence };
  });
  const ids: Ids = start.ids;
  const [history, setHistory] = useState<History<Sequence>>(() =>
    start.left ? change(begin(start.sequence), start.left) : begin(start.sequence),
  );
  const now = useRef(history);
  const steps = useRef(campaign.steps);
  steps.current = campaign.steps;
  const { later, drop } = saver;

  const put = useCallback(
    (next: History<Sequence>) => {
      if (next === now.current) return;
      now.current = next;
      setHistory(next);
      const sent = next.now;
      if (faultsOf(sent).size > 0) {
        drop();
        keep(campaign.id, campaign.version, sent, ids);
        return;
      }
      forget(campaign.id);
      later(
        () => ({ steps: stepsOf(sent, ids, steps.current) }),
        (saved) => {
          learn(ids, sent, saved.steps);
          const written = withWritten(now.current.now, sent, saved.steps);
          if (written !== now.current.now) {
            now.current = { ...now.current, now: written };
            setHistory(now.current);
          }
        },
      );
    },
    [campaign.id, campaign.version, ids, later, drop],
  );
  const edit = useCallback((next: Sequence, group?: string) => put(change(now.current, next, group)), [put]);
  const back = useCallback(() => put(undo(now.current)), [put]);
  const again = useCallback(() => put(redo(now.current)), [put]);
  return { history, ids, edit, back, again, restored: start.left !== undefined };
}

interface StepHeadProps {
  step: StepDraft;
  index: number;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: (() => void) | undefined;
}

function StepHead({ step, index, onUp, onDown, onRemove }: StepHeadProps) {
  const Icon = step.channel === "task" ? ListTodo : Mail;
  return (
    <div className="mb-3 flex items-center justify-between gap-2">
      <h3 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
        <Icon aria-hidden="true" className="size-4 shrink-0 text-quiet" />
        <span className="whitespace-nowrap">Step {index + 1}</span>
        <span className="truncate font-normal text-quiet max-md:sr-only">
          {delayWords(durationOf({ value: Number(step.delay.value) || 0, unit: step.delay.unit }))}
        </span>
      </h3>
      <div className="flex">
        <IconButton label={`Move step ${index + 1} up`} disabled={!onUp} onClick={onUp}>
          <ArrowUp aria-hidden="true" className="size-4" />
        </IconButton>
        <IconButton label={`Move step ${index + 1} down`} disabled={!onDown} onClick={onDown}>
          <ArrowDown aria-hidden="true" className="size-4" />
        </IconButton>
        <IconButton label={`Remove step ${index + 1}`} disabled={!onRemove} onClick={onRemove}>
          <Trash2 aria-hidden="true" className="size-4" />
        </IconButton>
      </div>
    </div>
  );
}

/** Adds a step at the end; on the canvas it can be dragged to its place. */
function AddButton({ channel, onAdd }: { channel: "email" | "task"; onAdd: (channel: "email" | "task") => void }) {
  return (
    <Button
      draggable
      onDragStart={(event) => event.dataTransfer.setData("text/plain", channel)}
      onClick={() => onAdd(channel)}
    >
      <Plus aria-hidden="true" className="size-4" /> {channel === "email" ? "Add mail" : "Add task"}
    </Button>
  );
}

/** Warnings that belong to no one version. */
function GeneralWarnings({ warnings }: { warnings: readonly Obstacle[] }) {
  const rest = warnings.filter(({ location }) => !/^steps\[/.test(location));
  if (rest.length === 0) return null;
  return (
    <Notice tone="warning">
      <ul className="flex flex-col gap-1">
        {rest.map(({ message }) => (
          <li key={message}>{message.charAt(0).toUpperCase() + message.slice(1)}.</li>
        ))}
      </ul>
    </Notice>
  );
}
