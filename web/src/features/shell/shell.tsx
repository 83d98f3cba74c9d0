import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  House,
  Inbox,
  type LucideIcon,
  Megaphone,
  PanelLeftClose,
  PanelLeftOpen,
  Play,
  Settings,
  Users,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { messageOf } from "@/api/problem";
import { me, resumeAll } from "@/api/session";
import type { Me } from "@/api/types";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import type { LiveStatus } from "@/lib/live";

const HeaderMenus = lazy(() => import("./menus"));

interface Place {
  to: "/" | "/leads" | "/campaigns" | "/replies" | "/settings";
  label: string;
  icon: LucideIcon;
}

// A page joins this list when it works; nothing here leads nowhere.
const PLACES: readonly Place[] = [
  { to: "/", label: "Home", icon: House },
  { to: "/leads", label: "Leads", icon: Users },
  { to: "/campaigns", label: "Campaigns", icon: Megaphone },
  { to: "/replies", label: "Replies", icon: Inbox },
  { to: "/settings", label: "Settings", icon: Settings },
];

interface ShellProps {
  live: LiveStatus;
  children: ReactNode;
}

/** Header, navigation and footer around every page of a signed-in person. */
export function Shell({ live, children }: ShellProps) {
  const { data } = useSuspenseQuery(me);
  // Undefined until somebody chose: then the width of the window decides.
  const [chosen, setChosen] = useState(readNarrow);
  const narrow = chosen ?? !matchMedia("(min-width: 1024px)").matches;
  const toggle = () => {
    setChosen(!narrow);
    keepNarrow(!narrow);
  };
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-surface px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <Header who={data} live={live} narrow={narrow} onToggle={toggle} />
      <div className="flex flex-1">
        <Sidebar narrow={chosen} />
        <div className="flex min-w-0 flex-1 flex-col max-md:pb-20">
          {data.organization.paused_at && <PausedBanner />}
          <main id="content" tabIndex={-1} className="flex-1 p-4 outline-hidden md:p-6 lg:p-8">
            {children}
          </main>
          <Footer live={live} />
        </div>
      </div>
      <BottomBar />
    </div>
  );
}

function Header({ who, live, narrow, onToggle }: { who: Me; live: LiveStatus; narrow: boolean; onToggle: () => void }) {
  const Toggle = narrow ? PanelLeftOpen : PanelLeftClose;
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-2 md:px-4">
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
      <span className="truncate text-quiet max-md:hidden">{who.organization.name}</span>
      <div className="flex-1" />
      {live === "offline" && (
        <span role="status" className="rounded-full bg-warning-wash px-3 py-1 text-xs font-medium text-warning-ink">
          Reconnecting…
        </span>
      )}
      <Suspense fallback={<div className="h-10 w-20" />}>
        <HeaderMenus who={who} />
      </Suspense>
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

function PausedBanner() {
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
    <div
      role="status"
      className="flex flex-wrap items-center justify-between gap-2 bg-warning-wash px-4 py-2 text-warning-ink md:px-6"
    >
      <p className="font-medium">Everything is paused: nothing leaves this workspace.</p>
      <Button size="small" busy={resume.isPending} onClick={() => resume.mutate()}>
        <Play aria-hidden="true" className="size-4" />
        Resume everything
      </Button>
    </div>
  );
}

function PlaceLink({
  place,
  className,
  activeClass,
  children,
}: {
  place: Place;
  className: string;
  activeClass: string;
  children: ReactNode;
}) {
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

function Sidebar({ narrow }: { narrow: boolean | undefined }) {
  const width = narrow === undefined ? "w-16 lg:w-56" : narrow ? "w-16" : "w-56";
  const label = narrow === undefined ? "max-lg:sr-only" : narrow ? "sr-only" : undefined;
  return (
    <nav
      aria-label="Main"
      className={cx(
        "sticky top-14 h-[calc(100dvh-3.5rem)] shrink-0 border-r border-line bg-surface p-3 max-md:hidden",
        width,
      )}
    >
      <ul className="flex flex-col gap-1">
        {PLACES.map((place) => (
          <li key={place.to}>
            <PlaceLink
              place={place}
              className="flex min-h-10 items-center gap-3 rounded-lg px-2.5 font-medium text-quiet hover:bg-sunken hover:text-ink"
              activeClass="bg-primary-wash text-primary-ink!"
            >
              <place.icon aria-hidden="true" className="size-5 shrink-0" />
              <span className={label}>{place.label}</span>
            </PlaceLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function BottomBar() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid grid-cols-5">
        {PLACES.map((place) => (
          <li key={place.to}>
            <PlaceLink
              place={place}
              className="flex min-h-14 flex-col items-center justify-center gap-0.5 text-xs font-medium text-quiet -outline-offset-2"
              activeClass="text-primary-ink!"
            >
              <place.icon aria-hidden="true" className="size-5" />
              <span className="tracking-tight">{place.label}</span>
            </PlaceLink>
          </li>
        ))}
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
