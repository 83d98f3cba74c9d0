import {
  type APIRequestContext,
  type BrowserContext,
  test as base,
  expect,
  type Page,
  request,
} from "@playwright/test";
import { Watch } from "./watch";

export { expect };

/** A workspace of its own that only the test knows. */
export interface Workspace {
  email: string;
  password: string;
  name: string;
  /** Calls the API as its owner. */
  api: APIRequestContext;
}

interface Fixtures {
  /** Address of the running demo. */
  url: string;
  /** Fails the test on a console error, a CSP violation or a request to elsewhere. */
  watch: Watch;
  /** A page of the demo's workspace, which is full and lives. */
  demo: Page;
  /** Calls the API in the demo's workspace. */
  demoApi: APIRequestContext;
  /** A fresh, empty workspace. */
  workspace: Workspace;
  /** A page signed in to the fresh workspace. */
  mine: Page;
}

let made = 0;

async function open(context: BrowserContext, watch: Watch): Promise<Page> {
  const page = await context.newPage();
  await watch.follow(page);
  return page;
}

function env(name: "E2E_URL" | "E2E_SESSION"): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: support/start.ts sets it`);
  return value;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
  url: async ({}, use) => use(env("E2E_URL")),
  baseURL: async ({ url }, use) => use(url),
  watch: [
    async ({ url }, use) => {
      const watch = new Watch(url);
      await use(watch);
      expect(watch.problems()).toEqual([]);
    },
    { auto: true },
  ],
  page: async ({ context, watch }, use) => use(await open(context, watch)),
  demo: async ({ browser, url, watch }, use) => {
    const context = await browser.newContext({ baseURL: url, storageState: env("E2E_SESSION") });
    await use(await open(context, watch));
    await context.close();
  },
  demoApi: async ({ url }, use) => {
    const api = await request.newContext({ baseURL: url, storageState: env("E2E_SESSION") });
    await use(api);
    await api.dispose();
  },
  workspace: async ({ url }, use) => {
    const mark = `${Date.now().toString(36)}${process.pid}${made++}`;
    const api = await request.newContext({ baseURL: url });
    const workspace = {
      email: `owner-${mark}@example.com`,
      password: "a long enough sentence",
      name: `Acme ${mark}`,
      api,
    };
    const answer = await api.post("/api/v1/auth/signup", {
      data: {
        organization_name: workspace.name,
        name: "Olivia Owner",
        email: workspace.email,
        password: workspace.password,
      },
    });
    expect(answer.status(), await answer.text()).toBe(201);
    await use(workspace);
    await api.dispose();
  },
  mine: async ({ browser, url, watch, workspace }, use) => {
    const context = await browser.newContext({ baseURL: url, storageState: await workspace.api.storageState() });
    await use(await open(context, watch));
    await context.close();
  },
});

/** Waits until a page has drawn what it has to show. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}
