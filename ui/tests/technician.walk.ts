// Walks of a technician through the settings: tests, the amount unit's guard, diagnostics, settings from a file.
import { expect, test } from "vitest";
import { axeFindings } from "./axe";
import { pages, type TillPage } from "./till-page";

const browser = pages();

async function atSection(name: string, query = "mode=test", viewport?: Viewport) {
  const till = await browser.next(viewport);
  await till.open(query);
  await till.get("nav-settings").click();
  await till.get(`section-${name}`).click();
  await till.pause(350);
  return till;
}
type Viewport = { width: number; height: number };

async function choose(till: TillPage, text: string): Promise<void> {
  const file = { name: "till-02.toml", mimeType: "text/plain", buffer: Buffer.from(text) };
  await till.get("settings-import").setInputFiles(file);
}

test("what was typed in one part survives a look at another, and one press saves all of it", async () => {
  const till = await atSection("mispay");
  await till.get("setting-mispay_base_url").fill("https://pay.example/");
  await till.get("section-multipay").click();
  await till.get("setting-multipay_heartbeat_s").fill("7");
  await till.get("section-mispay").click();
  expect(await till.get("setting-mispay_base_url").inputValue()).toBe("https://pay.example/");
  await till.pause(350);
  await till.get("setting-save").click();
  await till.get("settings-saved").waitFor();
  expect((await till.calls("saveSettings")).at(-1)?.given).toMatchObject({
    mispay: { base_url: "https://pay.example/", window_min: 3 },
    multipay: { heartbeat_s: 7 },
  });
});

test("a test of the connection saves what was typed first, and tests nothing where that is refused", async () => {
  const till = await atSection("mispay");
  await till.get("setting-mispay_base_url").fill("http://pay.example/");
  expect(await till.get("test-connection-mispay").innerText()).toContain("Save and test");
  await till.get("test-connection-mispay").click();
  await till.page.locator("[data-testid=problem][data-code=url_not_allowed]").waitFor();
  expect(await till.calls("testConnection")).toEqual([]);
  await till.get("setting-mispay_base_url-known-0").click();
  await till.get("test-connection-mispay").click();
  await till.page.locator("[data-testid=steps-mispay][data-verdict=well]").waitFor();
  expect(await till.calls("testConnection")).toHaveLength(1);
  expect(await till.get("steps-mispay").innerText()).toContain("Tested");
  await till.get("section-multipay").click();
  await till.get("section-mispay").click();
  expect(await till.get("steps-mispay").getAttribute("data-verdict"), "still there").toBe("well");
  await till.get("setting-mispay_base_url").fill("https://pay.example/");
  await till.pause(350);
  await till.get("setting-save").click();
  await till.page.locator("[data-testid=steps-mispay][data-verdict=none]").waitFor();
});

test("steps appear one by one, and a name that is not found stops the rest", async () => {
  const till = await atSection("multipay");
  await till.page.evaluate(() => {
    window.fakeTill.testStepMs = 300;
    window.fakeTill.broken = { dns: "dns_failed" };
  });
  await till.get("test-connection-multipay").click();
  await till.get("step-settings").waitFor();
  expect(await till.get("step-logon").count()).toBe(0);
  expect(await till.get("steps-multipay").getAttribute("data-verdict")).toBe("running");
  await till.page.locator("[data-testid=steps-multipay][data-verdict=failed]").waitFor();
  expect(await till.get("step-dns").getAttribute("data-code")).toBe("dns_failed");
  expect(await till.get("step-logon").innerText()).toContain("not tried");
});

test("training has no connection to test, and says so", async () => {
  const till = await atSection("mispay", "mode=training");
  expect(await till.get("test-connection-mispay").count()).toBe(0);
  expect(await till.page.content()).toContain("no connection to test");
});

test("Live uses no known address before somebody has chosen it", async () => {
  const till = await atSection("mispay");
  await till.get("section-till").click();
  await till.get("setting-mode-live").click();
  await till.get("section-mispay").click();
  expect(await till.get("setting-mispay_base_url").inputValue()).toBe("");
  const offer = till.get("setting-mispay_base_url-known-0");
  expect(await offer.getAttribute("aria-pressed")).toBe("false");
  expect(await offer.innerText()).toContain("check it against the papers");
  expect(await till.get("missing-mispay").innerText()).toContain("Address");
  await offer.click();
  expect(await till.get("setting-mispay_base_url").inputValue()).toBe(
    "https://api.mispay.example/v1/in-store",
  );
  expect(await till.get("missing-mispay").count()).toBe(0);
});

test("the amount unit is confirmed by what a phone showed, and by nothing else", async () => {
  const till = await atSection("multipay");
  const state = till.get("unit-state");
  expect(await state.getAttribute("data-confirmed")).toBe("false");
  expect(await state.innerText()).toContain("sale of exactly 1.00");
  await till.page.evaluate(() => (window.fakeTill.unitTested = false));
  await till.get("unit-confirm").click();
  expect(await till.isAimed("unit-shown"), "nothing was typed yet").toBe(true);
  await till.get("unit-shown").fill("1.00");
  await till.get("unit-confirm").click();
  await till.page.locator("[data-testid=problem][data-code=unit_not_tested]").waitFor();
  await till.page.evaluate(() => (window.fakeTill.unitTested = true));
  await till.get("unit-shown").fill("100.00");
  await till.get("unit-confirm").click();
  await till.page.locator("[data-testid=problem][data-code=unit_differs]").waitFor();
  expect(await till.get("problem").innerText()).toContain("100.00, not 1.00");
  expect(await state.getAttribute("data-confirmed")).toBe("false");
  await till.get("unit-shown").fill("1.00");
  await till.get("unit-confirm").click();
  await till.page.locator("[data-testid=unit-state][data-confirmed=true]").waitFor();
  await till.get("setting-multipay_amount_unit-decimal").click();
  expect(await state.getAttribute("data-confirmed")).toBe("false");
  await till.get("section-till").click();
  await till.get("setting-mode-training").click();
  await till.get("section-multipay").click();
  expect(await till.get("unit-confirm").count(), "only in Test").toBe(0);
});

test("a look at the till names what it found, with its code and the next step", async () => {
  const till = await atSection("diagnostics");
  await till.page.evaluate(
    () => (window.fakeTill.broken = { disk: "disk_low", keychain: "keychain_locked" }),
  );
  await till.get("examine").click();
  await till.page.locator("[data-testid=findings][data-verdict=failed]").waitFor();
  expect(await till.get("finding-disk").getAttribute("data-state")).toBe("warning");
  expect(await till.get("finding-keychain").getAttribute("data-code")).toBe("keychain_locked");
  expect(await till.get("finding-keychain").innerText()).toContain("Unlock it");
  expect(await till.get("finding-journal").getAttribute("data-state"), "not skipped").toBe("well");
  expect(await till.get("finding-mispay.tls").innerText()).toContain("MIS Pay: Secure connection");
});

test("the support bundle and the exported settings say where they lie", async () => {
  const till = await atSection("diagnostics");
  await till.get("support-bundle").click();
  expect(await till.get("bundle-path").innerText()).toContain("checkstand-02-20261125.zip");
  await till.get("settings-export").click();
  expect(await till.get("export-path").innerText()).toContain("settings-02.toml");
  await till.get("section-till").click();
  await till.get("section-diagnostics").click();
  expect(await till.get("bundle-path").count(), "still there").toBe(1);
  await till.pause(350);
  await till.refuseNext("supportBundle", "bundle_failed", { detail: "disk full" });
  await till.get("support-bundle").click();
  await till.page.locator("[data-testid=problem][data-code=bundle_failed]").waitFor();
  expect(await till.get("problem").innerText()).toContain("disk full");
});

test("a bad settings file changes nothing and says what is wrong", async () => {
  const till = await atSection("diagnostics");
  const bad = ['stoer = "Al Noor"', 'version = "9"', "half wri"];
  for (const [at, code] of ["settings_invalid", "settings_newer", "settings_invalid"].entries()) {
    await choose(till, `store = "Other"\n${bad[at] ?? ""}`);
    await till.page.locator(`[data-testid=problem][data-code=${code}]`).waitFor();
    expect(await till.get("import-kept").innerText()).toContain("as they were");
    expect(await till.get("settings-import-confirm").count()).toBe(0);
    await choose(till, "");
    await till.get("import-kept").waitFor({ state: "detached" });
  }
  expect(await till.calls("importSettings")).toEqual([]);
  await till.get("section-till").click();
  expect(await till.get("setting-store").inputValue()).toBe("Al Noor Market");
});

test("a good settings file shows each change before one press takes them", async () => {
  const till = await atSection("diagnostics");
  await choose(till, 'store = "Al Noor, Olaya"\nzone = "Asia/Riyadh"\nterminal = "03"\n');
  await till.get("change-store").waitFor();
  expect(await till.get("import-changes").getAttribute("data-count")).toBe("2");
  expect(await till.get("import-names-till").innerText()).toContain("belongs to one till alone");
  const words = await till.get("change-store").innerText();
  for (const said of ["Store", "before:", "Al Noor Market", "then:", "Al Noor, Olaya"])
    expect(words).toContain(said);
  expect(await till.calls("importSettings")).toEqual([]);
  await till.pause(350);
  await till.get("settings-import-confirm").click();
  await till.get("import-taken").waitFor();
  await till.get("section-till").click();
  expect(await till.get("setting-store").inputValue()).toBe("Al Noor, Olaya");
});

test("the recorder warns, and Live refuses it by name", async () => {
  const till = await atSection("diagnostics", "mode=live");
  await till.get("setting-record_wire-yes").click();
  expect(await till.get("recorder-warning").innerText()).toContain("without secrets");
  await till.get("setting-save").click();
  await till.page.locator("[data-testid=problem][data-code=not_in_live]").waitFor();
  expect(await till.get("problem").innerText()).toContain("Record everything");
});

test("a crash is told calmly until somebody has read it", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=crashed");
  expect(await till.get("crash-notice").innerText()).toContain("Payments were kept");
  expect(await axeFindings(till)).toEqual([]);
  await till.pause(350);
  await till.get("crash-read").click();
  await till.get("crash-notice").waitFor({ state: "detached" });
  expect(await till.calls("crashSeen")).toHaveLength(1);
});

test("a cashier sees none of this", async () => {
  const till = await atSection("till", "mode=live&me=cashier");
  for (const name of ["till", "mispay", "multipay", "diagnostics"]) {
    await till.get(`section-${name}`).click();
    await till.get("section-denied").waitFor();
  }
});

for (const colorScheme of ["light", "dark"] as const)
  test(`every part passes axe, ${colorScheme}`, async () => {
    const till = await atSection("till", "mode=test", { width: 1024, height: 600 });
    await till.page.emulateMedia({ colorScheme });
    await till.page.evaluate(
      () => (window.fakeTill.broken = { token: "secret_wrong", "mispay.token": "secret_wrong" }),
    );
    expect(await axeFindings(till), "till").toEqual([]);
    for (const provider of ["mispay", "multipay"]) {
      await till.get(`section-${provider}`).click();
      await till.pause(350);
      await till.get(`test-connection-${provider}`).click();
      await till.page.locator("[data-verdict=failed]").waitFor();
      expect(await axeFindings(till), provider).toEqual([]);
    }
    await till.get("section-diagnostics").click();
    await till.pause(350);
    await till.get("examine").click();
    await till.page.locator("[data-testid=findings][data-verdict=failed]").waitFor();
    await choose(till, 'store = "Other"\n');
    await till.get("change-store").waitFor();
    expect(await axeFindings(till), "diagnostics").toEqual([]);
  });
