import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeft, ArrowUp, Download, Plus, Upload, Users } from "lucide-react";
import { useState } from "react";
import { exportPath, leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import { can, me } from "@/api/session";
import type { Lead, LeadFilter, LeadQuery } from "@/api/types";
import { views } from "@/api/views";
import { Button, ButtonLink, buttonClass } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { Help } from "@/components/ui/help";
import { Empty, Failure, Notice, Skeleton } from "@/components/ui/state";
import { Pager } from "@/components/ui/table";
import { AddLead } from "@/features/leads/add";
import { BulkBar } from "@/features/leads/bulk";
import { columnsOf } from "@/features/leads/columns";
import { LeadDetail } from "@/features/leads/detail";
import { useSetStatus } from "@/features/leads/edit";
import { Filters } from "@/features/leads/filters";
import { LeadTable } from "@/features/leads/list";
import { ALL, isExplicit, resolve, type Shown, sameShown, shownBy } from "@/features/leads/shown";
import { ViewBar } from "@/features/leads/views";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { useCursorPager } from "@/lib/pager";
import { useShortcuts } from "@/lib/shortcuts";
import { useSteady } from "@/lib/steady";
import { useTitle } from "@/lib/title";
import { oneOf } from "@/lib/url";
import { LEAD_SORTS } from "./choices";

const route = getRouteApi("/app/leads");
const PAGE = 25;
const SORT = "-score";
const NONE: readonly Lead[] = [];

export function LeadsPage() {
  useTitle("Leads");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: who } = useSuspenseQuery(me);
  const [adding, setAdding] = useState(false);
  const onStatus = useSetStatus();
  const known = useQuery({ ...views.list, enabled: can(who, "list-views") });
  const { shown, view, missing } = resolve(search, known.data, LEAD_SORTS);
  // Until it is known which view is meant, nothing is asked for.
  const named = isExplicit(search) || search.view === ALL || !known.isLoading;
  const sort = oneOf(shown.sort, LEAD_SORTS) ?? SORT;
  const filter: LeadFilter & LeadQuery = {
    q: shown.q,
    status: shown.status && [shown.status],
    min_score: shown.min_score === undefined ? undefined : Number(shown.min_score),
    campaign_id: shown.campaign,
  };
  const query: LeadQuery = { ...filter, sort, limit: PAGE, cursor: search.cursor };
  const page = useQuery({ ...leads.list(query), enabled: named });
  const total = useQuery({ ...leads.total(filter), enabled: named });
  const filtered = Boolean(shown.q || shown.status || shown.min_score || shown.campaign);
  const place = JSON.stringify(query);
  // What is picked belongs to what is on screen.
  const [choice, setChoice] = useState<{ place: string; ids: readonly string[] }>({ place, ids: [] });
  const picked = choice.place === place ? choice.ids : [];
  const setPicked = (ids: readonly string[]) => setChoice({ place, ids });
  const toggle = (id: string) => setPicked(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id]);
  const pager = useCursorPager(
    search.cursor,
    (cursor, depth) => void navigate({ search: { ...search, cursor }, state: { pagerDepth: depth } }),
  );
  /** Shows something else; the address says it whole, so that it no longer follows the view. */
  const show = (next: Shown) => {
    const whole = { sort, ...shown, ...next };
    void navigate({
      search: {
        ...search,
        q: whole.q,
        status: whole.status,
        min_score: whole.min_score,
        campaign: whole.campaign,
        sort: oneOf(whole.sort, LEAD_SORTS),
        columns: whole.columns,
        view: view?.id,
        cursor: undefined,
      },
    });
  };

  const fresh = page.data?.items ?? NONE;
  const { rows, moved, show: showOrder } = useSteady(fresh, page.isPlaceholderData ? "" : place);
  const at = rows.findIndex(({ id }) => id === search.lead);
  const open = (index: number) => {
    const next = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (next) void navigate({ search: { ...search, lead: next.id }, replace: search.lead !== undefined });
  };
  useShortcuts("Leads", [
    { keys: "j", label: "Next lead", run: () => open(at + 1) },
    { keys: "k", label: "Previous lead", run: () => open(at < 0 ? 0 : at - 1) },
    { keys: "x", label: "Pick this lead", run: () => search.lead && toggle(search.lead) },
    { keys: "/", label: "Search", run: () => focusOn("search input") },
    {
      keys: "e",
      label: "Edit the status",
      run: () => rows[at] && focusOn(`select[aria-label="Status of ${CSS.escape(leadName(rows[at]))}"]`),
    },
  ]);

  return (
    <>
      <PageHeader
        title="Leads"
        // Its place is kept while the number is on its way.
        lead={
          <span className="relative inline-block">
            {total.data === undefined
              ? "\u00a0"
              : filtered
                ? plural(total.data, "lead matches", "leads match")
                : plural(total.data, "lead")}
            {/* Takes no room, so that its coming moves nothing either. */}
            <span aria-live="polite" className="absolute -top-1.5 left-full ml-2">
              {moved && (
                <Button size="small" look="primary" onClick={showOrder}>
                  <ArrowUp aria-hidden="true" className="size-4" /> New order
                </Button>
              )}
            </span>
          </span>
        }
        actions={
          <>
            {can(who, "export-leads") && (
              <a className={buttonClass()} href={exportPath(query)} download>
                <Download aria-hidden="true" className="size-4" /> Export
              </a>
            )}
            {can(who, "import-leads") && (
              <ButtonLink to="/leads/import">
                <Upload aria-hidden="true" className="size-4" /> Import
              </ButtonLink>
            )}
            {can(who, "create-lead") && (
              <Button look="primary" onClick={() => setAdding(true)}>
                <Plus aria-hidden="true" className="size-4" /> Add lead
              </Button>
            )}
            <Help label="About leads">
              A lead is a person, known by e-mail address or phone number. The score runs from 0 to 100 and says how
              worthwhile a contact is; open a lead to see why it has its score and whether the rules allow contacting it
              now.
            </Help>
          </>
        }
      />
      <div
        className={cx(
          "grid grid-cols-1 items-start gap-6",
          search.lead && "lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)] xl:grid-cols-[minmax(0,1fr)_minmax(0,32rem)]",
        )}
      >
        <Card className={search.lead ? "max-lg:hidden" : undefined}>
          <ViewBar
            mayKeep={can(who, "create-view")}
            known={known.data ?? []}
            view={view}
            shown={shown}
            changed={view !== undefined && !sameShown(shown, shownBy(view, LEAD_SORTS), SORT)}
            onView={(id) => void navigate({ search: { view: id } })}
            onColumns={(columns) => show({ columns })}
          />
          {missing && (
            <div className="mb-4">
              <Notice tone="warning">
                This view is not here any more, or not shared with you. These are all leads that the address asks for.
              </Notice>
            </div>
          )}
          {known.isError && (
            <div className="mb-4">
              <Failure
                message={`Your views could not be read. ${messageOf(known.error)}`}
                onRetry={() => void known.refetch()}
              />
            </div>
          )}
          <Filters
            value={{ q: shown.q, status: shown.status, min_score: shown.min_score }}
            onApply={(next) => show({ q: undefined, status: undefined, min_score: undefined, ...next })}
          />
          <div className="mt-4">
            {page.isPending && <Skeleton lines={PAGE} />}
            {page.isError && <Failure message={messageOf(page.error)} onRetry={() => void page.refetch()} />}
            {page.data?.items.length === 0 &&
              (filtered ? (
                <NoMatch
                  onClear={() => show({ q: undefined, status: undefined, min_score: undefined, campaign: undefined })}
                />
              ) : (
                <NoLeads />
              ))}
            {page.data && page.data.items.length > 0 && (
              <>
                {picked.length > 0 && (
                  <BulkBar
                    key={place}
                    picked={rows.filter(({ id }) => picked.includes(id))}
                    total={total.data}
                    filter={filter}
                    mayChange={can(who, "bulk-leads")}
                    mayEnrol={can(who, "enrol-leads")}
                    onPick={setPicked}
                  />
                )}
                <LeadTable
                  rows={rows}
                  picked={new Set(picked)}
                  onPick={can(who, "bulk-leads") ? toggle : undefined}
                  onPickAll={(all) => setPicked(all ? rows.map(({ id }) => id) : [])}
                  columns={columnsOf(shown.columns)}
                  usual={shown.columns === undefined}
                  onStatus={can(who, "update-lead") ? onStatus : undefined}
                  sort={sort}
                  onSort={(next) => show({ sort: oneOf(next, LEAD_SORTS) })}
                  selected={search.lead}
                  stale={page.isPlaceholderData}
                />
                <Pager
                  label="Pages of leads"
                  summary={
                    total.data === undefined
                      ? ""
                      : `${plural(rows.length, "lead")} of ${total.data.toLocaleString("en-US")}`
                  }
                  {...pager(page.data.next_cursor)}
                />
              </>
            )}
          </div>
        </Card>
        {search.lead && (
          <div className="min-w-0 lg:sticky lg:top-20 lg:max-h-[calc(100dvh-6rem)] lg:overflow-y-auto">
            <Button
              look="quiet"
              size="small"
              className="mb-2 lg:hidden"
              onClick={() => void navigate({ search: { ...search, lead: undefined, tab: undefined } })}
            >
              <ArrowLeft aria-hidden="true" className="size-4" /> All leads
            </Button>
            <LeadDetail
              key={search.lead}
              id={search.lead}
              tab={search.tab ?? "contact"}
              onStatus={can(who, "update-lead") ? onStatus : undefined}
              onTab={(tab) => void navigate({ search: { ...search, tab }, replace: true })}
              onClose={() => void navigate({ search: { ...search, lead: undefined, tab: undefined } })}
            />
          </div>
        )}
      </div>
      <AddLead
        open={adding}
        onOpenChange={setAdding}
        onAdded={(id) => {
          setAdding(false);
          void navigate({ search: { ...search, lead: id, tab: undefined } });
        }}
      />
    </>
  );
}

function focusOn(selector: string) {
  document.querySelector<HTMLElement>(`main ${selector}`)?.focus();
}

function NoLeads() {
  return (
    <Empty
      icon={Users}
      title="No leads yet"
      action={
        <ButtonLink to="/leads/import" look="primary">
          Import a file
        </ButtonLink>
      }
    >
      Campaigns need people to write to. Bring a CSV or Excel export from any other tool; columns are matched by
      themselves.
    </Empty>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty
      icon={Users}
      title="No lead matches this filter"
      action={<Button onClick={onClear}>Clear the filter</Button>}
    >
      The whole workspace was searched, not only this page.
    </Empty>
  );
}
