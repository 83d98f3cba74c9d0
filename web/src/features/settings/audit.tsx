import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Download, ScrollText } from "lucide-react";
import { messageOf } from "@/api/problem";
import { type AuditEntry, auditPage, type Member, team } from "@/api/team";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/field";
import { Empty, Failure, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { csvOf } from "@/lib/csv";
import { moment, plural, words } from "@/lib/format";

export interface AuditFilter {
  action?: string;
  actor?: string;
}

interface AuditSettingsProps {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

const EXPORT_MOST = 10_000;
const EXPORT_PAGE = 200;

/** Who did what, newest first. */
export function AuditSettings({ filter, onFilter }: AuditSettingsProps) {
  const members = useQuery(team.members).data?.items ?? [];
  const query = useInfiniteQuery(team.audit(filter));
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const filtered = filter.action !== undefined || filter.actor !== undefined;
  const download = useMutation({
    mutationFn: () => exportAudit(filter),
    onSuccess: (n) => toast(`${plural(n, "entry", "entries")} exported.`),
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <Card
      title="Audit log"
      aside={
        <Button busy={download.isPending} onClick={() => download.mutate()} disabled={rows.length === 0}>
          <Download aria-hidden="true" className="size-4" /> Export CSV
        </Button>
      }
    >
      <div className="mb-4 grid gap-4 md:grid-cols-2">
        <Field label="Done by">
          <Select
            value={filter.actor ?? ""}
            onChange={(event) => onFilter({ ...filter, actor: event.target.value || undefined })}
          >
            <option value="">Anybody</option>
            {members.map((member) => (
              <option key={member.id} value={`user:${member.id}`}>
                {member.name || member.email}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="What" hint="The whole name, such as member.added; press Enter.">
          <Input
            key={filter.action ?? ""}
            defaultValue={filter.action ?? ""}
            autoComplete="off"
            onBlur={(event) => onFilter({ ...filter, action: event.target.value.trim() || undefined })}
            onKeyDown={(event) => {
              if (event.key === "Enter") event.currentTarget.blur();
            }}
          />
        </Field>
      </div>
      {query.isPending && <Skeleton lines={8} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <Empty
          compact
          icon={ScrollText}
          title={filtered ? "Nothing of this kind was done" : "Nothing was done yet"}
          action={filtered ? <Button onClick={() => onFilter({})}>Show everything</Button> : undefined}
        />
      )}
      <ul className="flex flex-col divide-y divide-line">
        {rows.map((entry) => (
          <Entry key={entry.id} entry={entry} members={members} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4 w-full" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Card>
  );
}

/** What an entry says beside who, what and whom, as words: "fields: name, timezone". */
function said(data: unknown): string {
  if (typeof data !== "object" || data === null) return "";
  const text = (value: unknown): string =>
    Array.isArray(value)
      ? value.map(text).join(", ")
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return Object.entries(data)
    .map(([name, value]) => `${words(name).toLowerCase()}: ${text(value)}`)
    .join("; ");
}

function Entry({ entry, members }: { entry: AuditEntry; members: readonly Member[] }) {
  const data = said(entry.data);
  return (
    <li className="grid gap-x-4 gap-y-1 py-3 md:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p>
          <span className="font-medium">{actorOf(entry.actor, members)}</span>{" "}
          <code className="rounded-sm bg-sunken px-1 py-0.5 text-xs">{entry.action}</code>
        </p>
        <p className="text-xs break-all text-quiet">
          {entry.target}
          {data && ` · ${data}`}
        </p>
      </div>
      <time dateTime={entry.at} className="figure text-xs text-quiet">
        {moment(entry.at)}
      </time>
    </li>
  );
}

/** A name for user:<id>, key:<id> or system:<part>. */
export function actorOf(actor: string, members: readonly Pick<Member, "id" | "name" | "email">[]): string {
  const [kind = "", id = ""] = actor.split(":", 2);
  if (kind === "system") return `The program (${words(id)})`;
  if (kind === "key") return `API key ${id.slice(-6)}`;
  const member = members.find((candidate) => candidate.id === id);
  return member ? member.name || member.email : "Somebody who has left";
}

/** Downloads what the filter shows, up to a bound; returns how many. */
async function exportAudit(filter: AuditFilter): Promise<number> {
  const rows: AuditEntry[] = [];
  let cursor = "";
  do {
    const page = await auditPage(filter, cursor, EXPORT_PAGE);
    rows.push(...page.items);
    cursor = page.next_cursor ?? "";
  } while (cursor !== "" && rows.length < EXPORT_MOST);
  const text = csvOf([
    ["at", "actor", "action", "target", "data"],
    ...rows.map(({ at, actor, action, target, data }) => [at, actor, action, target, JSON.stringify(data ?? {})]),
  ]);
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "audit-log.csv";
  link.click();
  URL.revokeObjectURL(url);
  return rows.length;
}
