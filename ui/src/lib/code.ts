// The customer's payment code: digits only, however they were typed, read or scanned.
import { westernDigits } from "./amount";

/** A few digits more than allowed are kept, so that a code typed too long is refused and not cut. */
const EXTRA_DIGITS_KEPT = 4;

export type CodeRule = { digits_min: number; digits_max: number };
export type CodeFault = "missing" | "too_short" | "too_long";

/** Digits of the text; separators are dropped, Arabic and Persian digits normalised. */
export function codeDigits(text: string): string {
  return westernDigits(text).replace(/[\s\u00a0\-.·_/]/g, "");
}

/** Whether a scan is a code. Stricter than typing: "201.05" in one burst is an amount, not a code. */
export function isCode(text: string, rule: CodeRule): boolean {
  if (/[^0-9٠-٩۰-۹\s-]/.test(text)) return false;
  const digits = codeDigits(text);
  return (
    /^[0-9]+$/.test(digits) && digits.length >= rule.digits_min && digits.length <= rule.digits_max
  );
}

export function codeFault(code: string, rule: CodeRule): CodeFault | null {
  if (code === "") return "missing";
  if (code.length < rule.digits_min) return "too_short";
  return code.length > rule.digits_max ? "too_long" : null;
}

export function withCodeSign(code: string, sign: string, rule: CodeRule): string {
  const digit = codeDigits(sign);
  if (!/^[0-9]+$/.test(digit)) return code;
  return (code + digit).slice(0, rule.digits_max + EXTRA_DIGITS_KEPT);
}

/** Groups of four for the eye: "482177" → "4821 77". */
export function groupedCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, "$1 ");
}
