import type { Locator, Page } from "@playwright/test";
import { Hand } from "./hand";

/**
 * Does what a journey asks either with a pointer or with keys alone, so that one
 * journey is written once and walked both ways. Activations count the same.
 */
export class Body extends Hand {
  readonly keys: boolean;
  readonly #page: Page;

  constructor(page: Page, keys: boolean) {
    super(page);
    this.keys = keys;
    this.#page = page;
  }

  /** A button or a link. */
  async activate(target: Locator): Promise<void> {
    if (!this.keys) return this.click(target);
    await this.reach(target, 200);
    await this.press("Enter");
  }

  /** A checkbox. */
  override async tick(target: Locator): Promise<void> {
    if (!this.keys) return this.click(target);
    await this.reach(target, 200);
    await this.press("Space");
  }

  /** Text in a field; typing and getting there are free. */
  async write(target: Locator, text: string): Promise<void> {
    if (!this.keys) return this.type(target, text);
    await this.reach(target, 200);
    await this.#page.keyboard.press("Control+a");
    await this.#page.keyboard.type(text);
  }

  /** An option of a list box, by its first letters when there is no pointer. */
  async pick(target: Locator, option: string): Promise<void> {
    if (!this.keys) return this.choose(target, option);
    await this.reach(target, 200);
    this.activations++;
    await this.#page.keyboard.type(option);
  }

  /** An item of a menu that is open; arrows and letters are free. */
  async item(target: Locator): Promise<void> {
    if (!this.keys) return this.click(target);
    await target.waitFor();
    await this.#page.keyboard.type(((await target.textContent()) ?? "").trim().slice(0, 12));
    await this.press("Enter");
  }

  /** A file for a file field. */
  async file(target: Locator, name: string, content: string): Promise<void> {
    const chooser = this.#page.waitForEvent("filechooser");
    if (this.keys) {
      await this.reach(target, 200);
      await this.press("Enter");
    } else {
      this.activations++;
      await target.locator("xpath=..").click();
    }
    await (await chooser).setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
  }

  /** The button Undo of the message that has just come; F6 leads there. */
  async undo(): Promise<void> {
    const button = this.#page.getByRole("button", { name: "Undo", exact: true }).first();
    await button.waitFor();
    if (!this.keys) return this.click(button);
    await this.#page.keyboard.press("F6");
    await this.reach(button, 10);
    await this.press("Enter");
  }
}
