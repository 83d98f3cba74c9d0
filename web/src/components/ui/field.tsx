import { type ComponentProps, createContext, type ReactNode, useContext, useId } from "react";
import { cx } from "@/lib/cx";

interface Wiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}

const FieldContext = createContext<Wiring | undefined>(undefined);

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  optional?: boolean;
  /** The label is read out but not shown. */
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
}

/** A label, its control, and what is to say about it, tied together. */
export function Field({ label, hint, error, optional, hideLabel, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [hintId, errorId].filter(Boolean).join(" ") || undefined;
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "font-medium"}>
        {label}
        {optional && <span className="font-normal text-quiet"> (optional)</span>}
      </label>
      <FieldContext value={{ id, describedBy, invalid: Boolean(error) }}>{children}</FieldContext>
      {hint && (
        <p id={hintId} className="text-xs text-quiet">
          {hint}
        </p>
      )}
      {error && (
        <p id={errorId} role="alert" className="text-xs font-medium text-danger-ink">
          {error}
        </p>
      )}
    </div>
  );
}

function useWiring() {
  const wiring = useContext(FieldContext);
  return { id: wiring?.id, "aria-describedby": wiring?.describedBy, "aria-invalid": wiring?.invalid || undefined };
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...useWiring()} {...rest} className={cx("control", className)} />;
}

export function TextArea({ className, rows = 4, ...rest }: ComponentProps<"textarea">) {
  return <textarea rows={rows} {...useWiring()} {...rest} className={cx("control", className)} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select {...useWiring()} {...rest} className={cx("control", className)} />;
}

interface CheckProps extends Omit<ComponentProps<"input">, "type"> {
  label: ReactNode;
  hint?: ReactNode;
  kind?: "checkbox" | "radio";
}

/** A checkbox or radio whose whole line can be pressed. */
export function Check({ label, hint, kind = "checkbox", className, ...rest }: CheckProps) {
  const hintId = useId();
  return (
    <label className={cx("flex min-h-6 cursor-pointer items-start gap-3 py-1", className)}>
      <input
        {...rest}
        type={kind}
        aria-describedby={hint ? hintId : undefined}
        className="mt-0.5 size-6 shrink-0 accent-primary md:mt-0 md:size-5"
      />
      <span className="min-w-0">
        <span className="block font-medium">{label}</span>
        {hint && (
          <span id={hintId} className="block text-xs text-quiet">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

interface GroupProps {
  legend: string;
  hint?: ReactNode;
  error?: string;
  role?: "radiogroup" | "group";
  className?: string;
  children: ReactNode;
}

export function Group({ legend, hint, error, role = "group", className, children }: GroupProps) {
  return (
    <fieldset role={role} aria-label={legend} className={cx("min-w-0", className)}>
      <legend className="mb-1 font-medium">{legend}</legend>
      {hint && <p className="mb-2 text-xs text-quiet">{hint}</p>}
      {children}
      {error && (
        <p role="alert" className="mt-1 text-xs font-medium text-danger-ink">
          {error}
        </p>
      )}
    </fieldset>
  );
}
