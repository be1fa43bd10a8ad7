// Walks through signing in and out, people and permissions.
import { describe, expect, inject, test } from "vitest";
import { axeFindings } from "./axe";
import { pages, STAGED, type TillPage } from "./till-page";

const browser = pages();

/** Opens the till where nobody is signed in. */
async function atSignIn(query: string, viewport?: { width: number; height: number }) {
  const till = await browser.next(viewport);
  await till.page.goto(`${inject("address")}?${query}`);
  await till.get("sign-in").waitFor();
  return till;
}

/** Settings, at one of its sections. */
async function atSection(name: string, query = "mode=live") {
  const till = await browser.next();
  await till.open(query);
  await till.get("nav-settings").click();
  await till.get(`section-${name}`).click();
  return till;
}

async function newPin(till: TillPage, first: string, second = first) {
  for (const pin of [first, second]) {
    for (const digit of pin) await till.get(`pin-${digit}`).click();
    await till.pause(350);
    if (pin === first && (await till.get("pin-next").count()) > 0)
      await till.get("pin-next").click();
  }
}

describe("signing in", () => {
  test("a name, a PIN by keys, Enter: checkout, and the open payment is on the stage again", async () => {
    const till = await atSignIn("mode=live&me=nobody&scene=waiting");
    expect(await till.page.content()).not.toContain("201.05");
    expect(await till.get("open-count").getAttribute("data-count")).toBe("1");
    await till.get("operator-Sara").click();
    await till.type("1234");
    await till.press("Enter");
    await till.get("nav-checkout").waitFor();
    expect(await till.get("who").innerText()).toBe("Sara");
    expect(await till.state()).toBe("waiting");
    expect((await till.calls("signIn"))[0]?.given).toEqual({ name: "Sara" });
  });

  test("a PIN by the pad, with clear and back, and the button", async () => {
    const till = await atSignIn("mode=live&me=nobody");
    await till.get("operator-Huda").click();
    for (const key of ["9", "clear", "1", "2", "3", "7", "back", "4"])
      await till.get(`pin-${key}`).click();
    await till.pause(350);
    await till.get("pin-enter").click();
    await till.get("nav-checkout").waitFor();
  });

  test("digits count wherever the focus is", async () => {
    const till = await atSignIn("mode=live&me=nobody");
    await till.get("operator-Sara").click();
    await till.get("operator-Sara").focus();
    await till.type("12");
    expect(await till.get("pin").getAttribute("data-length")).toBe("2");
  });

  test("a wrong PIN leaves the view, and says how many tries are left until it is locked", async () => {
    const till = await atSignIn("mode=live&me=nobody");
    await till.get("operator-Sara").click();
    for (let left = 4; left >= 1; left -= 1) {
      await till.type("9999");
      await till.press("Enter");
      await till.page.getByText(`${left} ${left === 1 ? "try is" : "tries are"} left`).waitFor();
      expect(await till.get("pin").getAttribute("data-length")).toBe("0");
    }
    await till.type("9999");
    await till.press("Enter");
    await till.page.locator("[data-testid=problem][data-code=pin_locked]").waitFor();
    expect(await till.get("problem").innerText()).toMatch(/locked until \d\d:\d\d/);
    expect(await till.get("problem").innerText()).toContain("a manager unlocks it");
    expect(await till.get("pin").count()).toBe(0);
  });

  test("nothing is sent before four digits", async () => {
    const till = await atSignIn("mode=live&me=nobody");
    await till.get("operator-Sara").click();
    await till.type("123");
    await till.press("Enter");
    expect(await till.calls("signIn")).toEqual([]);
  });

  test("the lock signs out, and what was being typed stays for the same person only", async () => {
    const till = await browser.next();
    await till.open("mode=live");
    await till.type("20");
    await till.get("lock").click();
    await till.get("sign-in").waitFor();
    expect((await till.calls("signOut"))[0]?.given).toEqual({ cause: "asked" });
    await till.get("operator-Huda").click();
    await till.type("1234");
    await till.press("Enter");
    expect(await till.get("amount").innerText()).toContain("20");
    await till.get("lock").click();
    await till.get("operator-Sara").click();
    await till.type("1234");
    await till.press("Enter");
    await till.get("nav-checkout").waitFor();
    expect(await till.get("amount").innerText()).not.toContain("20");
  });
});

describe("an untouched till", () => {
  const soon = async (till: TillPage, ms: number) =>
    till.page.evaluate((after) => window.fakeTill.lockSoon(after), ms);

  test("warns and signs out", async () => {
    const till = await browser.next();
    await till.open("mode=live");
    await soon(till, 2500);
    await till.get("lock-warning").waitFor();
    await till.get("sign-in").waitFor();
    expect((await till.calls("signOut"))[0]?.given).toEqual({ cause: "idle" });
  });

  test("stays open while a payment on the stage is under way", async () => {
    const till = await browser.next();
    await till.open("mode=live&scene=waiting");
    await soon(till, 1000);
    await till.pause(2500);
    expect(await till.state()).toBe("waiting");
    await till.page.evaluate((id) => window.fakeTill.set(id, { state: "paid" }), STAGED);
    await till.get("sign-in").waitFor();
  });
});

describe("the first start", () => {
  test("a name and a PIN typed twice make the first manager", async () => {
    const till = await atSignIn("mode=live&scene=first");
    expect(await till.get("go-training").count()).toBe(0);
    await till.get("first-manager-name").fill("Huda");
    await newPin(till, "2580", "2581");
    await till.get("first-manager-save").click();
    expect(await till.get("pin-differs").getAttribute("data-differs")).toBe("true");
    expect(await till.calls("firstManager")).toEqual([]);
    await newPin(till, "2580");
    await till.get("first-manager-save").click();
    await till.get("nav-checkout").waitFor();
    expect(await till.get("who").innerText()).toBe("Huda");
  });

  test("in training one can practise at once", async () => {
    const till = await atSignIn("mode=training&scene=first");
    await till.pause(350);
    await till.get("go-training").click();
    await till.get("nav-checkout").waitFor();
    expect(await till.get("who").innerText()).toBe("Trainee");
  });

  test("a manager who was recovered chooses a new PIN", async () => {
    const till = await atSignIn("mode=live&me=nobody&scene=recovery");
    await till.pause(350);
    expect(await till.get("recovery").innerText()).toContain("Maha");
    await till.get("recover-manager").click();
    await newPin(till, "2580");
    await till.get("recover-save").click();
    await till.get("nav-checkout").waitFor();
    expect(await till.get("who").innerText()).toBe("Maha");
  });
});

describe("people", () => {
  test("somebody is added and can sign in", async () => {
    const till = await atSection("people");
    await till.pause(350);
    await till.get("people-add").click();
    await till.get("add-name").fill("Noor");
    await newPin(till, "2580");
    await till.get("add-save").click();
    await till.get("person-Noor").waitFor();
    expect(await till.get("people-told").innerText()).toContain("Noor can sign in now.");
    expect(await till.page.content()).not.toContain("2580");
  });

  test("a name that is taken is refused in words", async () => {
    const till = await atSection("people");
    await till.pause(350);
    await till.get("people-add").click();
    await till.get("add-name").fill("sara");
    await newPin(till, "2580");
    await till.get("add-save").click();
    expect(await till.get("problem").getAttribute("data-code")).toBe("name_taken");
  });

  test("removing asks first and says that it cannot be undone", async () => {
    const till = await atSection("people");
    await till.get("person-Omar").click();
    await till.pause(350);
    await till.get("person-remove").click();
    expect(await till.get("person-change").innerText()).toContain("cannot be undone");
    expect(await till.calls("removeOperator")).toEqual([]);
    await till.pause(350);
    await till.get("person-change-confirm").click();
    await till.get("person-Omar").waitFor({ state: "detached" });
  });

  test("the last manager can neither be removed nor made a cashier", async () => {
    const till = await atSection("people", "mode=live&scene=alone");
    await till.get("person-Huda").click();
    expect(await till.get("last-manager").innerText()).toContain("last manager");
    expect(await till.get("person-remove").count()).toBe(0);
    expect(await till.get("person-role").count()).toBe(0);
  });

  test("a locked PIN is unlocked", async () => {
    const till = await atSection("people", "mode=live&scene=locked");
    await till.get("person-Omar").click();
    expect(await till.get("person-Omar").innerText()).toContain("Locked until");
    await till.pause(350);
    await till.get("person-unlock").click();
    await till.page.getByText("Omar may try again.").waitFor();
    expect(await till.get("person-Omar").innerText()).toContain("PIN set");
  });

  test("a cashier is told that this is for managers", async () => {
    const till = await atSection("people", "mode=live&me=cashier");
    expect(await till.get("section-denied").innerText()).toContain("for managers");
  });
});

describe("permissions", () => {
  test("one press changes what cashiers may do; a manager's own keys are fixed", async () => {
    const till = await atSection("permissions");
    await till.get("access-cashier-export-allowed").click();
    await till.page.locator("[data-testid=access-cashier-export][data-value=allowed]").waitFor();
    expect((await till.calls("setAccess"))[0]?.given).toMatchObject({
      role: "cashier",
      permission: "export",
      access: "allowed",
    });
    expect(await till.get("access-manager-operators-fixed").count()).toBe(1);
    expect(await till.get("access-manager-settings-fixed").count()).toBe(1);
  });

  test("refund limits are saved per currency", async () => {
    const till = await atSection("permissions");
    await till.get("limit-SAR-each").fill("250.00");
    await till.pause(350);
    await till.get("limit-SAR-save").click();
    expect((await till.calls("setLimit"))[0]?.given).toMatchObject({
      currency: "SAR",
      each: "250.00",
      shift: "1000.00",
    });
    await till.page.waitForFunction(
      () =>
        document.querySelector<HTMLInputElement>("[data-testid=limit-SAR-each]")?.value ===
        "250.00",
    );
  });
});

describe("axe", () => {
  test("signing in", async () => {
    for (const query of ["mode=live&me=nobody&scene=parked", "mode=training&scene=first"]) {
      const till = await atSignIn(query, { width: 1024, height: 600 });
      expect(await axeFindings(till), query).toEqual([]);
    }
    const till = await atSignIn("mode=live&me=nobody&scene=locked");
    for (const name of ["Sara", "Omar", "Layla"]) {
      await till.get(`operator-${name}`).click();
      expect(await axeFindings(till), name).toEqual([]);
    }
  });

  test("people and permissions, in the dark too", async () => {
    const till = await atSection("people");
    await till.page.emulateMedia({ colorScheme: "dark" });
    await till.get("person-Omar").click();
    expect(await axeFindings(till)).toEqual([]);
    await till.get("people-add").click();
    expect(await axeFindings(till), "add").toEqual([]);
    await till.press("Escape");
    await till.get("section-permissions").click();
    await till.get("access-cashier-export").waitFor();
    expect(await axeFindings(till), "permissions").toEqual([]);
  });
});
