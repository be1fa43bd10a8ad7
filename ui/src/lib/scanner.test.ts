import { describe, expect, test } from "vitest";
import { SCAN_GAP_MS, Scanner } from "./scanner";

function feed(scanner: Scanner, text: string, gapMs: number, fromMs = 1000): number {
  let at = fromMs;
  for (const sign of text) {
    scanner.sign(sign, at);
    at += gapMs;
  }
  return at;
}

describe("a scanner", () => {
  test("is known by its burst and its suffix", () => {
    const scanner = new Scanner();
    expect(scanner.suffix(feed(scanner, "482177", 8))).toBe("482177");
  });
  test("is forgotten after the suffix", () => {
    const scanner = new Scanner();
    const end = feed(scanner, "482177", 8);
    scanner.suffix(end);
    expect(scanner.suffix(end + 1)).toBeNull();
  });
  test("is heard after typing: only its own burst counts", () => {
    const scanner = new Scanner();
    const typed = feed(scanner, "201", 120);
    expect(scanner.suffix(feed(scanner, "482177", 8, typed + 200))).toBe("482177");
  });
});

describe("a person", () => {
  test("types too slowly", () => {
    const scanner = new Scanner();
    expect(scanner.suffix(feed(scanner, "482177", 60))).toBeNull();
  });
  test("presses Enter too late after a fast roll", () => {
    const scanner = new Scanner();
    expect(scanner.suffix(feed(scanner, "4821", 10) + SCAN_GAP_MS + 1)).toBeNull();
  });
  test("rolls only a few keys", () => {
    const scanner = new Scanner();
    expect(scanner.suffix(feed(scanner, "482", 8))).toBeNull();
  });
});

test("the start of a burst is told, so that it can be taken back", () => {
  const scanner = new Scanner();
  expect(scanner.sign("1", 0)).toBe(true);
  expect(scanner.sign("2", 5)).toBe(false);
  expect(scanner.sign("3", 500)).toBe(true);
});
