// A digit as a keyboard gives it: Western, Arabic or Persian; anything else is none.
import { westernDigits } from "../../lib/amount";

export function digitOf(key: string): string | null {
  if (key.length !== 1) return null;
  const digit = westernDigits(key);
  return /^[0-9]$/.test(digit) ? digit : null;
}
