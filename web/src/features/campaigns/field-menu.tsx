import { Braces } from "lucide-react";
import { buttonClass } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";

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
export default function FieldMenu({ onInsert }: { onInsert: (text: string) => void }) {
  return (
    <Menu
      label="Insert a field"
      trigger={
        <>
          <Braces aria-hidden="true" className="size-4" /> Insert a field
        </>
      }
      triggerClass={buttonClass("plain", "small")}
    >
      {FIELDS.map(([label, text]) => (
        <MenuItem key={text} onClick={() => onInsert(text)}>
          <span className="flex flex-col">
            <span>{label}</span>
            <code className="text-xs text-quiet">{text}</code>
          </span>
        </MenuItem>
      ))}
    </Menu>
  );
}
