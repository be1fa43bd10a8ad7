import { expect, test } from "vitest";
import { emptySettings } from "./fake-views";
import {
  cleaned,
  differs,
  formOf,
  inMode,
  lacks,
  limitCurrencies,
  minutes,
  secretsBarred,
  wholeNumber,
} from "./settings-form";

const view = emptySettings("test", "02");
const TEST_URL = "https://sandbox.mispay.example/v1/in-store";

test("minutes that cannot be read never become 0, which means never", () => {
  expect(["", "0", "15", "٣٠"].map(minutes)).toEqual([0, 0, 15, 30]);
  for (const text of ["5x", "-1", "1.5", "12345"]) expect(minutes(text), text).toBe(9999);
  expect(wholeNumber("5x")).toBe(0);
});

test("what was only looked at differs in nothing, what was typed does", () => {
  const form = formOf(view);
  expect(differs(form, view)).toBe(false);
  form.limits["SAR"] = { min: "", max: " ", confirm_above: "" };
  expect(differs(form, view), "an empty row is no limit").toBe(false);
  form.multipay.heartbeat_s = 7;
  expect(differs(form, view)).toBe(true);
});

test("the order in which the till names its settings makes no difference", () => {
  const two = structuredClone(view);
  const one = { min: "1.00", max: "", confirm_above: "" };
  const other = { confirm_above: "", max: "9.00", min: "" };
  const form = { ...formOf(two), limits: { SAR: one, EUR: other } };
  two.limits = { EUR: other, SAR: one };
  expect(differs(form, two)).toBe(false);
});

test("limits are sent as digits that every till reads, and a currency without limits not at all", () => {
  const form = formOf(view);
  form.limits = {
    SAR: { min: " ١٫٥٠ ", max: "٣٠٠٠", confirm_above: "" },
    NOK: { min: "", max: "", confirm_above: " " },
  };
  expect(cleaned(form).limits).toEqual({
    SAR: { min: "1.50", max: "3000", confirm_above: "" },
  });
});

test("a comma is a decimal sign where it can be nothing else", () => {
  const typed = { "201,05": "201.05", "5,5": "5.5", "1,000": "1,000", "1.000,50": "1.000,50" };
  for (const [text, sent] of Object.entries(typed)) {
    const form = { ...formOf(view), limits: { NOK: { min: text, max: "", confirm_above: "" } } };
    expect(cleaned(form).limits["NOK"]?.min, text).toBe(sent);
  }
});

test("secrets wait until the mode on the screen is the one that is saved", () => {
  const form = formOf(view);
  expect(secretsBarred(view, form)).toBeNull();
  form.mode = "live";
  expect(secretsBarred(view, form)).toBe("unsaved");
  const training = { ...view, mode: "training" as const };
  expect(secretsBarred(training, formOf(training))).toBe("training");
  expect(secretsBarred(training, form)).toBe("unsaved");
});

test("a known address of another mode never goes along into this one", () => {
  const form = formOf(view);
  form.mispay.base_url = TEST_URL;
  form.multipay.socket_url = "wss://mtm.test.multipay.example/ws";
  const live = inMode(form, "live", view.known_hosts);
  expect(live.mispay.base_url, "in Live a person chooses").toBe("");
  expect(live.multipay.socket_url, "nobody knows one for live").toBe("");
  live.multipay.token_url = "https://auth.test.multipay.example/token";
  expect(inMode(live, "test", view.known_hosts).multipay.token_url).toBe(live.multipay.token_url);
});

test("an address of one's own stays in every mode", () => {
  const form = formOf(view);
  form.mispay.base_url = "https://pay.example/";
  expect(inMode(form, "live", view.known_hosts).mispay.base_url).toBe("https://pay.example/");
  form.mispay.base_url = TEST_URL;
  expect(inMode(form, "training", view.known_hosts).mispay.base_url).toBe(TEST_URL);
});

test("what a provider lacks is named, and an address that is known in Test is not lacking", () => {
  const form = formOf(view);
  form.mispay.base_url = "";
  expect(lacks(view, form, "mispay")).toEqual({
    address: [],
    secrets: ["mispay_app_id", "mispay_app_secret"],
  });
  const live = { ...view, mode: "live" as const };
  form.mode = "live";
  form.multipay.socket_url = " ";
  form.multipay.terminal_id = "";
  expect(lacks(live, form, "multipay").address).toEqual([
    "multipay_terminal_id",
    "multipay_socket_url",
  ]);
});

test("Live uses no address that nobody has chosen, known or not", () => {
  const form = { ...formOf(view), mode: "live" as const };
  form.mispay.base_url = "";
  expect(lacks({ ...view, mode: "live" }, form, "mispay").address).toEqual(["mispay_base_url"]);
});

test("of the secrets of a mode that is not saved nothing is said, and training lacks nothing", () => {
  const form = { ...formOf(view), mode: "live" as const };
  expect(lacks(view, form, "mispay").secrets).toEqual([]);
  const training = { ...view, mode: "training" as const };
  expect(lacks(training, formOf(training), "multipay")).toEqual({ address: [], secrets: [] });
});

test("limits can be set for the currencies in use, and for those that have some", () => {
  const form = formOf(view);
  form.multipay.currency = "NOK";
  form.limits = { USD: { min: "1.00", max: "", confirm_above: "" } };
  const both = [{ name: "mispay" as const }, { name: "multipay" as const }];
  expect(limitCurrencies(form, both)).toEqual(["SAR", "NOK", "USD"]);
  expect(limitCurrencies(form, both.slice(0, 1))).toEqual(["SAR", "USD"]);
});
