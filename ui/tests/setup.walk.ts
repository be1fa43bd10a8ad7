// Walks through the guided set-up: from the very first start to a till that can be started.
import { expect, inject, test } from "vitest";
import { axeFindings } from "./axe";
import { pages, STAGED, type TillPage } from "./till-page";

const browser = pages();

async function firstStart(viewport?: { width: number; height: number }): Promise<TillPage> {
  const till = await browser.next(viewport);
  await till.page.goto(`${inject("address")}?mode=training&scene=first`);
  await till.get("go-setup").waitFor();
  await till.pause(350);
  await till.get("go-setup").click();
  await till.get("setup-step-mode").waitFor();
  return till;
}

async function next(till: TillPage, step: string): Promise<void> {
  await till.pause(350);
  await till.get("setup-next").click();
  await till.get(`setup-step-${step}`).waitFor();
}

async function secret(till: TillPage, name: string): Promise<void> {
  await till.get(`setting-${name}`).fill(`made-up-${name}`);
  await till.press("Enter");
  await till.get(`setting-${name}-kept`).waitFor();
}

async function tested(till: TillPage, provider: string, verdict: string): Promise<void> {
  await till.pause(350);
  await till.get(`test-connection-${provider}`).click();
  await till.page.locator(`[data-testid=steps-${provider}][data-verdict=${verdict}]`).waitFor();
}

test("from the first start to a till that is ready to be started, with both providers", async () => {
  const till = await firstStart();
  await till.get("setting-mode-test").click();
  await next(till, "names");
  await till.get("setting-store").fill("Al Noor Market");
  await till.get("setting-terminal").fill("07");
  await till.pause(350);
  await till.press("Enter");
  await till.get("setup-step-providers").waitFor();
  expect(await till.get("setup-next").innerText()).toContain("Choose at least one");
  await till.get("setup-provider-mispay").click();
  await till.get("setup-provider-multipay").click();
  await next(till, "mispay-address");
  await till.get("setting-mispay_base_url-known-0").click();
  await next(till, "mispay-secrets");
  await secret(till, "mispay_app_id");
  await secret(till, "mispay_app_secret");
  await next(till, "mispay-test");
  await tested(till, "mispay", "well");
  expect(await till.get("step-decrypt").getAttribute("data-state")).toBe("well");
  await next(till, "multipay-address");
  await till.get("setting-multipay_terminal_id").fill("90114402");
  await next(till, "multipay-secrets");
  await secret(till, "multipay_client_id");
  await secret(till, "multipay_client_secret");
  await next(till, "multipay-test");
  await tested(till, "multipay", "well");
  await next(till, "limits");
  await till.get("setting-multipay_currency-NOK").click();
  await till.get("setting-limit-SAR-max").fill("3000.00");
  await till.get("setting-limit-NOK-confirm_above").fill("500.00");
  await next(till, "summary");
  expect(await till.get("setup-outlook-mispay").getAttribute("data-outlook")).toBe("works");
  expect(await till.get("setup-outlook-multipay").getAttribute("data-outlook")).toBe("works");
  const words = await till.get("setup-step-summary").innerText();
  for (const said of ["Al Noor Market", "07", "up to 3000.00", "asks again above 500.00"])
    expect(words).toContain(said);
  expect(await till.everything()).not.toContain("made-up");
  expect((await till.calls("saveSettings")).at(-1)?.given).toMatchObject({
    mode: "test",
    store: "Al Noor Market",
    terminal: "07",
    limits: { SAR: { max: "3000.00" }, NOK: { confirm_above: "500.00" } },
    multipay: { terminal_id: "90114402", currency: "NOK" },
  });
  await till.pause(350);
  await Promise.all([till.page.waitForEvent("framenavigated"), till.get("setup-finish").click()]);
});

test("a failed test says which step, why and what to do, and one may go on knowing it", async () => {
  const till = await firstStart();
  await till.page.evaluate(() => (window.fakeTill.broken = { token: "secret_wrong" }));
  await till.get("setting-mode-test").click();
  await next(till, "names");
  await next(till, "providers");
  await till.get("setup-provider-mispay").click();
  await next(till, "mispay-address");
  await next(till, "mispay-secrets");
  await secret(till, "mispay_app_id");
  await secret(till, "mispay_app_secret");
  await next(till, "mispay-test");
  await tested(till, "mispay", "failed");
  const step = till.get("step-token");
  expect(await step.getAttribute("data-state")).toBe("failed");
  expect(await step.getAttribute("data-code")).toBe("secret_wrong");
  const words = await step.innerText();
  for (const said of ["cannot be opened", "replace it, and test again", "secret_wrong"])
    expect(words).toContain(said);
  expect(await till.get("step-tls").getAttribute("data-state")).toBe("well");
  expect(await till.get("step-decrypt").getAttribute("data-state")).toBe("skipped");
  expect(await till.get("step-decrypt").innerText()).toContain("An earlier step has failed.");
  expect(await till.get("setup-goes-on").innerText()).toContain("no sale waits for this test");
  await next(till, "limits");
  await next(till, "summary");
  expect(await till.get("setup-outlook-mispay").getAttribute("data-outlook")).toBe("fails");
  expect(await till.get("setup-outlook-mispay").innerText()).toContain("Its test failed.");
});

test("a double click answers one question, and a Next that waits shows for what", async () => {
  const till = await firstStart();
  await till.get("setting-mode-test").click();
  await till.pause(350);
  await till.get("setup-next").dblclick();
  await till.pause(100);
  expect(await till.get("setup-step-names").count()).toBe(1);
  await till.get("setting-terminal").fill("");
  await till.get("setting-store").focus();
  await till.pause(350);
  await till.get("setup-next").click();
  expect(await till.isAimed("setting-terminal")).toBe(true);
});

test("a secret that was only typed goes with Next, and is nowhere in the page, refused or not", async () => {
  const till = await firstStart();
  await till.get("setting-mode-test").click();
  await next(till, "names");
  await next(till, "providers");
  await till.get("setup-provider-mispay").click();
  await next(till, "mispay-address");
  await next(till, "mispay-secrets");
  await till.get("setting-mispay_app_id").fill("made-up-id");
  await till.refuseNext("putSecret", "keychain_locked");
  await till.pause(350);
  await till.get("setup-next").click();
  await till.page.locator("[data-testid=problem][data-code=keychain_locked]").waitFor();
  expect(await till.everything()).not.toContain("made-up");
  await till.get("setting-mispay_app_id").fill("made-up-id");
  await next(till, "mispay-test");
  expect(await till.everything()).not.toContain("made-up");
  expect(await till.calls("putSecret")).toHaveLength(2);
});

test("set-up shows the mode and what needs a person, and asks before a new start", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=waiting");
  await till.get("nav-settings").click();
  await till.get("setting-store").fill("Al Noor, Olaya");
  await till.pause(350);
  await till.get("setup-open").click();
  await till.get("setup-step-mode").waitFor();
  expect((await till.calls("saveSettings")).at(-1)?.given).toMatchObject({
    store: "Al Noor, Olaya",
  });
  expect(await till.get("mode-tag").innerText()).toBe("LIVE");
  for (const step of ["names", "providers", "mispay-address", "mispay-secrets", "mispay-test"])
    await next(till, step);
  for (const step of ["multipay-address", "multipay-secrets", "multipay-test", "limits", "summary"])
    await next(till, step);
  await till.pause(350);
  await till.get("setup-finish").click();
  await till.get("leave-stay").waitFor();
  expect(await till.get("leave").innerText()).toContain("Restart the till?");
  expect(await till.calls("restart")).toEqual([]);
  await till.pause(350);
  await till.refuseNext("restart", "not_allowed", { permission: "settings" });
  await till.get("leave-now").click();
  await till.page.locator("[data-testid=problem][data-code=not_allowed]").waitFor();
  await till.page.evaluate((id) => window.fakeTill.set(id, { needs_attention: true }), STAGED);
  await till.get("attention-count").click();
  await till.get("search").waitFor();
});

test("going back shows what was answered, and leaving keeps it", async () => {
  const till = await firstStart();
  await next(till, "names");
  await till.get("setting-store").fill("Al Noor");
  await till.pause(350);
  await till.get("setup-back").click();
  await till.get("setup-step-mode").waitFor();
  await next(till, "names");
  expect(await till.get("setting-store").inputValue()).toBe("Al Noor");
  await next(till, "limits");
  await till.get("setup-leave").click();
  await till.get("nav-settings").click();
  expect(await till.get("setting-store").inputValue()).toBe("Al Noor");
  await till.pause(350);
  await till.get("setup-open").click();
  await till.get("setup-step-mode").waitFor();
});

test("a refused answer stays with its reason", async () => {
  const till = await firstStart();
  await next(till, "names");
  await next(till, "limits");
  await till.get("setting-limit-SAR-min").fill("1x");
  await till.pause(350);
  await till.get("setup-next").click();
  await till.page.locator("[data-testid=problem][data-code=limits_invalid]").waitFor();
  expect(await till.get("problem").innerText()).toContain(
    "The limits of SAR do not fit: Smallest.",
  );
  expect(await till.get("setting-limit-SAR-min").inputValue()).toBe("1x");
});

test("by keyboard alone: arrows choose, Enter goes on, Tab finds the rest", async () => {
  const till = await firstStart();
  await till.press("ArrowDown");
  expect(await till.get("setting-mode").getAttribute("data-value")).toBe("test");
  await till.tabTo("setup-next");
  await till.pause(350);
  await till.press("Enter");
  await till.get("setup-step-names").waitFor();
  await till.page.keyboard.type("Al Noor");
  await till.press("Tab");
  await till.page.keyboard.type("7");
  await till.pause(350);
  await till.press("Enter");
  await till.get("setup-step-providers").waitFor();
  await till.tabTo("setup-provider-mispay");
  await till.press("Space");
  await till.tabTo("setup-next");
  await till.pause(350);
  await till.press("Enter");
  await till.get("setup-step-mispay-address").waitFor();
  await till.press("Enter");
  await till.pause(350);
  expect(await till.get("setup-step-mispay-address").count(), "pressed twice").toBe(1);
  await till.press("Enter");
  await till.get("setup-step-mispay-secrets").waitFor();
  await till.page.keyboard.type("made-up-id");
  await till.press("Enter");
  await till.get("setting-mispay_app_id-kept").waitFor();
  await till.page.keyboard.type("made-up-secret");
  await till.press("Enter");
  await till.get("setting-mispay_app_secret-kept").waitFor();
  expect(await till.isAimed("setup-next")).toBe(true);
});

test("who is signed in where people work already is asked for nothing at the first start", async () => {
  const till = await browser.next();
  await till.page.goto(`${inject("address")}?mode=training&me=nobody`);
  await till.get("sign-in").waitFor();
  await till.pause(300);
  expect(await till.get("go-setup").count()).toBe(0);
});

for (const colorScheme of ["light", "dark"] as const)
  test(`every step passes axe, ${colorScheme}`, async () => {
    const till = await firstStart({ width: 1024, height: 600 });
    await till.page.emulateMedia({ colorScheme });
    await till.page.evaluate(() => (window.fakeTill.broken = { token: "secret_wrong" }));
    await till.get("setting-mode-test").click();
    expect(await axeFindings(till), "mode").toEqual([]);
    await next(till, "names");
    expect(await axeFindings(till), "names").toEqual([]);
    await next(till, "providers");
    await till.get("setup-provider-multipay").click();
    expect(await axeFindings(till), "providers").toEqual([]);
    await next(till, "multipay-address");
    await till.get("setting-multipay_terminal_id").fill("90114402");
    expect(await axeFindings(till), "address").toEqual([]);
    await next(till, "multipay-secrets");
    expect(await axeFindings(till), "secrets").toEqual([]);
    await next(till, "multipay-test");
    await tested(till, "multipay", "failed");
    expect(await axeFindings(till), "test").toEqual([]);
    await next(till, "limits");
    expect(await axeFindings(till), "limits").toEqual([]);
    await next(till, "summary");
    expect(await axeFindings(till), "summary").toEqual([]);
  });
