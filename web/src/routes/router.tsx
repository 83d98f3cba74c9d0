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
import { LEAD_STATUSES } from "@/api/types";
import { dayOf } from "@/lib/day";
import { oneOf, parseSearch, stringifySearch, text, wholeNumber } from "@/lib/url";
import {
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
  validateSearch: reads((search) => ({ next: text(search.next) })),
  component: lazyRouteComponent(() => import("./signin"), "SignInPage"),
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/signup",
  component: lazyRouteComponent(() => import("./signin"), "SignUpPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("./signin"), "InvitationPage"),
});

const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(() => import("./signin"), "ForgotPasswordPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("./signin"), "ResetPasswordPage"),
});

/** Pages for people who are not signed in. */
const OUTSIDE = ["/signin", "/signup", "/invitation", "/forgot-password", "/reset-password"];

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(me);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        throw redirect({ to: "/signin", search: { next: location.href === "/" ? undefined : location.href } });
      }
      throw error;
    }
  },
  component: AppLayout,
  errorComponent: RouteFailure,
});

const dashboardRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./dashboard"), "DashboardPage"),
});

const leadsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/leads",
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
  component: lazyRouteComponent(() => import("./leads"), "LeadsPage"),
});

const importRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/leads/import",
  validateSearch: reads((search) => ({
    import: text(search.import),
    view: oneOf(search.view, ["columns", "check"] as const),
    only: oneOf(search.only, ["problems"] as const),
  })),
  component: lazyRouteComponent(() => import("./leads-import"), "ImportPage"),
});

const campaignsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns",
  validateSearch: reads((search) => ({
    status: oneOf(search.status, CAMPAIGN_STATUSES),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(() => import("./campaigns"), "CampaignsPage"),
});

const newCampaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/new",
  component: lazyRouteComponent(() => import("./campaign-edit"), "NewCampaignPage"),
});

const campaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/$campaignId",
  validateSearch: reads((search) => ({
    tab: oneOf(search.tab, CAMPAIGN_TABS),
    state: oneOf(search.state, ENROLMENT_STATES),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(() => import("./campaign"), "CampaignPage"),
});

const editCampaignRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/campaigns/$campaignId/edit",
  validateSearch: reads((search) => ({
    step: oneOf(search.step, EDIT_STEPS),
    view: oneOf(search.view, ["list", "canvas"] as const),
  })),
  component: lazyRouteComponent(() => import("./campaign-edit"), "EditCampaignPage"),
});

const repliesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/replies",
  validateSearch: reads((search) => ({
    intent: oneOf(search.intent, INTENTS),
    reply: text(search.reply),
    cursor: text(search.cursor),
  })),
  component: lazyRouteComponent(() => import("./replies"), "RepliesPage"),
});

const queueRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/queue",
  validateSearch: reads((search) => ({
    state: oneOf(search.state, ["in_doubt", "proposed"] as const),
    action: text(search.action),
  })),
  component: lazyRouteComponent(() => import("./queue"), "QueuePage"),
});

const analyticsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/analytics",
  validateSearch: reads((search) => ({
    range: oneOf(search.range, RANGES),
    from: dayOf(search.from),
    to: dayOf(search.to),
    metric: oneOf(search.metric, CHARTED),
    sort: oneOf(search.sort, PERFORMANCE_SORTS),
  })),
  component: lazyRouteComponent(() => import("./analytics"), "AnalyticsPage"),
});

const sharedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/shared/$token",
  component: lazyRouteComponent(() => import("./shared"), "SharedPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings",
  validateSearch: reads((search) => ({
    tab: oneOf(search.tab, SETTINGS_TABS),
    action: text(search.action),
    actor: text(search.actor),
  })),
  component: lazyRouteComponent(() => import("./settings"), "SettingsPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signUpRoute,
  sharedRoute,
  invitationRoute,
  forgotRoute,
  resetRoute,
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

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
