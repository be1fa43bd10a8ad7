// Walks through the activity and the journal: paging, checking, backing up, restoring.
import { expect, test } from "vitest";
import { axeFindings } from "./axe";
import { pages } from "./till-page";

const browser = pages();

async function atSection(name: string, query = "mode=live") {
  const till = await browser.next();
  await till.open(query);
  await till.get("nav-settings").click();
  await till.get(`section-${name}`).click();
  return till;
}

test("the activity tells who did what and why, page by page", async () => {
  const till = await atSection("activity");
  await till.get("activity-48213").waitFor();
  expect(await till.get("activity-48213").innerText()).toContain(
    "Decided that the customer was charged.",
  );
  expect(await till.get("activity-48213").innerText()).toContain("Panel shows capture");
  const refund = till.page.locator("[data-what=opened]").first();
  expect(await refund.innerText()).toContain("Asked for a refund of 80.00 SAR.");
  expect(await refund.innerText()).toContain("Approved by Huda");
  expect(await refund.innerText()).toContain("Reason: Item returned");
  const lines = till.page.locator("[data-what]");
  expect(await lines.count()).toBe(30);
  await till.pause(350);
  await till.get("activity-more").click();
  await till.page.waitForFunction(() => document.querySelectorAll("[data-what]").length === 60);
  expect((await till.calls("activity")).at(-1)?.given["from"]).toBe(48_213 - 30 * 7);
  expect(await till.page.locator("[data-what=clock_was_set]").first().innerText()).toContain(
    "clock_was_set",
  );
});

test("the activity of one person", async () => {
  const till = await atSection("activity");
  await till.get("activity-48213").waitFor();
  await till.get("activity-operator").selectOption("Omar");
  await till.page.waitForFunction(() => document.querySelectorAll("[data-what]").length < 30);
  expect((await till.calls("activity")).at(-1)?.given).toEqual({ from: null, operator: "Omar" });
  for (const line of await till.page.locator("[data-what] .who").allInnerTexts())
    expect(line).toBe("Omar");
});

test("a line about a payment opens it", async () => {
  const till = await atSection("activity");
  await till.get("activity-payment-48213").waitFor();
  await till.pause(350);
  await till.get("activity-payment-48213").click();
  expect(await till.state()).toBe("paid");
});

test("the journal says that it is sound and where its anchor lies", async () => {
  const till = await atSection("journal");
  await till.page.locator("[data-testid=journal-state][data-state=sound]").waitFor();
  expect(await till.get("anchor-kept").innerText()).toContain("keychain");
  const training = await atSection("journal", "mode=training");
  expect(await training.get("anchor-kept").innerText()).toContain("file beside the ledger");
});

test("a ledger without an anchor is told at the checkout and in the journal's part, with the next step", async () => {
  const till = await atSection("journal", "mode=live&scene=unanchored");
  await till.get("journal-state").waitFor();
  expect(await till.get("notice").getAttribute("data-code")).toBe("anchor_missing");
  expect(await till.get("notice").innerText()).toContain("newest printed report");
  await till.get("nav-checkout").click();
  expect(await till.get("notice").getAttribute("data-code")).toBe("anchor_missing");
  expect(await axeFindings(till)).toEqual([]);
});

test("lists that differ are told, and that they are made anew at the next start", async () => {
  const till = await atSection("journal", "mode=live&scene=lists-differ");
  expect(await till.get("lists-differ").innerText()).toContain("then the lists are made anew");
  expect(await till.get("journal-state").getAttribute("data-state")).toBe("sound");
  expect(await axeFindings(till)).toEqual([]);
});

test("a check shows how far it is, and can be cancelled", async () => {
  const till = await atSection("journal");
  await till.get("verify").waitFor();
  await till.pause(350);
  await till.get("verify").click();
  await till.page.locator("[data-testid=job-verify][data-state=running]").waitFor();
  await till.pause(350);
  await till.get("job-verify-cancel").click();
  await till.page.locator("[data-testid=job-verify][data-state=cancelled]").waitFor();
  await till.pause(350);
  await till.get("verify").click();
  await till.page.locator("[data-testid=job-verify][data-state=done]").waitFor();
});

test("a check that goes on is told outside the journal's part, and not twice inside", async () => {
  const till = await atSection("journal");
  await till.get("verify").waitFor();
  await till.page.evaluate(() => (window.fakeTill.jobStepMs = 400));
  await till.pause(350);
  await till.get("verify").click();
  await till.page.locator("[data-testid=job-verify][data-state=running]").waitFor();
  expect(await till.get("job-line").count()).toBe(0);
  await till.get("section-people").click();
  expect(await till.get("job-line").innerText()).toContain("Checking the journal:");
  await till.get("section-journal").click();
  await till.get("job-line").waitFor({ state: "detached" });
  await till.get("nav-history").click();
  await till.page.locator("[data-testid=job-line][data-state=done]").waitFor();
  await till.get("job-line-close").click();
  await till.get("job-line").waitFor({ state: "detached" });
});

test("who sees no journal sees no activity either, and neither can be approved", async () => {
  const till = await atSection("journal", "mode=live&me=cashier");
  expect(await till.get("section-denied").innerText()).toContain("for managers");
  await till.get("section-activity").click();
  await till.get("section-denied").waitFor();
  expect(await till.calls("journal")).toEqual([]);
  expect(await till.calls("activity")).toEqual([]);
});

test("a backup is made and listed; a sound journal offers no restore", async () => {
  const till = await atSection("journal");
  await till.get("backup").waitFor();
  await till.pause(350);
  await till.get("backup").click();
  await till.page.locator("[data-testid=job-backup][data-state=done]").waitFor();
  expect(await till.get("backups").innerText()).toContain("checkstand-02-20261124.backup");
  expect(await till.page.locator("[data-testid^=restore-]").count()).toBe(0);
});

test("a broken journal stops new payments, and a manager restores a backup with a reason", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=broken");
  expect(await till.get("journal-broken").innerText()).toContain("No new payments:");
  await till.type("20");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  expect(await till.calls("startSale")).toEqual([]);
  await till.get("journal-look").click();
  await till.page.locator("[data-testid=journal-state][data-state=broken]").waitFor();
  await till.pause(350);
  await till.get("restore-checkstand-02-20261122.backup").click();
  await till.pause(350);
  await till.get("restore-confirm").click();
  expect(await till.calls("restore")).toEqual([]);
  await till.get("restore-reason").fill("Disk was replaced");
  await till.get("restore-confirm").click();
  await till.get("journal-broken").waitFor({ state: "detached" });
  expect((await till.calls("restore"))[0]?.given).toMatchObject({ reason: "Disk was replaced" });
});

test("old payments are counted, and go with a reason, step by step", async () => {
  const till = await atSection("journal");
  await till.get("old-payments").waitFor();
  await till.page.evaluate(() => (window.fakeTill.jobStepMs = 1500));
  await till.pause(350);
  await till.get("old-payments").click();
  expect(await till.get("old-counted").innerText()).toContain(
    "41209 payments go: from 1 Mar 2012 to 9 Jun 2016.",
  );
  expect(await till.get("old-counted").innerText()).toContain("3 payments are as old, but stay");
  expect(await axeFindings(till), "old payments").toEqual([]);
  await till.pause(350);
  await till.get("old-confirm").click();
  expect(await till.calls("removeOld")).toEqual([]);
  await till.get("old-reason").fill("Ten years are enough");
  await till.get("old-confirm").click();
  await till.page.locator("[data-testid=old-steps][data-phase=copy]").waitFor();
  await till.press("Escape");
  expect(await till.get("old-steps").count(), "it cannot be left half-way").toBe(1);
  expect(await till.get("old-confirm").count()).toBe(0);
  await till.page.evaluate(() => (window.fakeTill.jobStepMs = 20));
  await till.get("old").waitFor({ state: "detached" });
  const [call] = await till.calls("removeOld");
  expect(call?.given).toMatchObject({ years: 10, reason: "Ten years are enough" });
  await till.get("section-activity").click();
  expect(await till.page.locator("[data-what=payments_removed]").innerText()).toContain("Removed");
});

test("where no payment is that old, nothing can be removed", async () => {
  const till = await atSection("journal");
  await till.get("old-payments").waitFor();
  await till.pause(350);
  await till.get("old-payments").click();
  await till.pause(350);
  await till.page.locator("[data-testid=old-years] [role=radio]").last().click();
  await till.page
    .locator("[data-testid=old-counted]", { hasText: "No payment is that old." })
    .waitFor();
  await till.get("old-reason").fill("Because");
  await till.get("old-confirm").click();
  expect(await till.calls("removeOld")).toEqual([]);
});

test("where no backup will do, a manager goes on with the journal as it is and the page says so", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=broken");
  await till.get("journal-look").click();
  await till.get("accept-as-it-is").waitFor();
  await till.pause(350);
  await till.get("accept-as-it-is").click();
  const words = await till.get("accept").innerText();
  expect(words).toContain("nobody can prove what the entries up to 48213 said");
  expect(words).toContain("Restoring a backup is better");
  await till.pause(350);
  await till.get("accept-confirm").click();
  expect(await till.calls("acceptAsItIs")).toEqual([]);
  await till.get("accept-reason").fill("The disk was repaired, nothing else is left");
  expect(await axeFindings(till)).toEqual([]);
  await till.get("accept-confirm").click();
  await till.get("journal-broken").waitFor({ state: "detached" });
  await till.get("section-journal").click();
  expect(await till.get("journal-accepted").innerText()).toContain("up to entry 48213");
  expect(await till.get("journal-state").innerText()).toContain("sound behind entry 48213");
});

test("a copy that is refused after the till was closed for it leads to a new start", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=broken");
  await till.get("journal-look").click();
  await till.get("accept-as-it-is").waitFor();
  await till.pause(350);
  await till.get("restore-checkstand-02-20261122.backup").click();
  await till.get("restore-reason").fill("Disk was replaced");
  await till.refuseNext("restore", "backup_broken", { detail: "entry 7", till: "closed" });
  await till.pause(350);
  await till.get("restore-confirm").click();
  await till.get("till-closed").waitFor();
  const started = till.page.waitForEvent("load");
  await till.get("restore-back").click();
  await started;
});

test("axe: activity, journal, a broken one", async () => {
  const till = await atSection("activity");
  await till.get("activity-48213").waitFor();
  expect(await axeFindings(till), "activity").toEqual([]);
  await till.get("section-journal").click();
  await till.get("backups").waitFor();
  expect(await axeFindings(till), "journal").toEqual([]);
  await till.open("mode=live&scene=broken");
  expect(await axeFindings(till), "checkout").toEqual([]);
  await till.get("journal-look").click();
  await till.get("backups").waitFor();
  expect(await axeFindings(till), "broken").toEqual([]);
});
