import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, ExternalLink, Send } from "lucide-react";
import { useState } from "react";
import { actions, campaigns, mailPath, sendTest } from "@/api/campaigns";
import { leads } from "@/api/leads";
import { leadName } from "@/api/names";
import { messageOf } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/field";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { cx } from "@/lib/cx";
import { words } from "@/lib/format";
import { queryOf } from "./draft";

const WAYS = [
  { value: "desktop", label: "Desktop" },
  { value: "mobile", label: "Mobile" },
  { value: "text", label: "Plain text" },
  { value: "dark", label: "Dark" },
] as const;
type Way = (typeof WAYS)[number]["value"];

interface PreviewProps {
  campaign: Campaign;
  /** Undefined while the mail is not stored. */
  variantId: string | undefined;
  /** To choose among several mails; the first is shown first. */
  mails?: readonly { id: string; label: string }[];
  /** Why it cannot be shown yet. */
  waiting: string | undefined;
  onClose: () => void;
}

/** One mail as a person of the audience would get it, in a frame that can run nothing. */
export default function MailPreview({ campaign, variantId: given, mails, waiting, onClose }: PreviewProps) {
  const [picked, setPicked] = useState<string>();
  const variantId = mails ? (picked ?? mails[0]?.id) : given;
  const [way, setWay] = useState<Way>("desktop");
  const [chosen, setChosen] = useState<string>();
  const people = useQuery(leads.list({ ...queryOf(campaign.audience.filter), sort: "-score", limit: 20 }));
  const lead = chosen ?? people.data?.items[0]?.id;
  const preview = useQuery({
    ...campaigns.preview(campaign.id, campaign.version, lead ?? ""),
    enabled: lead !== undefined && variantId !== undefined,
  });
  const mail = preview.data?.steps.find(({ variant_id }) => variant_id === variantId);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Preview"
      description="The mail with its footer, as it would leave. Nothing is sent to the person."
      wide
    >
      {waiting && <Notice tone="warning">{waiting}</Notice>}
      {!waiting && !variantId && <Skeleton lines={5} label="Saving the mail first" />}
      {variantId && (
        <div className="flex min-w-0 flex-col gap-4">
          <div className="flex flex-wrap items-end justify-between gap-3">
            {mails && mails.length > 1 && (
              <Field label="Mail" className="min-w-48 flex-1">
                <Select value={variantId} onChange={({ target }) => setPicked(target.value)}>
                  {mails.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
                </Select>
              </Field>
            )}
            <Field label="With the values of" className="min-w-48 flex-1">
              <Select value={lead ?? ""} onChange={({ target }) => setChosen(target.value || undefined)}>
                {people.data?.items.length === 0 && <option value="">Nobody: only what stands in</option>}
                {people.data?.items.map((person) => (
                  <option key={person.id} value={person.id}>
                    {leadName(person)}
                  </option>
                ))}
              </Select>
            </Field>
            <fieldset aria-label="Show as" className="flex flex-wrap rounded-lg border border-edge p-0.5">
              {WAYS.map(({ value, label }) => (
                <button
                  key={value}
                  type="button"
                  aria-pressed={way === value}
                  onClick={() => setWay(value)}
                  className={cx(
                    "min-h-8 rounded-md px-3 font-medium",
                    way === value ? "bg-primary-wash text-primary-ink" : "text-quiet hover:bg-sunken",
                  )}
                >
                  {label}
                </button>
              ))}
            </fieldset>
          </div>
          {preview.isError && <Failure message={messageOf(preview.error)} onRetry={() => void preview.refetch()} />}
          <p className="min-h-6 break-words">
            <span className="text-quiet">Subject: </span>
            <span className="font-medium">{mail?.subject ?? ""}</span>
          </p>
          <div className="flex justify-center rounded-lg bg-sunken p-2">
            <iframe
              key={campaign.version}
              title={`The mail, ${way}`}
              // The page has a policy of its own as well; this keeps old browsers in.
              sandbox=""
              // Not before it is known for whom: it would be written twice.
              src={
                people.isPending
                  ? undefined
                  : mailPath(campaign.id, variantId, {
                      lead,
                      part: way === "text" ? "text" : "html",
                      theme: way === "dark" ? "dark" : "light",
                    })
              }
              className={cx(
                "h-80 rounded-md border border-line bg-white",
                way === "mobile" ? "w-[360px] max-w-full" : "w-full",
              )}
            />
          </div>
          {mail && <Findings mail={mail} />}
          <TestSend campaign={campaign} variantId={variantId} lead={lead} />
        </div>
      )}
    </Dialog>
  );
}

interface Mail {
  missing: string[];
  links: string[];
  hints: { rule: string; field: string; message: string }[];
}

function Findings({ mail: { missing, links, hints } }: { mail: Mail }) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <section aria-label="Hints">
        <h3 className="mb-1 font-semibold">What filters may take amiss</h3>
        {hints.length === 0 ? (
          <p className="flex items-center gap-2 text-quiet">
            <CircleCheck aria-hidden="true" className="size-4 text-success-ink" /> None of our rules objects.
          </p>
        ) : (
          <ul className="flex flex-col gap-1">
            {hints.map(({ rule, field, message }) => (
              <li key={`${rule}${field}${message}`} className="flex items-start gap-2">
                <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warning-ink" />
                <span className="min-w-0">
                  {message} <span className="text-xs text-quiet">({words(rule)})</span>
                </span>
              </li>
            ))}
          </ul>
        )}
        {missing.length > 0 && (
          <p className="mt-2 text-warning-ink">
            Not known of this person: {missing.join(", ")}. The place stays empty.
          </p>
        )}
      </section>
      <section aria-label="Links">
        <h3 className="mb-1 font-semibold">Links</h3>
        {links.length === 0 && <p className="text-quiet">Only the opt-out link of the footer.</p>}
        <ul className="flex flex-col gap-1">
          {links.map((link) => (
            <li key={link}>
              <a
                href={link}
                target="_blank"
                rel="noreferrer noopener"
                className="inline-flex min-h-6 items-center gap-1 break-all text-primary-ink underline"
              >
                {link} <ExternalLink aria-hidden="true" className="size-3.5 shrink-0" />
              </a>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

const DONE = new Set(["done", "failed", "refused", "in_doubt", "abandoned"]);

interface TestProps {
  campaign: Campaign;
  variantId: string;
  lead: string | undefined;
}

function TestSend({ campaign, variantId, lead }: TestProps) {
  const send = useMutation({ mutationFn: () => sendTest(campaign.id, { variant_id: variantId, lead_id: lead }) });
  const sent = useQuery({
    ...actions.one(send.data?.action_id ?? ""),
    enabled: send.data !== undefined,
    refetchInterval: ({ state }) => (state.data && DONE.has(state.data.state) ? false : 700),
  });
  const state = sent.data?.state;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4 md:flex-row md:items-center md:justify-between">
      <p role="status" className="min-w-0">
        {send.isError && <span className="text-danger-ink">{messageOf(send.error)}</span>}
        {send.data && state === "done" && (
          <span className="flex items-center gap-2">
            <Badge tone="success">Sent</Badge> to {send.data.to}
          </span>
        )}
        {send.data && state && state !== "done" && DONE.has(state) && (
          <span className="text-danger-ink">Not sent: {sent.data?.reason || words(state)}</span>
        )}
        {send.data && !(state && DONE.has(state)) && <span className="text-quiet">On its way to {send.data.to}…</span>}
        {!send.data && !send.isError && (
          <span className="text-quiet">A test goes to your own address; its opt-out link leads nowhere.</span>
        )}
      </p>
      <Button busy={send.isPending} onClick={() => send.mutate()}>
        <Send aria-hidden="true" className="size-4" /> Send test to myself
      </Button>
    </div>
  );
}
