// A day's terminal report and the activity behind it, as the till in memory tells them. Not in the till's build.
import type {
  ActivityLine,
  CarriedView,
  CurrencyCode,
  HourView,
  Mode,
  PaymentView,
  ProviderName,
  ReportRowView,
  ReportView,
  SumView,
} from "./bindings";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const OPENED_AT_HOUR = 8;
export const HASH = "9f3ac01e7b5d4462a8f0e31c9d27b6f54e8a1b0c7d3f92e6a5b48c17d0e2f693";

/** Eight in the morning, so many days from today. */
export function day(offset: number): number {
  const today = new Date();
  today.setHours(OPENED_AT_HOUR, 2, 0, 0);
  return today.getTime() + offset * DAY_MS;
}

function money(minor: number, currency: CurrencyCode) {
  return { minor: String(minor), currency };
}

function row(
  provider: ProviderName,
  currency: CurrencyCode,
  operator: string,
  counts: [paid: number, refunded: number, returned: number],
  sums: [paid: number, refunded: number, returned: number],
): ReportRowView {
  const [paid, refunded, returned] = sums;
  return {
    provider,
    currency,
    operator,
    paid_count: counts[0],
    paid: money(paid, currency),
    refunded_count: counts[1],
    refunded: money(-refunded, currency),
    returned_count: counts[2],
    returned: money(-returned, currency),
    net: money(paid - refunded - returned, currency),
  };
}

const ROWS = [
  row("mispay", "SAR", "Sara", [19, 1, 0], [791_205, 8_000, 0]),
  row("mispay", "SAR", "Omar", [12, 0, 1], [456_850, 0, 27_550]),
  row("multipay", "EUR", "Omar", [12, 0, 0], [64_140, 0, 0]),
];

/** SAR by the hour from eight: Sara, Omar. In riyals. */
const HOURS: [number, number][] = [
  [420, 0],
  [630, 350],
  [890, 520],
  [1140, 710],
  [1780, 1340],
  [1490, 890],
  [1562.05, 758.5],
];

function hours(): HourView[] {
  const from = day(0) - 2 * 60_000;
  const riyals = HOURS.flatMap(([sara, omar], at) => [
    { from_ms: from + at * HOUR_MS, operator: "Sara", paid: money(sara * 100, "SAR") },
    { from_ms: from + at * HOUR_MS, operator: "Omar", paid: money(omar * 100, "SAR") },
  ]);
  const euros = [21_000, 0, 18_140, 25_000].map((minor, at) => ({
    from_ms: from + (at + 3) * HOUR_MS,
    operator: "Omar",
    paid: money(minor, "EUR"),
  }));
  return [...riyals, ...euros].filter((hour) => hour.paid.minor !== "0");
}

function sumsOf(rows: ReportRowView[]): SumView[] {
  const currencies = [...new Set(rows.map((each) => each.currency))];
  return currencies.map((currency) => {
    const fits = rows.filter((each) => each.currency === currency);
    const total = (of: (each: ReportRowView) => number) =>
      fits.reduce((sum, each) => sum + of(each), 0);
    return {
      currency,
      paid_count: total((each) => each.paid_count),
      paid: money(
        total((each) => Number(each.paid.minor)),
        currency,
      ),
      refunded_count: total((each) => each.refunded_count),
      refunded: money(
        total((each) => Number(each.refunded.minor)),
        currency,
      ),
      net: money(
        total((each) => Number(each.net.minor)),
        currency,
      ),
    };
  });
}

function carriedOf(payments: PaymentView[]): CarriedView[] {
  return payments
    .filter((each) => ["opened", "sent", "waiting", "cancelling", "unknown"].includes(each.state))
    .map(({ id, reference, state, money: asked, opened_at_ms }) => ({
      payment: id,
      reference,
      state,
      money: asked,
      opened_at_ms,
    }));
}

type Figures = Omit<
  ReportView,
  "number" | "opened_at_ms" | "opened_by" | "closed_at_ms" | "closed_by" | "anchor"
>;

export function reportOf(mode: Mode, payments: PaymentView[], empty: boolean): Figures {
  const rows = empty ? [] : ROWS;
  return {
    store: "Al Noor Market",
    terminal: "02",
    mode,
    rows,
    sums: sumsOf(rows),
    carried: carriedOf(payments),
    running: [money(48_211_070, "SAR"), money(1_930_220, "EUR")],
    hours: empty ? [] : hours(),
  };
}

type Told = [operator: string, what: string, fields: Record<string, string>, payment?: string];
const PAID_ID = "0192a000-0000-7000-8000-000000004812";

const ASKED = { provider: "mispay", minor: "41200", currency: "SAR", reference: "10483" };

const TOLD: Told[] = [
  [
    "Huda",
    "settled",
    { verdict: "charged", approval: "Huda", by: "Huda", reason: "Panel shows capture" },
    PAID_ID,
  ],
  ["Sara", "approved", { by: "Huda", permission: "refund_above_limit" }],
  [
    "Sara",
    "opened",
    { ...ASKED, of: PAID_ID, minor: "8000", reason: "item_returned", approved_by: "Huda" },
    PAID_ID,
  ],
  ["Sara", "sent", {}, PAID_ID],
  ["Sara", "opened", { ...ASKED, kind: "sale", orphan: "false" }, PAID_ID],
  ["Sara", "number_checked", { number: "88120467", ours: "true" }, PAID_ID],
  ["Sara", "parked", {}, PAID_ID],
  ["Sara", "cancel_asked", {}, PAID_ID],
  ["Huda", "acknowledged", {}, PAID_ID],
  ["Sara", "signed_in", { name: "Sara" }],
  ["Omar", "signed_out", { name: "Omar", why: "idle" }],
  ["Omar", "pin_tried", { name: "Omar", purpose: "sign_in" }],
  ["Huda", "pin_unlocked", { name: "Omar" }],
  ["Huda", "pin_set", { name: "Omar", digest: HASH }],
  ["Huda", "role_set", { name: "Maha", role: "manager" }],
  ["Huda", "operator_added", { name: "Layla", role: "cashier" }],
  ["Huda", "operator_removed", { name: "Yousef" }],
  [
    "Huda",
    "access_set",
    { role: "cashier", permission: "close_shift", access: "approval_required" },
  ],
  ["Huda", "refund_limit_set", { currency: "SAR", each_minor: "20000", shift_minor: "100000" }],
  ["till", "calendar_set", { zone: "Asia/Riyadh", cutoff_min: "240" }],
  ["Huda", "settings_changed", {}],
  ["Huda", "secret_stored", { name: "mispay_app_secret" }],
  ["Huda", "printed", { paper: "report", about: "117" }],
  ["till", "exported", { list: "history", file: "payments-20261123T090000Z.csv", rows: "214" }],
  ["till", "backed_up", { file: "checkstand-02-20261122.backup", number: "47802" }],
  ["till", "shift_opened", { number: "118" }],
  ["Huda", "shift_closed", { number: "117" }],
  ["till", "clock_was_set", { by: "technician" }],
];
const ROUNDS = 3;

export function storyOf(): ActivityLine[] {
  const now = Date.now();
  const lines = Array.from({ length: ROUNDS }, () => TOLD).flat();
  return lines.map(([operator, what, fields, payment], at) => ({
    number: 48_213 - at * 7,
    at_ms: now - (at + 1) * 17 * 60_000,
    operator,
    what,
    fields,
    payment: payment ?? null,
  }));
}
