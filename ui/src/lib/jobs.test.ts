import { expect, test } from "vitest";
import type { JobView } from "./bindings";
import { Jobs } from "./jobs.svelte";

const nowhere = () => false;
const job = (id: number, state: JobView["state"], kind: JobView["kind"] = "export"): JobView => ({
  id,
  kind,
  state,
  done: 1,
  total: 2,
  file: null,
  problem: null,
});

test("what was seen running is told when it ends, once", () => {
  const jobs = new Jobs();
  jobs.follow([job(1, "done"), job(2, "running")], nowhere);
  expect(jobs.shown?.id).toBe(2);
  jobs.follow([job(1, "done"), job(2, "done")], nowhere);
  expect(jobs.shown?.state).toBe("done");
  jobs.dismiss(2);
  jobs.follow([job(1, "done"), job(2, "done")], nowhere);
  expect(jobs.shown).toBeNull();
});

test("what runs goes before what ended, and what was stopped is no news", () => {
  const jobs = new Jobs();
  jobs.follow([job(1, "running"), job(2, "running")], nowhere);
  jobs.follow([job(1, "running"), job(2, "done")], nowhere);
  expect(jobs.shown?.id).toBe(1);
  jobs.follow([job(1, "cancelled"), job(2, "done")], nowhere);
  expect(jobs.shown?.id).toBe(2);
});

test("what its own screen shows is not told, and what ended there was read", () => {
  const jobs = new Jobs();
  jobs.follow([job(1, "running", "verify")], () => true);
  expect(jobs.shown).toBeNull();
  jobs.follow([job(1, "done", "verify")], () => true);
  jobs.follow([job(1, "done", "verify")], nowhere);
  expect(jobs.shown).toBeNull();
});

test("whoever comes next is told what still runs only", () => {
  const jobs = new Jobs();
  jobs.follow([job(1, "running"), job(2, "running")], nowhere);
  jobs.follow([job(1, "running"), job(2, "done")], nowhere);
  jobs.forget();
  expect(jobs.shown?.id).toBe(1);
  jobs.follow([job(1, "done"), job(2, "done")], nowhere);
  expect(jobs.shown?.id).toBe(1);
});
