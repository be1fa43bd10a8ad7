// Walks through the terminal report: open, interim, close, print, save, earlier ones.
import { expect, test } from "vitest";
import { axeFindings } from "./axe";
import { pages } from "./till-page";

const browser = pages();

async function atShift(query: string, viewport?: { width: number; height: number }) {
  const till = await browser.next(viewport);
  await till.open(query);
  await till.get("nav-shift").click();
  await till.pause(400);
  return till;
}

test("the interim report adds up: rows, what was returned, and what is left per currency", async () => {
  const till = await atShift("mode=live&scene=parked");
  const words = await till.get("sum-SAR").innerText();
  for (const part of ["12,480.55", "31 payments", "−80.00", "1 refund", "−275.50", "12,125.05"])
    expect(words).toContain(part);
  expect(await till.get("sum-EUR").innerText()).toContain("€641.40");
  expect(await till.get("report-table").innerText()).toContain("Omar");
  expect(await till.get("carried").first().getAttribute("data-count")).toBe("2");
});

test("hours are bars for the eye and a table for the ear, one currency at a time", async () => {
  const till = await atShift("mode=live");
  expect(await till.get("hours").getAttribute("data-currency")).toBe("SAR");
  expect(await till.page.locator("[data-testid=hours] table").textContent()).toContain(
    "420.00 SAR",
  );
  await till.get("hours-currency-EUR").click();
  expect(await till.page.locator("[data-testid=hours] table").textContent()).toContain(
    "210.00 EUR",
  );
});

test("closing asks, names what is carried over, and shows the closed report with its anchor", async () => {
  const till = await atShift("mode=live&scene=parked");
  await till.get("shift-close").click();
  const words = await till.get("close").innerText();
  for (const part of ["Not known", "Waiting", "They stay pinned until known."])
    expect(words).toContain(part);
  expect(await till.calls("closeShift")).toEqual([]);
  await till.pause(350);
  await till.get("close-confirm").click();
  await till.get("shift-closed").waitFor();
  expect(await till.get("shift-number").getAttribute("data-number")).toBe("118");
  expect(await till.get("report-anchor").innerText()).toContain("48213");
  await till.pause(350);
  await till.get("report-json").click();
  expect(await till.get("report-saved").innerText()).toContain("terminal-report-02-118.json");
});

test("a cashier closes with a manager's approval and stays signed in", async () => {
  const till = await atShift("mode=live&me=cashier");
  await till.get("shift-close").click();
  await till.get("approver-Huda").click();
  await till.type("9999");
  await till.pause(350);
  await till.get("close-confirm").click();
  await till.page.locator("[data-testid=problem][data-code=pin_wrong]").waitFor();
  expect(await till.get("pin").getAttribute("data-length")).toBe("0");
  await till.type("1234");
  await till.get("close-confirm").click();
  await till.get("shift-closed").waitFor();
  expect(await till.get("who").innerText()).toBe("Sara");
  expect((await till.calls("closeShift")).at(-1)?.given).toMatchObject({ approver: "Huda" });
});

test("a shift without a sale closes with a report of zero", async () => {
  const till = await atShift("mode=live&scene=zero");
  expect(await till.get("report-table").innerText()).toContain("No payment in this shift.");
  await till.get("shift-close").click();
  expect(await till.get("close").innerText()).toContain("report of zero");
  await till.pause(350);
  await till.get("close-confirm").click();
  await till.get("shift-closed").waitFor();
});

test("no shift open: says so, and one is opened", async () => {
  const till = await atShift("mode=live&scene=no-shift");
  expect(await till.get("shift-none").innerText()).toContain("The first sale opens one by itself.");
  await till.get("shift-open").click();
  await till.page.locator("[data-testid=shift-number][data-number='118']").waitFor();
  expect(await till.calls("openShift")).toHaveLength(1);
});

test("an earlier report is opened and printed again", async () => {
  const till = await atShift("mode=live");
  await till.page.evaluate(() => {
    window.print = () => void (document.body.dataset["printed"] = "yes");
  });
  await till.get("reports").click();
  await till.get("report-117").click();
  await till.page.locator("[data-testid=shift-number][data-number='117']").waitFor();
  await till.pause(350);
  await till.get("shift-print").click();
  await till.page.locator("body[data-printed=yes]").waitFor({ state: "attached" });
  expect((await till.calls("printed"))[0]?.given).toEqual({ paper: "report", about: "117" });
  await till.get("shift-back").click();
  await till.page.locator("[data-testid=shift-number][data-number='118']").waitFor();
});

test("what is printed holds the whole report and nothing of the window", async () => {
  const till = await atShift("mode=training&scene=parked");
  await till.get("shift-close").click();
  await till.pause(350);
  await till.get("close-confirm").click();
  await till.get("shift-closed").waitFor();
  await till.page.emulateMedia({ media: "print" });
  expect(await till.page.locator("#till").isVisible()).toBe(false);
  const paper = await till.get("report-paper").innerText();
  for (const part of [
    "Training: no money moved",
    "Terminal report, not a fiscal receipt.",
    "Al Noor Market",
    "19 × 7,912.05 SAR",
    "−275.50 SAR",
    "12,125.05 SAR",
    "Not known, 349.00 SAR, reference 10480",
    "482,110.70 SAR",
    "Entry 48213",
  ])
    expect(paper).toContain(part);
  expect(await till.get("paper-hash").innerText()).toHaveLength(64);
});

test("axe: the report, large and small, light and dark, and the question", async () => {
  const till = await atShift("mode=live&scene=parked", { width: 1024, height: 600 });
  expect(await axeFindings(till)).toEqual([]);
  await till.page.emulateMedia({ colorScheme: "dark" });
  await till.page.setViewportSize({ width: 1280, height: 800 });
  expect(await axeFindings(till), "dark").toEqual([]);
  await till.get("shift-close").click();
  expect(await axeFindings(till), "close").toEqual([]);
  await till.press("Escape");
  await till.get("reports").click();
  expect(await axeFindings(till), "earlier").toEqual([]);
});
