import { Link } from "@tanstack/react-router";
import type { Action } from "@/api/types";
import { cx } from "@/lib/cx";
import { ago } from "@/lib/format";

interface QueueListProps {
  rows: readonly Action[];
  selected: string | undefined;
  now: number;
}

/** What waits; the one that is open is marked. */
export function QueueList({ rows, selected, now }: QueueListProps) {
  return (
    <ul className="flex flex-col divide-y divide-line">
      {rows.map((action) => (
        <li key={action.id}>
          <Link
            to="/queue"
            search={(search: Record<string, unknown>) => ({ ...search, action: action.id })}
            aria-current={action.id === selected ? "true" : undefined}
            className={cx(
              "block rounded-lg px-3 py-3 -outline-offset-2",
              action.id === selected ? "bg-primary-wash" : "hover:bg-sunken",
            )}
          >
            <span className="flex items-center justify-between gap-2">
              <span className="truncate font-medium">{action.lead_name || "Unnamed lead"}</span>
              <span className="shrink-0 text-xs text-quiet">{ago(action.intent_at ?? action.created_at, now)}</span>
            </span>
            <span className="block truncate text-quiet">{action.campaign_name || "Outside a campaign"}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
