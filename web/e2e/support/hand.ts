import { expect, type Locator, type Page } from "@playwright/test";

/** With what somebody works a page. */
export type Mode = "pointer" | "keyboard";

/** Both, for tests that do the same with each. */
export const MODES: readonly Mode[] = ["pointer", "keyboard"];

/** Most presses of Tab or an arrow before something counts as out of reach. */
const MOST = 120;

/**
 * Works a page as a person does and counts activations: clicks, taps, and the
 * keys that set something off. Typing and moving the focus are free. By keyboard
 * it touches nothing but keys: Tab and arrows until the thing has the focus.
 */
export class Hand {
  readonly #page: Page;
  readonly #mode: Mode;
  activations = 0;

  constructor(page: Page, mode: Mode = "pointer") {
    this.#page = page;
    this.#mode = mode;
  }

  async click(target: Locator): Promise<void> {
    this.activations++;
    if (this.#mode === "pointer") {
      await target.click();
      return;
    }
    await expect(target).toBeVisible();
    const what = await kindOf(target);
    if (what === "radio" && (await this.#byArrows(target))) return;
    if (what === "item") await this.#walk(target, "ArrowDown");
    else if (what === "tab") await this.#toTab(target);
    else await this.reach(target);
    await this.#page.keyboard.press(what === "radio" || what === "checkbox" ? "Space" : "Enter");
  }

  /** Sets a tick to what it should be. */
  async tick(target: Locator, on = true): Promise<void> {
    if ((await target.isChecked()) !== on) await this.click(target);
  }

  async type(target: Locator, text: string): Promise<void> {
    if (this.#mode === "pointer") {
      await target.fill(text);
      return;
    }
    await this.reach(target);
    await this.#page.keyboard.press("ControlOrMeta+a");
    if (text === "") await this.#page.keyboard.press("Delete");
    else await this.#page.keyboard.insertText(text);
  }

  /** Picks from a native list; by keyboard the letters of the option do it. */
  async choose(target: Locator, option: string): Promise<void> {
    this.activations++;
    if (this.#mode === "pointer") {
      await target.selectOption({ label: option });
      return;
    }
    await this.reach(target);
    await this.#page.keyboard.type(option);
    await expect(target.locator("option:checked")).toHaveText(option);
  }

  /** A key such as Enter, Control+k or j. */
  async press(key: string): Promise<void> {
    this.activations++;
    await this.#page.keyboard.press(key);
  }

  /** Tabs until the target has the focus, as somebody without a mouse does. */
  async reach(target: Locator, most = MOST): Promise<void> {
    await this.#walk(target, "Tab", most);
  }

  async #walk(target: Locator, key: string, most = MOST): Promise<void> {
    for (let i = 0; i < most; i++) {
      if (await isThere(target)) return;
      await this.#page.keyboard.press(key);
    }
    await expect(target, `not reached after ${most} times ${key}`).toBeFocused();
  }

  /** Radios of one group share one stop of Tab: arrows choose. Says whether it did. */
  async #byArrows(target: Locator): Promise<boolean> {
    if (await target.isChecked()) return true;
    const name = await target.getAttribute("name");
    const chosen = this.#page.locator(`input[type=radio][name="${name}"]:checked`);
    if (name === null || (await chosen.count()) !== 1) {
      await this.reach(target);
      return false;
    }
    await this.reach(chosen);
    for (let i = 0; i < MOST && !(await target.isChecked()); i++) await this.#page.keyboard.press("ArrowDown");
    return true;
  }

  /** A list of tabs is one stop of Tab, too: the open one. */
  async #toTab(target: Locator): Promise<void> {
    const list = this.#page.getByRole("tablist").filter({ has: target });
    await this.reach(list.locator('[role="tab"][tabindex="0"]').first());
    await this.#walk(target, "ArrowRight");
  }
}

const isThere = (target: Locator): Promise<boolean> =>
  target
    .evaluate(
      (element) =>
        element === document.activeElement ||
        (element.id !== "" && document.activeElement?.getAttribute("aria-activedescendant") === element.id),
    )
    .catch(() => false);

const kindOf = (target: Locator): Promise<"radio" | "checkbox" | "item" | "tab" | "plain"> =>
  target.evaluate((element) => {
    const role = element.getAttribute("role") ?? "";
    if (element instanceof HTMLInputElement && (element.type === "radio" || element.type === "checkbox"))
      return element.type;
    if (role.startsWith("menuitem") || role === "option") return "item";
    return role === "tab" ? "tab" : "plain";
  });
