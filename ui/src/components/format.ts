// Money and time as text for the eye. Pure; knows the language, not the till.
import { getLocale, getTextDirection } from "../messages/paraglide/runtime";

const DECIMALS: Record<string, number> = { SAR: 2, NOK: 2, SEK: 2, EUR: 2, USD: 2 };
const DECIMALS_DEFAULT = 2;
const BYTES_PER_MEGABYTE = 1_000_000;
const MS_PER_SECOND = 1000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const SECONDS_PER_HOUR = 3600;

/** Latin digits at tills, whatever the language. */
function locale(): string {
  return `${getLocale()}-u-nu-latn`;
}

/** Dates in English are written the British way; other languages have one way. */
function dateLocale(): string {
  return getLocale() === "en" ? "en-GB-u-nu-latn" : locale();
}

export type MoneyParts = {
  /** Drawn from a shipped glyph: fonts do not have U+20C1 yet. */
  riyal: boolean;
  /** Everything but the riyal sign: "201.05", "€46.50", "−80.00". */
  text: string;
};

function digitsOf(
  minor: string,
  currency: string,
): { negative: boolean; whole: bigint; part: string } {
  const decimals = DECIMALS[currency] ?? DECIMALS_DEFAULT;
  const negative = minor.startsWith("-");
  const digits = minor.replace("-", "").padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  return { negative, whole: BigInt(digits.slice(0, cut)), part: digits.slice(cut) };
}

/** Minor units as the parts to show; the decimals come from the text, never from a float. */
export function moneyParts(minor: string, currency: string): MoneyParts {
  const { negative, whole, part } = digitsOf(minor, currency);
  const format = new Intl.NumberFormat(locale(), {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: part.length,
    maximumFractionDigits: part.length,
  });
  const riyal = currency === "SAR";
  const text = format
    .formatToParts(whole)
    .filter((piece) => !riyal || (piece.type !== "currency" && piece.type !== "literal"))
    .map((piece) => (piece.type === "fraction" ? part : piece.value))
    .join("");
  return { riyal, text: negative ? `−${text}` : text };
}

/** For sentences and buttons: "201.05 SAR", kept together and left to right. */
export function moneyText(minor: string, currency: string): string {
  const { negative, whole, part } = digitsOf(minor, currency);
  const grouped = new Intl.NumberFormat(locale()).format(whole);
  return isolated(`${negative ? "−" : ""}${grouped}${part === "" ? "" : `.${part}`} ${currency}`);
}

/** Whole units without the decimals, for the labels of a chart: "3,120". */
export function wholeUnits(minor: string, currency: string): string {
  const { negative, whole } = digitsOf(minor, currency);
  return `${negative ? "−" : ""}${new Intl.NumberFormat(locale()).format(whole)}`;
}

/** "7.1 MB". */
export function fileSize(bytes: number): string {
  return isolated(`${(bytes / BYTES_PER_MEGABYTE).toFixed(1)} MB`);
}

/** Keeps numbers and codes from turning round inside a right-to-left sentence. */
export function isolated(text: string): string {
  return getTextDirection() === "rtl" ? `\u2066${text}\u2069` : text;
}

/** Whole digits in groups, for an amount that is still being typed: "1234" → "1,234". */
export function groupedDigits(whole: string): string {
  return new Intl.NumberFormat(locale()).format(BigInt(whole === "" ? "0" : whole));
}

/** An amount as the plate shows it while it is typed: "1234,5" → "1,234.5". */
export function plateDigits(text: string): string {
  const [whole = "", ...rest] = text.split(/(?=[.,٫])/);
  return groupedDigits(whole) + rest.join("").replace(/[,٫]/, ".");
}

export function hourMinute(atMs: number): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(atMs);
}

/** Minutes after midnight as a time of day: "04:00". */
export function minuteOfDay(minutes: number): string {
  const two = (count: number) => String(count).padStart(2, "0");
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  return isolated(`${two(hours)}:${two(minutes % MINUTES_PER_HOUR)}`);
}

export function hourMinuteSecond(atMs: number): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(atMs);
}

/** A span of time as "0:42" or "1:02:03". */
export function elapsed(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / MS_PER_SECOND));
  const two = (count: number) => String(count).padStart(2, "0");
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  if (seconds < SECONDS_PER_HOUR) return `${minutes}:${two(seconds % SECONDS_PER_MINUTE)}`;
  const hours = Math.floor(seconds / SECONDS_PER_HOUR);
  return `${hours}:${two(minutes % SECONDS_PER_MINUTE)}:${two(seconds % SECONDS_PER_MINUTE)}`;
}

export function currencyName(currency: string): string {
  return new Intl.DisplayNames(getLocale(), { type: "currency" }).of(currency) ?? currency;
}

/** A day and time for what is older than today: "22 Nov, 14:03". */
export function dayAndTime(atMs: number): string {
  return new Intl.DateTimeFormat(dateLocale(), {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(atMs);
}

/** A day given as `2026-11-24`: "24 Nov". */
export function dayText(day: string): string {
  return new Intl.DateTimeFormat(dateLocale(), {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  }).format(Date.parse(`${day}T00:00:00Z`));
}

export function fullDate(atMs: number): string {
  return new Intl.DateTimeFormat(dateLocale(), {
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(atMs);
}

/** The end of a long id, enough to find it again. */
const SHORT_ID_SIGNS = 8;

export function shortId(id: string): string {
  return id.slice(-SHORT_ID_SIGNS);
}
