// Walks through states and results: what Enter may do, what stays visible, what the words say.
import { expect, test } from "vitest";
import { pages, STAGED } from "./till-page";

const browser = pages();

test("Enter cannot dismiss a result within 700 ms", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=waiting");
  // All inside the page, so that a slow machine cannot stretch the 700 ms.
  const seen = await till.page.evaluate(async (id) => {
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const paid = () => document.querySelector("[data-testid=state][data-state=paid]") !== null;
    const enter = () => {
      const key = { key: "Enter", bubbles: true, cancelable: true };
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", key));
    };
    const can = {
      check: false,
      stop: false,
      cancel: false,
      check_number: false,
      customer_says: false,
      acknowledge: false,
      refund: false,
      settle: false,
      ask_again: false,
    };
    window.fakeTill.set(id, { state: "paid", hint: "none", receipt: "88120467", can });
    while (!paid()) await wait(1);
    const start = performance.now();
    let early = 0;
    while (performance.now() - start < 550) {
      enter();
      early += 1;
      await wait(20);
    }
    const kept = paid();
    await wait(500);
    enter();
    await wait(50);
    return { early, kept, left: !paid() };
  }, STAGED);
  expect(seen.early).toBeGreaterThan(0);
  expect(seen).toMatchObject({ kept: true, left: true });
});

test("a button that just appeared is deaf to the click meant for another", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=waiting");
  await till.pause(400);
  const clicked = await till.page.evaluate(async (id) => {
    const none = {
      check: false,
      stop: false,
      cancel: false,
      check_number: false,
      customer_says: false,
      acknowledge: false,
      refund: false,
      settle: false,
      ask_again: false,
    };
    window.fakeTill.set(id, { state: "declined", reason: "canceled", hint: "none", can: none });
    while (!document.querySelector("[data-testid=again]"))
      await new Promise((resolve) => setTimeout(resolve, 5));
    document
      .querySelector("[data-testid=again]")
      ?.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    return document.querySelector("[data-testid=state]") !== null;
  }, STAGED);
  expect(clicked).toBe(true);
});

test("NOT PAID keeps the sale for another try, but not its code", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=not-paid");
  await till.openFromHistory();
  expect(await till.get("state").innerText()).toContain("No money was taken.");
  await till.pause(800);
  await till.press("Enter");
  expect(await till.get("amount").innerText()).toContain("201.05");
  expect(await till.get("reference").innerText()).toContain("10484");
  expect(await till.get("charge").innerText()).toContain("Scan or type the code");
});

test("stop waiting parks the payment and the next sale can begin", async () => {
  const till = await browser.next();
  await till.open("mode=training&scene=waiting");
  await till.pause(350);
  await till.get("stop").click();
  await till.get(`park-${STAGED}`).waitFor();
  expect(await till.calls("stopWaiting")).toHaveLength(1);
  await till.type("12");
  expect(await till.get("amount").innerText()).toContain("12");
  await till.get("phone-approve").click();
  await till.page.locator(`[data-testid="park-${STAGED}"][data-face=paid]`).waitFor();
  expect(await till.get("amount").innerText()).toContain("12");
});

test("NOT KNOWN says what not to do, and checks a number typed by keys", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=not-known");
  expect(await till.state()).toBe("unknown");
  const words = await till.get("state").innerText();
  expect(words).toContain("NOT KNOWN");
  expect(words).toContain("Do not take a new code and do not take cash yet.");
  expect(words).toContain("It asks to approve 201.05 SAR");
  await till.type("88120467");
  expect(await till.get("purchase-id").innerText()).toContain("88120467");
  await till.press("Enter");
  await till.page.locator("[data-testid=number-result][data-result=ours]").waitFor();
  expect(await till.get("number-result").innerText()).toContain("no proof of payment");
  expect((await till.calls("checkNumber"))[0]?.given).toMatchObject({ id: STAGED });
  expect(await till.get("attention-count").getAttribute("data-count")).toBe("1");
  await till.get("next-customer").click();
  await till.get(`park-${STAGED}`).waitFor();
});

test("a scanned purchase number fills the field and its suffix presses nothing", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=not-known");
  await till.pause(350);
  await till.scan("88120467");
  expect(await till.get("purchase-id").innerText()).toContain("88120467");
  expect(await till.calls("checkNumber")).toEqual([]);
});

test("when the customer is asked, both answers stand side by side and none is on Enter", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=ask-customer");
  await till.pause(800);
  await till.press("Enter");
  expect(await till.calls("customerSays")).toEqual([]);
  await till.get("says-not-paid").click();
  await till.waitForState("declined");
});

test("a payment of another amount is never shown as paid", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=check-amount");
  await till.openFromHistory();
  expect(await till.get("state").getAttribute("data-state")).toBe("paid");
  expect(await till.get("state").getAttribute("data-flags")).toBe("mismatch");
  expect(await till.get("state").getAttribute("data-face")).toBe("check_amount");
  expect(await till.get("state").innerText()).toContain("Charged: 201.50 SAR");
  await till.pause(350);
  await till.get("alarm-ack").click();
  expect(await till.calls("acknowledge")).toHaveLength(1);
});

for (const where of ["the checkout", "the history"])
  test(`a cashier closes an alarm at ${where} with a manager's PIN and stays signed in`, async () => {
    const till = await browser.next();
    await till.open("mode=live&scene=check-amount&me=cashier");
    if (where === "the checkout") await till.openFromHistory();
    else await till.openDetail();
    await till.pause(350);
    expect(await till.get("alarm-ack").innerText()).toContain("a manager approves");
    await till.get("alarm-ack").click();
    await till.get("approver-Huda").click();
    await till.type("9999");
    await till.pause(350);
    await till.get("acknowledge-confirm").click();
    await till.page.locator("[data-testid=problem][data-code=pin_wrong]").waitFor();
    await till.get("pin").focus();
    await till.type("1234");
    await till.get("acknowledge-confirm").click();
    await till.page.locator("dialog[open]").waitFor({ state: "detached" });
    expect((await till.calls("acknowledge")).map((call) => call.given["approver"])).toEqual([
      "Huda",
      "Huda",
    ]);
    await till.page.waitForFunction(
      () => document.querySelector("[data-testid=alarm-ack]") === null,
    );
    expect(await till.get("who").innerText()).toBe("Sara");
  });

test("a QR code is drawn on the stage and the payment can be cancelled", async () => {
  const till = await browser.next();
  await till.open("mode=training&scene=multipay");
  await till.page.getByRole("img", { name: "QR code for the customer" }).waitFor();
  await till.pause(350);
  await till.get("cancel-payment").click();
  await till.waitForState("cancelling");
  await till.waitForState("declined");
});

test("what cannot be saved is told with its receipt, and nothing can be charged", async () => {
  const till = await browser.next();
  await till.open("mode=training&scene=unsaved");
  expect(await till.get("unsaved-paid").innerText()).toContain("3558174609679520");
  await till.type("20");
  await till.press("Enter");
  await till.type("482177");
  await till.press("Enter");
  expect(await till.calls("startSale")).toEqual([]);
  expect(await till.get("charge").innerText()).toContain("cannot save");
});

test("a change of the face is spoken once, the running time is not", async () => {
  const till = await browser.next();
  await till.open("mode=live&scene=waiting");
  expect(await till.get("spoken").innerText()).toContain("WAITING. 201.05 SAR");
  const before = await till.get("spoken").innerText();
  await till.pause(1500);
  expect(await till.get("spoken").innerText()).toBe(before);
});
