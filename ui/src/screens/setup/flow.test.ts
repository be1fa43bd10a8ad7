import { expect, test } from "vitest";
import type { Mode } from "../../lib/bindings";
import { FakeTill } from "../../lib/fake";
import { scene } from "../../lib/fake-scenes";
import { SetUp, stepsOf } from "./flow.svelte";

/** A till that was never set up, with the trainee at it. */
async function fresh(): Promise<{ setup: SetUp; till: FakeTill }> {
  const till = new FakeTill("training", scene("first", 0), null, "first");
  await till.practise();
  till.testStepMs = 0;
  const setup = new SetUp(till);
  await setup.open();
  return { setup, till };
}

async function inMode(mode: Mode) {
  const { setup, till } = await fresh();
  setup.chooseMode(mode);
  await setup.next();
  await setup.next();
  return { setup, till };
}

test("each provider that is chosen has its own questions; training has none about providers", () => {
  expect(stepsOf("training", ["mispay"])).toEqual(["mode", "names", "limits", "summary"]);
  expect(stepsOf("test", ["multipay"])).toEqual([
    "mode",
    "names",
    "providers",
    "multipay-address",
    "multipay-secrets",
    "multipay-test",
    "limits",
    "summary",
  ]);
  expect(stepsOf("live", ["mispay", "multipay"])).toHaveLength(11);
});

test("what was answered is saved as one goes on, and only where something changed", async () => {
  const { setup, till } = await fresh();
  await setup.next();
  expect(till.calls.filter((call) => call.name === "saveSettings")).toEqual([]);
  if (setup.desk.form) setup.desk.form.store = "Al Noor Market";
  await setup.next();
  expect(setup.step()).toBe("limits");
  expect(setup.desk.view?.store).toBe("Al Noor Market");
});

test("going back keeps what was typed, and what was refused stays with its reason", async () => {
  const { setup, till } = await fresh();
  await setup.next();
  if (setup.desk.form) setup.desk.form.store = "Al Noor";
  setup.back();
  await setup.next();
  expect(setup.desk.form?.store).toBe("Al Noor");
  till.problems["saveSettings"] = [{ code: "settings_invalid", fields: { field: "store" } }];
  if (setup.desk.form) setup.desk.form.store = "No";
  await setup.next();
  expect(setup.step()).toBe("names");
  expect(setup.desk.problem?.code).toBe("settings_invalid");
  expect(setup.desk.form?.store).toBe("No");
});

test("without a provider there is no way on, and none is lost by choosing the other", async () => {
  const { setup } = await inMode("test");
  expect([setup.step(), setup.lacking()]).toEqual(["providers", "provider"]);
  await setup.next();
  expect(setup.step()).toBe("providers");
  setup.toggle("multipay");
  setup.toggle("mispay");
  expect(setup.chosen).toEqual(["mispay", "multipay"]);
  expect(setup.lacking()).toBeNull();
  setup.toggle("mispay");
  expect(setup.following()).toBe("multipay-address");
});

test("live waits for the amount unit where MultiPay is chosen", async () => {
  const { setup } = await inMode("live");
  setup.toggle("mispay");
  expect(setup.lacking()).toBeNull();
  setup.toggle("multipay");
  expect(setup.lacking()).toBe("unit");
});

test("an address that is known need not be typed; a terminal id must be", async () => {
  const { setup } = await inMode("test");
  setup.toggle("mispay");
  setup.toggle("multipay");
  await setup.next();
  expect([setup.step(), setup.lacking()]).toEqual(["mispay-address", null]);
  for (let step = 0; step < 3; step += 1) await setup.next();
  expect([setup.step(), setup.lacking()]).toEqual(["multipay-address", "address"]);
  if (setup.desk.form) setup.desk.form.multipay.terminal_id = "90114402";
  expect(setup.lacking()).toBeNull();
});

test("a test is forgotten when its secret, its address or the mode changes", async () => {
  const { setup } = await inMode("test");
  setup.toggle("mispay");
  await setup.next();
  const { desk } = setup;
  const verdict = () => desk.tests.mispay.verdict();
  await desk.put("mispay_app_id", "made-up");
  await desk.put("mispay_app_secret", "made-up");
  await desk.test("mispay");
  expect(verdict()).toBe("well");
  await desk.put("mispay_app_secret", "made-up, again");
  expect(verdict()).toBe("none");
  await desk.test("mispay");
  if (setup.desk.form) setup.desk.form.mispay.base_url = "https://pay.example/";
  await setup.next();
  expect(verdict()).toBe("none");
  await desk.test("mispay");
  setup.go("mode");
  setup.chooseMode("live");
  expect(verdict()).toBe("none");
});

test("live gets neither the recorder nor a test server's certificate", async () => {
  const { setup, till } = await fresh();
  if (setup.desk.form)
    Object.assign(setup.desk.form, { record_wire: true, extra_root_ca: "/etc/test.pem" });
  setup.chooseMode("live");
  await setup.next();
  expect(setup.step()).toBe("names");
  expect(till.calls.at(-1)?.given).toMatchObject({ record_wire: false, extra_root_ca: "" });
});

test("what comes later cannot be opened before it is asked", async () => {
  const { setup } = await fresh();
  setup.go("summary");
  expect(setup.step()).toBe("mode");
});

/** A till that was set up with both providers in Test, and is now set up for Live. */
async function fromTest() {
  const till = new FakeTill("test", scene("", 0), "manager", "");
  const setup = new SetUp(till);
  await setup.open();
  const saved = () => till.calls.filter((call) => call.name === "saveSettings");
  setup.chooseMode("live");
  await setup.next();
  await setup.next();
  expect([setup.step(), setup.desk.problem]).toEqual(["providers", null]);
  return { setup, saved };
}

test("from Test to Live with MIS Pay alone: what Test left of MultiPay goes, and it is said", async () => {
  const { setup, saved } = await fromTest();
  expect(saved(), "Live is not saved before it is known what is used there").toEqual([]);
  expect([setup.lacking(), setup.dropsMultipay()]).toEqual(["unit", false]);
  setup.toggle("multipay");
  expect([setup.lacking(), setup.dropsMultipay()]).toEqual([null, true]);
  await setup.next();
  expect([setup.step(), setup.desk.view?.mode]).toEqual(["mispay-address", "live"]);
  expect(saved().at(-1)?.given).toMatchObject({
    mode: "live",
    multipay: { token_url: "", socket_url: "", terminal_id: "" },
  });
  expect([setup.lacking(), setup.lackingField()]).toEqual(["address", "setting-mispay_base_url"]);
});

test("leaving keeps what was typed; what is refused is told once and left behind then", async () => {
  const { setup, till } = await fresh();
  await setup.next();
  if (setup.desk.form) setup.desk.form.store = "Al Noor";
  expect(await setup.leave()).toBe(true);
  expect(setup.desk.view?.store).toBe("Al Noor");
  till.problems["saveSettings"] = [{ code: "settings_invalid", fields: { field: "store" } }];
  if (setup.desk.form) setup.desk.form.store = "No";
  expect(await setup.leave()).toBe(false);
  expect(setup.desk.problem?.code).toBe("settings_invalid");
  expect(await setup.leave()).toBe(true);
});

test("Next keeps a secret that was only typed, and stays where the till refuses it", async () => {
  const { setup, till } = await inMode("test");
  setup.toggle("mispay");
  await setup.next();
  await setup.next();
  expect(setup.step()).toBe("mispay-secrets");
  setup.desk.hold("mispay_app_id", () => setup.desk.put("mispay_app_id", "made-up"));
  till.problems["putSecret"] = [{ code: "keychain_locked", fields: {} }];
  await setup.next();
  expect([setup.step(), setup.desk.problem?.code]).toEqual(["mispay-secrets", "keychain_locked"]);
  await setup.next();
  expect([setup.step(), setup.desk.view?.mispay.app_id_stored]).toEqual(["mispay-test", true]);
});
