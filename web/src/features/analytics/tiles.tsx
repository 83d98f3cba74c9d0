import type { ReactNode } from "react";
import { Stat } from "@/components/ui/card";
import { Help } from "@/components/ui/help";
import { count, money, share } from "@/lib/format";
import { delta } from "./period";

type Totals = Record<string, number>;

interface TilesProps {
  now: Totals | undefined;
  earlier: Totals | undefined;
  currency: string;
  /** As in "the 30 days before". */
  against: string;
}

function Change({ now, earlier, against, none }: { now: number; earlier: number; against: string; none: string }) {
  const change = delta(now, earlier);
  return <>{change ? `${change} against ${against}` : now === 0 && earlier === 0 ? none : `None in ${against}.`}</>;
}

/** The numbers of the period, each against the period before. */
export function Tiles({ now, earlier, currency, against }: TilesProps) {
  const of = (metric: string): [number, number] => [now?.[metric] ?? 0, earlier?.[metric] ?? 0];
  const value = (text: string) => (now ? text : "…");
  const counted = (label: string, metric: string, none: string, help?: ReactNode) => {
    const [current, past] = of(metric);
    return (
      <Stat
        label={label}
        value={value(count(current))}
        note={now && <Change now={current} earlier={past} against={against} none={none} />}
        help={help}
      />
    );
  };
  const [revenue, revenueBefore] = of("revenue");
  const [positive] = of("positive_replies");
  const [sent] = of("emails_sent");
  const [calls, callsBefore] = of("calls");
  return (
    <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
      <Stat
        label="Revenue"
        value={value(money({ amount_minor: revenue, currency }))}
        note={
          now && <Change now={revenue} earlier={revenueBefore} against={against} none="No won deal was recorded." />
        }
      />
      <Stat
        label="Conversion"
        value={value(share(positive, sent))}
        note={now && (sent ? `${count(positive)} interested answers to ${count(sent)} mails` : "No mail was sent.")}
        help={
          <Help label="About conversion">
            Mails that brought an answer sorted as interested. Opens and clicks do not count: programs make most of
            them.
          </Help>
        }
      />
      <Stat
        label="Calls"
        value={value(calls || callsBefore ? count(calls) : "None")}
        note={
          calls || callsBefore ? (
            <Change now={calls} earlier={callsBefore} against={against} none="" />
          ) : (
            "No phone line is connected to this workspace."
          )
        }
      />
      {counted("Meetings", "meetings", "None was booked.")}
      {counted("Mails sent", "emails_sent", "None was sent.")}
      {counted("Replies", "replies", "None came.")}
      {counted("Interested", "positive_replies", "None came.")}
      {counted("Opt-outs", "unsubscribes", "Nobody opted out.")}
    </div>
  );
}
