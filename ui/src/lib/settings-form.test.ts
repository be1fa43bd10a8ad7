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
  wholeNumber,
} from "./settings-form";

const view = emptySettings("test", "02");
const TEST_URL = "https://sandbox.mispay.example/v1/in-store";
const LIVE_URL = "https://api.mispay.example/v1/in-store";

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

test("a known address of another mode never goes along into this one", () => {
  const form = formOf(view);
  form.mispay.base_url = TEST_URL;
  form.multipay.socket_url = "wss://mtm.test.multipay.example/ws";
  const live = inMode(form, "live", view.known_hosts);
  expect(live.mispay.base_url).toBe(LIVE_URL);
  expect(live.multipay.socket_url, "nobody knows one for live").toBe("");
  expect(inMode(live, "test", view.known_hosts).mispay.base_url).toBe(TEST_URL);
});

test("an address of one's own stays in every mode", () => {
  const form = formOf(view);
  form.mispay.base_url = "https://pay.example/";
  expect(inMode(form, "live", view.known_hosts).mispay.base_url).toBe("https://pay.example/");
  form.mispay.base_url = TEST_URL;
  expect(inMode(form, "training", view.known_hosts).mispay.base_url).toBe(TEST_URL);
});

test("what a provider lacks is named, and a known address is not lacking", () => {
  const form = formOf(view);
  form.mispay.base_url = "";
  expect(lacks(view, form, "mispay")).toEqual({
    address: [],
    secrets: ["mispay_app_id", "mispay_app_secret"],
  });
  form.mode = "live";
  form.multipay.socket_url = " ";
  form.multipay.terminal_id = "";
  expect(lacks(view, form, "multipay").address).toEqual([
    "multipay_socket_url",
    "multipay_terminal_id",
  ]);
});

test("limits can be set for the currencies in use, and for those that have some", () => {
  const form = formOf(view);
  form.multipay.currency = "NOK";
  form.limits = { USD: { min: "1.00", max: "", confirm_above: "" } };
  const both = [{ name: "mispay" as const }, { name: "multipay" as const }];
  expect(limitCurrencies(form, both)).toEqual(["SAR", "NOK", "USD"]);
  expect(limitCurrencies(form, both.slice(0, 1))).toEqual(["SAR", "USD"]);
});
