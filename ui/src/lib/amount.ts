// What a cashier types as an amount, and what it is worth. Text in, minor units out; no floats.
// Knows nothing of keys, screens or the till.
import type { CurrencyCode } from "./bindings";

/** Decimals of each currency (ISO 4217). */
export const DECIMALS: Record<CurrencyCode, number> = { SAR: 2, NOK: 2, SEK: 2, EUR: 2, USD: 2 };

/** More digits than any till takes: refused here so that a stuck key cannot fill the plate. */
export const WHOLE_DIGITS_MAX = 10;
/** Longest text that the pad holds, the tape of a sum included. */
export const TEXT_LENGTH_MAX = 60;

export type AmountFault =
  | "empty"
  | "invalid"
  /** "1.234" can be read as 1234 or as 1.234: refused, never guessed. */
  | "ambiguous"
  | "too_precise"
  | "too_large";

export type Amount =
  | {
      ok: true;
      minor: bigint;
      /** Decimal text with exactly the currency's decimals. */ text: string;
    }
  | { ok: false; fault: AmountFault };

const ARABIC_ZERO = 0x0660;
const PERSIAN_ZERO = 0x06f0;
const GROUP_ONLY = "٬'’ \u00a0\u202f";

/** Arabic (٠-٩) and Persian (۰-۹) digits as Western ones; everything else stays. */
export function westernDigits(text: string): string {
  return Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (code >= ARABIC_ZERO && code <= ARABIC_ZERO + 9) return String(code - ARABIC_ZERO);
    if (code >= PERSIAN_ZERO && code <= PERSIAN_ZERO + 9) return String(code - PERSIAN_ZERO);
    return sign;
  }).join("");
}

/** Decimal text of minor units: 20105 → "201.05". */
export function decimalText(minor: bigint, decimals: number): string {
  const negative = minor < 0n;
  const digits = (negative ? -minor : minor).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const part = decimals === 0 ? "" : `.${digits.slice(digits.length - decimals)}`;
  return `${negative ? "-" : ""}${whole}${part}`;
}

type Split = { whole: string; part: string } | AmountFault;

/** Whole digits grouped by threes, as "1,234,567" would be. */
function groupsAreValid(groups: string[]): boolean {
  const [first = "", ...rest] = groups;
  return first.length >= 1 && first.length <= 3 && rest.every((group) => group.length === 3);
}

/** Finds the decimal separator: the last one decides; one that could also be grouping is refused. */
function split(text: string, decimals: number): Split {
  if (!/^[0-9.,٫٬'’ \u00a0\u202f]+$/.test(text) || !/[0-9]/.test(text)) return "invalid";
  const separators = Array.from(text).filter((sign) => !/[0-9]/.test(sign));
  const last = separators.at(-1);
  if (last === undefined) return { whole: text, part: "" };

  const at = text.lastIndexOf(last);
  const after = text.slice(at + 1);
  const before = text.slice(0, at);
  const earlier = separators.slice(0, -1);
  const lastCanOnlyGroup = GROUP_ONLY.includes(last) || earlier.includes(last);
  if (lastCanOnlyGroup) {
    const same = separators.every((sign) => sign === last);
    return same && groupsAreValid(text.split(last))
      ? { whole: text.split(last).join(""), part: "" }
      : "invalid";
  }
  if (earlier.length > 0) {
    const group = earlier[0] ?? "";
    const regular = earlier.every((sign) => sign === group) && group !== "٫";
    if (!regular || !groupsAreValid(before.split(group))) return "invalid";
    return { whole: before.split(group).join(""), part: after };
  }
  // One separator alone with three digits behind it may be grouping, unless only decimals fit.
  const couldGroup = last !== "٫" && after.length === 3 && before.length >= 1 && before.length <= 3;
  if (couldGroup && decimals !== 3) return before === "0" ? "too_precise" : "ambiguous";
  return { whole: before, part: after };
}

/** Reads one typed amount, such as "201.05", "1.234,50" or "٢٠١٫٠٥". */
export function readAmount(typed: string, decimals: number): Amount {
  const text = westernDigits(typed).trim();
  if (text === "") return { ok: false, fault: "empty" };
  const parts = split(text, decimals);
  if (typeof parts === "string") return { ok: false, fault: parts };
  if (parts.part.length > decimals) return { ok: false, fault: "too_precise" };
  const whole = parts.whole.replace(/^0+(?=[0-9])/, "") || "0";
  if (whole.length > WHOLE_DIGITS_MAX) return { ok: false, fault: "too_large" };
  const minor = BigInt(whole + parts.part.padEnd(decimals, "0"));
  return { ok: true, minor, text: decimalText(minor, decimals) };
}

/** Reads a tape such as "120.00+81.05"; a plus at its end adds nothing. */
export function readTape(typed: string, decimals: number): Amount {
  const terms = typed.split("+");
  if (terms.length > 1 && terms.at(-1)?.trim() === "") terms.pop();
  let sum = 0n;
  for (const term of terms) {
    const amount = readAmount(term, decimals);
    if (!amount.ok) return amount;
    sum += amount.minor;
  }
  const text = decimalText(sum, decimals);
  if (text.length > WHOLE_DIGITS_MAX + decimals + 1) return { ok: false, fault: "too_large" };
  return { ok: true, minor: sum, text };
}

/** Whether the pad takes this sign into the amount. */
export function isAmountSign(sign: string): boolean {
  return /^[0-9.,٫+٠-٩۰-۹]$/.test(sign);
}

/** The text after one more sign. Nothing a person typed is dropped silently but a second plus or separator in a row. */
export function withSign(text: string, sign: string): string {
  const digit = westernDigits(sign);
  if (text.length >= TEXT_LENGTH_MAX) return text;
  const end = text.at(-1);
  if (digit === "+") return end === undefined || end === "+" ? text : `${text}+`;
  const isSeparator = /[.,٫]/.test(digit);
  if (isSeparator && end !== undefined && /[.,٫]/.test(end)) return text;
  if (isSeparator && (end === undefined || end === "+")) return `${text}0${digit}`;
  return text + digit;
}
