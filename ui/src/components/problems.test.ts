import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NOTICE_CODES, noticeWords, PROBLEM_CODES, problemWords } from "./problems";
import { settingName } from "./words";

const MONEY = /money|Nothing changed/i;

test("every problem says what happened, whether money was taken, and what to do", () => {
  expect(PROBLEM_CODES).not.toHaveLength(0);
  for (const code of PROBLEM_CODES) {
    const words = problemWords(code);
    expect(words.what, code).toMatch(/\.$/);
    expect(words.money, code).toMatch(MONEY);
    expect(words.todo, code).toMatch(/\.$/);
  }
});

test("a code that this view does not know claims nothing about money", () => {
  expect(problemWords("brand_new").money).toContain("not known");
  expect(problemWords("brand_new").todo).not.toBe("");
});

test("every notice has its words, with and without a provider", () => {
  expect(NOTICE_CODES).not.toHaveLength(0);
  for (const code of [...NOTICE_CODES, "brand_new"]) {
    const { what, todo } = noticeWords(code, "MultiPay");
    expect(what, code).not.toContain("{");
    expect(todo, code).toMatch(/\.$/);
    expect(noticeWords(code, "").what).not.toContain("undefined");
  }
});

/** Every code that the till can answer with, as its own source says it. */
function codesOfTheTill(): string[] {
  const root = fileURLToPath(new URL("../../../src-tauri", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".rs") && !/(^|\/)(target|simulator|tests|bin)\//.test(file),
  );
  const codes = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const found = text.matchAll(/(?:Problem::new|\babout)\(\s*"([a-z_]+)"/g);
    return Array.from(found, (hit) => hit[1] ?? "");
  });
  return [...new Set(codes)].sort();
}

test("every problem that the till can answer with has its words", () => {
  const codes = codesOfTheTill();
  expect(codes.length).toBeGreaterThan(50);
  expect(codes.filter((code) => !PROBLEM_CODES.includes(code))).toEqual([]);
});

/** Every code that docs/OPERATING.md tells a technician about, from its table of what doctor may find. */
function codesOfTheTable(): string[] {
  const path = fileURLToPath(new URL("../../../docs/OPERATING.md", import.meta.url));
  const [, after = ""] = readFileSync(path, "utf8").split("What `doctor` may find");
  const [table = ""] = after.slice(after.indexOf("\n|")).trimStart().split("\n\n");
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => {
    const [, codes = ""] = row.split("|");
    return Array.from(codes.matchAll(/`([a-z_]+)`/g), (hit) => hit[1] ?? "");
  });
}

test("every code that doctor may find has its words here too", () => {
  const codes = codesOfTheTable();
  expect(codes).toContain("disk_full");
  expect(codes.filter((code) => !PROBLEM_CODES.includes(code))).toEqual([]);
});

test("words with what the till tells about them, and without, leave nothing unsaid", () => {
  const told = {
    detail: "line 7",
    field: "limits",
    limit: "max",
    currency: "SAR",
    shown: "100.00",
  };
  for (const code of PROBLEM_CODES)
    for (const fields of [{}, told]) {
      const { what, todo } = problemWords(code, fields);
      for (const words of [what, todo]) expect(words, code).not.toMatch(/[{}]|undefined/);
    }
  expect(problemWords("limits_invalid", told).what).toBe("The limits of SAR do not fit: Largest.");
  expect(problemWords("unit_differs", told).what).toContain("100.00");
});

test("an address that is not allowed is named, with what mends it", () => {
  const about = (why: string) => problemWords("url_not_allowed", { field: "mispay.base_url", why });
  expect(about("test_host").what).toBe("This address is not allowed: Address.");
  expect(about("test_host").todo).toContain("test server");
  expect(about("not_encrypted").todo).toContain("https");
  const whys = ["not_a_url", "not_encrypted", "credentials", "query", "test_host", "live_host"];
  expect(new Set(whys.map((why) => about(why).todo)).size).toBe(whys.length);
});

test("a mode that does not fit says which one would", () => {
  expect(problemWords("mode_not_allowed", { why: "test_only" }).todo).toContain("Test");
  expect(problemWords("mode_not_allowed", { why: "training" }).what).toContain("Training");
});

test("each setting that a file may change has a name", () => {
  expect(settingName("limits.SAR.max")).toBe("Limits of one sale, SAR: Largest");
  expect(settingName("multipay.amount_unit_confirmed")).not.toContain("_");
  expect(settingName("brand.new")).toBe("brand.new");
});
