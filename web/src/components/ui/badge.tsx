import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export type Tone = "neutral" | "primary" | "success" | "warning" | "danger";

const tones: Record<Tone, string> = {
  neutral: "bg-sunken text-quiet",
  primary: "bg-primary-wash text-primary-ink",
  success: "bg-success-wash text-success-ink",
  warning: "bg-warning-wash text-warning-ink",
  danger: "bg-danger-wash text-danger-ink",
};

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap",
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
