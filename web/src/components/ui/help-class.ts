export const HELP_CLASS =
  "inline-flex size-6 shrink-0 items-center justify-center rounded-full text-quiet hover:text-ink";
