import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeft, ArrowUp, Inbox } from "lucide-react";
import { messageOf } from "@/api/problem";
import { can, me } from "@/api/session";
import type { Reply } from "@/api/types";
import { replies } from "@/api/workspace";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Field, Select } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { Pager } from "@/components/ui/table";
import { BookDemo } from "@/features/leads/booked";
import { ReplyDetail, ReplyList } from "@/features/replies/inbox";
import { cx } from "@/lib/cx";
import { words } from "@/lib/format";
import { useCursorPager } from "@/lib/pager";
import { useShortcuts } from "@/lib/shortcuts";
import { useSteady } from "@/lib/steady";
import { useTitle } from "@/lib/title";
import { oneOf } from "@/lib/url";
import { INTENTS } from "./choices";

const route = getRouteApi("/app/replies");
const PAGE = 25;
const NONE: readonly Reply[] = [];

export function RepliesPage() {
  useTitle("Replies");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = useQuery(replies.list({ intent: search.intent, cursor: search.cursor, limit: PAGE }));
  const pager = useCursorPager(
    search.cursor,
    (cursor, depth) => void navigate({ search: { ...search, cursor, reply: undefined }, state: { pagerDepth: depth } }),
  );
  const { data: who } = useSuspenseQuery(me);
  const here = page.data?.items.find(({ id }) => id === search.reply);
  // A link may name a reply that this page of the list does not hold.
  const elsewhere = useQuery({
    ...replies.one(search.reply ?? ""),
    enabled: search.reply !== undefined && page.isSuccess && !here,
  });
  const open = here ?? (search.reply ? elsewhere.data : undefined);
  const fresh = page.data?.items ?? NONE;
  const place = JSON.stringify([search.intent, search.cursor]);
  const { rows, moved, show: showOrder } = useSteady(fresh, page.isPlaceholderData ? "" : place);
  const unseen = fresh.filter(({ id }) => !rows.some((row) => row.id === id)).length;
  const at = rows.findIndex(({ id }) => id === search.reply);
  const show = (reply: string | undefined) => void navigate({ search: { ...search, reply }, replace: true });
  useShortcuts("Replies", [
    { keys: "j", label: "Next reply", run: () => show(rows[Math.min(at + 1, rows.length - 1)]?.id) },
    { keys: "k", label: "Previous reply", run: () => show(rows[Math.max(at - 1, 0)]?.id) },
  ]);

  return (
    <>
      <PageHeader title="Replies" lead="What people answered, sorted, with the reason for each verdict." />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,24rem)_minmax(0,1fr)]">
        <Card className={open ? "max-lg:hidden" : undefined}>
          <Field label="Sorted as">
            <Select
              value={search.intent ?? ""}
              onChange={(event) => void navigate({ search: { intent: oneOf(event.target.value, INTENTS) } })}
            >
              <option value="">Anything</option>
              {INTENTS.map((intent) => (
                <option key={intent} value={intent}>
                  {words(intent)}
                </option>
              ))}
            </Select>
          </Field>
          {/* Takes no room, so that its coming moves nothing either. */}
          <div aria-live="polite" className="relative">
            {moved && (
              <Button
                size="small"
                look="primary"
                className="absolute top-0 left-1/2 z-10 -translate-x-1/2"
                onClick={showOrder}
              >
                <ArrowUp aria-hidden="true" className="size-4" /> {unseen > 0 ? `${unseen} new` : "New order"}
              </Button>
            )}
          </div>
          <div className={cx("mt-4", page.isPlaceholderData && "opacity-60")}>
            {page.isPending && <Skeleton lines={8} />}
            {page.isError && <Failure message={messageOf(page.error)} onRetry={() => void page.refetch()} />}
            {page.isSuccess &&
              rows.length === 0 &&
              (search.intent ? (
                <Empty
                  compact
                  icon={Inbox}
                  title="No reply was sorted like this"
                  action={<Button onClick={() => void navigate({ search: {} })}>Show all replies</Button>}
                />
              ) : (
                <Empty
                  compact
                  icon={Inbox}
                  title="Nobody has answered yet"
                  action={<ButtonLink to="/campaigns">See the campaigns</ButtonLink>}
                >
                  Answers to your campaigns arrive here within seconds, sorted by what the person wants.
                </Empty>
              ))}
            {page.data && rows.length > 0 && (
              <>
                <ReplyList rows={rows} selected={search.reply} />
                <Pager label="Pages of replies" summary="" {...pager(page.data.next_cursor)} />
              </>
            )}
          </div>
        </Card>
        <div className={cx("min-w-0 lg:sticky lg:top-20", !open && "max-lg:hidden")}>
          {open ? (
            <>
              <Button
                look="quiet"
                size="small"
                className="mb-2 lg:hidden"
                onClick={() => void navigate({ search: { ...search, reply: undefined } })}
              >
                <ArrowLeft aria-hidden="true" className="size-4" /> All replies
              </Button>
              <Card>
                <ReplyDetail key={open.id} reply={open} mayCorrect={can(who, "correct-reply")}>
                  {can(who, "update-lead") && <BookDemo lead={open.lead_id} />}
                </ReplyDetail>
              </Card>
            </>
          ) : (
            <Card>
              <Empty
                icon={Inbox}
                title={
                  elsewhere.isError ? "This reply is not here (any more)" : "Choose a reply to read it, or press J"
                }
              />
            </Card>
          )}
        </div>
      </div>
    </>
  );
}
