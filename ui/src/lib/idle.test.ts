import { expect, test } from "vitest";
import { isUnderWay } from "./face";
import { blankPayment } from "./fake-views";
import { Idle } from "./idle.svelte";

function till(lockAfterMs: number) {
  let now = 0;
  let signedOut = 0;
  const idle = new Idle(
    () => (signedOut += 1),
    () => now,
  );
  idle.follow(lockAfterMs, false);
  const after = (ms: number) => {
    now += ms;
    idle.look();
  };
  return { idle, after, signedOut: () => signedOut };
}

test("it warns in the last fifteen seconds and then signs out once", () => {
  const { idle, after, signedOut } = till(60_000);
  after(44_000);
  expect(idle.warnsS).toBeNull();
  after(2_000);
  expect(idle.warnsS).toBe(14);
  after(14_000);
  expect(signedOut()).toBe(1);
  after(1_000);
  expect(signedOut()).toBe(1);
});

test("where the till did not sign out, it is asked again", () => {
  const { after, signedOut } = till(60_000);
  after(60_000);
  after(5_000);
  expect(signedOut()).toBe(2);
});

test("a touch starts the time anew", () => {
  const { idle, after, signedOut } = till(60_000);
  after(50_000);
  idle.touch();
  expect(idle.warnsS).toBeNull();
  after(50_000);
  expect(signedOut()).toBe(0);
});

test("a payment under way keeps the till open, and its end gives the whole time", () => {
  const { idle, after, signedOut } = till(60_000);
  idle.follow(60_000, true);
  after(600_000);
  expect(signedOut()).toBe(0);
  idle.follow(60_000, false);
  after(40_000);
  expect(signedOut()).toBe(0);
  after(20_000);
  expect(signedOut()).toBe(1);
});

test("zero is never", () => {
  const { after, signedOut } = till(0);
  after(9_000_000);
  expect(signedOut()).toBe(0);
});

test("only what the cashier waits for keeps the till open", () => {
  const payment = blankPayment("a", 0);
  for (const state of ["opened", "sent", "waiting", "cancelling"] as const)
    expect(isUnderWay({ ...payment, state }), state).toBe(true);
  for (const state of ["unknown", "declined", "paid", "reversed"] as const)
    expect(isUnderWay({ ...payment, state }), state).toBe(false);
  expect(isUnderWay(undefined)).toBe(false);
});
