import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { me } from "@/api/session";
import { providers } from "@/api/sso";
import { LEAD_STATUSES, type Me, type Operation } from "@/api/types";
import { chunk } from "@/lib/chunk";
import { dayOf } from "@/lib/day";
import { oneOf, parseSearch, safeNext, stringifySearch, text, wholeNumber } from "@/lib/url";
import {
  ALERT_STATES,
  CAMPAIGN_STATUSES,
  CAMPAIGN_TABS,
  CHARTED,
  EDIT_STEPS,
  ENROLMENT_STATES,
  INTENTS,
  LEAD_SORTS,
  LEAD_TABS,
  PERFORMANCE_SORTS,
  RANGES,
  SETTINGS_TABS,
} from "./choices";
import { NotFound, RouteFailure, RoutePending } from "./fallback";
import { AppLayout } from "./layout";
import { queryClient, session } from "./query-client";

// Each comes when it is opened.
const pages = {
  signin: chunk(() => import("./signin")),
  secondFactor: chunk(() => import("./second-factor")),
  dashboard: chunk(() => import("./dashboard")),
  leads: chunk(() => import("./leads")),
  leadsImport: chunk(() => import("./leads-import")),
  campaigns: chunk(() => import("./campaigns")),
  campaignEdit: chunk(() => import("./campaign-edit")),
  campaign: chunk(() => import("./campaign")),
  replies: chunk(() => import("./replies")),
  queue: chunk(() => import("./queue")),
  analytics: chunk(() => import("./analytics")),
  shared: chunk(() => import("./shared")),
  settings: chunk(() => import("./settings")),
};

type Raw = Record<string, unknown>;

/** Each parameter may be missing. */
const reads =
  <T extends Raw>(read: (raw: Raw) => T) =>
  (raw: Raw): Partial<T> =>
    read(raw);

// Every page states here what its address may hold. Unknown or malformed
// parameters are dropped, so a page never sees them.

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/signin",
  validateSearch: reads((search) => ({ next: text(search.next), error: text(search.error) })),
  // Known before the page is drawn, so that nothing moves. Without it the password is still a way in.
  loader: ({ context }) => context.queryClient.ensureQueryData(providers).catch(() => undefined),
  component: lazyRouteComponent(pages.signin, "SignInPage"),
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/signup",
  component: lazyRouteComponent(pages.signin, "SignUpPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(pages.signin, "InvitationPage"),
});

const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(pages.signin, "ForgotPasswordPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(pages.signin, "ResetPasswordPage"),
});

/** Pages for people who are not signed in. */
const OUTSIDE = ["/signin", "/signup", "/invitation", "/forgot-password", "/reset-password"];

// Apart, because its type is read before the route's own.
const readNext = reads((search) => ({ next: text(search.next) }));

const secondFactorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/second-factor",
  validateSearch: readNext,
  beforeLoad: async ({ context, search }): Promise<void> => {
    const who = await whoOr(context.queryClient, "/second-factor");
    if (!who.mfa_setup_required) throw redirect({ href: safeNext(search.next) });
  },
  component: lazyRouteComponent(pages.secondFactor, "SecondFactorPage"),
  errorComponent: RouteFailure,
});

/** Who is signed in; nobody is led to the sign-in and back. */
async function whoOr(queries: QueryClient, here: string): Promise<Me> {
  try {
    return await queries.ensureQueryData(me);
  } catch (error) {
    if (error instanceof Problem && error.status === 401)
      throw redirect({ to: "/signin", search: { next: here === "/" ? undefined : here } });
    throw error;
  }
}

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    const who = await whoOr(context.queryClient, location.href);
    if (who.mfa_setup_required)
      throw redirect({ to: "/second-factor", search: { next: location.href === "/" ? undefined : location.href } });
  },
  component: AppLayout,
  errorComponent: RouteFailure,
});

const dashboardRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  component: lazyRouteComponent(pages.dashboard, "DashboardPage"),
});

const leadsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/leads",
  staticData: { needs: "list-leads" },
  validateSearch: reads((search) => ({
    q: text(search.q),
    status: oneOf(search.status, LEAD_STATUSES),
    min_score: wholeNumber(search.min_score, 0, 100),
    campaign: text(search.campaign),
    sort: oneOf(search.sort, LEAD_SORTS),
    columns: text(search.columns),
    view: text(search.view),
    cursor: text(search.cursor),
    lead: text(search.lead),
    tab: oneOf(search.tab, LEAD_TABS),
  })),
  component: lazyRouteComponent(pages.leads, "LeadsPage"),
});

const importRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/leads/import",
  staticData: { needs: "import-leads" },
  validateSearch: reads((search) => ({
    import: text(search.import),
    view: oneOf(search.view, ["columns", "check"] as const),
    only: oneOf(search.only, ["problems"] as const),
  })),
  component: lazyRouteComponent(pages.leadsImport, "ImportPage"),
});

const campaignsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns",
  staticData: { needs: "list-campaigns" },
  validateSearch: reads((search) => ({
    status: oneOf(search.status, CAMPAIGN_STATUSES),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(pages.campaigns, "CampaignsPage"),
});

const newCampaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/new",
  staticData: { needs: "create-campaign" },
  component: lazyRouteComponent(pages.campaignEdit, "NewCampaignPage"),
});

const campaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/$campaignId",
  staticData: { needs: "show-campaign" },
  validateSearch: reads((search) => ({
    tab: oneOf(search.tab, CAMPAIGN_TABS),
    state: oneOf(search.state, ENROLMENT_STATES),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(pages.campaign, "CampaignPage"),
});

const editCampaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/$campaignId/edit",
  staticData: { needs: "update-campaign" },
  validateSearch: reads((search) => ({
    step: oneOf(search.step, EDIT_STEPS),
    view: oneOf(search.view, ["list", "canvas"] as const),
  })),
  component: lazyRouteComponent(pages.campaignEdit, "EditCampaignPage"),
});

const repliesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/replies",
  staticData: { needs: "list-replies" },
  validateSearch: reads((search) => ({
    intent: oneOf(search.intent, INTENTS),
    reply: text(search.reply),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(pages.replies, "RepliesPage"),
});

const queueRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/queue",
  staticData: { needs: "show-waiting" },
  validateSearch: reads((search) => ({
    state: oneOf(search.state, ["in_doubt", "proposed"] as const),
    action: text(search.action),
  })),
  component: lazyRouteComponent(pages.queue, "QueuePage"),
});

const analyticsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/analytics",
  staticData: { needs: "query-analytics" },
  validateSearch: reads((search) => ({
    range: oneOf(search.range, RANGES),
    from: dayOf(search.from),
    to: dayOf(search.to),
    metric: oneOf(search.metric, CHARTED),
    sort: oneOf(search.sort, PERFORMANCE_SORTS),
  })),
  component: lazyRouteComponent(pages.analytics, "AnalyticsPage"),
});

const sharedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/shared/$token",
  component: lazyRouteComponent(pages.shared, "SharedPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings",
  validateSearch: reads((search) => ({
    tab: oneOf(search.tab, SETTINGS_TABS),
    action: text(search.action),
    actor: text(search.actor),
    state: oneOf(search.state, ALERT_STATES),
    incident: text(search.incident),
  })),
  component: lazyRouteComponent(pages.settings, "SettingsPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signUpRoute,
  sharedRoute,
  invitationRoute,
  forgotRoute,
  resetRoute,
  secondFactorRoute,
  appRoute.addChildren([
    dashboardRoute,
    leadsRoute,
    importRoute,
    campaignsRoute,
    newCampaignRoute,
    campaignRoute,
    editCampaignRoute,
    repliesRoute,
    queueRoute,
    analyticsRoute,
    settingsRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: RoutePending,
  defaultPendingMs: 150,
  defaultErrorComponent: RouteFailure,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

session.onEnd = () => {
  const { pathname, href } = router.state.location;
  if (OUTSIDE.includes(pathname)) return;
  queryClient.removeQueries({ queryKey: me.queryKey });
  void router.navigate({ to: "/signin", search: { next: href } });
};

session.onFactor = () => {
  const { pathname, href } = router.state.location;
  if (pathname === "/second-factor") return;
  queryClient.removeQueries({ queryKey: me.queryKey });
  void router.navigate({ to: "/second-factor", search: { next: href } });
};

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Whoever may not do this is told so instead of being shown the page. */
    needs?: Operation;
  }
}
