// Closing the window while a payment is under way: the page asks, and says what of it.
import { expect, test } from "vitest";
import { axeFindings } from "./axe";
import { pages, STAGED } from "./till-page";

const browser = pages();

async function closing(query: string) {
  const till = await browser.next();
  await till.open(query);
  await till.page.evaluate(() => window.fakeTill.closeWindow());
  await till.get("leave").waitFor();
  await till.pause(350);
  return till;
}

test("r26 closing the window names what is under way, and Enter stays", async () => {
  const till = await closing("mode=live&scene=waiting");
  const words = await till.get("leave").innerText();
  for (const said of [
    "Close the till?",
    "may still be charged",
    "started again",
    "MIS Pay",
    "201.05",
  ])
    expect(words).toContain(said);
  expect(await till.get("leave-stay").evaluate((node) => node === document.activeElement)).toBe(
    true,
  );
  await till.press("Enter");
  await till.get("leave").waitFor({ state: "detached" });
  expect(await till.calls("stay")).toHaveLength(1);
  expect(await till.calls("leave")).toEqual([]);
});

test("r26 Escape stays; only the second button leaves", async () => {
  const till = await closing("mode=live&scene=waiting");
  await till.press("Escape");
  await till.get("leave").waitFor({ state: "detached" });
  expect(await till.calls("leave")).toEqual([]);
  await till.page.evaluate(() => window.fakeTill.closeWindow());
  await till.get("leave-now").waitFor();
  await till.pause(350);
  await till.get("leave-now").click();
  await till.page.waitForFunction(() =>
    window.fakeTill.calls.some((call) => call.name === "leave"),
  );
});

test("r26 what ends while the question stands is shown, and what is not known is not asked about", async () => {
  const till = await closing("mode=live&scene=parked");
  expect(await till.page.locator("[data-testid=leave] li").count()).toBe(1);
  const id = "0192a000-0000-7000-8000-000000004809";
  await till.page.evaluate((payment) => window.fakeTill.set(payment, { state: "paid" }), id);
  await till.page.locator(`[data-testid="leave-${id}"][data-state=paid]`).waitFor();
  expect(await till.get("leave").innerText()).toContain("Nothing is under way any more.");
});

test("r26 the question stands over the sign-in too, and reads well", async () => {
  const till = await closing("mode=live&scene=waiting");
  expect(await axeFindings(till)).toEqual([]);
  await till.get("leave-stay").click();
  await till.get("lock").click();
  await till.get("sign-in").waitFor();
  await till.page.evaluate(() => window.fakeTill.closeWindow());
  await till.get(`leave-${STAGED}`).waitFor();
});
