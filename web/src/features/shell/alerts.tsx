import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { Bell, CircleCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { queue, type Waiting } from "@/api/queue";
import { can } from "@/api/session";
import type { Mailbox, Me } from "@/api/types";
import { mailboxes } from "@/api/workspace";
import { ago, plural } from "@/lib/format";
import { useNow } from "@/lib/time";

export interface Alert {
  key: string;
  text: string;
  note: string;
  to: NonNullable<LinkProps["to"]>;
  search?: Record<string, string>;
}

interface Facts {
  who: Me;
  waiting: Waiting | undefined;
  boxes: readonly Mailbox[] | undefined;
  now: number;
}

/** What is wrong or waits right now, the gravest first. It goes away when it is mended, not when it was read. */
export function alertsOf({ who, waiting, boxes, now }: Facts): Alert[] {
  const alerts: Alert[] = [];
  const since = (at: string | null) => (at ? `the oldest since ${ago(at, now)}` : "");
  if (waiting && waiting.in_doubt.count > 0)
    alerts.push({
      key: "doubt",
      text: `${plural(waiting.in_doubt.count, "mail")} may or may not have arrived`,
      note: `Decide whether to send again; ${since(waiting.in_doubt.oldest_at)}.`,
      to: "/queue",
      search: { state: "in_doubt" },
    });
  for (const box of boxes ?? []) {
    if (box.state === "active" && !box.last_error) continue;
    alerts.push({
      key: box.id,
      text: `${box.from_address} cannot send`,
      note: box.last_error || `The mailbox is ${box.state}.`,
      to: "/settings",
      search: { tab: "mailboxes" },
    });
  }
  if (waiting && waiting.proposed.count > 0)
    alerts.push({
      key: "proposed",
      text: `${plural(waiting.proposed.count, "draft waits", "drafts wait")} for your approval`,
      note: `${since(waiting.proposed.oldest_at)}.`.replace(/^t/, "T"),
      to: "/queue",
    });
  if (!who.organization.postal_address && can(who, "update-organization"))
    alerts.push({
      key: "address",
      text: "No postal address yet",
      note: "The law wants one under every commercial mail; no campaign can start without it.",
      to: "/settings",
      search: { tab: "organization" },
    });
  return alerts;
}

/** The bell and what hangs from it. */
export function Alerts({ who }: { who: Me }) {
  const [open, setOpen] = useState(false);
  const now = useNow();
  const waiting = useQuery({ ...queue.waiting, enabled: can(who, "show-waiting") }).data;
  const boxes = useQuery({ ...mailboxes.list, enabled: can(who, "list-mailboxes") }).data?.items;
  const alerts = alertsOf({ who, waiting, boxes, now });
  const label = alerts.length === 0 ? "Alerts: none" : `Alerts: ${alerts.length}`;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={label}
        title="Alerts"
        className="relative inline-flex size-10 shrink-0 items-center justify-center rounded-lg text-quiet hover:bg-sunken hover:text-ink"
      >
        <Bell aria-hidden="true" className="size-5" />
        {alerts.length > 0 && (
          <span
            aria-hidden="true"
            className="absolute top-2 right-2 size-2 rounded-full bg-danger ring-2 ring-surface"
          />
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="end" collisionPadding={8} className="z-50">
          <Popover.Popup className="w-96 max-w-[calc(100vw-1rem)] rounded-xl border border-line bg-surface p-2 shadow-overlay outline-hidden">
            <Popover.Title className="px-2 py-1 font-semibold">Alerts</Popover.Title>
            {alerts.length === 0 ? (
              <p className="flex items-center gap-2 p-2 text-quiet">
                <CircleCheck aria-hidden="true" className="size-4 shrink-0 text-success-ink" />
                Nothing is wrong, and nothing waits for you.
              </p>
            ) : (
              <ul>
                {alerts.map((alert) => (
                  <li key={alert.key}>
                    <Link
                      to={alert.to}
                      search={alert.search ?? {}}
                      onClick={() => setOpen(false)}
                      className="flex gap-3 rounded-lg p-2 -outline-offset-2 hover:bg-sunken"
                    >
                      <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warning-ink" />
                      <span className="min-w-0">
                        <span className="block font-medium">{alert.text}</span>
                        <span className="block text-xs break-words text-quiet">{alert.note}</span>
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
