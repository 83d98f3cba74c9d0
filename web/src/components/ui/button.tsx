import { Link, type LinkProps } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "@/lib/cx";

type Look = "primary" | "plain" | "quiet" | "danger";
type Size = "normal" | "small";

const base =
  "inline-flex items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-60";
const looks: Record<Look, string> = {
  primary: "bg-primary text-white enabled:hover:bg-primary-strong [a&]:hover:bg-primary-strong",
  plain: "border border-edge bg-surface text-ink enabled:hover:bg-sunken [a&]:hover:bg-sunken",
  quiet: "text-quiet enabled:hover:bg-sunken enabled:hover:text-ink [a&]:hover:bg-sunken [a&]:hover:text-ink",
  danger: "bg-danger text-white enabled:hover:bg-danger-strong",
};
const sizes: Record<Size, string> = { normal: "min-h-11 px-4 md:min-h-10", small: "min-h-8 px-3" };

export function buttonClass(look: Look = "plain", size: Size = "normal"): string {
  return cx(base, looks[look], sizes[size]);
}

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  size?: Size;
  /** Work is under way: the button says so and cannot be pressed twice. */
  busy?: boolean;
}

export function Button({ look, size, busy, disabled, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(look, size), className)}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  label: string;
  children: ReactNode;
}

/** A button that shows only a picture; its label is its name and its tip. */
export function IconButton({ label, className, children, type = "button", ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        "inline-flex size-10 shrink-0 items-center justify-center rounded-lg text-quiet hover:bg-sunken hover:text-ink disabled:opacity-50",
        className,
      )}
    >
      {children}
    </button>
  );
}

interface ButtonLinkProps {
  to: LinkProps["to"];
  params?: Record<string, string>;
  search?: Record<string, string | undefined>;
  look?: Look;
  size?: Size;
  className?: string;
  children: ReactNode;
}

export function ButtonLink({ look, size, className, children, ...link }: ButtonLinkProps) {
  return (
    <Link {...(link as LinkProps)} className={cx(buttonClass(look, size), className)}>
      {children}
    </Link>
  );
}
