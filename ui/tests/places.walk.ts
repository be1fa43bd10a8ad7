// Walks through history and settings, and axe on every screen.
import { describe, expect, test } from "vitest";
import { axeFindings } from "./axe";
import { pages } from "./till-page";

const browser = pages();

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
        expect(await axeFindings(till), `${mode} ${scene}`).toEqual([]);
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
      expect(await axeFindings(till), scene).toEqual([]);
    }
  });
  test("history and settings in the dark", async () => {
    const till = await browser.next();
    await till.page.emulateMedia({ colorScheme: "dark" });
    await till.open("mode=live&scene=parked");
    await till.get("nav-history").click();
    expect(await axeFindings(till)).toEqual([]);
    await till.get("nav-settings").click();
    await till.get("setting-save").waitFor();
    expect(await axeFindings(till)).toEqual([]);
  });
  for (const colorScheme of ["light", "dark"] as const)
    test(`detail, refund, settle and export, ${colorScheme}`, async () => {
      const till = await browser.next();
      await till.page.emulateMedia({ colorScheme });
      await till.open("mode=live&me=cashier&scene=not-known");
      await till.openDetail();
      expect(await axeFindings(till), "unknown").toEqual([]);
      await till.get("settle").click();
      await till.get("settle-evidence").waitFor();
      expect(await axeFindings(till), "settle").toEqual([]);
      await till.openDetail("0192a000-0000-7000-8000-000000004812");
      await till.pause(350);
      await till.get("refund").click();
      await till.get("approver-Huda").click();
      expect(await axeFindings(till), "refund").toEqual([]);
      await till.get("refund-amount").click();
      expect(await axeFindings(till), "amount").toEqual([]);
      await till.get("refund-back").click();
      await till.get("nav-history").click();
      await till.get("filter-day").click();
      expect(await axeFindings(till), "menu").toEqual([]);
      await till.get("export").click();
      await till.get("export-dialog").waitFor();
      expect(await axeFindings(till), "export").toEqual([]);
    });
  test("a question", async () => {
    const till = await browser.next();
    await till.open("mode=live&scene=parked");
    await till.type("349");
    await till.press("Enter");
    await till.type("482177");
    await till.press("Enter");
    await till.get("question-same_customer").waitFor();
    expect(await axeFindings(till)).toEqual([]);
  });
});

test("what was typed survives a look into the history", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.type("201.05");
  await till.get("nav-history").click();
  await till.get("nav-checkout").click();
  expect(await till.get("amount").innerText()).toContain("201.05");
});

test("a secret is put in once and leaves the field, refused or not", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("section-multipay").click();
  const secret = till.get("setting-multipay_client_secret");
  await secret.fill("s3cr3t-value");
  expect(await till.get("missing-multipay").innerText()).toContain("Client secret");
  await till.refuseNext("putSecret", "keychain_locked");
  await till.pause(350);
  await till.get("setting-multipay_client_secret-put").click();
  await till.page.locator("[data-testid=problem][data-code=keychain_locked]").waitFor();
  expect(await till.everything()).not.toContain("s3cr3t-value");
  await secret.fill("s3cr3t-value");
  await till.get("setting-multipay_client_secret-put").click();
  await till.get("setting-multipay_client_secret-kept").waitFor();
  expect(await till.everything()).not.toContain("s3cr3t-value");
  expect(await till.get("missing-multipay").innerText()).not.toContain("Client secret");
  expect(await till.calls("putSecret")).toHaveLength(2);
});

test("a secret is replaced or forgotten only on purpose, and the keys never lose their place", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("section-mispay").click();
  const secret = "setting-mispay_app_secret";
  await till.pause(350);
  await till.get(`${secret}-replace`).click();
  expect(await till.isAimed(secret)).toBe(true);
  await till.pause(350);
  await till.get(`${secret}-leave`).click();
  expect(await till.isAimed(`${secret}-replace`)).toBe(true);
  await till.pause(350);
  await till.get(`${secret}-forget`).click();
  expect(await till.isAimed(`${secret}-stay`)).toBe(true);
  expect(await till.calls("forgetSecret")).toEqual([]);
  await till.pause(350);
  await till.get(`${secret}-forget-now`).click();
  await till.get(secret).waitFor();
  expect(await till.isAimed(secret)).toBe(true);
  expect(await till.calls("forgetSecret")).toHaveLength(1);
});

test("another mode is saved for the next start and said so; its secrets wait until it is", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("nav-settings").click();
  await till.get("setting-mode-test").click();
  await till.get("section-mispay").click();
  expect(await till.get("secrets-barred").innerText()).toContain("Save the mode first");
  expect(await till.get("setting-mispay_app_secret").count()).toBe(0);
  await till.get("section-till").click();
  await till.pause(350);
  await till.get("setting-save").click();
  await till.get("settings-saved").waitFor();
  expect(await till.get("mode-next-start").getAttribute("data-waiting")).toBe("true");
  expect(await till.get("mode-banner").getAttribute("data-mode")).toBe("training");
  await till.get("section-mispay").click();
  await till.get("setting-mispay_app_secret").waitFor();
});

test("zone, start of the day and lock are saved, and what is no number is refused", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("setting-zone").fill("Europe/Oslo");
  await till.get("setting-day_cutoff_min").fill("240");
  await till.get("setting-lock_after_min").fill("5x");
  await till.pause(350);
  await till.get("setting-save").click();
  await till.page.locator("[data-testid=problem][data-code=settings_invalid]").waitFor();
  expect(await till.get("problem").innerText()).toContain("from 0 to 240: Lock when untouched");
  await till.get("setting-lock_after_min").fill("0");
  await till.get("setting-save").click();
  await till.get("settings-saved").waitFor();
  expect((await till.calls("saveSettings")).at(-1)?.given).toMatchObject({
    zone: "Europe/Oslo",
    day_cutoff_min: 240,
    lock_after_min: 0,
  });
});

test("a refused setting says why and keeps what was typed", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.get("nav-settings").click();
  await till.get("section-mispay").click();
  await till.get("setting-mispay_base_url").fill("http://pay.example/");
  await till.pause(350);
  await till.get("setting-save").click();
  expect(await till.get("problem").getAttribute("data-code")).toBe("url_not_allowed");
  expect(await till.get("problem").innerText()).toContain("begins with https");
  expect(await till.get("setting-mispay_base_url").inputValue()).toBe("http://pay.example/");
});

test("sales that were paid twice are one notice that names some of them", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=notices");
  const notice = till.page.locator("[data-code=two_paid_on_one_sale]");
  expect(await notice.innerText()).toContain(
    "5 sales were paid twice: S-000007, S-000012, S-000031 …",
  );
});

test("a screen that has failed says so and can be shown anew", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=parked");
  // The same payment twice in one picture: the till never sends that.
  await till.page.evaluate(() => {
    const fake = window.fakeTill as unknown as {
      state: { payments: unknown[] };
      changed: () => void;
    };
    fake.state.payments = [...fake.state.payments, ...fake.state.payments];
    fake.changed();
  });
  await till.get("screen-failed").waitFor();
  expect(await till.get("screen-failed").innerText()).toContain("Nothing was lost");
  expect(till.faults.some((fault) => fault.includes("each_key_duplicate"))).toBe(true);
  till.faults.length = 0;
  await till.pause(350);
  await till.get("screen-again").click();
  await till.get("nav-checkout").waitFor();
  expect(await till.get("screen-failed").count()).toBe(0);
});
