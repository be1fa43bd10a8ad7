import { expect, test } from "vitest";
import { minutes, wholeNumber } from "./form";

test("minutes that cannot be read never become 0, which means never", () => {
  expect(["", "0", "15", "٣٠"].map(minutes)).toEqual([0, 0, 15, 30]);
  for (const text of ["5x", "-1", "1.5", "12345"]) expect(minutes(text), text).toBe(9999);
  expect(wholeNumber("5x")).toBe(0);
});
