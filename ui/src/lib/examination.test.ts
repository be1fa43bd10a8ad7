import { expect, test } from "vitest";
import type { Answer, FindingView } from "./bindings";
import { Examination } from "./examination.svelte";

function found(check: string, state: FindingView["state"]): FindingView {
  return { check, state, code: "", what: "", todo: "", took_ms: 1 };
}
const now = () => 7;

test("findings show as they come, and the verdict waits for the end", async () => {
  const look = new Examination();
  let end: (answer: Answer<FindingView[]>) => void = () => undefined;
  const running = look.run((onFinding) => {
    onFinding(found("dns", "well"));
    return new Promise((resolve) => (end = resolve));
  }, now);
  expect(look.findings).toHaveLength(1);
  expect(look.verdict()).toBe("running");
  end({ ok: true, value: [found("dns", "well"), found("tls", "warning")] });
  await running;
  expect(look.verdict()).toBe("warning");
  expect(look.endedAtMs).toBe(7);
});

test("one failed step is a failed test, and a refusal is one too", async () => {
  const look = new Examination();
  const value = [found("dns", "failed"), found("tls", "skipped")];
  await look.run(async () => ({ ok: true, value }), now);
  expect(look.verdict()).toBe("failed");
  const problem = { code: "not_allowed", fields: {} };
  await look.run(async () => ({ ok: false, problem }), now);
  expect([look.verdict(), look.findings, look.endedAtMs]).toEqual(["failed", [], null]);
});

test("a second press while it runs asks nothing", async () => {
  const look = new Examination();
  let asked = 0;
  let end: (answer: Answer<FindingView[]>) => void = () => undefined;
  const ask = () => {
    asked += 1;
    return new Promise<Answer<FindingView[]>>((resolve) => (end = resolve));
  };
  const first = look.run(ask, now);
  await look.run(ask, now);
  end({ ok: true, value: [] });
  await first;
  expect(asked).toBe(1);
});

test("nothing was tested where nothing was found", async () => {
  const look = new Examination();
  await look.run(async () => ({ ok: true, value: [] }), now);
  expect(look.verdict()).toBe("none");
});

test("a look that was forgotten while it ran tells nothing any more, and another may begin", async () => {
  const look = new Examination();
  const ends: ((answer: Answer<FindingView[]>) => void)[] = [];
  let tell: (finding: FindingView) => void = () => undefined;
  const ask = (onFinding: (finding: FindingView) => void) => {
    tell = onFinding;
    return new Promise<Answer<FindingView[]>>((resolve) => ends.push(resolve));
  };
  const first = look.run(ask, now);
  const late = tell;
  look.forget();
  expect([look.verdict(), look.running]).toEqual(["none", false]);
  const second = look.run(ask, now);
  late(found("dns", "well"));
  ends[0]?.({ ok: true, value: [found("dns", "failed")] });
  await first;
  expect([look.verdict(), look.findings]).toEqual(["running", []]);
  ends[1]?.({ ok: true, value: [found("dns", "well")] });
  await second;
  expect(look.verdict()).toBe("well");
});
