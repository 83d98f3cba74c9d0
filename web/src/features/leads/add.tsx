import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { showProblem } from "@/api/form";
import { createLead, leads } from "@/api/leads";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { z } from "@/lib/zod";

const schema = z
  .object({
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    phone: z.string(),
    company: z.string(),
    title: z.string(),
  })
  .check(
    z.refine(({ email, phone }) => email.trim() !== "" || phone.trim() !== "", {
      path: ["email"],
      message: "Enter an e-mail address or a phone number: without one nobody can be contacted.",
    }),
  );

type Values = z.infer<typeof schema>;
const EMPTY: Values = { first_name: "", last_name: "", email: "", phone: "", company: "", title: "" };

interface AddLeadProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onAdded: (id: string) => void;
}

export function AddLead({ open, onOpenChange, onAdded }: AddLeadProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Add lead">
      {open && <AddLeadForm onCancel={() => onOpenChange(false)} onAdded={onAdded} />}
    </Dialog>
  );
}

function AddLeadForm({ onCancel, onAdded }: { onCancel: () => void; onAdded: (id: string) => void }) {
  const [failure, setFailure] = useState<string>();
  const queries = useQueryClient();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: EMPTY });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      const filled = Object.entries(values).flatMap(([key, value]) => (value.trim() ? [[key, value.trim()]] : []));
      const lead = await createLead(Object.fromEntries(filled));
      await queries.invalidateQueries({ queryKey: leads.key });
      toast("Lead added.");
      onAdded(lead.id);
    } catch (error) {
      setFailure(showProblem(form, error));
    }
  });
  return (
    <form
      noValidate
      className="grid gap-4 md:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure && (
        <div className="md:col-span-2">
          <Failure message={failure} />
        </div>
      )}
      <Field label="First name" optional error={errors.first_name?.message}>
        <Input autoFocus {...form.register("first_name")} />
      </Field>
      <Field label="Last name" optional error={errors.last_name?.message}>
        <Input {...form.register("last_name")} />
      </Field>
      <Field label="E-mail" error={errors.email?.message} className="md:col-span-2">
        <Input type="email" {...form.register("email")} />
      </Field>
      <Field
        label="Phone"
        hint="With country code, such as +1 555 010 0199"
        error={errors.phone?.message}
        className="md:col-span-2"
      >
        <Input type="tel" {...form.register("phone")} />
      </Field>
      <Field label="Company" optional error={errors.company?.message}>
        <Input {...form.register("company")} />
      </Field>
      <Field label="Job title" optional error={errors.title?.message}>
        <Input {...form.register("title")} />
      </Field>
      <div className="flex justify-end gap-2 md:col-span-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={isSubmitting}>
          Add lead
        </Button>
      </div>
    </form>
  );
}
