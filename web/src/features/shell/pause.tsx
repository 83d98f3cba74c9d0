import { useQuery, useQueryClient } from "@tanstack/react-query";
import { OctagonPause } from "lucide-react";
import { useState } from "react";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { queue } from "@/api/queue";
import { pauseAll } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";

const NAMED = 3;

/** The kill switch: two activations from any page. */
export function PauseEverything() {
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  return (
    <>
      <Button
        look="quiet"
        size="small"
        className="min-h-10 max-lg:px-2.5"
        onClick={() => setOpen(true)}
        title="Pause everything"
        aria-label="Pause everything"
      >
        <OctagonPause aria-hidden="true" className="size-5" />
        <span className="max-xl:sr-only">Pause everything</span>
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title="Pause everything?"
        description={<Consequences />}
        confirm="Pause everything"
        danger
        onConfirm={async () => {
          try {
            await pauseAll();
            await queries.invalidateQueries();
            toast("Everything is paused.");
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </>
  );
}

/** What stops, and what is too late to stop. */
function Consequences() {
  const running = useQuery(campaigns.list({ status: "running", limit: 100 })).data;
  const waiting = useQuery({ ...queue.waiting, staleTime: 0 }).data;
  const names = running?.items.map(({ name }) => `“${name}”`) ?? [];
  const more = names.length - NAMED;
  const which = names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${plural(more, "other")}` : "");
  return (
    <span className="flex flex-col gap-2">
      <span>
        {running === undefined
          ? "No campaign sends, calls or posts until you resume."
          : names.length === 0
            ? "No campaign is running. None can send, call or post until you resume."
            : `${plural(names.length, "running campaign")} (${which}) will not send, call or post until you resume.`}
      </span>
      <span>
        {waiting && waiting.in_flight > 0
          ? `${plural(waiting.in_flight, "mail is", "mails are")} being handed over at this moment and may still arrive.`
          : "Nothing is being handed over at this moment."}{" "}
        Replies and opt-outs keep coming in.
      </span>
    </span>
  );
}
