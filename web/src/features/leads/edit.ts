import { useMutation, useQueryClient } from "@tanstack/react-query";
import { leads, setStatus } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import type { Lead, LeadStatus } from "@/api/types";
import { toast } from "@/components/ui/toast";
import { words } from "@/lib/format";
import { statusOf } from "./words";

interface Change {
  lead: Lead;
  /** What it was. */
  before: LeadStatus;
  status: LeadStatus;
}

interface Page {
  items: Lead[];
}

const isPage = (data: unknown): data is Page => typeof data === "object" && data !== null && "items" in data;

/** Sets a lead's status: on screen at once, taken back when the server refuses, and by Undo. */
export function useSetStatus(): (lead: Lead, status: LeadStatus) => void {
  const queries = useQueryClient();
  const show = ({ lead, status }: Omit<Change, "before">) => {
    queries.setQueriesData({ queryKey: ["leads", "list"] }, (data: unknown) =>
      isPage(data)
        ? { ...data, items: data.items.map((item) => (item.id === lead.id ? { ...item, status } : item)) }
        : data,
    );
    queries.setQueryData(leads.one(lead.id).queryKey, (found) => found && { ...found, status });
  };
  const mutation = useMutation({
    mutationFn: ({ lead, status }: Change) => setStatus(lead.id, status),
    onMutate: show,
    onError: (error, { lead, before }) => {
      show({ lead, status: before });
      toast(`${leadName(lead)} stays ${words(before).toLowerCase()}: ${messageOf(error)}`, { tone: "error" });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: leads.key }),
  });
  return (lead, status) => {
    const before = statusOf(lead);
    if (status === before) return;
    mutation.mutate(
      { lead, before, status },
      {
        onSuccess: () =>
          toast(`${leadName(lead)} is ${words(status).toLowerCase()} now.`, {
            undo: () => mutation.mutate({ lead, before: status, status: before }),
          }),
      },
    );
  };
}
