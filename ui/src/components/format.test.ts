import { expect, test } from "vitest";
import { elapsed, groupedDigits, moneyParts, moneyText } from "./format";

test("money is written from minor units with the currency's decimals", () => {
  expect(moneyParts("20105", "SAR")).toEqual({ riyal: true, text: "201.05" });
  expect(moneyParts("4650", "EUR")).toEqual({ riyal: false, text: "€46.50" });
  expect(moneyParts("5", "SAR").text).toBe("0.05");
  expect(moneyParts("-8000", "SAR").text).toBe("−80.00");
  expect(moneyParts("124900", "SAR").text).toBe("1,249.00");
});

test("amounts beyond a float stay exact", () => {
  expect(moneyParts("900719925474099301", "SAR").text).toBe("9,007,199,254,740,993.01");
});

test("sentences name the currency", () => {
  expect(moneyText("20105", "SAR")).toBe("201.05 SAR");
  expect(moneyText("-5", "NOK")).toBe("−0.05 NOK");
});

test("time runs in minutes and seconds", () => {
  expect(elapsed(42_000)).toBe("0:42");
  expect(elapsed(3_723_000)).toBe("1:02:03");
  expect(elapsed(-5)).toBe("0:00");
});

test("digits being typed are grouped", () => expect(groupedDigits("1234567")).toBe("1,234,567"));
