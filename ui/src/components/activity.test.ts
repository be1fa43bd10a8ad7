import { expect, test } from "vitest";
import { ACTIVITY_WORDS, activityApproval, activityReason, activityText } from "./activity";

test("every word of the journal has a sentence, even where its fields are missing", () => {
  for (const what of ACTIVITY_WORDS) {
    const text = activityText({ what, fields: {} });
    expect(text, what).toMatch(/^\S.*\.$/);
    expect(text, what).not.toContain("undefined");
  }
});

test("an unknown word is shown as it is, with its fields", () => {
  expect(activityText({ what: "clock_was_set", fields: { by: "technician" } })).toBe(
    "clock_was_set, by: technician",
  );
});

test("who, what and why", () => {
  expect(activityText({ what: "operator_added", fields: { name: "Layla", role: "cashier" } })).toBe(
    "Added Layla as Cashier.",
  );
  expect(
    activityText({
      what: "refund_limit_set",
      fields: { currency: "SAR", each_minor: "20000", shift_minor: "100000" },
    }),
  ).toContain("200.00 SAR");
  expect(activityText({ what: "signed_out", fields: { name: "Omar", why: "idle" } })).toContain(
    "nobody touched",
  );
  expect(
    activityReason({
      what: "settled",
      fields: { verdict: "charged", by: "Huda", reason: "Panel" },
    }),
  ).toBe("Panel");
  expect(activityReason({ what: "signed_in", fields: {} })).toBeNull();
});

test("a role that this view does not know keeps its own word", () => {
  const fields = { name: "Noor", role: "auditor" };
  expect(activityText({ what: "role_set", fields })).toContain("auditor");
});

test("a charge and a refund are told apart, with their amounts as money", () => {
  const asked = { provider: "mispay", minor: "8000", currency: "SAR", reference: "10483" };
  const sale = { what: "opened", fields: { ...asked, kind: "sale" } };
  const refund = {
    what: "opened",
    fields: { ...asked, of: "1", reason: "item_returned", approved_by: "Huda" },
  };
  expect(activityText(sale)).toBe("Charged 80.00 SAR.");
  expect(activityApproval(sale)).toBeNull();
  expect(activityText(refund)).toBe("Asked for a refund of 80.00 SAR.");
  expect(activityReason(refund)).toBe("Item returned");
  expect(activityApproval(refund)).toBe("Approved by Huda");
});

test("files, secrets and days by their own words", () => {
  const said = (what: string, fields: Record<string, string>) => activityText({ what, fields });
  expect(said("exported", { list: "history", file: "a.csv", rows: "1" })).toBe(
    "Saved 1 payment as a.csv.",
  );
  expect(said("exported", { list: "report", file: "a.html", rows: "1" })).toBe(
    "Saved a report as a.html.",
  );
  expect(said("exported", { list: "settings", file: "a.toml", rows: "1" })).toBe(
    "Saved the settings as a.toml.",
  );
  expect(said("exported", { list: "support", file: "a.zip", rows: "1" })).toBe(
    "Made the support bundle a.zip.",
  );
  expect(said("secret_stored", { name: "multipay_client_secret" })).toBe(
    "Stored a secret of MultiPay: Client secret.",
  );
  expect(said("calendar_set", { zone: "Asia/Riyadh", cutoff_min: "240" })).toContain("04:00");
  expect(activityReason({ what: "journal_broken", fields: { number: "7", detail: "hash" } })).toBe(
    "hash",
  );
});
