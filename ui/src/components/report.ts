// What a report says beside its own sums: added up from its rows, in whole minor units.
import type { CurrencyCode, MoneyView, ReportRowView } from "../lib/bindings";

export function returnedOf(rows: ReportRowView[], currency: CurrencyCode): MoneyView {
  const minor = rows
    .filter((row) => row.currency === currency)
    .reduce((sum, row) => sum + BigInt(row.returned.minor), 0n);
  return { minor: minor.toString(), currency };
}

export function returnedCountOf(rows: ReportRowView[], currency: CurrencyCode): number {
  return rows
    .filter((row) => row.currency === currency)
    .reduce((count, row) => count + row.returned_count, 0);
}
