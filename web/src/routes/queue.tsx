import { useInfiniteQuery, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeft, CircleCheck, ListChecks } from "lucide-react";
import { messageOf } from "@/api/problem";
import { queue, type Waiting } from "@/api/queue";
import { can, me } from "@/api/session";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { Tabs } from "@/components/ui/tabs";
import { QueueDetail } from "@/features/queue/detail";
import { QueueList } from "@/features/queue/list";
import { cx } from "@/lib/cx";
import { ago, plural } from "@/lib/format";
import { useShortcuts } from "@/lib/shortcuts";
import { useNow } from "@/lib/time";
import { useTitle } from "@/lib/title";

const route = getRouteApi("/app/queue");
type State = "proposed" | "in_doubt";

export function QueuePage() {
  useTitle("Needs you");
  const { state = "proposed" } = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const waiting = useQuery(queue.waiting).data;
  const tab = (value: State, label: string) => ({
    value,
    label: `${label} (${waiting ? waiting[value].count : "–"})`,
    content: <Waits key={value} state={value} now={now} />,
  });
  return (
    <>
      <PageHeader title="Needs you" lead={waiting ? summary(waiting, now) : "What waits for a person."} />
      <Tabs
        label="What waits"
        tabs={[tab("proposed", "Approvals"), tab("in_doubt", "In doubt")]}
        value={state}
        onChange={(next) => void navigate({ search: { state: next === "proposed" ? undefined : next } })}
      />
    </>
  );
}

function summary({ proposed, in_doubt }: Waiting, now: number): string {
  const piles = [proposed.oldest_at, in_doubt.oldest_at].filter((at) => at !== null).toSorted();
  const oldest = piles[0];
  if (!oldest) return "Nothing waits for you.";
  return `${plural(proposed.count + in_doubt.count, "mail waits", "mails wait")} for a person, the oldest since ${ago(oldest, now)}.`;
}

function Waits({ state, now }: { state: State; now: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: who } = useSuspenseQuery(me);
  const query = useInfiniteQuery(queue.list(state));
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const open = rows.find(({ id }) => id === search.action);
  const at = rows.findIndex(({ id }) => id === search.action);
  const show = (action: string | undefined) => void navigate({ search: { ...search, action }, replace: true });

  useShortcuts("Needs you", [
    { keys: "j", label: "Next", run: () => show(rows[Math.min(at + 1, rows.length - 1)]?.id) },
    { keys: "k", label: "Previous", run: () => show(rows[Math.max(at - 1, 0)]?.id) },
  ]);

  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />;
  if (rows.length === 0) return <Nothing state={state} />;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <Card className={open ? "max-lg:hidden" : undefined}>
        <QueueList rows={rows} selected={open?.id} now={now} />
        {query.hasNextPage && (
          <Button className="mt-4 w-full" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        )}
      </Card>
      <div className={cx("min-w-0 lg:sticky lg:top-20", !open && "max-lg:hidden")}>
        {open ? (
          <>
            <Button look="quiet" size="small" className="mb-2 lg:hidden" onClick={() => show(undefined)}>
              <ArrowLeft aria-hidden="true" className="size-4" /> All that waits
            </Button>
            <Card>
              <QueueDetail
                key={open.id}
                action={open}
                mayJudge={can(who, "approve-action")}
                now={now}
                onJudged={() => show(rows[at + 1]?.id ?? rows[at - 1]?.id)}
              />
            </Card>
          </>
        ) : (
          <Card>
            <Empty icon={ListChecks} title="Choose one, or press J">
              Then A approves, E edits, R rejects, and the next one opens by itself.
            </Empty>
          </Card>
        )}
      </div>
    </div>
  );
}

function Nothing({ state }: { state: State }) {
  return (
    <Card>
      {state === "proposed" ? (
        <Empty
          icon={CircleCheck}
          title="No draft waits for approval"
          action={<ButtonLink to="/campaigns">See the campaigns</ButtonLink>}
        >
          Drafts come here when a campaign's autonomy is “suggest” or “approve”. You choose that when you set the
          campaign up.
        </Empty>
      ) : (
        <Empty icon={CircleCheck} title="No mail is in doubt">
          A mail lands here when the mail server takes it and then falls silent. It is never sent twice on a guess: you
          decide, unless a reply or a bounce settles it first.
        </Empty>
      )}
    </Card>
  );
}
