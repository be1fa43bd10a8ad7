import { expect, test } from "vitest";
import type { Answer, Approver, Commands, PaymentView, RefundRequest } from "../../lib/bindings";
import { blankPayment } from "../../lib/fake-views";
import { RefundDraft } from "./refund.svelte";

const left = { minor: "33200", currency: "SAR" } as const;
const sale = { id: "s", money: { minor: "41200", currency: "SAR" } } as const;

function till() {
  const asked: { request: RefundRequest; approver: Approver | null }[] = [];
  let give: (answer: Answer<PaymentView>) => void = () => undefined;
  const commands = {
    refund: (request: RefundRequest, approver: Approver | null) => {
      asked.push({ request, approver });
      return new Promise<Answer<PaymentView>>((resolve) => (give = resolve));
    },
  } as unknown as Commands;
  return { asked, commands, give: (answer: Answer<PaymentView>) => give(answer) };
}

test("proposes all that is left; the first sign replaces it", () => {
  const draft = new RefundDraft(till().commands, sale, left);
  expect(draft.text).toBe("332.00");
  for (const sign of ["8", "0"]) draft.press(sign);
  expect(draft.text).toBe("80");
  draft.press("+");
  expect(draft.text).toBe("80");
  draft.all();
  draft.press("5");
  expect(draft.text).toBe("5");
});

test("says what is missing, one after the other", () => {
  const draft = new RefundDraft(till().commands, sale, left);
  expect(draft.missing("denied", false)).toBe("denied");
  expect(draft.missing("allowed", true)).toBe("reason");
  draft.choose("other");
  expect(draft.missing("allowed", true)).toBe("reason");
  draft.explain("  ");
  expect(draft.missing("allowed", true)).toBe("reason");
  draft.explain("too small");
  expect(draft.missing("approval_required", false)).toBe("approval");
  draft.clear();
  expect(draft.missing("allowed", true)).toBe("amount");
  for (const sign of "333") draft.press(sign);
  expect(draft.missing("allowed", true)).toBe("too_much");
});

test("two presses are one request, and the PIN is gone in the tick it is sent", async () => {
  const { asked, commands, give } = till();
  const draft = new RefundDraft(commands, sale, left);
  draft.choose("item_returned");
  draft.guarded.approver = { name: "Huda", pin: "1234" };
  const first = draft.send();
  const second = draft.send();
  expect(draft.guarded.approver).toEqual({ name: "Huda", pin: "" });
  give({ ok: true, value: blankPayment(asked[0]?.request.id ?? "", 0) });
  await Promise.all([first, second]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.approver).toEqual({ name: "Huda", pin: "1234" });
  expect(draft.asked).toBe(asked[0]?.request.id);
  await draft.send();
  expect(asked).toHaveLength(1);
});

test("an answer that may hide a recorded refund keeps the id; a refusal does not", async () => {
  const { asked, commands, give } = till();
  const draft = new RefundDraft(commands, sale, left);
  draft.choose("wrong_price");
  for (const code of ["storage_unknown", "pin_wrong", "internal"]) {
    const sent = draft.send();
    give({ ok: false, problem: { code, fields: {} } });
    await sent;
  }
  const ids = asked.map(({ request }) => request.id);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[1]);
  draft.recorded([blankPayment(ids[2] ?? "", 0)]);
  expect(draft.asked).toBe(ids[2]);
});

test("asking again repeats amount and reason and names the old refund", async () => {
  const { asked, commands, give } = till();
  const old = { ...blankPayment("old", 0), refund_reason: "item_returned" };
  const draft = new RefundDraft(commands, sale, left, old);
  draft.press("5");
  const sent = draft.send();
  give({ ok: true, value: blankPayment("new", 0) });
  await sent;
  expect(asked[0]?.request).toMatchObject({
    amount: "332.00",
    reason: "item_returned",
    retry_of: "old",
  });
});
