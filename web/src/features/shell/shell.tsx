import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, PanelLeftClose, PanelLeftOpen, Play, Search } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { messageOf } from "@/api/problem";
import { queue } from "@/api/queue";
import { can, me, resumeAll } from "@/api/session";
import type { Me } from "@/api/types";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useCalm } from "@/lib/calm";
import { chunk } from "@/lib/chunk";
import { cx } from "@/lib/cx";
import type { LiveStatus } from "@/lib/live";
import { useShortcuts } from "@/lib/shortcuts";
import { type Place, placesOf } from "./places";

const HeaderMenus = lazy(chunk(() => import("./menus")));
const MoreMenu = lazy(chunk(() => import("./more")));
const loadPalette = chunk(() => import("./palette"));
const Palette = lazy(loadPalette);
const ShortcutSheet = lazy(chunk(() => import("./sheet")));

const PRELOAD_MS = 1000; // after the first paint and its requests
const BAR = 4; // places in the bottom bar, beside More

interface ShellProps {
  live: LiveStatus;
  children: ReactNode;
}

/** Header, navigation and footer around every page of a signed-in person. */
export function Shell({ live, children }: ShellProps) {
  const { data: who } = useSuspenseQuery(me);
  // Undefined until somebody chose: then the width of the window decides.
  const [chosen, setChosen] = useState(readNarrow);
  const narrow = chosen ?? !matchMedia("(min-width: 1024px)").matches;
  const toggle = () => {
    setChosen(!narrow);
    keepNarrow(!narrow);
  };
  const { overlay, openPalette } = useOverlays(who);
  const places = placesOf(who);
  const calm = useCalm();
  const waiting = useQuery({ ...queue.waiting, enabled: can(who, "show-waiting") }).data;
  const waits = waiting ? waiting.proposed.count + waiting.in_doubt.count : 0;
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-surface px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <Header who={who} calm={calm} narrow={narrow} onToggle={toggle} onSearch={openPalette} />
      <div className="flex flex-1">
        <Sidebar places={places} waits={waits} narrow={chosen} />
        <div className="flex min-w-0 flex-1 flex-col max-md:pb-20">
          {live === "offline" && <OfflineBanner />}
          {who.organization.paused_at && <PausedBanner mayResume={can(who, "resume-all")} />}
          <main id="content" tabIndex={-1} className="flex-1 p-4 outline-hidden md:p-6 lg:p-8">
            {children}
          </main>
          <Footer live={live} />
        </div>
      </div>
      <BottomBar places={places} waits={waits} calm={calm} />
      {overlay}
    </div>
  );
}

/** The palette and the sheet of shortcuts: their keys, and what is open. */
function useOverlays(who: Me) {
  const [open, setOpen] = useState<"palette" | "sheet">();
  const navigate = useNavigate();
  const openPalette = useCallback(() => setOpen("palette"), []);
  const close = (next: boolean) => !next && setOpen(undefined);

  // Whoever opens it types at once: it must be there before the second letter.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), PRELOAD_MS);
    return () => clearTimeout(timer);
  }, []);

  // Not a single key, so it works in text fields too and cannot be turned off.
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setOpen((now) => (now === "palette" ? undefined : "palette"));
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);

  useShortcuts("Everywhere", [
    { keys: "?", label: "Show these shortcuts", run: () => setOpen("sheet") },
    ...placesOf(who).map(({ to, label, key }) => ({
      keys: `g ${key}`,
      label: `Go to ${label}`,
      run: () => void navigate({ to }),
    })),
  ]);

  const overlay = (
    <Suspense>
      {open === "palette" && <Palette who={who} onOpenChange={close} onShortcuts={() => setOpen("sheet")} />}
      {open === "sheet" && <ShortcutSheet onOpenChange={close} />}
    </Suspense>
  );
  return { overlay, openPalette };
}

interface HeaderProps {
  /** The menus may come. */
  calm: boolean;
  who: Me;
  narrow: boolean;
  onToggle: () => void;
  onSearch: () => void;
}

const MENUS_ROOM = <div className="h-10 w-40 md:w-78" />;

function Header({ who, calm, narrow, onToggle, onSearch }: HeaderProps) {
  const Toggle = narrow ? PanelLeftOpen : PanelLeftClose;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-b border-line bg-surface px-2 md:gap-2 md:px-4">
      <button
        type="button"
        onClick={onToggle}
        aria-label={narrow ? "Show navigation labels" : "Hide navigation labels"}
        aria-pressed={narrow}
        className="inline-flex size-10 items-center justify-center rounded-lg text-quiet hover:bg-sunken hover:text-ink max-md:hidden"
      >
        <Toggle aria-hidden="true" className="size-5" />
      </button>
      <Link
        to="/"
        className="flex min-h-10 min-w-0 items-center gap-2 rounded-lg px-2 text-base font-semibold"
        aria-label="Rainmaker, home"
      >
        <Brand />
        <span className="max-md:sr-only">Rainmaker</span>
      </Link>
      <span className="truncate text-quiet max-lg:hidden">{who.organization.name}</span>
      <div className="flex-1" />
      <button
        type="button"
        onClick={onSearch}
        aria-keyshortcuts="Control+K Meta+K"
        className="inline-flex min-h-10 min-w-10 items-center gap-2 rounded-lg text-quiet hover:text-ink max-md:justify-center max-md:hover:bg-sunken md:min-w-56 md:border md:border-edge md:bg-page md:px-3 lg:min-w-72"
      >
        <Search aria-hidden="true" className="size-5 md:size-4" />
        <span className="flex-1 text-left max-md:sr-only">Search or jump to</span>
        <span
          aria-hidden="true"
          className="rounded-sm border border-line bg-surface px-1.5 text-xs leading-5 max-md:hidden"
        >
          {mac ? "⌘ K" : "Ctrl K"}
        </span>
      </button>
      <Suspense fallback={MENUS_ROOM}>{calm ? <HeaderMenus who={who} /> : MENUS_ROOM}</Suspense>
    </header>
  );
}

function Brand() {
  return (
    <svg viewBox="0 0 32 32" width={28} height={28} aria-hidden="true" className="shrink-0">
      <rect width="32" height="32" rx="8" className="fill-primary" />
      <path d="M16 6c4 5.2 6.6 8.7 6.6 12.2a6.6 6.6 0 0 1-13.2 0C9.4 14.7 12 11.2 16 6z" className="fill-white" />
    </svg>
  );
}

const bannerClass =
  "flex flex-wrap items-center justify-between gap-2 bg-warning-wash px-4 py-2 text-warning-ink md:px-6 lg:px-8";

function OfflineBanner() {
  return (
    <p role="status" className={bannerClass}>
      The server cannot be reached. What you see may be out of date; it catches up by itself once the connection is
      back.
    </p>
  );
}

function PausedBanner({ mayResume }: { mayResume: boolean }) {
  const queries = useQueryClient();
  const resume = useMutation({
    mutationFn: resumeAll,
    onSuccess: async () => {
      await queries.invalidateQueries();
      toast("Campaigns are running again.");
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <div role="status" className={bannerClass}>
      <p className="font-medium">Everything is paused: nothing leaves this workspace.</p>
      {mayResume && (
        <Button size="small" busy={resume.isPending} onClick={() => resume.mutate()}>
          <Play aria-hidden="true" className="size-4" />
          Resume everything
        </Button>
      )}
    </div>
  );
}

interface PlaceLinkProps {
  place: Place;
  className: string;
  activeClass: string;
  children: ReactNode;
}

function PlaceLink({ place, className, activeClass, children }: PlaceLinkProps) {
  return (
    <Link
      to={place.to}
      title={place.label}
      className={className}
      activeOptions={{ exact: place.to === "/", includeSearch: false }}
      activeProps={{ className: activeClass, "aria-current": "page" }}
    >
      {children}
    </Link>
  );
}

interface NavigationProps {
  places: readonly Place[];
  /** What waits in "Needs you". */
  waits: number;
}

/** How many; read out with words, so that a link is not called "Needs you 4". */
function Waits({ place, waits, className }: { place: Place; waits: number; className: string }) {
  if (place.to !== "/queue" || waits === 0) return null;
  return (
    <span className={cx("figure rounded-full bg-primary px-1.5 text-xs font-medium text-white", className)}>
      <span aria-hidden="true">{waits > 99 ? "99+" : waits}</span>
      <span className="sr-only">{waits} waiting</span>
    </span>
  );
}

function Sidebar({ places, waits, narrow }: NavigationProps & { narrow: boolean | undefined }) {
  const width = narrow === undefined ? "w-16 lg:w-56" : narrow ? "w-16" : "w-56";
  const label = narrow === undefined ? "max-lg:sr-only" : narrow ? "sr-only" : undefined;
  const badge =
    narrow === undefined
      ? "max-lg:absolute max-lg:top-0 max-lg:right-0"
      : narrow
        ? "absolute top-0 right-0"
        : undefined;
  return (
    <nav
      aria-label="Main"
      className={cx(
        "sticky top-14 h-[calc(100dvh-3.5rem)] shrink-0 overflow-y-auto border-r border-line bg-surface p-3 max-md:hidden",
        width,
      )}
    >
      <ul className="flex flex-col gap-1">
        {places.map((place) => (
          <li key={place.to}>
            <PlaceLink
              place={place}
              className="relative flex min-h-10 items-center gap-3 rounded-lg px-2.5 font-medium text-quiet -outline-offset-2 hover:bg-sunken hover:text-ink"
              activeClass="bg-primary-wash text-primary-ink!"
            >
              <place.icon aria-hidden="true" className="size-5 shrink-0" />
              <span className={cx("flex-1", label)}>{place.label}</span>
              <Waits place={place} waits={waits} className={badge ?? ""} />
            </PlaceLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const barItem =
  "relative flex min-h-14 w-full flex-col items-center justify-center gap-0.5 text-xs font-medium text-quiet -outline-offset-2";

function BottomBar({ places, waits, calm }: NavigationProps & { calm: boolean }) {
  const behind = places.slice(BAR);
  const more = (
    <span className={barItem}>
      <Ellipsis aria-hidden="true" className="size-5" />
      <span>More</span>
    </span>
  );
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid auto-cols-fr grid-flow-col">
        {places.slice(0, BAR).map((place) => (
          <li key={place.to} className="min-w-0">
            <PlaceLink place={place} className={barItem} activeClass="text-primary-ink!">
              <place.icon aria-hidden="true" className="size-5" />
              <span className="tracking-tight">{place.label}</span>
              <Waits place={place} waits={waits} className="absolute top-1 left-[calc(50%+0.25rem)]" />
            </PlaceLink>
          </li>
        ))}
        <li className="min-w-0">
          <Suspense fallback={more}>{calm ? <MoreMenu places={behind} className={barItem} /> : more}</Suspense>
        </li>
      </ul>
    </nav>
  );
}

const LIVE_WORDS: Record<LiveStatus, string> = {
  open: "Live: this page follows the server",
  connecting: "Connecting to live updates",
  offline: "Live updates are interrupted; trying again",
};

function Footer({ live }: { live: LiveStatus }) {
  return (
    <footer className="flex items-center gap-2 px-4 pb-4 text-xs text-quiet md:px-6 lg:px-8">
      <span aria-hidden="true" className={cx("size-2 rounded-full", live === "open" ? "bg-success" : "bg-warning")} />
      {LIVE_WORDS[live]}
    </footer>
  );
}

const NARROW_KEY = "narrow-navigation";

function readNarrow(): boolean | undefined {
  try {
    const kept = localStorage.getItem(NARROW_KEY);
    return kept === null ? undefined : kept === "1";
  } catch {
    return undefined;
  }
}

function keepNarrow(narrow: boolean): void {
  try {
    localStorage.setItem(NARROW_KEY, narrow ? "1" : "0");
  } catch {
    // Storage is blocked: the choice lasts for this visit.
  }
}
