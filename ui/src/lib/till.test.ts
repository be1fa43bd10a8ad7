import { describe, expect, test } from "vitest";
import type { Commands, Snapshot } from "./bindings";
import { FakeTill } from "./fake";
import { scene } from "./fake-scenes";
import { TillStore } from "./till.svelte";

function shell() {
  const fake = new FakeTill("live", scene("", 0));
  const waiting: { give: (revision: number) => void; fail: () => void }[] = [];
  let ring: (revision: number) => void = () => undefined;
  const commands = Object.assign(Object.create(fake) as Commands, {
    watch: async (onRevision: (revision: number) => void) => {
      ring = onRevision;
    },
    snapshot: () =>
      new Promise<Snapshot>((resolve, reject) => {
        waiting.push({
          give: (revision) => void fake.snapshot().then((view) => resolve({ ...view, revision })),
          fail: () => reject(new Error("gone")),
        });
      }),
  });
  return { commands, waiting, ring: (revision: number) => ring(revision) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the store", () => {
  test("is loading until the first snapshot", async () => {
    const { commands, waiting } = shell();
    const till = new TillStore(commands);
    void till.start();
    await settle();
    expect(till.snapshot).toBeUndefined();
    waiting[0]?.give(1);
    await settle();
    expect(till.snapshot?.revision).toBe(1);
  });

  test("never has two snapshots in flight, and serves what came meanwhile with one more", async () => {
    const { commands, waiting, ring } = shell();
    const till = new TillStore(commands);
    void till.start();
    await settle();
    for (const revision of [2, 3, 4, 5]) ring(revision);
    await settle();
    expect(waiting).toHaveLength(1);
    waiting[0]?.give(1);
    await settle();
    expect(waiting).toHaveLength(2);
    waiting[1]?.give(5);
    await settle();
    expect(waiting).toHaveLength(2);
    expect(till.snapshot?.revision).toBe(5);
  });

  test("keeps the newest revision when an older one arrives", async () => {
    const { commands, waiting, ring } = shell();
    const till = new TillStore(commands);
    void till.start();
    await settle();
    waiting[0]?.give(7);
    await settle();
    ring(8);
    await settle();
    waiting[1]?.give(6);
    await settle();
    expect(till.snapshot?.revision).toBe(7);
  });

  test("says that the shell is silent, and asks again later", async () => {
    const { commands, waiting } = shell();
    const later: (() => void)[] = [];
    const till = new TillStore(commands, (act) => void later.push(act));
    void till.start();
    await settle();
    waiting[0]?.fail();
    await settle();
    expect(till.silent).toBe(true);
    later[0]?.();
    await settle();
    waiting[1]?.give(1);
    await settle();
    expect(till.silent).toBe(false);
    expect(till.snapshot?.revision).toBe(1);
  });
});
