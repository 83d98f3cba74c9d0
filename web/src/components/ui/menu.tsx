import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

interface MenuProps {
  /** Name of the trigger, when its content is only a picture. */
  label?: string;
  trigger: ReactNode;
  /** Looks of the trigger, instead of the usual ones. */
  triggerClass?: string;
  /** Which edge of the trigger the menu stands at. */
  align?: "start" | "end";
  disabled?: boolean;
  children: ReactNode;
}

export function Menu({ label, trigger, triggerClass, align = "end", disabled, children }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger
        aria-label={label}
        title={label}
        disabled={disabled}
        className={
          triggerClass ??
          "inline-flex min-h-10 min-w-10 items-center justify-center gap-2 rounded-lg text-quiet hover:bg-sunken hover:text-ink"
        }
      >
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50 outline-hidden">
          <Base.Popup className="max-h-[min(32rem,var(--available-height))] min-w-48 overflow-y-auto rounded-lg border border-line bg-surface py-1 shadow-overlay outline-hidden">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const itemClass =
  "flex min-h-10 w-full cursor-pointer items-center gap-3 px-3 text-left outline-hidden select-none data-highlighted:bg-sunken data-disabled:opacity-50";

export function MenuItem({
  onClick,
  danger,
  disabled,
  children,
}: {
  onClick: () => void;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
}) {
  return (
    <Base.Item onClick={onClick} disabled={disabled} className={cx(itemClass, danger && "text-danger-ink")}>
      {children}
    </Base.Item>
  );
}

export function MenuChoice<T extends string>({
  label,
  value,
  options,
  closes,
  onChange,
}: {
  label: string;
  value: T;
  /** The menu closes with the choice. */
  closes?: boolean;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChange} aria-label={label}>
      <Base.Group>
        <Base.GroupLabel className="px-3 py-1 text-xs font-medium text-quiet">{label}</Base.GroupLabel>
        {options.map((option) => (
          <Base.RadioItem
            key={option.value}
            value={option.value}
            closeOnClick={closes}
            className={cx(itemClass, "justify-between")}
          >
            {option.label}
            <Base.RadioItemIndicator aria-hidden="true" className="size-2 rounded-full bg-primary-ink" />
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}

/** An item that is on or off; the menu stays open. */
export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Base.CheckboxItem checked={checked} onCheckedChange={onChange} className={cx(itemClass, "justify-between")}>
      {children}
      <Base.CheckboxItemIndicator aria-hidden="true" className="text-primary-ink">
        <Check className="size-4" />
      </Base.CheckboxItemIndicator>
    </Base.CheckboxItem>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}

export function MenuNote({ children }: { children: ReactNode }) {
  return <div className="px-3 py-2">{children}</div>;
}
