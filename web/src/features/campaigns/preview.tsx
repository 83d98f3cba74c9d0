import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { campaigns } from "@/api/campaigns";
import { leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import type { Campaign, Preview } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/field";
import { Empty, Failure, Notice, Skeleton } from "@/components/ui/state";
import { queryOf } from "./draft";

interface PreviewProps {
  campaign: Campaign;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** What each step would say to a person of the audience. */
export function PreviewDialog({ campaign, open, onOpenChange }: PreviewProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Preview"
      description="What each step would say to one person of the audience. Nothing is sent."
    >
      {open && <PreviewBody campaign={campaign} />}
    </Dialog>
  );
}

function PreviewBody({ campaign }: { campaign: Campaign }) {
  const people = useQuery(leads.list({ ...queryOf(campaign.audience.filter), sort: "-score", limit: 20 }));
  const [chosen, setChosen] = useState<string>();
  const lead = chosen ?? people.data?.items[0]?.id;
  const preview = useQuery({
    ...campaigns.preview(campaign.id, campaign.version, lead ?? ""),
    enabled: lead !== undefined,
  });
  if (people.isPending) return <Skeleton lines={4} />;
  if (people.isError) return <Failure message={messageOf(people.error)} onRetry={() => void people.refetch()} />;
  if (people.data.items.length === 0) {
    return (
      <Empty compact title="Nobody matches the audience">
        Import leads or widen the audience to see what they would get.
      </Empty>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Field label="Person">
        <Select value={lead} onChange={(event) => setChosen(event.target.value)}>
          {people.data.items.map((person) => (
            <option key={person.id} value={person.id}>
              {leadName(person)}
            </option>
          ))}
        </Select>
      </Field>
      {preview.isPending && <Skeleton lines={6} />}
      {preview.isError && <Failure message={messageOf(preview.error)} onRetry={() => void preview.refetch()} />}
      {preview.data && <Steps preview={preview.data} />}
    </div>
  );
}

function Steps({ preview: { steps, verdict } }: { preview: Preview }) {
  return (
    <>
      <Notice tone={verdict.allowed ? "success" : "warning"}>
        {verdict.allowed ? "This person may be contacted now." : `Not now: ${verdict.message}.`}
      </Notice>
      <ol className="flex flex-col gap-4">
        {steps.map((step, i) => (
          <li key={`${step.step_id}${step.variant_id}`} className="rounded-lg border border-line p-3">
            <h3 className="text-xs font-medium text-quiet">Step {i + 1}</h3>
            <p className="font-medium break-words">{step.subject || "No subject"}</p>
            {step.text && <p className="mt-2 break-words whitespace-pre-wrap">{step.text}</p>}
            {step.missing.length > 0 && (
              <p className="mt-2 text-xs text-warning-ink">Not known of this person: {step.missing.join(", ")}</p>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
