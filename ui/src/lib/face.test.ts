import { expect, test } from "vitest";
import type { FlagName, StateName } from "./bindings";
import { faceOf, isOpen } from "./face";
import { blankPayment } from "./fake-views";

const states: StateName[] = [
  "opened",
  "sent",
  "waiting",
  "cancelling",
  "unknown",
  "declined",
  "paid",
  "reversed",
];
const flags: FlagName[] = ["mismatch", "orphan", "late", "contradicted", "by_hand"];
const payment = blankPayment("a", 0);

test("nothing but a paid payment looks full", () => {
  for (const state of states) {
    for (const flag of flags) {
      const face = faceOf({ ...payment, state, flags: [flag] });
      if (face === "paid" || face === "paid_late" || face === "refunded")
        expect(state).toBe("paid");
    }
  }
});

test("a paid payment that a person must look at first is never plain PAID", () => {
  for (const flag of ["mismatch", "orphan", "contradicted"] as const) {
    expect(["check_amount", "check_payment"]).toContain(
      faceOf({ ...payment, state: "paid", flags: ["late", flag] }),
    );
  }
  expect(faceOf({ ...payment, state: "paid", flags: ["late"] })).toBe("paid_late");
});

test("a refund that was paid out is REFUNDED, one that was not is not NOT PAID", () => {
  expect(faceOf({ ...payment, kind: "refund", state: "paid" })).toBe("refunded");
  expect(faceOf({ ...payment, kind: "refund", state: "declined" })).toBe("not_refunded");
});

test("an outcome that is not known is big, save while the line is only listening", () => {
  expect(faceOf({ ...payment, state: "unknown", hint: "ask_customer" })).toBe("not_known");
  expect(faceOf({ ...payment, state: "unknown", hint: "listening" })).toBe("waiting");
  expect(isOpen({ ...payment, state: "unknown" })).toBe(true);
});
