import { describe, expect, test } from "vitest";
import type { Answer, Commands, HistoryPage, HistoryQuery } from "../../lib/bindings";
import { FakeTill } from "../../lib/fake";
import { scene } from "../../lib/fake-scenes";
import { DEBOUNCE_MS, EVERYTHING, findScanned, HistoryList } from "./list.svelte";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A till whose answers come when the test says so. */
function held() {
  const fake = new FakeTill("live", scene("", Date.now()));
  const waiting: { query: HistoryQuery; give: () => void }[] = [];
  const commands = Object.assign(Object.create(fake) as Commands, {
    history: (query: HistoryQuery, from: string | null) =>
      new Promise<Answer<HistoryPage>>((resolve) => {
        waiting.push({ query, give: () => void fake.history(query, from).then(resolve) });
      }),
  });
  return { fake, commands, waiting };
}

describe("the history's list", () => {
  test("opens with today", async () => {
    const list = new HistoryList(new FakeTill("live", scene("", Date.now())));
    await list.open();
    expect(list.query.from_day).toBe(list.choices?.today);
    expect(list.rows?.every((row) => row.day === list.choices?.today)).toBe(true);
    expect(list.count).toBe(list.rows?.length);
  });

  test("the last question wins, whichever answer comes last", async () => {
    const { commands, waiting } = held();
    const list = new HistoryList(commands);
    list.type("10483");
    await pause(DEBOUNCE_MS + 20);
    list.type("10481");
    await pause(DEBOUNCE_MS + 20);
    expect(waiting.map(({ query }) => query.search)).toEqual(["10483", "10481"]);
    waiting[1]?.give();
    await pause(5);
    waiting[0]?.give();
    await pause(5);
    expect(list.rows?.map((row) => row.reference)).toEqual(["10481"]);
  });

  test("asks only when typing rests", async () => {
    const { commands, waiting } = held();
    const list = new HistoryList(commands);
    for (const text of ["1", "10", "104"]) list.type(text);
    await pause(DEBOUNCE_MS + 20);
    expect(waiting).toHaveLength(1);
  });

  test("goes on by itself while the till found too little", async () => {
    const fake = new FakeTill("live", scene("", Date.now()));
    const list = new HistoryList(fake);
    await list.filter({ ...EVERYTHING, search: "O'Neil" });
    expect(list.rows).toHaveLength(1);
    expect(list.next).toBeNull();
    expect(fake.calls.filter((call) => call.name === "history").length).toBeGreaterThan(2);
  });

  test("news change rows and keep older pages", async () => {
    const fake = new FakeTill("live", scene("waiting", Date.now()));
    const list = new HistoryList(fake);
    await list.ask();
    for (let page = 0; page < 6; page += 1) await list.more();
    const loaded = list.rows?.length ?? 0;
    expect(loaded).toBeGreaterThan(250);
    await list.follow(1);
    const id = list.rows?.[0]?.id ?? "";
    fake.set(id, { state: "paid", hint: "none" });
    await list.follow(2);
    expect(list.rows?.[0]?.state).toBe("paid");
    expect(list.rows).toHaveLength(loaded);
    expect(new Set(list.rows?.map((row) => row.id)).size).toBe(loaded);
  });

  test("a search that is too long says so and shows nothing old", async () => {
    const list = new HistoryList(new FakeTill("live", scene("", Date.now())));
    await list.filter({ search: "x".repeat(10_000) });
    expect(list.problem?.code).toBe("search_too_long");
    expect(list.rows).toEqual([]);
  });

  test("a scan finds a payment by its exact reference or receipt, and nothing by a part of it", async () => {
    const fake = new FakeTill("live", scene("", Date.now()));
    expect((await findScanned(fake, "3558174609679520"))?.reference).toBe("10481");
    expect((await findScanned(fake, "10478"))?.state).toBe("paid");
    expect(await findScanned(fake, "355817460967952")).toBeNull();
  });
});
