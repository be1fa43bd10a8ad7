// Walks through history and settings, and axe on every screen.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { pages, STAGED, type TillPage } from "./till-page";

const browser = pages();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Violation = { id: string; nodes: { target: string[] }[] };

async function violations(till: TillPage): Promise<string[]> {
  await till.pause(300);
  await till.page.evaluate(axe);
  const found = await till.page.evaluate(async () => {
    const tool = (
      window as unknown as {
        axe: { run: (where: object, how: object) => Promise<{ violations: Violation[] }> };
      }
    ).axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // The watermark is decoration: it may be faint.
    return (await tool.run({ exclude: [".watermark"] }, { runOnly: tags })).violations;
  });
  return found.map(
    (each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
}

describe("every screen passes axe", () => {
  const scenes = [
    "",
    "waiting",
    "multipay",
    "not-known",
    "ask-customer",
    "parked",
    "notices",
    "unsaved",
  ];
  for (const mode of ["live", "training"]) {
    test(`checkout in ${mode}`, async () => {
      const till = await browser.next();
      for (const scene of scenes) {
        await till.open(`mode=${mode}&scene=${scene}`);
        expect(await violations(till), `${mode} ${scene}`).toEqual([]);
      }
    });
  }
  test("results", async () => {
    const till = await browser.next({ width: 1024, height: 600 });
    for (const scene of [
      "paid",
      "paid-late",
      "check-amount",
      "contradicted",
      "not-paid",
      "returned",
    ]) {
      await till.open(`mode=live&scene=${scene}`);
      await till.openFromHistory();
      expect(await violations(till), scene).toEqual([]);
    }
  });
  test("history and settings in the dark", async () => {
    const till = await browser.next();
    await till.page.emulateMedia({ colorScheme: "dark" });
    await till.open("mode=live&scene=parked");
    await till.get("nav-history").click();
    expect(await violations(till)).toEqual([]);
    await till.get("nav-settings").click();
    await till.get("setting-save").waitFor();
    expect(await violations(till)).toEqual([]);
  });
  test("a question", async () => {
    const till = await browser.next();
    await till.open("mode=live&scene=parked");
    await till.type("349");
    await till.press("Enter");
    await till.type("482177");
    await till.press("Enter");
    await till.get("question-same_customer").waitFor();
    expect(await violations(till)).toEqual([]);
  });
});

test("history lists today's payments with sums per currency and opens one", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=waiting");
  await till.get("nav-history").click();
  const row = till.get(`row-${STAGED}`);
  expect(await row.innerText()).toContain("Waiting");
  expect(await till.page.locator(".sums").innerText()).toContain("1,661.00");
  expect(await till.page.locator(".sums").innerText()).toContain("€118.00");
  await row.click();
  expect(await till.state()).toBe("waiting");
});

test("what was typed survives a look into the history", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.type("201.05");
  await till.get("nav-history").click();
  await till.get("nav-checkout").click();
  expect(await till.get("amount").innerText()).toContain("201.05");
});

test("a secret is put in once and leaves the field", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("setting-multipay_client_secret").fill("s3cr3t-value");
  expect(await till.get("missing-multipay").innerText()).toContain("Client secret");
  await till.pause(350);
  await till.get("setting-multipay_client_secret-put").click();
  await till.get("setting-multipay_client_secret-kept").waitFor();
  expect(await till.page.content()).not.toContain("s3cr3t-value");
  expect(await till.get("missing-multipay").innerText()).not.toContain("Client secret");
  expect(await till.calls("putSecret")).toHaveLength(1);
});

test("another mode is saved for the next start and said so", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("nav-settings").click();
  await till.get("setting-mode-live").click();
  await till.pause(350);
  await till.get("setting-save").click();
  await till.get("settings-saved").waitFor();
  expect(await till.get("mode-next-start").getAttribute("data-waiting")).toBe("true");
  expect(await till.get("mode-banner").getAttribute("data-mode")).toBe("training");
});

test("a refused setting says why and keeps what was typed", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("setting-mispay_base_url").fill("http://pay.example/");
  await till.pause(350);
  await till.get("setting-save").click();
  expect(await till.get("problem").getAttribute("data-code")).toBe("url_not_allowed");
  expect(await till.get("setting-mispay_base_url").inputValue()).toBe("http://pay.example/");
});
