import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { messageOf } from "@/api/problem";
import { type Connection, type ConnectionPatch, createConnection, sso, updateConnection } from "@/api/sso";
import { ROLE_WORDS, ROLES, team } from "@/api/team";
import { Button } from "@/components/ui/button";
import { Check, Field, Group, Input, Select, TextArea } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";

/** Asks for what a connection cannot be without. */
export function NewConnection({ onCancel, onDone }: { onCancel: () => void; onDone: (made: Connection) => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Connection["kind"]>("oidc");
  const [missing, setMissing] = useState(false);
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => createConnection({ kind, name: name.trim() }),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: sso.key });
      onDone(made);
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setMissing(name.trim() === "");
        if (name.trim() !== "" && !create.isPending) create.mutate();
      }}
    >
      {create.isError && <Failure message={messageOf(create.error)} />}
      <Field label="Name" hint="Such as Okta of Acme." {...(missing ? { error: "Enter a name." } : {})}>
        <Input
          autoFocus
          autoComplete="off"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Group legend="Protocol" role="radiogroup">
        <Check
          kind="radio"
          name="kind"
          label="OpenID Connect"
          hint="Take this when your provider has both."
          checked={kind === "oidc"}
          onChange={() => setKind("oidc")}
        />
        <Check
          kind="radio"
          name="kind"
          label="SAML 2.0"
          hint="One connection an organization."
          checked={kind === "saml"}
          onChange={() => setKind("saml")}
        />
      </Group>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={create.isPending}>
          Add connection
        </Button>
      </div>
    </form>
  );
}

interface Values {
  name: string;
  slug: string;
  issuer: string;
  client_id: string;
  client_secret: string;
  metadata_url: string;
  metadata_xml: string;
  sso_url: string;
  certificates: string;
  idp_initiated: boolean;
  allowed_domains: string;
  default_role: string;
  enforce: boolean;
  break_glass_user_id: string;
}

function valuesOf(c: Connection): Values {
  return {
    name: c.name,
    slug: c.slug,
    issuer: c.issuer,
    client_id: c.client_id,
    client_secret: "",
    metadata_url: "",
    metadata_xml: "",
    sso_url: c.sso_url,
    certificates: c.certificates.join("\n"),
    idp_initiated: c.idp_initiated,
    allowed_domains: c.allowed_domains.join(", "),
    default_role: c.default_role ?? "",
    enforce: c.enforce,
    break_glass_user_id: c.break_glass_user_id ?? "",
  };
}

/** Only what was changed: the server asks the provider again when it must. */
function patchOf(values: Values, before: Values): ConnectionPatch {
  const changed = (name: keyof Values) => values[name] !== before[name];
  const patch: ConnectionPatch = {};
  if (changed("name")) patch.name = values.name.trim();
  if (changed("slug")) patch.slug = values.slug.trim();
  if (changed("issuer")) patch.issuer = values.issuer.trim();
  if (changed("client_id")) patch.client_id = values.client_id.trim();
  if (changed("client_secret")) patch.client_secret = values.client_secret;
  if (changed("metadata_url")) patch.metadata_url = values.metadata_url.trim();
  else if (changed("metadata_xml")) patch.metadata_xml = values.metadata_xml.trim();
  if (changed("sso_url")) patch.sso_url = values.sso_url.trim();
  if (changed("certificates")) patch.certificates = certificatesOf(values.certificates);
  if (changed("idp_initiated")) patch.idp_initiated = values.idp_initiated;
  if (changed("allowed_domains"))
    patch.allowed_domains = values.allowed_domains
      .split(/[\s,]+/)
      .map((domain) => domain.trim())
      .filter(Boolean);
  if (changed("default_role"))
    patch.default_role = (values.default_role || null) as NonNullable<ConnectionPatch["default_role"]> | null;
  if (changed("enforce")) patch.enforce = values.enforce;
  if (values.enforce && changed("break_glass_user_id") && values.break_glass_user_id)
    patch.break_glass_user_id = values.break_glass_user_id;
  return patch;
}

/** One text of PEM blocks as a list of them. */
function certificatesOf(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  // What is no block is sent as it is, so that the server says what is wrong.
  return blocks ?? (text.trim() ? [text.trim()] : []);
}

export function ConnectionForm({ connection, onDone }: { connection: Connection; onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const queries = useQueryClient();
  const members = useQuery(team.members);
  const before = valuesOf(connection);
  const form = useForm<Values>({ defaultValues: before });
  const { errors, isSubmitting } = form.formState;
  const enforced = form.watch("enforce");
  const admins = members.data?.items.filter(({ role, status }) => role === "admin" && status === "active") ?? [];
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    const patch = patchOf(values, before);
    try {
      if (Object.keys(patch).length > 0) {
        await updateConnection(connection, patch);
        await queries.invalidateQueries({ queryKey: sso.key });
      }
      toast(`${values.name.trim()} is saved.`);
      onDone();
    } catch (error) {
      const domains = { "allowed_domains[0]": "allowed_domains", "allowed_domains.0": "allowed_domains" } as const;
      setFailure(showProblem(form, error, domains));
    }
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure && <Failure message={failure} />}
      <div className="grid gap-4 md:grid-cols-2">
        <Field label="Name" error={errors.name?.message}>
          <Input autoComplete="off" {...form.register("name")} />
        </Field>
        <Field
          label="Name at sign-in"
          hint="What people type at sign-in: small letters, digits, hyphens."
          error={errors.slug?.message}
        >
          <Input autoComplete="off" spellCheck={false} {...form.register("slug")} />
        </Field>
        {connection.kind === "oidc" ? (
          <>
            <Field
              label="Issuer"
              hint="Exactly as the provider writes it, such as https://acme.okta.com"
              error={errors.issuer?.message}
              className="md:col-span-2"
            >
              <Input type="url" autoComplete="off" {...form.register("issuer")} />
            </Field>
            <Field label="Client ID" error={errors.client_id?.message}>
              <Input autoComplete="off" spellCheck={false} {...form.register("client_id")} />
            </Field>
            <Field
              label="Client secret"
              hint={connection.client_secret_set ? "Kept sealed. Enter one only to replace it." : "Kept sealed."}
              error={errors.client_secret?.message}
            >
              <Input type="password" autoComplete="new-password" {...form.register("client_secret")} />
            </Field>
          </>
        ) : (
          <>
            <Field
              label="Address of the provider's metadata"
              hint="Read once, now; it fills in the rest."
              error={errors.metadata_url?.message}
              className="md:col-span-2"
            >
              <Input type="url" autoComplete="off" {...form.register("metadata_url")} />
            </Field>
            <Field
              label="Or the metadata itself"
              hint="The XML that the provider lets you download."
              error={errors.metadata_xml?.message}
              className="md:col-span-2"
            >
              <TextArea rows={3} spellCheck={false} {...form.register("metadata_xml")} />
            </Field>
            <Field label="Issuer" hint="The provider's entity ID." error={errors.issuer?.message}>
              <Input autoComplete="off" {...form.register("issuer")} />
            </Field>
            <Field label="Sign-on address" hint="The provider's, for HTTP-Redirect." error={errors.sso_url?.message}>
              <Input type="url" autoComplete="off" {...form.register("sso_url")} />
            </Field>
            <Field
              label="Certificates"
              hint="What signs assertions, PEM. Up to five: the next one may be here before the provider changes."
              error={errors.certificates?.message}
              className="md:col-span-2"
            >
              <TextArea rows={4} spellCheck={false} className="font-mono text-xs" {...form.register("certificates")} />
            </Field>
            <div className="md:col-span-2">
              <Check
                label="Take answers that nobody asked for"
                hint="For a click in the provider's portal. Whoever can make a browser post a fresh answer can then sign it in as themselves."
                {...form.register("idp_initiated")}
              />
            </div>
          </>
        )}
        <Field
          label="Allowed domains"
          optional
          hint="With commas. Only verified addresses of these domains may come; without one nobody is added."
          error={errors.allowed_domains?.message}
        >
          <Input autoComplete="off" placeholder="example.com" {...form.register("allowed_domains")} />
        </Field>
        <Field
          label="Who comes for the first time"
          hint="Becomes a member with this role; never an admin."
          error={errors.default_role?.message}
        >
          <Select {...form.register("default_role")}>
            <option value="">Is not added</option>
            {ROLES.filter((role) => role !== "admin").map((role) => (
              <option key={role} value={role}>
                {ROLE_WORDS[role].name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Group legend="The only way in" error={errors.enforce?.message}>
        <Check
          label="Members sign in here and nowhere else"
          hint="Sessions from passwords and passkeys end. One admin may still use a password, for the day the provider is away."
          {...form.register("enforce")}
        />
        {enforced && (
          <Field
            label="Admin who may still use a password"
            error={errors.break_glass_user_id?.message}
            className="mt-3 md:max-w-sm"
          >
            <Select {...form.register("break_glass_user_id")}>
              <option value="">You</option>
              {admins.map(({ id, name, email }) => (
                <option key={id} value={id}>
                  {name || email}
                </option>
              ))}
            </Select>
          </Field>
        )}
      </Group>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={isSubmitting}>
          Save
        </Button>
      </div>
    </form>
  );
}
