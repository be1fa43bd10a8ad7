import { describe, expect, test } from "vitest";
import { decimalText, readAmount, readTape, westernDigits, withSign } from "./amount";

const typed = (text: string) => Array.from(text).reduce(withSign, "");
const read = (text: string, decimals = 2) => {
  const amount = readAmount(text, decimals);
  return amount.ok ? amount.text : amount.fault;
};

describe("one amount", () => {
  test.each([
    ["201.05", "201.05"],
    ["201,05", "201.05"],
    ["201٫05", "201.05"],
    ["٢٠١٫٠٥", "201.05"],
    ["۲۰۱.۰۵", "201.05"],
    ["7", "7.00"],
    ["7.", "7.00"],
    ["0.5", "0.50"],
    ["007.5", "7.50"],
    ["1,234.50", "1234.50"],
    ["1.234,50", "1234.50"],
    ["1 234,50", "1234.50"],
    ["1,234,567", "1234567.00"],
    ["١٬٢٣٤٫٥٠", "1234.50"],
    ["1234.5", "1234.50"],
    ["9999999999.99", "9999999999.99"],
  ])("%s is %s", (text, worth) => expect(read(text)).toBe(worth));

  test.each([
    ["", "empty"],
    ["1.234", "ambiguous"],
    ["12,345", "ambiguous"],
    ["0.123", "too_precise"],
    ["1٫234", "too_precise"],
    ["1.2345", "too_precise"],
    ["1,23.45", "invalid"],
    ["1.2.3", "invalid"],
    ["1,234.567,8", "invalid"],
    ["12a", "invalid"],
    ["-5", "invalid"],
    ["1e5", "invalid"],
    [".", "invalid"],
    ["99999999999", "too_large"],
  ])("%s is refused as %s", (text, fault) => expect(read(text)).toBe(fault));

  test("minor units are exact where a float would not be", () => {
    expect(readAmount("9007199254.93", 2)).toMatchObject({ minor: 900719925493n });
    expect(readAmount("0.07", 2)).toMatchObject({ minor: 7n });
  });

  test("a currency without decimals and one with three are read by their own rule", () => {
    expect(read("1500", 0)).toBe("1500");
    expect(read("15.5", 0)).toBe("too_precise");
    expect(read("1.234", 3)).toBe("1.234");
  });

  test("decimal text and minor units go round", () => {
    for (const minor of [0n, 1n, 99n, 100n, 20105n, 123456789n]) {
      expect(readAmount(decimalText(minor, 2), 2)).toMatchObject({ minor });
    }
    expect(decimalText(-8000n, 2)).toBe("-80.00");
  });
});

describe("the tape", () => {
  test("a sum is exact", () => {
    expect(readTape("120.00+81.05", 2)).toMatchObject({ minor: 20105n, text: "201.05" });
    expect(readTape("0.10+0.20", 2)).toMatchObject({ minor: 30n });
  });
  test("a plus at the end adds nothing", () =>
    expect(readTape("5+", 2)).toMatchObject({ minor: 500n }));
  test("one bad term makes the sum bad", () =>
    expect(readTape("5+1.234", 2)).toMatchObject({ fault: "ambiguous" }));
  test("a sum beyond the plate is refused", () =>
    expect(readTape("9999999999+9999999999", 2)).toMatchObject({ fault: "too_large" }));
});

describe("signs on the pad", () => {
  test("a third decimal is kept and refused, never dropped", () =>
    expect(typed("1.234")).toBe("1.234"));
  test("a separator first becomes a zero before it", () => expect(typed(".5+.5")).toBe("0.5+0.5"));
  test("a second plus or separator in a row is one", () => expect(typed("1++2..5")).toBe("1+2.5"));
  test("digits of all scripts become Western", () => expect(typed("٣۴5")).toBe("345"));
  test("a stuck key stops", () => expect(typed("1".repeat(500)).length).toBeLessThan(100));
  test("nothing else changes", () => expect(westernDigits("a٫ب")).toBe("a٫ب"));
});
