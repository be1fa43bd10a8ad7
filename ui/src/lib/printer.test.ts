import { expect, test } from "vitest";
import { FakeTill } from "./fake";
import { scene } from "./fake-scenes";
import { Printer } from "./printer.svelte";

const PAID = "0192a000-0000-7000-8000-000000004812";

test("a slip is read anew, printed once for two presses, and recorded", async () => {
  const till = new FakeTill("live", scene("", Date.now()));
  let printed = 0;
  const printer = new Printer(till, () => (printed += 1));
  await Promise.all([printer.print(PAID), printer.print(PAID)]);
  expect(printed).toBe(1);
  expect(printer.slip?.copies).toBe(0);
  await printer.print(PAID);
  expect(printer.slip?.copies).toBe(1);
  expect(till.calls.filter((call) => call.name === "printed")).toHaveLength(2);
});

test("what cannot be found is not printed", async () => {
  const till = new FakeTill("live", scene("", Date.now()));
  let printed = 0;
  const printer = new Printer(till, () => (printed += 1));
  expect((await printer.print("nothing"))?.code).toBe("payment_not_found");
  expect(printed).toBe(0);
});
