import { Dialog } from "@/components/ui/dialog";
import { Check } from "@/components/ui/field";
import { setShortcutsOn, useShortcutGroups, useShortcutsOn } from "@/lib/shortcuts";

const NAMES: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", Enter: "Enter", Escape: "Esc", " ": "Space" };

/** Every key that does something right now. */
export default function ShortcutSheet({ onOpenChange }: { onOpenChange: (open: boolean) => void }) {
  const groups = useShortcutGroups();
  const on = useShortcutsOn();
  return (
    <Dialog open onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <Check
        label="Single-key shortcuts"
        hint="Turn them off if you dictate, or press keys by accident. Ctrl K stays."
        checked={on}
        onChange={(event) => setShortcutsOn(event.target.checked)}
      />
      <section aria-labelledby="shortcuts-always">
        <h3 id="shortcuts-always" className="mb-1 font-semibold">
          Always
        </h3>
        <dl className="flex flex-col">
          <Line keys="Ctrl+K" label="Search or jump to anything (⌘ K on a Mac)" />
          <Line keys="Escape" label="Close what is open" />
          <Line keys="F6" label="Go to the message that offers Undo" />
        </dl>
      </section>
      {groups.toReversed().map(({ name, list }) => (
        <section key={name} aria-label={name} className={on ? undefined : "text-quiet"}>
          <h3 className="mb-1 font-semibold">{name}</h3>
          <dl className="flex flex-col">
            {list.map(({ keys, label }) => (
              <Line key={keys} keys={keys} label={label} />
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}

function Line({ keys, label }: { keys: string; label: string }) {
  return (
    <div className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-0">
      <dt className="min-w-0">{label}</dt>
      <dd className="flex shrink-0 gap-1">
        {keys.split(/[ +]/).map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded-sm border border-edge bg-sunken px-1.5 py-0.5 text-center font-sans text-xs text-ink"
          >
            {NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
          </kbd>
        ))}
      </dd>
    </div>
  );
}
