// Bars by the hour from a report's figures: one currency, stacked by operator, scaled to the largest hour.
import type { HourView } from "../lib/bindings";

const HOUR_MS = 3_600_000;
const COLUMNS_MAX = 24;
/** As many can be told apart by ink and hatch; the rest stand together. */
export const SERIES_MAX = 4;
const PERCENT = 100;

export type Part = { operator: string | null; minor: bigint; percent: number };
export type Column = { from_ms: number; minor: bigint; parts: Part[] };
export type Bars = { operators: (string | null)[]; columns: Column[] };

/** Operators in the order of their names; null stands for all the others together. */
function seriesOf(hours: HourView[]): (string | null)[] {
  const names = [...new Set(hours.map((hour) => hour.operator))].sort();
  return names.length <= SERIES_MAX ? names : [...names.slice(0, SERIES_MAX - 1), null];
}

function startsOf(hours: HourView[]): number[] {
  const known = [...new Set(hours.map((hour) => hour.from_ms))].sort((a, b) => a - b);
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return [];
  const count = Math.round((last - first) / HOUR_MS) + 1;
  if (count > COLUMNS_MAX) return known.slice(-COLUMNS_MAX);
  return Array.from({ length: count }, (_, at) => first + at * HOUR_MS);
}

export function barsOf(hours: HourView[], currency: string): Bars {
  const fits = hours.filter((hour) => hour.paid.currency === currency);
  const operators = seriesOf(fits);
  const columns = startsOf(fits).map((from_ms) => {
    const here = fits.filter((hour) => hour.from_ms === from_ms);
    const parts = operators.map((operator) => ({
      operator,
      percent: 0,
      minor: here
        .filter((hour) => (operators.includes(hour.operator) ? hour.operator : null) === operator)
        .reduce((sum, hour) => sum + BigInt(hour.paid.minor), 0n),
    }));
    return { from_ms, parts, minor: parts.reduce((sum, part) => sum + part.minor, 0n) };
  });
  const most = columns.reduce((max, column) => (column.minor > max ? column.minor : max), 0n);
  if (most > 0n)
    for (const part of columns.flatMap((column) => column.parts))
      part.percent = (Number(part.minor) / Number(most)) * PERCENT;
  return { operators, columns };
}
