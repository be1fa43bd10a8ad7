// Code 128, set B, as widths of bars and spaces (ISO/IEC 15417). Pure; knows no receipt.

/** Widths of the six bars and spaces of each value, 0 to 105; the stop, 106, has seven. */
export const PATTERNS =
  "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112".split(
    " ",
  );
const START_B = 104;
const STOP = 106;
const MODULUS = 103;
const FIRST_SIGN = 32;
const LAST_SIGN = 126;
/** Longer bars do not fit on a slip; a QR code takes over. */
export const CODE_128_LENGTH_MAX = 20;
/** Empty modules at both ends, by the standard. */
export const QUIET_MODULES = 10;

export function fitsCode128(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= CODE_128_LENGTH_MAX &&
    Array.from(text).every((sign) => {
      const code = sign.codePointAt(0) ?? 0;
      return code >= FIRST_SIGN && code <= LAST_SIGN;
    })
  );
}

/** The values of start, signs, check and stop. */
export function code128Values(text: string): number[] {
  const signs = Array.from(text, (sign) => (sign.codePointAt(0) ?? FIRST_SIGN) - FIRST_SIGN);
  const check = signs.reduce((sum, value, at) => sum + value * (at + 1), START_B) % MODULUS;
  return [START_B, ...signs, check, STOP];
}

/** The bars as an SVG path of height 1, and how many modules wide it is, quiet zones included. */
export function code128Path(text: string): { path: string; width: number } {
  let at = QUIET_MODULES;
  let path = "";
  for (const value of code128Values(text)) {
    Array.from(PATTERNS[value] ?? "", Number).forEach((width, turn) => {
      if (turn % 2 === 0) path += `M${at} 0h${width}v1h-${width}z`;
      at += width;
    });
  }
  return { path, width: at + QUIET_MODULES };
}
