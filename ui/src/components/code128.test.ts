import { expect, test } from "vitest";
import { code128Path, code128Values, fitsCode128, PATTERNS, QUIET_MODULES } from "./code128";

test("the check value weighs each sign by its place", () => {
  // 104 + 17·1 + 16·2 + 20·3 + 24·4 + 20·5 = 409; 409 mod 103 = 100.
  expect(code128Values("10484")).toEqual([104, 17, 16, 20, 24, 20, 100, 106]);
});

test("each value is eleven modules wide, the stop thirteen", () => {
  const { width } = code128Path("10484");
  expect(width).toBe(2 * QUIET_MODULES + 11 * 7 + 13);
});

test("bars never overlap and leave the quiet zones free", () => {
  const { path, width } = code128Path("INV-2026/17");
  const bars = Array.from(path.matchAll(/M(\d+) 0h(\d+)/g), (hit) => [
    Number(hit[1]),
    Number(hit[2]),
  ]);
  let end = QUIET_MODULES;
  for (const [start = 0, wide = 0] of bars) {
    expect(start).toBeGreaterThanOrEqual(end);
    end = start + wide;
  }
  expect(end).toBe(width - QUIET_MODULES);
});

test("only what set B holds and what fits on a slip is drawn in bars", () => {
  for (const text of ["10484", "Order 7~"]) expect(fitsCode128(text)).toBe(true);
  for (const text of ["", "طلب", "☕", "x".repeat(21), "a\tb"])
    expect(fitsCode128(text)).toBe(false);
});

/** Reads the widths back as a scanner does. */
test("what is drawn reads back as what was meant", () => {
  const { path } = code128Path("A-1029z");
  const bars = Array.from(path.matchAll(/M(\d+) 0h(\d+)/g), (hit) => ({
    at: Number(hit[1]),
    wide: Number(hit[2]),
  }));
  const widths: number[] = [];
  bars.forEach((bar, index) => {
    const next = bars[index + 1];
    widths.push(bar.wide);
    if (next) widths.push(next.at - bar.at - bar.wide);
  });
  const values = code128Values("A-1029z");
  expect(widths).toHaveLength((values.length - 1) * 6 + 7);
  for (let at = 0; at < values.length - 1; at += 1)
    expect(widths.slice(at * 6, at * 6 + 6).reduce((sum, width) => sum + width, 0)).toBe(11);
});

test("the table holds 107 different patterns, each where the standard has it", () => {
  const sum = (text: string, every: (at: number) => boolean) =>
    Array.from(text, Number).reduce((total, width, at) => total + (every(at) ? width : 0), 0);
  expect(new Set(PATTERNS).size).toBe(107);
  PATTERNS.slice(0, 106).forEach((pattern) => {
    expect(sum(pattern, () => true)).toBe(11);
    expect(sum(pattern, (at) => at % 2 === 0) % 2).toBe(0);
  });
  const known = {
    0: "212222",
    16: "123122",
    33: "111323",
    65: "121124",
    80: "111242",
    100: "114131",
  };
  for (const [value, pattern] of Object.entries(known))
    expect(PATTERNS[Number(value)]).toBe(pattern);
  expect(PATTERNS[104]).toBe("211214");
});
