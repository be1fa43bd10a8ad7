// One browser page that shows the till in memory, with what the walks ask of it.
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import type { FakeTill } from "../src/lib/fake";

declare global {
  interface Window {
    fakeTill: FakeTill;
  }
}

/** Debian's Chromium, unless the machine has it elsewhere. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** A person's pace: no burst that could be a scan. Milliseconds between keys. */
const PERSON_MS = 60;
/** More than stand on any page of the set-up. */
const TABS_MAX = 20;
export const STAGED = "0192a000-0000-7000-8000-000000004814";

export class TillPage {
  readonly faults: string[] = [];

  constructor(readonly page: Page) {
    page.on("console", (message) => message.type() === "error" && this.faults.push(message.text()));
    page.on("pageerror", (fault) => this.faults.push(fault.message));
  }

  get(testid: string): Locator {
    return this.page.getByTestId(testid);
  }

  async open(query = ""): Promise<void> {
    await this.page.goto(`${inject("address")}?${query}`);
    await this.page.getByTestId("nav-checkout").waitFor();
    await this.page.waitForFunction(() => document.querySelector("main .sale") !== null);
  }

  /** Opens a payment from the history, as a cashier would. */
  async openFromHistory(payment = STAGED): Promise<void> {
    await this.openDetail(payment);
    await this.pause(350);
    await this.get("to-stage").click();
    await this.page.locator("main .sale [data-testid=state]").waitFor();
  }

  /** Opens a payment's detail from the history. */
  async openDetail(payment = STAGED): Promise<void> {
    await this.get("nav-history").click();
    await this.get(`row-${payment}`).click();
    await this.get("timeline").waitFor();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: PERSON_MS });
  }

  /** As a scanner types: a burst without pauses, then the suffix, all inside the page's event loop. */
  async scan(text: string): Promise<void> {
    await this.page.evaluate((signs) => {
      const press = (key: string) =>
        (document.activeElement ?? document.body).dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
        );
      for (const sign of signs) press(sign);
      press("Enter");
    }, text);
  }

  /** All that the page holds: its content, and what is in its fields, which the content leaves out. */
  async everything(): Promise<string> {
    const values = await this.page
      .locator("input, textarea")
      .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
    return [await this.page.content(), ...values].join("\n");
  }

  /** Whether the keys go to this part of the page. */
  isAimed(testid: string): Promise<boolean> {
    return this.get(testid).evaluate((node) => node === document.activeElement);
  }

  /** Tab until the keys go there, as somebody without a mouse would. */
  async tabTo(testid: string): Promise<void> {
    for (let pressed = 0; pressed < TABS_MAX && !(await this.isAimed(testid)); pressed += 1)
      await this.press("Tab");
    expect(await this.isAimed(testid), testid).toBe(true);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async pause(ms: number): Promise<void> {
    await this.page.waitForTimeout(ms);
  }

  calls(name: string): Promise<{ name: string; given: Record<string, unknown> }[]> {
    return this.page.evaluate(
      (asked) => window.fakeTill.calls.filter((call) => call.name === asked),
      name,
    ) as Promise<{ name: string; given: Record<string, unknown> }[]>;
  }

  async refuseNext(
    command: string,
    code: string,
    fields: Record<string, string> = {},
  ): Promise<void> {
    await this.page.evaluate(
      (next) =>
        (window.fakeTill.problems[next.command] = [{ code: next.code, fields: next.fields }]),
      { command, code, fields },
    );
  }

  state(): Promise<string | null> {
    return this.get("state").getAttribute("data-state");
  }

  async waitForState(state: string, timeout = 10_000): Promise<void> {
    await this.page.locator(`[data-testid=state][data-state=${state}]`).waitFor({ timeout });
  }
}

/** A browser for the tests of this file; each test opens its own page, and may not leave an error on the console. */
export function pages(): {
  next: (viewport?: { width: number; height: number }) => Promise<TillPage>;
} {
  let browser: Browser;
  let open: TillPage[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterEach(async () => {
    const faults = open.flatMap((till) => till.faults);
    for (const till of open) await till.page.context().close();
    open = [];
    expect(faults, "errors on the console").toEqual([]);
  });
  afterAll(() => browser.close());
  return {
    async next(viewport = { width: 1280, height: 800 }) {
      const context = await browser.newContext({ viewport });
      const till = new TillPage(await context.newPage());
      open.push(till);
      return till;
    },
  };
}
