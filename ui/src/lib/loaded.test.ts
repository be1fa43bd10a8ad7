import { expect, test } from "vitest";
import type { Answer } from "./bindings";
import { Loaded } from "./loaded.svelte";

test("the answer to an older question is not shown", async () => {
  const loaded = new Loaded<string>();
  let late: (answer: Answer<string>) => void = () => undefined;
  const first = loaded.ask(() => new Promise((resolve) => (late = resolve)));
  await loaded.ask(async () => ({ ok: true, value: "new" }));
  late({ ok: true, value: "old" });
  await first;
  expect(loaded.value).toBe("new");
});

test("a refusal keeps what was known and says why", async () => {
  const loaded = new Loaded<string>();
  await loaded.ask(async () => ({ ok: true, value: "known" }));
  await loaded.ask(async () => ({ ok: false, problem: { code: "busy", fields: {} } }));
  expect(loaded.value).toBe("known");
  expect(loaded.problem?.code).toBe("busy");
  await loaded.ask(() => Promise.reject(new Error("gone")));
  expect(loaded.problem?.code).toBe("internal");
});
