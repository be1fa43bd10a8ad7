import { expect, test } from "vitest";
import { codeDigits, codeFault, groupedCode, isCode, withCodeSign } from "./code";

const rule = { digits_min: 4, digits_max: 12 };

test("separators are dropped and digits normalised", () => {
  expect(codeDigits("4821-77 93")).toBe("48217793");
  expect(codeDigits("٤٨٢١")).toBe("4821");
});

test("a code has its number of digits and nothing else", () => {
  expect(isCode("482177", rule)).toBe(true);
  expect(isCode("482", rule)).toBe(false);
  expect(isCode("1234567890123", rule)).toBe(false);
  expect(isCode("48a177", rule)).toBe(false);
  expect(isCode("201.05", rule)).toBe(false);
  expect(isCode("4821-7793", rule)).toBe(true);
});

test("a code typed too long is refused, not cut to one that fits", () => {
  const code = Array.from("1234567890123").reduce((all, sign) => withCodeSign(all, sign, rule), "");
  expect(codeFault(code, rule)).toBe("too_long");
  expect(codeFault("123", rule)).toBe("too_short");
  expect(codeFault("", rule)).toBe("missing");
  expect(codeFault("1234", rule)).toBeNull();
});

test("groups of four", () => expect(groupedCode("482177935")).toBe("4821 7793 5"));
