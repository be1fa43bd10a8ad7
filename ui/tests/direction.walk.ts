// A walk through the screens from right to left: nothing sticks out sideways, and amounts stay left to right.
import { expect, inject, test } from "vitest";
import { pages, type TillPage } from "./till-page";

const browser = pages();
const PAID = "0192a000-0000-7000-8000-000000004812";

async function turned(till: TillPage): Promise<void> {
  await till.page.evaluate(() => (document.documentElement.dir = "rtl"));
}

/** What is wider than its place, and every amount that could turn round. */
async function faults(till: TillPage): Promise<string[]> {
  await till.pause(300);
  return till.page.evaluate(() => {
    const told: string[] = [];
    const where = (node: Element) => `${node.tagName.toLowerCase()}.${node.className}`;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) told.push(`page ${root.scrollWidth}`);
    for (const node of document.querySelectorAll("main, main *, header, dialog[open], dialog *")) {
      const scrolls = /auto|scroll/.test(getComputedStyle(node).overflowX);
      if (scrolls && node.scrollWidth > node.clientWidth + 1) told.push(`wide ${where(node)}`);
    }
    const amount = /^[−-]?[€$]?[\d,]+\.\d\d( [A-Z]{3})?$/;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let found = 0;
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      if (!amount.test(node.textContent?.trim() ?? "")) continue;
      found += 1;
      const parent = node.parentElement;
      if (parent && parent.closest("bdi[dir=ltr]") === null) told.push(`amount ${where(parent)}`);
    }
    return found === 0 && location.search.includes("amounts") ? [...told, "no amounts"] : told;
  });
}

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 1024, height: 600 },
])
  test(`from right to left at ${viewport.width}: sign-in, history, refund, shift`, async () => {
    const till = await browser.next(viewport);
    await till.page.goto(`${inject("address")}?mode=live&me=nobody&scene=locked`);
    await till.get("sign-in").waitFor();
    await turned(till);
    expect(await faults(till), "sign-in").toEqual([]);
    await till.get("operator-Sara").click();
    await till.get("pin").waitFor();
    expect(await faults(till), "PIN").toEqual([]);

    await till.open("mode=live&me=cashier&scene=parked&amounts");
    await turned(till);
    expect(await faults(till), "checkout").toEqual([]);
    await till.get("nav-history").click();
    await till.get("rows").waitFor();
    expect(await faults(till), "history").toEqual([]);
    await till.openDetail(PAID);
    expect(await faults(till), "detail").toEqual([]);
    await till.pause(350);
    await till.get("refund").click();
    await till.get("approver-Huda").click();
    expect(await faults(till), "refund").toEqual([]);
    await till.get("refund-back").click();
    await till.get("nav-shift").click();
    await till.get("report-table").waitFor();
    expect(await faults(till), "shift").toEqual([]);
    await till.get("shift-close").click();
    await till.get("close").waitFor();
    expect(await faults(till), "closing").toEqual([]);
  });

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 1024, height: 600 },
])
  test(`from right to left at ${viewport.width}: set-up and the technician's settings`, async () => {
    const till = await browser.next(viewport);
    await till.open("mode=test");
    await till.get("nav-settings").click();
    await turned(till);
    for (const section of ["till", "mispay", "multipay", "diagnostics"]) {
      await till.get(`section-${section}`).click();
      await till.get("setting-save").waitFor();
      expect(await faults(till), section).toEqual([]);
    }
    await till.page.evaluate(() => (window.fakeTill.broken = { keychain: "keychain_locked" }));
    await till.get("examine").click();
    await till.page.locator("[data-testid=findings][data-verdict=failed]").waitFor();
    expect(await faults(till), "findings").toEqual([]);
    await till.get("section-till").click();
    await till.pause(350);
    await till.get("setup-open").click();
    const steps = ["mode", "names", "providers", "mispay-address", "mispay-secrets", "mispay-test"];
    for (const step of [...steps, "multipay-address", "multipay-secrets"]) {
      await till.get(`setup-step-${step}`).waitFor();
      expect(await faults(till), step).toEqual([]);
      await till.pause(350);
      await till.get("setup-next").click();
    }
    await till.get("setup-step-multipay-test").waitFor();
    await till.pause(350);
    await till.get("test-connection-multipay").click();
    await till.page.locator("[data-testid=steps-multipay][data-verdict=well]").waitFor();
    expect(await faults(till), "test").toEqual([]);
    await till.get("setup-next").click();
    await till.get("setup-step-limits").waitFor();
    expect(await faults(till), "limits").toEqual([]);
    await till.pause(350);
    await till.get("setup-next").click();
    await till.get("setup-step-summary").waitFor();
    expect(await faults(till), "summary").toEqual([]);
  });
