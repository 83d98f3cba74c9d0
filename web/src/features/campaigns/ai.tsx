import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { writer } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Check, Field, Group, TextArea } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { type AiForm, AUTONOMY } from "./draft";

const LONGEST = 4000;

interface AiProps {
  initial: AiForm;
  onSave: (form: AiForm) => Promise<void>;
  onChange: (form: AiForm) => void;
  onBack: () => void;
}

/** Step 2: how freely it acts, how it sounds, and who writes. */
export function AiStep({ initial, onSave, onChange, onBack }: AiProps) {
  const [form, setForm] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const persona = useRef<HTMLTextAreaElement>(null);
  const model = useQuery(writer);
  const long = form.persona.length > LONGEST ? "At most 4,000 characters." : undefined;
  const set = (part: Partial<AiForm>) => {
    const next = { ...form, ...part };
    setForm(next);
    if (next.persona.length <= LONGEST) onChange(next);
  };
  const save = async () => {
    if (long) {
      persona.current?.focus();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      await onSave(form);
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {failure && <Failure message={failure} />}
      <h2 className="text-base font-semibold">Configure AI</h2>
      <Group legend="How much may it do by itself?" role="radiogroup">
        {AUTONOMY.map(({ value, label, hint }) => (
          <Check
            key={value}
            kind="radio"
            name="autonomy"
            label={label}
            hint={hint}
            checked={form.autonomy === value}
            onChange={() => set({ autonomy: value })}
          />
        ))}
      </Group>
      <Field
        label="Voice and manner"
        optional
        hint="How it should sound: short and plain, warm, formal. It guides what is written from a brief."
        error={long}
      >
        <TextArea
          ref={persona}
          rows={3}
          value={form.persona}
          onChange={({ target }) => set({ persona: target.value })}
        />
      </Field>
      <section aria-label="Language model" className="rounded-lg border border-line p-4">
        <h3 className="flex flex-wrap items-center gap-2 font-semibold">
          Who writes
          {model.data && (
            <Badge tone={model.data.offline ? "neutral" : "success"}>
              {model.data.offline ? "Built-in composer" : model.data.models[0]}
            </Badge>
          )}
        </h3>
        <p className="mt-1 text-quiet">
          {model.isError
            ? messageOf(model.error)
            : model.data?.offline
              ? "No language model is set up on this server. Mails with a brief are put together by rules, without a network; every one can be changed before the launch."
              : model.data
                ? `Mails with a brief are written by ${model.data.models[0]}. Every mail can be changed before the launch.`
                : "Asking the server…"}
        </p>
      </section>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={busy}>
          Save and continue
        </Button>
      </div>
    </form>
  );
}
