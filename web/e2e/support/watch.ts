import type { Page } from "@playwright/test";

/** Listens to a page for what must never happen, whatever a test is about. */
export class Watch {
  readonly #problems: string[] = [];
  readonly #allowed: RegExp[] = [];
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** A test that provokes a refusal says which line of the console it expects. */
  allow(line: RegExp): void {
    this.#allowed.push(line);
  }

  problems(): string[] {
    return this.#problems.filter((problem) => !this.#allowed.some((allowed) => allowed.test(problem)));
  }

  async follow(page: Page): Promise<void> {
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
      });
    });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        this.#problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#problems.push(`uncaught: ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol) && url.host !== new URL(this.#origin).host)
        this.#problems.push(`off-origin: ${request.url()}`);
    });
  }
}
