import { expect, test } from "vitest";
import type { HourView } from "../lib/bindings";
import { barsOf } from "./hours";

const HOUR = 3_600_000;

function hour(at: number, operator: string, minor: string, currency = "SAR"): HourView {
  return { from_ms: at * HOUR, operator, paid: { minor, currency } as HourView["paid"] };
}

test("the largest hour is full, and an hour without a sale stands empty between the others", () => {
  const bars = barsOf(
    [hour(8, "Sara", "100"), hour(10, "Sara", "300"), hour(10, "Omar", "100")],
    "SAR",
  );
  expect(bars.operators).toEqual(["Omar", "Sara"]);
  expect(bars.columns.map((column) => column.minor)).toEqual([100n, 0n, 400n]);
  expect(bars.columns[2]?.parts.map((part) => part.percent)).toEqual([25, 75]);
});

test("currencies are never in one chart", () => {
  const bars = barsOf([hour(8, "Sara", "100"), hour(8, "Omar", "900", "EUR")], "EUR");
  expect(bars.columns).toHaveLength(1);
  expect(bars.columns[0]?.minor).toBe(900n);
});

test("more operators than patterns stand together at the end, and nothing is lost", () => {
  const names = ["A", "B", "C", "D", "E"];
  const bars = barsOf(
    names.map((name) => hour(8, name, "10")),
    "SAR",
  );
  expect(bars.operators).toEqual(["A", "B", "C", null]);
  expect(bars.columns[0]?.parts.at(-1)?.minor).toBe(20n);
  expect(bars.columns[0]?.minor).toBe(50n);
});

test("a shift without a sale has no bars", () => {
  expect(barsOf([], "SAR")).toEqual({ operators: [], columns: [] });
});
