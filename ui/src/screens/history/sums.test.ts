import { expect, test } from "vitest";
import type { PaymentView } from "../../lib/bindings";
import { blankPayment } from "../../lib/fake-views";
import { sumsOf } from "./sums";

const paid: PaymentView = { ...blankPayment("a", 0), state: "paid" };

test("sums are per currency, refunds apart, and count only what certainly moved", () => {
  const sums = sumsOf([
    paid,
    { ...paid, money: { minor: "4650", currency: "EUR" } },
    { ...paid, kind: "refund", money: { minor: "8000", currency: "SAR" } },
    { ...paid, state: "unknown" },
    { ...paid, state: "declined" },
    { ...paid, flags: ["contradicted"] },
  ]);
  expect(sums).toEqual([
    { currency: "SAR", kind: "sale", minor: "20105" },
    { currency: "EUR", kind: "sale", minor: "4650" },
    { currency: "SAR", kind: "refund", minor: "-8000" },
  ]);
});

test("what the provider finally reports is what is summed", () => {
  expect(sumsOf([{ ...paid, final_money: { minor: "20150", currency: "SAR" } }])[0]?.minor).toBe(
    "20150",
  );
});
