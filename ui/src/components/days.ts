// Days as text for the eye. Latin digits at tills, whatever the language.
import { getLocale } from "../messages/paraglide/runtime";
import { hourMinute } from "./format";

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // British order in English: the day before the month.
  const locale = getLocale() === "en" ? "en-GB" : getLocale();
  return new Intl.DateTimeFormat(`${locale}-u-nu-latn`, options);
}

/** "Sunday 22 November". */
export function dayText(atMs: number): string {
  return format({ weekday: "long", day: "numeric", month: "long" }).format(atMs);
}

/** "22 Nov 2026". */
export function shortDay(atMs: number): string {
  return format({ day: "numeric", month: "short", year: "numeric" }).format(atMs);
}

/** "22 Nov 2026, 14:32". */
export function dayAndTime(atMs: number): string {
  return `${shortDay(atMs)}, ${hourMinute(atMs)}`;
}

/** "14:32" today, else with its day. */
export function whenText(atMs: number, nowMs: number): string {
  return shortDay(atMs) === shortDay(nowMs) ? hourMinute(atMs) : dayAndTime(atMs);
}
