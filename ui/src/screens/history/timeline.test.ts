import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TimelineLine } from "../../lib/bindings";
import { type About, KNOWN_LINES, lineWords } from "./timeline";

const about: About = { provider: "MIS Pay", kind: "sale", currency: "SAR" };
const line = (what: string, fields: Record<string, string> = {}): TimelineLine => ({
  number: 1,
  at_ms: 0,
  operator: "Sara",
  what,
  state: "paid",
  fields,
});

test("every event of a payment in docs/ARCHITECTURE.md has its sentence", () => {
  const text = readFileSync(new URL("../../../../docs/ARCHITECTURE.md", import.meta.url), "utf8");
  const part = text.split("### What the journal holds")[1]?.split("\n#")[0] ?? "";
  const firstTable = part.split("\n\n").find((block) => block.startsWith("| event")) ?? "";
  const cells = firstTable.split("\n").map((row) => row.split("|")[1] ?? "");
  const events = cells.flatMap((cell) =>
    Array.from(cell.matchAll(/`([a-z_]+)`/g), (hit) => hit[1]),
  );
  expect(events.length).toBeGreaterThan(15);
  for (const event of events) expect(KNOWN_LINES).toContain(event);
});

test("every sentence is whole, for sales and refunds, with and without fields", () => {
  for (const what of KNOWN_LINES)
    for (const kind of ["sale", "refund"] as const)
      for (const fields of [
        {},
        { ending: "canceled", number: "8812", track: "T-1", ours: "true", minor: "20105" },
      ]) {
        const { text, more } = lineWords(line(what, fields), { ...about, kind });
        expect(text, what).not.toMatch(/undefined|\{/);
        expect(text, what).not.toBe("");
        expect(more.join(" "), what).not.toMatch(/undefined|\{/);
      }
});

test("an event of a newer till is shown as it is", () => {
  const words = lineWords(line("teleported", { to: "mars" }), about);
  expect(words).toEqual({ text: "teleported", more: ["to: mars"] });
});

test("a refund's reason is told in words, or as it was typed", () => {
  const more = (reason: string) =>
    lineWords(line("opened", { of: "1", reason, approved_by: "Huda" }), about).more;
  expect(more("item_returned")).toEqual(["Item returned", "Approved by Huda"]);
  expect(more("too small")).toEqual(["too small", "Approved by Huda"]);
});

test("another amount than asked is told as money, and who answered for a verdict by name", () => {
  const more = (what: string, fields: Record<string, string>) =>
    lineWords(line(what, fields), about).more;
  expect(
    more("captured", { differs: "true", id: "8812", minor: "20150", currency: "EUR" }),
  ).toEqual(["It is not what was asked.", "201.50 EUR", "Number 8812"]);
  expect(more("strange_amount", { minor: "500" })).toEqual(["5.00 SAR"]);
  expect(more("settled", { verdict: "charged", by: "Huda", reason: "Panel" })).toEqual([
    "Panel",
    "Approved by Huda",
  ]);
});
