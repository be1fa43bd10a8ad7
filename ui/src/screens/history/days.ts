// The spans of days that the history offers. Days are text, `2026-11-24`; the till says which one is today.
import type { HistoryQuery } from "../../lib/bindings";

const DAY_MS = 24 * 60 * 60_000;
const WEEK_DAYS = 7;

export type SpanName = "today" | "yesterday" | "week" | "all" | "dates";
export type Span = Pick<HistoryQuery, "from_day" | "to_day">;

export function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

/** The span of a name; `dates` is the caller's own. */
export function spanOf(name: Exclude<SpanName, "dates">, today: string): Span {
  switch (name) {
    case "today":
      return { from_day: today, to_day: today };
    case "yesterday":
      return { from_day: dayBefore(today, 1), to_day: dayBefore(today, 1) };
    case "week":
      return { from_day: dayBefore(today, WEEK_DAYS - 1), to_day: today };
    case "all":
      return { from_day: null, to_day: null };
  }
}

export function nameOf({ from_day, to_day }: Span, today: string): SpanName {
  const names = ["today", "yesterday", "week", "all"] as const;
  const found = names.find((name) => {
    const span = spanOf(name, today);
    return span.from_day === from_day && span.to_day === to_day;
  });
  return found ?? "dates";
}
