import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/problem";
import { createShare, revokeShare, type Share, shares } from "@/api/reports";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { Secret } from "@/components/ui/secret";
import { Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { moment, plural } from "@/lib/format";
import { useNow } from "@/lib/time";
import type { Period } from "./period";

const LIVES = [1, 7, 30, 90] as const;

interface ShareProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  period: Period;
  periodName: string;
  zone: string;
  currency: string;
}

/** Makes links to the report on screen, and ends them. */
export function ShareDialog({ open, onOpenChange, period, periodName, zone, currency }: ShareProps) {
  const queries = useQueryClient();
  const [title, setTitle] = useState<string>();
  const [days, setDays] = useState("7");
  const shown = title ?? `Report: ${periodName}`;
  const make = useMutation({
    mutationFn: () =>
      createShare({
        title: shown.trim(),
        days: Number(days),
        from: period.from,
        to: period.to,
        timezone: zone,
        currency,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: shares.key }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) make.reset();
        onOpenChange(next);
      }}
      title="Share this report"
      description="Whoever has the link sees sums and names of campaigns, never people. It ends by itself, or when you end it."
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Title">
          <Input required maxLength={120} value={shown} onChange={(event) => setTitle(event.target.value)} />
        </Field>
        <Field label="The link is good for">
          <Select value={days} onChange={(event) => setDays(event.target.value)}>
            {LIVES.map((life) => (
              <option key={life} value={life}>
                {plural(life, "day")}
              </option>
            ))}
          </Select>
        </Field>
        {make.isError && <Failure message={messageOf(make.error)} />}
        {make.data?.path ? (
          <Secret label="Link, shown once" value={`${window.location.origin}${make.data.path}`} />
        ) : (
          <Button type="submit" look="primary" busy={make.isPending}>
            Create link
          </Button>
        )}
      </form>
      <Links enabled={open} />
    </Dialog>
  );
}

function Links({ enabled }: { enabled: boolean }) {
  const query = useQuery({ ...shares.list, enabled });
  const now = useNow();
  const live = query.data?.items.filter(
    ({ revoked_at, expires_at }) => revoked_at === null && new Date(expires_at).getTime() > now,
  );
  return (
    <section aria-labelledby="live-links" className="border-t border-line pt-4">
      <h3 id="live-links" className="mb-2 font-medium">
        Links that work now
      </h3>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {live?.length === 0 && <p className="text-quiet">None.</p>}
      <ul className="flex flex-col gap-2">
        {live?.map((link) => (
          <Line key={link.id} link={link} />
        ))}
      </ul>
    </section>
  );
}

function Line({ link }: { link: Share }) {
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => revokeShare(link.id),
    onSuccess: () => {
      toast("The link is ended.");
      return queries.invalidateQueries({ queryKey: shares.key });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-2">
      <div className="min-w-0 flex-1">
        <p className="break-words">{link.title}</p>
        <p className="text-xs text-quiet">{`Opened ${plural(link.seen, "time")}. Ends ${moment(link.expires_at)}.`}</p>
      </div>
      <Button size="small" busy={end.isPending} onClick={() => end.mutate()}>
        End<span className="sr-only"> {link.title}</span>
      </Button>
    </li>
  );
}
