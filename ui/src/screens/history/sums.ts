// Sums of the rows that are shown: per currency, never across them, paid and refunded apart.
import type { PaymentView } from "../../lib/bindings";

export type Sum = { currency: string; kind: PaymentView["kind"]; minor: string };

/** Only what certainly moved counts; what needs a person is not summed as if it were settled. */
export function sumsOf(payments: PaymentView[]): Sum[] {
  const totals = new Map<string, { currency: string; kind: PaymentView["kind"]; minor: bigint }>();
  for (const { state, flags, kind, money, final_money } of payments) {
    if (state !== "paid" || flags.includes("contradicted") || flags.includes("orphan")) continue;
    const counted = final_money ?? money;
    const key = `${counted.currency} ${kind}`;
    const total = totals.get(key) ?? { currency: counted.currency, kind, minor: 0n };
    total.minor += kind === "refund" ? -BigInt(counted.minor) : BigInt(counted.minor);
    totals.set(key, total);
  }
  return Array.from(totals.values(), (total) => ({ ...total, minor: total.minor.toString() }));
}
