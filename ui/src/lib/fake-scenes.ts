// Ready-made situations for pictures and walks: `?scene=waiting`. Not in the till's build.
import type { PaymentView, Snapshot } from "./bindings";
import { blankPayment } from "./fake-views";

type Scene = Pick<Snapshot, "payments" | "notices" | "storage">;

const MINUTE = 60_000;

function paid(id: string, atMs: number, change: Partial<PaymentView> = {}): PaymentView {
  return {
    ...blankPayment(id, atMs - 38_000),
    state: "paid",
    hint: "none",
    changed_at_ms: atMs,
    receipt: "88120391",
    money: { minor: "41200", currency: "SAR" },
    reference: "10483",
    ...change,
  };
}

function day(now: number): PaymentView[] {
  return [
    paid("0192a000-0000-7000-8000-000000004812", now - 4 * MINUTE),
    {
      ...paid("0192a000-0000-7000-8000-000000004811", now - 13 * MINUTE),
      provider: "multipay",
      money: { minor: "3290", currency: "EUR" },
      reference: "10482",
      state: "declined",
      reason: "canceled",
      receipt: null,
    },
    paid("0192a000-0000-7000-8000-000000004810", now - 21 * MINUTE, {
      provider: "multipay",
      money: { minor: "11800", currency: "EUR" },
      reference: "10481",
      receipt: "3558174609679520",
    }),
    paid("0192a000-0000-7000-8000-000000004808", now - 41 * MINUTE, {
      money: { minor: "124900", currency: "SAR" },
      reference: "10478",
    }),
  ];
}

function waiting(now: number): PaymentView {
  const payment = blankPayment("0192a000-0000-7000-8000-000000004814", now - 42_000);
  return {
    ...payment,
    state: "waiting",
    hint: "customer_acts",
    can: { ...payment.can, check: true, stop: true },
  };
}

function unknown(now: number): PaymentView {
  const payment = blankPayment("0192a000-0000-7000-8000-000000004814", now - 72_000);
  return {
    ...payment,
    state: "unknown",
    hint: "not_known",
    reason: "answer_lost",
    needs_attention: true,
    code_expires_at_ms: now + 13 * MINUTE + 48_000,
    can: { ...payment.can, check_number: true, stop: true },
  };
}

function parked(now: number): PaymentView[] {
  return [
    {
      ...waiting(now - 66_000),
      id: "0192a000-0000-7000-8000-000000004809",
      money: { minor: "27550", currency: "SAR" },
      reference: "10476",
      parked: true,
    },
    {
      ...unknown(now - 10 * MINUTE),
      id: "0192a000-0000-7000-8000-000000004807",
      money: { minor: "34900", currency: "SAR" },
      reference: "10480",
      parked: true,
    },
  ];
}

function multipay(now: number): PaymentView {
  const payment = waiting(now + 24_000);
  return {
    ...payment,
    provider: "multipay",
    money: { minor: "4650", currency: "EUR" },
    reference: "10486",
    qr: "https://pay.example/q/0192a000-0000-7000-8000-000000004814",
    can: { ...payment.can, cancel: true },
  };
}

/** The payment that a scene puts on the stage, newest first. */
function staged(name: string, now: number): PaymentView[] {
  const base = waiting(now);
  const shut = { ...base.can, check: false, stop: false };
  const end = { ...base, can: shut, hint: "none" as const, changed_at_ms: now };
  switch (name) {
    case "waiting":
      return [base];
    case "multipay":
      return [multipay(now)];
    case "stopping":
      return [
        {
          ...multipay(now),
          state: "cancelling",
          hint: "stopping",
          qr: null,
          can: { ...shut, check: true },
        },
      ];
    case "paid":
      return [{ ...end, state: "paid", receipt: "88120467" }];
    case "paid-late":
      return [
        {
          ...end,
          state: "paid",
          receipt: "88120467",
          flags: ["late"],
          needs_attention: true,
          can: { ...shut, acknowledge: true },
        },
      ];
    case "check-amount":
      return [
        {
          ...end,
          state: "paid",
          receipt: "88120467",
          flags: ["mismatch"],
          final_money: { minor: "20150", currency: "SAR" },
          needs_attention: true,
          can: { ...shut, acknowledge: true },
        },
      ];
    case "contradicted":
      return [
        {
          ...end,
          state: "paid",
          flags: ["contradicted"],
          needs_attention: true,
          hint: "call_manager",
          can: { ...shut, acknowledge: true },
        },
      ];
    case "not-paid":
      return [{ ...end, state: "declined", reason: "canceled" }];
    case "returned":
      return [{ ...end, state: "reversed", receipt: "88120467" }];
    case "not-known":
      return [unknown(now)];
    case "ask-customer":
      return [
        {
          ...multipay(now),
          state: "unknown",
          hint: "ask_customer",
          reason: "connection_lost",
          qr: null,
          needs_attention: true,
          can: { ...shut, stop: true, check: true, customer_says: true },
        },
      ];
    case "parked":
      return parked(now);
    default:
      return [];
  }
}

export function scene(name: string, now: number): Scene {
  const payments = name === "first" ? [] : [...staged(name, now), ...day(now)];
  const notices: Scene["notices"] =
    name === "notices"
      ? [
          { code: "line_down", provider: "multipay", since_ms: now - 3 * MINUTE, fields: {} },
          { code: "keychain_locked", provider: null, since_ms: now - 5 * MINUTE, fields: {} },
          {
            code: "two_paid_on_one_sale",
            provider: null,
            since_ms: now,
            fields: { count: "5", references: "S-000007, S-000012, S-000031" },
          },
        ]
      : name === "unanchored"
        ? [{ code: "anchor_missing", provider: null, since_ms: now - 5 * MINUTE, fields: {} }]
        : [];
  const storage: Scene["storage"] =
    name === "unsaved"
      ? {
          state: "failing",
          unsaved_paid: [
            { receipt: "3558174609679520", money: { minor: "4650", currency: "EUR" } },
          ],
        }
      : { state: name === "failing" ? "failing" : "ok", unsaved_paid: [] };
  return { payments, notices, storage };
}
