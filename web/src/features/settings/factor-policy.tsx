import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf, Problem } from "@/api/problem";
import { me, updateOrganization } from "@/api/session";
import type { Organization } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";

/** Whether every member needs a second factor. */
export function FactorPolicy({ organization }: { organization: Organization }) {
  const on = organization.require_mfa;
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => updateOrganization({ require_mfa: !on }, organization.version),
    onSuccess: (saved) => {
      queries.setQueryData(me.queryKey, (old) => old && { ...old, organization: saved });
      toast(
        saved.require_mfa
          ? "Every member needs a second factor now."
          : "A second factor is everybody's own choice now.",
      );
    },
  });
  const first = save.error instanceof Problem && save.error.code === "mfa_first";
  return (
    <Card title="Second factor for everybody">
      <div className="flex flex-col gap-4">
        {save.isError && !asking && (
          <div className="flex flex-col items-start gap-2">
            <Failure message={messageOf(save.error)} />
            {first && (
              <ButtonLink to="/settings" search={{ tab: "security" }}>
                Set up your second factor
              </ButtonLink>
            )}
          </div>
        )}
        <div className="flex flex-wrap items-center justify-between gap-3">
          <div className="min-w-0 flex-1 basis-60">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              Authenticator app or passkey
              <Badge tone={on ? "success" : "neutral"}>{on ? "Required" : "Everybody's choice"}</Badge>
            </p>
            <p className="text-quiet">
              {on
                ? "Members without one are led to set one up and can do nothing else until then. An identity provider must say that it asked for one. API keys are programs and go on."
                : "A stolen password alone opens the account of a member who has none."}
            </p>
          </div>
          <Button look={on ? "quiet" : "plain"} onClick={() => setAsking(true)}>
            {on ? "Stop requiring" : "Require a second factor"}
          </Button>
        </div>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={on ? "Stop requiring a second factor?" : "Require a second factor of everybody?"}
        description={
          on
            ? "What members have set up stays; they may take it away."
            : "Members without one can do nothing until they have set one up, also those who are signed in now. Where people sign in through an identity provider, it must report a second factor (acr or amr), or nobody gets in."
        }
        confirm={on ? "Stop requiring" : "Require it"}
        danger={on}
        onConfirm={async () => {
          // What is refused stands in the card.
          await save.mutateAsync().catch(() => undefined);
        }}
      />
    </Card>
  );
}
