// Walks through a sale: typing, one request, the code, the questions.
import { expect, test } from "vitest";
import { pages } from "./till-page";

const browser = pages();

async function ready(query = "mode=training") {
  const till = await browser.next();
  await till.open(query);
  await till.type("201.05");
  await till.press("Enter");
  await till.type("482177");
  return till;
}

test("a sale needs no mouse: amount, Enter, code, Enter", async () => {
  const till = await ready();
  expect(await till.get("charge").innerText()).toContain("Charge 201.05 SAR");
  expect(await till.get("charge").innerText()).toContain("with MIS Pay");
  await till.press("Enter");
  await till.waitForState("waiting");
  const [call, ...more] = await till.calls("startSale");
  expect(more).toEqual([]);
  expect(call?.given).toMatchObject({
    provider: "mispay",
    amount: "201.05",
    currency: "SAR",
    reference: null,
    code: "482177",
    override: null,
    not_same_customer_as: null,
  });
  await till.get("phone-approve").click();
  await till.waitForState("paid");
  expect(await till.get("state").innerText()).toContain("PAID");
});

test("Enter after the amount moves on and never charges", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("provider-multipay").click();
  await till.type("46.50");
  await till.press("Enter");
  await till.press("Enter");
  expect(await till.calls("startSale")).toEqual([]);
  await till.pause(350);
  await till.press("Enter");
  expect(await till.calls("startSale")).toHaveLength(1);
});

test("a double click is one request with one id", async () => {
  const till = await ready();
  await till.page.evaluate(() => void (window.fakeTill.delayMs = 400));
  await till.get("charge").dblclick();
  await till
    .get("charge")
    .click({ timeout: 1000 })
    .catch(() => undefined);
  await till.waitForState("waiting");
  await till.pause(500);
  expect(await till.calls("startSale")).toHaveLength(1);
});

test("Enter twice and Enter held down are one request", async () => {
  const till = await ready();
  await till.page.evaluate(() => void (window.fakeTill.delayMs = 1200));
  await till.page.keyboard.down("Enter");
  for (let times = 0; times < 5; times += 1) await till.page.keyboard.down("Enter");
  await till.page.keyboard.up("Enter");
  await till.press("Enter");
  await till.pause(400);
  await till.press("Enter");
  await till.waitForState("waiting");
  expect(await till.calls("startSale")).toHaveLength(1);
});

test("Enter again while an unanswered sale needs no code is still one request", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("provider-multipay").click();
  await till.type("46.50");
  await till.press("Enter");
  await till.pause(350);
  await till.page.evaluate(() => void (window.fakeTill.delayMs = 1500));
  await till.press("Enter");
  await till.pause(400);
  await till.press("Enter");
  await till.waitForState("waiting");
  expect(await till.calls("startSale")).toHaveLength(1);
});

test("Enter and the suffix of a scan together are one request", async () => {
  const till = await ready();
  for (let times = 0; times < 6; times += 1) await till.press("Backspace");
  await till.scan("482177");
  await till.press("Enter");
  await till.waitForState("waiting");
  const calls = await till.calls("startSale");
  expect(calls).toHaveLength(1);
  expect(calls[0]?.given).toMatchObject({ code: "482177", amount: "201.05" });
});

test("a scan finds the code while the keys aim at the amount, and does not charge", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.type("201.05");
  await till.pause(100);
  await till.scan("48217793");
  expect(await till.get("amount").innerText()).toContain("201.05");
  expect(await till.get("code").innerText()).toContain("4821 7793");
  expect(await till.calls("startSale")).toEqual([]);
  await till.press("Enter");
  expect(await till.calls("startSale")).toHaveLength(1);
});

test("fast typing that fits no code is typing", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.scan("201.05");
  expect(await till.get("amount").innerText()).toContain("201.05");
  expect(await till.get("code").innerText()).not.toContain("2010");
});

test("the code is gone from the page in the tick in which it is sent", async () => {
  const till = await ready();
  const after = await till.page.evaluate(async () => {
    window.fakeTill.delayMs = 1000;
    const charge = document.querySelector<HTMLElement>("[data-testid=charge]");
    await new Promise((resolve) => setTimeout(resolve, 350));
    charge?.click();
    const html = document.documentElement.outerHTML;
    return { sent: window.fakeTill.calls.length, html };
  });
  expect(after.sent).toBe(1);
  expect(after.html).not.toContain("4821");
  expect(
    await till.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]),
  ).toEqual([0, 0, ""]);
});

test("a refused sale keeps amount and reference and asks for the code again", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.type("201.05");
  await till.get("reference").click();
  await till.type("10499");
  await till.press("Enter");
  await till.type("482177");
  await till.refuseNext("startSale", "keychain_locked");
  await till.press("Enter");
  await till.get("problem").waitFor();
  expect(await till.get("problem").getAttribute("data-code")).toBe("keychain_locked");
  expect(await till.get("problem").innerText()).toContain("No money was taken.");
  expect(await till.get("amount").innerText()).toContain("201.05");
  expect(await till.get("reference").innerText()).toContain("10499");
  expect(await till.get("charge").innerText()).toContain("Scan the code again");
  await till.type("482178");
  await till.press("Enter");
  await till.waitForState("waiting");
  const [first, second] = await till.calls("startSale");
  expect(second?.given["id"]).not.toBe(first?.given["id"]);
});

test("an attempt that was not answered clearly keeps its id", async () => {
  const till = await ready();
  await till.refuseNext("startSale", "internal");
  await till.press("Enter");
  await till.get("problem").waitFor();
  await till.type("482177");
  await till.press("Enter");
  await till.waitForState("waiting");
  const [first, second] = await till.calls("startSale");
  expect(second?.given["id"]).toBe(first?.given["id"]);
});

test("the same amount as an unsettled payment is asked about, and the answer goes with the sale", async () => {
  const till = await browser.next();
  await till.open("mode=training&scene=parked");
  await till.type("349");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.get("question-same_customer").waitFor();
  expect(await till.get("question-same_customer").innerText()).toContain("349.00");
  await till.pause(350);
  await till.get("same-customer-no").click();
  await till.type("482177");
  await till.press("Enter");
  await till.waitForState("waiting");
  const calls = await till.calls("startSale");
  expect(calls.at(-1)?.given["not_same_customer_as"]).toBe("0192a000-0000-7000-8000-000000004807");
});

test("a second charge on a paid reference needs a reason", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.type("20");
  await till.get("reference").click();
  await till.type("10483");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.get("question-sale_paid").waitFor();
  await till.pause(350);
  await till.get("override").click();
  await till.pause(350);
  await till.get("override-confirm").click();
  expect(await till.calls("startSale")).toHaveLength(1);
  await till.get("reason-separate-goods").click();
  await till.pause(350);
  await till.get("override-confirm").click();
  await till.type("482177");
  await till.press("Enter");
  await till.waitForState("waiting");
  const last = (await till.calls("startSale")).at(-1);
  expect(last?.given["override"]).toEqual({ reason: "Other goods under the same reference" });
});

test("a cashier's second charge takes a manager's PIN, which leaves the page as it is sent", async () => {
  const till = await browser.next();
  await till.open("mode=live&me=cashier");
  await till.type("20");
  await till.get("reference").click();
  await till.type("10483");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.get("question-sale_paid").waitFor();
  await till.pause(350);
  await till.get("override").click();
  await till.get("reason-separate-goods").click();
  await till.pause(350);
  await till.get("override-confirm").click();
  await till.type("482177");
  await till.press("Enter");
  await till.get("approver-Huda").waitFor();
  const dialog = await till.page.locator("dialog[open]").innerText();
  for (const part of ["Other goods under the same reference", "Sara stays signed in"])
    expect(dialog).toContain(part);
  expect(await till.calls("startSale")).toHaveLength(1);
  await till.get("approver-Huda").click();
  await till.type("1234");
  await till.pause(350);
  await till.get("override-confirm").click();
  await till.waitForState("waiting");
  const calls = await till.calls("startSale");
  expect(calls).toHaveLength(2);
  expect(calls.at(-1)?.given).toMatchObject({
    override: { reason: "Other goods under the same reference" },
    approver: "Huda",
  });
  expect(await till.get("who").innerText()).toBe("Sara");
  expect(await till.page.content()).not.toContain("1234");
});

test("a large amount is asked about before it is sent", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.type("5000.01");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.get("large-amount").waitFor();
  expect(await till.calls("startSale")).toEqual([]);
  await till.pause(350);
  await till.get("large-confirm").click();
  await till.waitForState("waiting");
  expect((await till.calls("startSale")).map((call) => call.given["confirmed"])).toEqual([true]);
});

test("an amount above the till's limit is asked about, and Yes sends it again as confirmed", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("provider-multipay").click();
  await till.type("1200");
  await till.press("Enter");
  await till.pause(350);
  await till.press("Enter");
  await till.get("question-amount_unconfirmed").waitFor();
  expect(await till.get("question-amount_unconfirmed").innerText()).toContain("1,200.00 EUR");
  await till.pause(350);
  await till.get("large-back").click();
  expect(await till.get("amount").innerText()).toContain("1,200");
  await till.pause(350);
  await till.get("charge").click();
  await till.get("large-confirm").waitFor();
  await till.pause(350);
  await till.get("large-confirm").click();
  await till.waitForState("waiting");
  expect((await till.calls("startSale")).map((call) => call.given["confirmed"])).toEqual([
    false,
    false,
    true,
  ]);
});

test("a confirmed amount that is changed is asked about again", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.refuseNext("startSale", "amount_unconfirmed", { above: "100.00 SAR" });
  await till.type("201");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.get("question-amount_unconfirmed").waitFor();
  await till.pause(350);
  await till.get("large-confirm").click();
  expect(await till.get("charge").innerText()).toContain("Scan the code again");
  await till.get("amount").click();
  await till.type("9");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  await till.waitForState("waiting");
  expect((await till.calls("startSale")).at(-1)?.given["confirmed"]).toBe(false);
});

test("an amount outside the limits is refused in words, and stays to be mended", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("provider-multipay").click();
  await till.type("0.5");
  await till.press("Enter");
  await till.pause(350);
  await till.press("Enter");
  await till.page.locator("[data-testid=problem][data-code=amount_below_min]").waitFor();
  const words = await till.get("problem").innerText();
  for (const said of ["nothing below 1.00 EUR", "No money was taken"])
    expect(words).toContain(said);
});

test("after a touch on a provider or a tab, typing and Enter go on with the sale", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("nav-checkout").click();
  await till.type("20");
  await till.press("Enter");
  await till.type("482177");
  expect(await till.get("code").innerText()).toContain("4821 77");
});

test("the keypad alone makes a sale, with a sum", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  for (const key of [
    "key-1",
    "key-2",
    "key-0",
    "key-plus",
    "key-8",
    "key-1",
    "decimal",
    "key-0",
    "key-5",
  ])
    await till.get(key).click();
  expect(await till.get("amount").innerText()).toContain("201.05");
  await till.get("code").click();
  await till.get("key-00").click();
  for (const digit of [4, 8, 2]) await till.get(`key-${digit}`).click();
  expect(await till.get("code").innerText()).toContain("0048 2");
  await till.get("key-back").click();
  expect(await till.get("code").innerText()).toContain("0048");
  await till.pause(350);
  await till.get("charge").click();
  await till.waitForState("waiting");
  expect((await till.calls("startSale"))[0]?.given).toMatchObject({
    amount: "201.05",
    code: "0048",
  });
});

test("the currency is chosen with one press, or by arrow keys, and the amount stays", async () => {
  const till = await browser.next();
  await till.open("mode=training");
  await till.get("provider-multipay").click();
  await till.type("46.5");
  await till.get("currency-NOK").click();
  expect(await till.get("currency").getAttribute("data-value")).toBe("NOK");
  await till.press("ArrowRight");
  expect(await till.get("currency").getAttribute("data-value")).toBe("SEK");
  expect(await till.get("charge").innerText()).toContain("Charge 46.50 SEK");
});

test("an amount that can be read two ways is refused in words", async () => {
  const till = await browser.next();
  await till.open("mode=live");
  await till.type("1.234");
  expect(await till.get("amount").getAttribute("aria-invalid")).toBe("true");
  expect(await till.get("amount").innerText()).toContain("read two ways");
  await till.press("Enter");
  expect(await till.get("charge").innerText()).toContain("Type the amount again");
});
