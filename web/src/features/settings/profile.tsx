import type { Me } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Check, Field, Select } from "@/components/ui/field";
import { words } from "@/lib/format";
import { setShortcutsOn, useShortcutsOn } from "@/lib/shortcuts";
import { setTheme, THEMES, useTheme } from "@/lib/theme";
import { oneOf } from "@/lib/url";

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;

/** Who you are here, and how this browser shows things. */
export function ProfileSettings({ who }: { who: Me }) {
  const theme = useTheme();
  const keys = useShortcutsOn();
  return (
    <div className="flex flex-col gap-6">
      <Card title="You">
        <dl className="grid gap-4 md:grid-cols-3">
          <Fact name="Name" value={who.user?.name ?? "An API key"} />
          <Fact name="E-mail" value={who.user?.email ?? "–"} />
          <Fact name="Role" value={words(who.role)} />
        </dl>
      </Card>
      <Card title="This browser">
        <div className="grid gap-4 md:grid-cols-2">
          <Field label="Appearance">
            <Select
              value={theme}
              onChange={(event) => {
                const next = oneOf(event.target.value, THEMES);
                if (next) setTheme(next);
              }}
            >
              {THEMES.map((value) => (
                <option key={value} value={value}>
                  {THEME_NAMES[value]}
                </option>
              ))}
            </Select>
          </Field>
          <Check
            className="md:pt-5"
            label="Single-key shortcuts"
            hint="Press ? on any page to see them. Ctrl K works either way."
            checked={keys}
            onChange={(event) => setShortcutsOn(event.target.checked)}
          />
        </div>
      </Card>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs font-medium text-quiet">{name}</dt>
      <dd className="break-words">{value}</dd>
    </div>
  );
}
