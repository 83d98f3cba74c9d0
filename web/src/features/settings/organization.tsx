import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { me, updateOrganization } from "@/api/session";
import type { Organization } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { minorOf, typedOf } from "@/lib/format";
import { z } from "@/lib/zod";

const CURRENCY = "USD";
const required = (message: string) => z.string().check(z.trim(), z.minLength(1, message));

const schema = z
  .object({
    name: required("Enter the organization's name."),
    timezone: z.string(),
    goal: z
      .string()
      .check(
        z.refine((typed) => typed.trim() === "" || minorOf(typed, CURRENCY) !== undefined, "An amount such as 50000."),
      ),
    line1: z.string(),
    line2: z.string(),
    city: z.string(),
    region: z.string(),
    postal_code: z.string(),
    country: z.string(),
  })
  .check((context) => {
    const { value } = context;
    const parts = ["line1", "line2", "city", "region", "postal_code", "country"] as const;
    // No address at all may be saved; half of one helps nobody.
    if (parts.every((part) => value[part].trim() === "")) return;
    const need = (part: (typeof parts)[number], message: string) => {
      if (value[part].trim() === "") context.issues.push({ code: "custom", input: value[part], path: [part], message });
    };
    need("line1", "Enter street and number or a post office box.");
    need("city", "Enter the city.");
    need("postal_code", "Enter the postal code.");
    if (!/^[A-Za-z]{2}$/.test(value.country.trim()))
      context.issues.push({
        code: "custom",
        input: value.country,
        path: ["country"],
        message: "Two letters such as US.",
      });
  });

type Values = z.infer<typeof schema>;

function valuesOf(organization: Organization): Values {
  const address = organization.postal_address;
  return {
    name: organization.name,
    timezone: organization.timezone,
    goal: organization.revenue_goal ? typedOf(organization.revenue_goal) : "",
    line1: address?.line1 ?? "",
    line2: address?.line2 ?? "",
    city: address?.city ?? "",
    region: address?.region ?? "",
    postal_code: address?.postal_code ?? "",
    country: address?.country ?? "",
  };
}

export function OrganizationSettings({ organization }: { organization: Organization }) {
  const [failure, setFailure] = useState<string>();
  const queries = useQueryClient();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: valuesOf(organization) });
  const { errors, isSubmitting } = form.formState;
  const zones = [...new Set([organization.timezone, ...Intl.supportedValuesOf("timeZone")])];

  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    const goal = minorOf(values.goal, CURRENCY);
    const { line1, line2, city, region, postal_code, country } = values;
    try {
      const saved = await updateOrganization(
        {
          name: values.name.trim(),
          timezone: values.timezone,
          revenue_goal: goal === undefined ? null : { amount_minor: goal, currency: CURRENCY },
          ...(line1.trim()
            ? {
                postal_address: {
                  line1,
                  ...(line2.trim() ? { line2 } : {}),
                  city,
                  region,
                  postal_code,
                  country: country.trim().toUpperCase(),
                },
              }
            : {}),
        },
        organization.version,
      );
      queries.setQueryData(me.queryKey, (old) => old && { ...old, organization: saved });
      form.reset(valuesOf(saved));
      toast("Settings saved.");
    } catch (error) {
      setFailure(
        showProblem(form, error, {
          revenue_goal: "goal",
          "revenue_goal.amount_minor": "goal",
          postal_address: "line1",
          "postal_address.line1": "line1",
          "postal_address.line2": "line2",
          "postal_address.city": "city",
          "postal_address.region": "region",
          "postal_address.postal_code": "postal_code",
          "postal_address.country": "country",
        }),
      );
    }
  });

  return (
    <form
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure && <Failure message={failure} />}
      <Card title="Organization">
        <div className="grid gap-4 md:grid-cols-2">
          <Field label="Name" error={errors.name?.message} className="md:col-span-2">
            <Input autoComplete="organization" {...form.register("name")} />
          </Field>
          <Field
            label="Time zone"
            hint="Mail to people of unknown zone keeps these hours."
            error={errors.timezone?.message}
          >
            <Select {...form.register("timezone")}>
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Revenue goal a month, in USD" optional error={errors.goal?.message}>
            <Input inputMode="decimal" {...form.register("goal")} />
          </Field>
        </div>
      </Card>
      <Card title="Postal address">
        <p className="mb-4 text-quiet">
          Printed under every mail, as the law on commercial mail requires (15 U.S.C. 7704). Without it no campaign can
          start.
        </p>
        <div className="grid gap-4 md:grid-cols-6">
          <Field label="Address" error={errors.line1?.message} className="md:col-span-6">
            <Input autoComplete="address-line1" {...form.register("line1")} />
          </Field>
          <Field label="Address, second line" optional error={errors.line2?.message} className="md:col-span-6">
            <Input autoComplete="address-line2" {...form.register("line2")} />
          </Field>
          <Field label="City" error={errors.city?.message} className="md:col-span-3">
            <Input autoComplete="address-level2" {...form.register("city")} />
          </Field>
          <Field label="State or region" error={errors.region?.message} className="md:col-span-3">
            <Input autoComplete="address-level1" {...form.register("region")} />
          </Field>
          <Field label="Postal code" error={errors.postal_code?.message} className="md:col-span-3">
            <Input autoComplete="postal-code" {...form.register("postal_code")} />
          </Field>
          <Field
            label="Country"
            hint="Two letters, such as US"
            error={errors.country?.message}
            className="md:col-span-3"
          >
            <Input autoComplete="country" maxLength={2} {...form.register("country")} />
          </Field>
        </div>
      </Card>
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={isSubmitting}>
          Save settings
        </Button>
      </div>
    </form>
  );
}
