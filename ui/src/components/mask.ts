// Card numbers do not belong on paper: what looks like one is masked, wherever a person typed it.

/** 13 to 19 digits, in one piece or in groups. */
const LOOKS_LIKE_A_CARD = /(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])/g;
const SHOWN_DIGITS = 4;

/** The check that every card number passes (ISO/IEC 7812). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  Array.from(digits)
    .reverse()
    .forEach((sign, at) => {
      const digit = Number(sign) * (at % 2 === 0 ? 1 : 2);
      sum += digit > 9 ? digit - 9 : digit;
    });
  return sum % 10 === 0;
}

export function masked(text: string): string {
  return text.replace(LOOKS_LIKE_A_CARD, (found) => {
    const digits = found.replace(/[ -]/g, "");
    return passesLuhn(digits) ? `${"•".repeat(4)} ${digits.slice(-SHOWN_DIGITS)}` : found;
  });
}
