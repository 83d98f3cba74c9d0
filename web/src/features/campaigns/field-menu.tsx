import { Braces } from "lucide-react";
import { useRef } from "react";
import { buttonClass } from "@/components/ui/button";

/** What people have, with what stands in where nothing is known. */
const FIELDS = [
  ["First name", "{{first_name | there}}"],
  ["Last name", "{{last_name | }}"],
  ["Company", "{{company | your company}}"],
  ["Title", "{{title | your role}}"],
  ["Region", "{{region | your area}}"],
  ["Your name", "{{sender_name}}"],
  ["Your organization", "{{organization_name}}"],
] as const;

/** Puts a merge field where the cursor was. */
export function FieldMenu({ onInsert }: { onInsert: (text: string) => void }) {
  const box = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (box.current) box.current.open = false;
  };
  return (
    <details
      ref={box}
      className="relative"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        close();
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary className={`${buttonClass("plain", "small")} list-none hover:bg-sunken`}>
        <Braces aria-hidden="true" className="size-4" /> Insert a field
      </summary>
      <ul className="absolute top-full left-0 z-20 mt-1 w-64 rounded-lg border border-line bg-surface py-1 shadow-overlay">
        {FIELDS.map(([label, text]) => (
          <li key={text}>
            <button
              type="button"
              // The field keeps its cursor.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => {
                close();
                onInsert(text);
              }}
              className="flex min-h-10 w-full flex-col px-3 py-1 text-left hover:bg-sunken focus-visible:-outline-offset-2"
            >
              <span>{label}</span>
              <code className="text-xs text-quiet">{text}</code>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
