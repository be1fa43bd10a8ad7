import { expect, test } from "vitest";
import type { Answer, Problem, SettingsView } from "./bindings";
import { FakeTill } from "./fake";
import { scene } from "./fake-scenes";
import { SettingsDesk } from "./settings-desk.svelte";

async function open() {
  const till = new FakeTill("test", scene("", 0), "manager", "");
  till.testStepMs = 0;
  const desk = new SettingsDesk(till);
  await desk.open();
  const { form } = desk;
  if (!form) throw new Error("no form");
  return { till, desk, form };
}

/** Holds back the next answer to saving. */
function held(till: FakeTill): () => void {
  const save = till.saveSettings.bind(till);
  let free: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => (free = resolve));
  till.saveSettings = async (form): Promise<Answer<SettingsView>> => {
    const answer = await save(form);
    await wait;
    return answer;
  };
  return free;
}

test("what is typed while the till writes is neither lost nor taken for saved", async () => {
  const { till, desk, form } = await open();
  const free = held(till);
  form.store = "Al Noor";
  const saving = desk.save();
  form.store = "Al Noor, Olaya";
  free();
  expect(await saving).toBe(true);
  expect([desk.view?.store, desk.form?.store]).toEqual(["Al Noor", "Al Noor, Olaya"]);
  expect(desk.isUnsaved()).toBe(true);
});

test("what was saved comes back as the till keeps it", async () => {
  const { desk, form } = await open();
  form.limits["EUR"] = { min: " 2,50 ", max: "", confirm_above: "" };
  await desk.save();
  expect(desk.form?.limits["EUR"]?.min).toBe("2.50");
});

test("one request at a time: a second is not asked, and loses nothing", async () => {
  const { till, desk, form } = await open();
  const free = held(till);
  form.store = "Al Noor";
  const saving = desk.save();
  expect(await desk.put("mispay_app_id", "made-up")).toBe(false);
  expect(await desk.saveIfChanged()).toBe(false);
  free();
  await saving;
  expect(till.calls.map((call) => call.name)).not.toContain("putSecret");
  expect(till.calls.filter((call) => call.name === "saveSettings")).toHaveLength(1);
});

test("a secret that waits in its field goes before the settings, and its refusal holds them", async () => {
  const { till, desk, form } = await open();
  form.store = "Al Noor";
  desk.hold("mispay_app_secret", () => desk.put("mispay_app_secret", "made-up"));
  expect(desk.isUnsaved()).toBe(true);
  const problem: Problem = { code: "keychain_locked", fields: {} };
  till.problems["putSecret"] = [problem];
  expect(await desk.save()).toBe(false);
  expect(desk.problem).toEqual(problem);
  expect(till.calls.map((call) => call.name)).not.toContain("saveSettings");
  expect(await desk.save()).toBe(true);
  const asked = till.calls.map((call) => call.name);
  expect(asked.slice(-2)).toEqual(["putSecret", "saveSettings"]);
});

test("a test's result goes with what it was about: a secret, the way there, an import", async () => {
  const { till, desk, form } = await open();
  const verdicts = () => [desk.tests.mispay.verdict(), desk.tests.multipay.verdict()];
  const tested = async () => {
    await desk.test("mispay");
    await desk.test("multipay");
    expect(verdicts()).toEqual(["well", "well"]);
  };
  await tested();
  await desk.put("mispay_app_id", "made-up");
  expect(verdicts(), "the other's stays").toEqual(["none", "well"]);
  await desk.forget("multipay_client_id");
  expect(verdicts()).toEqual(["none", "none"]);
  await desk.put("multipay_client_id", "made-up");
  await tested();
  form.store = "Al Noor";
  await desk.save();
  expect(verdicts(), "neither is about the store").toEqual(["well", "well"]);
  if (desk.form) desk.form.multipay.terminal_id = "7";
  await desk.save();
  expect(verdicts()).toEqual(["well", "none"]);
  if (desk.form) desk.form.extra_root_ca = "/etc/test.pem";
  await desk.save();
  expect(verdicts()).toEqual(["none", "none"]);
  await tested();
  desk.take(await till.settings());
  expect(verdicts()).toEqual(["none", "none"]);
});

test("a test does not pass without its secrets", async () => {
  const { desk } = await open();
  await desk.forget("mispay_app_secret");
  await desk.test("mispay");
  expect(desk.tests.mispay.verdict()).toBe("failed");
  expect(desk.tests.mispay.findings[0]?.code).toBe("secret_missing");
});
