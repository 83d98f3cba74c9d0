import { useQuery } from "@tanstack/react-query";
import { CalendarCheck } from "lucide-react";
import { leads } from "@/api/leads";
import { Button } from "@/components/ui/button";
import { useSetStatus } from "./edit";
import { statusOf } from "./words";

/** Records that a demo was agreed with somebody; gone once it is, or they are a customer. */
export function BookDemo({ lead: id }: { lead: string }) {
  const lead = useQuery(leads.one(id)).data;
  const setStatus = useSetStatus();
  if (!lead || !OPEN.has(statusOf(lead))) return null;
  return (
    <Button onClick={() => setStatus(lead, "meeting_booked")}>
      <CalendarCheck aria-hidden="true" className="size-4" /> Demo agreed
    </Button>
  );
}

/** From where a demo can still be agreed. */
const OPEN: ReadonlySet<string> = new Set(["new", "active", "engaged", "qualified", "cold"]);
