import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import {
  Keyboard,
  LogOut,
  type LucideIcon,
  Megaphone,
  MonitorCog,
  Moon,
  Plus,
  Search,
  Sun,
  Upload,
  User,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { campaigns } from "@/api/campaigns";
import { leads } from "@/api/leads";
import { messageOf } from "@/api/problem";
import { can, signOut } from "@/api/session";
import type { Me } from "@/api/types";
import { toast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { words } from "@/lib/format";
import { setTheme } from "@/lib/theme";
import { useDebounced } from "@/lib/time";
import { placesOf } from "./places";

interface Entry {
  id: string;
  group: "Leads" | "Campaigns" | "Pages" | "Actions";
  label: string;
  note?: string;
  icon: LucideIcon;
  run: () => void;
}

interface PaletteProps {
  who: Me;
  onOpenChange: (open: boolean) => void;
  onShortcuts: () => void;
}

const LEADS = 6;
const CAMPAIGNS = 5;

/** Finds pages, people, campaigns and actions by name; Enter does it. */
export default function Palette({ who, onOpenChange, onShortcuts }: PaletteProps) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const { entries, busy } = useEntries(who, typed, onShortcuts);
  const chosen = Math.min(at, entries.length - 1);

  useEffect(() => {
    list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onOpenChange(false);
    entry.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const moves: Record<string, number> = {
      ArrowDown: chosen + 1,
      ArrowUp: chosen - 1,
      Home: 0,
      End: entries.length - 1,
    };
    const next = moves[event.key];
    if (next !== undefined && entries.length > 0) {
      event.preventDefault();
      setAt((next + entries.length) % entries.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(entries[chosen]);
    }
  };

  return (
    <Base.Root open onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/50 backdrop-blur-sm" />
        <Base.Popup
          aria-label="Search or jump to"
          className="fixed top-[10dvh] left-1/2 z-50 flex max-h-[70dvh] w-[40rem] max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-overlay outline-hidden"
        >
          <div className="flex items-center gap-3 border-b border-line px-4">
            <Search aria-hidden="true" className="size-5 shrink-0 text-quiet" />
            <input
              role="combobox"
              aria-label="Search or jump to"
              aria-expanded="true"
              aria-controls={id}
              aria-autocomplete="list"
              aria-activedescendant={entries[chosen] ? `${id}-${chosen}` : undefined}
              autoComplete="off"
              spellCheck={false}
              placeholder="A page, a person, a campaign, an action…"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setAt(0);
              }}
              onKeyDown={press}
              className="min-h-14 w-full bg-transparent text-base outline-hidden"
            />
          </div>
          {/* The list itself scrolls: the keys of the box above move in it. */}
          <div
            ref={list}
            role="listbox"
            id={id}
            aria-label="Found"
            className={cx("flex flex-col overflow-y-auto", entries.length > 0 && "p-2")}
          >
            {entries.map((entry, i) => (
              <Line
                key={entry.id}
                id={`${id}-${i}`}
                at={i}
                entry={entry}
                first={entries[i - 1]?.group !== entry.group}
                chosen={i === chosen}
                onPoint={() => setAt(i)}
                onRun={() => run(entry)}
              />
            ))}
          </div>
          <p role="status" className={cx("p-6 text-center text-quiet", entries.length > 0 && "sr-only")}>
            {entries.length > 0 ? "" : busy ? "Searching…" : `Nothing is called “${typed}”.`}
          </p>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface LineProps {
  id: string;
  at: number;
  entry: Entry;
  /** The first of its group names the group. */
  first: boolean;
  chosen: boolean;
  onPoint: () => void;
  onRun: () => void;
}

function Line({ id, at, entry, first, chosen, onPoint, onRun }: LineProps) {
  return (
    <>
      {first && (
        <div aria-hidden="true" className="px-3 pt-2 pb-1 text-xs font-medium text-quiet">
          {entry.group}
        </div>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the focus and the keys */}
      <div
        role="option"
        id={id}
        data-at={at}
        aria-selected={chosen}
        tabIndex={-1}
        onPointerMove={onPoint}
        onClick={onRun}
        className={cx(
          "flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3 md:min-h-10",
          chosen && "bg-primary-wash text-primary-ink",
        )}
      >
        <entry.icon aria-hidden="true" className={cx("size-4 shrink-0", !chosen && "text-quiet")} />
        <span className="min-w-0 flex-1 truncate">{entry.label}</span>
        {entry.note && (
          <span className={cx("max-w-[45%] truncate text-xs", chosen ? "text-primary-ink" : "text-quiet")}>
            {entry.note}
          </span>
        )}
      </div>
    </>
  );
}

function useEntries(who: Me, typed: string, onShortcuts: () => void): { entries: Entry[]; busy: boolean } {
  const router = useRouter();
  const queries = useQueryClient();
  const q = useDebounced(typed.trim(), 120);
  const people = useQuery({ ...leads.list({ q, limit: LEADS }), enabled: q !== "" && can(who, "list-leads") });
  const plans = useQuery({ ...campaigns.list({ limit: 100 }), enabled: can(who, "list-campaigns") });
  const wanted = typed.trim().toLowerCase();
  const fits = (text: string) => text.toLowerCase().includes(wanted);

  const found: Entry[] = [];
  if (wanted !== "")
    for (const lead of people.data?.items ?? [])
      found.push({
        id: lead.id,
        group: "Leads",
        label: [lead.first_name, lead.last_name].filter(Boolean).join(" ") || "Unnamed lead",
        note: [lead.title, lead.company].filter(Boolean).join(", "),
        icon: User,
        run: () => void router.navigate({ to: "/leads", search: { lead: lead.id } }),
      });
  const plansFound = (plans.data?.items ?? []).filter(({ name }) => wanted !== "" && fits(name)).slice(0, CAMPAIGNS);
  for (const plan of plansFound)
    found.push({
      id: plan.id,
      group: "Campaigns",
      label: plan.name,
      note: words(plan.status),
      icon: Megaphone,
      run: () => void router.navigate({ to: "/campaigns/$campaignId", params: { campaignId: plan.id } }),
    });
  for (const { to, label, icon } of placesOf(who))
    found.push({ id: `page ${to}`, group: "Pages", label, icon, run: () => void router.navigate({ to }) });

  const act = (label: string, icon: LucideIcon, run: () => void) =>
    found.push({ id: `act ${label}`, group: "Actions", label, icon, run });
  if (can(who, "create-campaign")) act("New campaign", Plus, () => void router.navigate({ to: "/campaigns/new" }));
  if (can(who, "import-leads")) act("Import leads", Upload, () => void router.navigate({ to: "/leads/import" }));
  act("Light appearance", Sun, () => setTheme("light"));
  act("Dark appearance", Moon, () => setTheme("dark"));
  act("Appearance as the system", MonitorCog, () => setTheme("system"));
  act("Keyboard shortcuts", Keyboard, onShortcuts);
  act("Sign out", LogOut, () => {
    signOut()
      .then(() => router.navigate({ to: "/signin" }))
      .then(() => queries.clear())
      .catch((error: unknown) => toast(messageOf(error), { tone: "error" }));
  });

  // What the server found by its own rules stays; our own names are compared here.
  const entries = found.filter(({ group, label }) => group === "Leads" || group === "Campaigns" || fits(label));
  return { entries, busy: q.toLowerCase() !== wanted || people.isFetching };
}
