import { expect, test } from "vitest";
import { dayBefore, nameOf, spanOf } from "./days";

test("days go back over months and years", () => {
  expect(dayBefore("2026-03-01", 1)).toBe("2026-02-28");
  expect(dayBefore("2026-01-01", 1)).toBe("2025-12-31");
});

test("a span is told by its name, anything else is dates", () => {
  const today = "2026-11-24";
  for (const name of ["today", "yesterday", "week", "all"] as const)
    expect(nameOf(spanOf(name, today), today)).toBe(name);
  expect(spanOf("week", today)).toEqual({ from_day: "2026-11-18", to_day: today });
  expect(nameOf({ from_day: "2026-11-01", to_day: null }, today)).toBe("dates");
});
