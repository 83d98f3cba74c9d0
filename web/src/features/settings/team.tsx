import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { messageOf, Problem } from "@/api/problem";
import { inviteMember, type Member, ROLE_WORDS, ROLES, type Role, removeMember, setMemberRole, team } from "@/api/team";
import type { Me } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Check, Field, Group, Input, Select } from "@/components/ui/field";
import { Secret } from "@/components/ui/secret";
import { Failure, Notice, Skeleton } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { ago, moment } from "@/lib/format";
import { useNow } from "@/lib/time";
import { oneOf } from "@/lib/url";
import { RoleMatrix } from "./roles";

/** A manager governs content creators and analysts only. */
function mayGive(who: Me): readonly Role[] {
  return who.role === "admin" ? ROLES : ["content_creator", "analyst"];
}

export function TeamSettings({ who }: { who: Me }) {
  const query = useQuery(team.members);
  const [inviting, setInviting] = useState(false);
  return (
    <div className="flex flex-col gap-6">
      <Card
        title="Team"
        aside={
          <Button look="primary" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden="true" className="size-4" /> Invite
          </Button>
        }
      >
        {query.isPending && <Skeleton />}
        {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
        <ul className="flex flex-col divide-y divide-line">
          {query.data?.items.map((member) => (
            <MemberLine key={member.id} member={member} who={who} />
          ))}
        </ul>
        {query.data?.items.length === 1 && (
          <p className="mt-4 text-quiet">
            You are alone here. Invite somebody: a content creator cannot send, an analyst cannot change anything.
          </p>
        )}
      </Card>
      <RoleMatrix />
      <Dialog
        open={inviting}
        onOpenChange={setInviting}
        title="Invite somebody"
        description="They choose a password themselves with a link that is good once, for a week."
      >
        {inviting && <InviteForm roles={mayGive(who)} onDone={() => setInviting(false)} />}
      </Dialog>
    </div>
  );
}

function MemberLine({ member, who }: { member: Member; who: Me }) {
  const [removing, setRemoving] = useState(false);
  const now = useNow();
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: team.members.queryKey });
  const name = member.name || member.email;
  const self = member.id === who.user?.id;
  const role = oneOf(member.role, ROLES);
  const governed = !self && role !== undefined && mayGive(who).includes(role);
  const change = useMutation({
    mutationFn: (next: Role) => setMemberRole(member, next),
    onSuccess: (_, next) => {
      toast(`${name} is now ${ROLE_WORDS[next].name}.`, {
        undo: () => {
          if (role) change.mutate(role);
        },
      });
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
    onSettled: renew,
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-words">{name}</span>
          {self && <Badge tone="primary">You</Badge>}
          {member.status === "invited" && <Badge tone="warning">Invited</Badge>}
        </p>
        <p className="break-all text-quiet">{member.email}</p>
        <p className="text-xs text-quiet">
          {member.invited_until
            ? `The invitation ends ${moment(member.invited_until)}.`
            : member.last_signed_in_at
              ? `Last signed in ${ago(member.last_signed_in_at, now)}.`
              : "Never signed in."}
        </p>
      </div>
      {governed ? (
        <div className="flex items-center gap-2">
          <Field label={`Role of ${name}`} hideLabel>
            <Select
              value={member.role}
              disabled={change.isPending}
              onChange={(event) => {
                const next = oneOf(event.target.value, ROLES);
                if (next) change.mutate(next);
              }}
            >
              {mayGive(who).map((value) => (
                <option key={value} value={value}>
                  {ROLE_WORDS[value].name}
                </option>
              ))}
            </Select>
          </Field>
          <Button size="small" look="quiet" className="min-h-10" onClick={() => setRemoving(true)}>
            Remove<span className="sr-only"> {name}</span>
          </Button>
        </div>
      ) : (
        <Badge>{role ? ROLE_WORDS[role].name : member.role}</Badge>
      )}
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${name}?`}
        description="They are signed out everywhere at once and cannot come back without a new invitation. What they did stays in the audit log."
        confirm="Remove"
        danger
        onConfirm={async () => {
          try {
            await removeMember(member.id);
            toast(`${name} is removed.`);
            await renew();
          } catch (error) {
            toast(messageOf(error), { tone: "error" });
            throw error;
          }
        }}
      />
    </li>
  );
}

function InviteForm({ roles, onDone }: { roles: readonly Role[]; onDone: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("content_creator");
  const queries = useQueryClient();
  const invite = useMutation({
    mutationFn: () => inviteMember(email.trim(), role),
    onSuccess: () => queries.invalidateQueries({ queryKey: team.members.queryKey }),
  });
  if (invite.data) {
    const link = `${window.location.origin}/invitation#${invite.data.invitation.token}`;
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="success">{invite.data.email} is invited. Send them this link; it is shown only now.</Notice>
        <Secret label="Invitation link" value={link} />
        <p className="text-quiet">Good once, until {moment(invite.data.invitation.expires_at)}.</p>
        <div className="flex justify-end">
          <Button look="primary" onClick={onDone}>
            Done
          </Button>
        </div>
      </div>
    );
  }
  const field = invite.error instanceof Problem ? invite.error.fields[0]?.message : undefined;
  const wrong = field ? `${field.charAt(0).toUpperCase()}${field.slice(1)}.` : undefined;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!invite.isPending) invite.mutate();
      }}
    >
      {invite.isError && !wrong && <Failure message={messageOf(invite.error)} />}
      <Field label="E-mail" {...(wrong ? { error: wrong } : {})}>
        <Input
          type="email"
          autoComplete="off"
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Group legend="Role" role="radiogroup">
        {roles.map((value) => (
          <Check
            key={value}
            kind="radio"
            name="role"
            value={value}
            checked={role === value}
            onChange={() => setRole(value)}
            label={ROLE_WORDS[value].name}
            hint={ROLE_WORDS[value].may}
          />
        ))}
      </Group>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={invite.isPending}>
          Invite
        </Button>
      </div>
    </form>
  );
}
