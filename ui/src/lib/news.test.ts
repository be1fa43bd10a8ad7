import { expect, test } from "vitest";
import type { PaymentView, Snapshot } from "./bindings";
import { blankPayment } from "./fake-views";
import { News } from "./news";

const with_ = (...payments: PaymentView[]) => ({ payments }) as unknown as Snapshot;
const payment = blankPayment("a", 0);

test("the first snapshot is silent, a change is heard once", () => {
  const news = new News();
  expect(news.take(with_({ ...payment, state: "paid" }))).toEqual([]);
  const other = { ...payment, id: "b", state: "waiting" as const };
  expect(news.take(with_(other))).toEqual([]);
  expect(news.take(with_({ ...other, state: "paid" }))).toEqual(["paid"]);
  expect(news.take(with_({ ...other, state: "paid" }))).toEqual([]);
});

test("an alarm stays unread until somebody stood in front of it", () => {
  const news = new News();
  news.take(with_(payment));
  expect(news.take(with_({ ...payment, state: "unknown", hint: "not_known" }))).toEqual([
    "not_known",
  ]);
  expect(news.hasUnread()).toBe(true);
  news.read("another");
  expect(news.hasUnread()).toBe(true);
  news.read("a");
  expect(news.hasUnread()).toBe(false);
});

test("an alarm ends when the payment gets another face", () => {
  const news = new News();
  news.take(with_(payment));
  news.take(with_({ ...payment, state: "unknown", hint: "not_known" }));
  expect(news.take(with_({ ...payment, state: "declined" }))).toEqual(["not_paid"]);
  expect(news.hasUnread()).toBe(false);
});
