import { expect, type Locator, type Page } from "@playwright/test";

/**
 * Works a page as a person does and counts activations: clicks, taps, and the
 * keys that set something off. Typing and moving the focus are free.
 */
export class Hand {
  readonly #page: Page;
  activations = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  async click(target: Locator): Promise<void> {
    this.activations++;
    await target.click();
  }

  async type(target: Locator, text: string): Promise<void> {
    await target.fill(text);
  }

  async choose(target: Locator, option: string): Promise<void> {
    this.activations++;
    await target.selectOption({ label: option });
  }

  /** A key such as Enter, Control+k or j. */
  async press(key: string): Promise<void> {
    this.activations++;
    await this.#page.keyboard.press(key);
  }

  /** Tabs until the target has the focus, as somebody without a mouse does. */
  async reach(target: Locator, most = 80): Promise<void> {
    for (let i = 0; i < most; i++) {
      if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
      await this.#page.keyboard.press("Tab");
    }
    await expect(target, `not reached after ${most} times Tab`).toBeFocused();
  }
}
