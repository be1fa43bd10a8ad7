// People, PINs and permissions of the till in memory. Not in the till's build.
import type {
  AccessName,
  ActivityLine,
  Answer,
  Approver,
  CurrencyCode,
  MeView,
  Mode,
  PeopleView,
  PermissionName,
  PersonView,
  Problem,
  RoleName,
} from "./bindings";
import { DECIMALS, readAmount } from "./amount";

const TRIES_MAX = 5;
const LOCKED_MS = 5 * 60_000;
const PIN = "1234";
const PIN_DIGITS_MIN = 4;
const PIN_DIGITS_MAX = 8;
const NAME_LENGTH_MAX = 40;
const LOCK_AFTER_MS = 5 * 60_000;

const CASHIER: Record<PermissionName, AccessName> = {
  refund_within_limit: "approval_required",
  refund_above_limit: "approval_required",
  settle: "approval_required",
  override: "approval_required",
  acknowledge: "approval_required",
  export: "approval_required",
  close_shift: "approval_required",
  journal: "denied",
  settings: "denied",
  operators: "denied",
};
const ALL = Object.keys(CASHIER) as PermissionName[];

type Known = PersonView & { pin: string };

export function refused<T>(code: string, fields: Record<string, string> = {}): Answer<T> {
  return { ok: false, problem: { code, fields } };
}

function somebody(name: string, role: RoleName, change: Partial<Known> = {}): Known {
  const known = { name, role, has_pin: true, tries_left: TRIES_MAX, locked_until_ms: null };
  return { ...known, pin: PIN, ...change };
}

export abstract class FakePeople {
  private lockAfterMs = LOCK_AFTER_MS;
  protected me: MeView | null = null;
  protected log: ActivityLine[] = [];
  private folk: Known[] = [
    somebody("Sara", "cashier"),
    somebody("Omar", "cashier"),
    somebody("Layla", "cashier", { has_pin: false, pin: "" }),
    somebody("Huda", "manager"),
    somebody("Maha", "manager"),
  ];
  private access: Record<RoleName, Record<PermissionName, AccessName>> = {
    cashier: { ...CASHIER },
    manager: Object.fromEntries(ALL.map((each) => [each, "allowed"])) as never,
  };
  private limits: Partial<Record<CurrencyCode, { each: string; shift: string }>> = {
    SAR: { each: "20000", shift: "100000" },
    EUR: { each: "5000", shift: "20000" },
    NOK: { each: "50000", shift: "200000" },
  };
  private recovery: string | null = null;

  constructor(
    protected readonly mode: Mode,
    who: string | null,
    scene: string,
  ) {
    if (scene === "first") this.folk = [];
    else if (who !== "nobody")
      this.me = this.meOf(who === "cashier" || who === "denied" ? "Sara" : "Huda");
    if (who === "denied" && this.me) for (const each of ALL) this.me.access[each] = "denied";
    if (scene === "recovery") this.recovery = "Maha";
    if (scene === "locked") this.lock("Omar");
    if (scene === "alone") this.folk = this.folk.filter((person) => person.name !== "Maha");
  }

  protected abstract called<T>(name: string, given: unknown): Promise<Answer<T> | null>;
  protected abstract changed(): void;

  /** Signs out after so long from now on; for walks. */
  lockSoon(afterMs: number): void {
    this.lockAfterMs = afterMs;
    this.changed();
  }

  protected peopleNow() {
    return {
      me: this.me,
      people: this.folk.map(viewOf),
      first_start: this.folk.length === 0,
      recovery: this.recovery,
      lock_after_ms: this.lockAfterMs,
    };
  }

  async signIn(name: string, pin: string): Promise<Answer<null>> {
    const refusal = await this.called<null>("signIn", { name });
    if (refusal) return refusal;
    const wrong = this.wrongPin(name, pin);
    if (wrong) return { ok: false, problem: wrong };
    this.enter(name);
    return this.noted("signed_in", { name });
  }

  async signOut(cause: "asked" | "idle"): Promise<Answer<null>> {
    const refusal = await this.called<null>("signOut", { cause });
    if (refusal) return refusal;
    const name = this.me?.name ?? "";
    const answer = this.noted("signed_out", { name, why: cause });
    this.me = null;
    return answer;
  }

  async practise(): Promise<Answer<null>> {
    const refusal = await this.called<null>("practise", {});
    if (refusal) return refusal;
    if (this.mode !== "training") return refused("mode_not_allowed");
    this.me = {
      name: "trainee",
      role: "manager",
      practising: true,
      access: { ...this.access.manager },
    };
    return this.noted("signed_in", { name: "trainee" });
  }

  async firstManager(name: string, pin: string): Promise<Answer<null>> {
    const refusal = await this.called<null>("firstManager", { name });
    if (refusal) return refusal;
    if (this.folk.length > 0) return refused("not_allowed", { permission: "operators" });
    const fault = this.nameFault(name) ?? pinFault(pin);
    if (fault) return { ok: false, problem: fault };
    this.folk.push(somebody(name.trim(), "manager", { pin }));
    this.enter(name.trim());
    return this.noted("operator_added", { name: name.trim(), role: "manager" });
  }

  async recoverManager(pin: string): Promise<Answer<null>> {
    const refusal = await this.called<null>("recoverManager", {});
    if (refusal) return refusal;
    const fault = pinFault(pin);
    const name = this.recovery;
    if (fault) return { ok: false, problem: fault };
    if (name === null) return refused("not_allowed", { permission: "operators" });
    this.change(name, { pin, has_pin: true, tries_left: TRIES_MAX, locked_until_ms: null });
    this.recovery = null;
    this.enter(name);
    return this.noted("manager_recovered", { name });
  }

  async people(): Promise<Answer<PeopleView>> {
    const refusal = await this.called<PeopleView>("people", {});
    if (refusal) return refusal;
    const roles: RoleName[] = ["cashier", "manager"];
    const access = roles.flatMap((role) =>
      ALL.map((permission) => ({ role, permission, access: this.access[role][permission] })),
    );
    const limits = Object.entries(this.limits).map(([key, limit]) => {
      const currency = key as CurrencyCode;
      return {
        currency,
        each: { minor: limit.each, currency },
        shift: { minor: limit.shift, currency },
      };
    });
    return { ok: true, value: structuredClone({ people: this.folk.map(viewOf), access, limits }) };
  }

  async addOperator(
    name: string,
    role: RoleName,
    pin: string,
    approver: Approver | null,
  ): Promise<Answer<null>> {
    const given = { name, role, approver: approver?.name ?? null };
    const fault = this.nameFault(name) ?? pinFault(pin);
    return this.guarded("addOperator", given, "operators", approver, () => {
      if (fault) return { ok: false, problem: fault };
      this.folk.push(somebody(name.trim(), role, { pin }));
      return this.noted("operator_added", { name: name.trim(), role });
    });
  }

  async setRole(name: string, role: RoleName, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("setRole", { name, role }, "operators", approver, () => {
      if (role === "cashier" && this.isLast(name)) return refused("last_manager", { name });
      this.change(name, { role });
      return this.noted("role_set", { name, role });
    });
  }

  async setPin(name: string, pin: string, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("setPin", { name }, "operators", approver, () => {
      const fault = pinFault(pin);
      if (fault) return { ok: false, problem: fault };
      this.change(name, { pin, has_pin: true, tries_left: TRIES_MAX, locked_until_ms: null });
      return this.noted("pin_set", { name });
    });
  }

  async removeOperator(name: string, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("removeOperator", { name }, "operators", approver, () => {
      if (this.isLast(name)) return refused("last_manager", { name });
      this.folk = this.folk.filter((person) => person.name !== name);
      return this.noted("operator_removed", { name });
    });
  }

  async unlockOperator(name: string, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("unlockOperator", { name }, "operators", approver, () => {
      this.change(name, { tries_left: TRIES_MAX, locked_until_ms: null });
      return this.noted("pin_unlocked", { name });
    });
  }

  async setAccess(
    role: RoleName,
    permission: PermissionName,
    access: AccessName,
    approver: Approver | null,
  ): Promise<Answer<null>> {
    const given = { role, permission, access };
    return this.guarded("setAccess", given, "operators", approver, () => {
      this.access[role][permission] = access;
      if (this.me) this.enter(this.me.name);
      return this.noted("access_set", given);
    });
  }

  async setLimit(
    currency: CurrencyCode,
    each: string,
    shift: string,
    approver: Approver | null,
  ): Promise<Answer<null>> {
    const given = { currency, each, shift };
    return this.guarded("setLimit", given, "operators", approver, () => {
      const read = [each, shift].map((text) => readAmount(text, DECIMALS[currency]));
      const [one, all] = read;
      if (!one?.ok || !all?.ok) return refused("amount_invalid");
      this.limits[currency] = { each: one.minor.toString(), shift: all.minor.toString() };
      const { each: each_minor, shift: shift_minor } = this.limits[currency];
      return this.noted("refund_limit_set", { currency, each_minor, shift_minor });
    });
  }

  /** Counts the call, asks the permission, then acts. */
  protected async guarded<T>(
    name: string,
    given: object,
    permission: PermissionName,
    approver: Approver | null,
    act: () => Answer<T>,
  ): Promise<Answer<T>> {
    const refusal = await this.called<T>(name, { ...given, approver: approver?.name ?? null });
    if (refusal) return refusal;
    const problem = this.hindrance(permission, approver);
    return problem ? { ok: false, problem } : act();
  }

  /** Whoever is signed in; only asked where somebody is. */
  protected signedIn(): MeView {
    if (this.me === null) throw new Error("nobody is signed in");
    return this.me;
  }

  protected hindrance(permission: PermissionName, approver: Approver | null): Problem | null {
    if (this.me === null) return { code: "not_signed_in", fields: {} };
    const access = this.me.access[permission];
    if (access === "denied") return { code: "not_allowed", fields: { permission } };
    if (access === "allowed") return null;
    if (approver === null) return { code: "approval_required", fields: { permission } };
    const found = this.folk.find((person) => person.name === approver.name);
    if (found?.role !== "manager")
      return { code: "approver_invalid", fields: { name: approver.name } };
    return this.wrongPin(approver.name, approver.pin);
  }

  protected noted(
    what: string,
    fields: Record<string, string>,
    payment: string | null = null,
  ): Answer<null> {
    const number = (this.log[0]?.number ?? 48_200) + 1;
    const operator = this.me?.name ?? fields["name"] ?? "till";
    this.log.unshift({ number, at_ms: Date.now(), operator, what, fields, payment });
    this.changed();
    return { ok: true, value: null };
  }

  private meOf(name: string): MeView | null {
    const found = this.folk.find((person) => person.name === name);
    if (!found) return null;
    const access = { ...this.access[found.role] };
    return { name, role: found.role, practising: false, access };
  }

  private enter(name: string): void {
    this.me = this.meOf(name) ?? this.me;
  }

  private change(name: string, change: Partial<Known>): void {
    this.folk = this.folk.map((person) =>
      person.name === name ? { ...person, ...change } : person,
    );
  }

  private lock(name: string): void {
    this.change(name, { tries_left: 0, locked_until_ms: Date.now() + LOCKED_MS });
  }

  private isLast(name: string): boolean {
    const managers = this.folk.filter((person) => person.role === "manager");
    return managers.length === 1 && managers[0]?.name === name;
  }

  private nameFault(name: string): Problem | null {
    const trimmed = name.trim();
    if (trimmed === "" || trimmed.length > NAME_LENGTH_MAX)
      return { code: "name_invalid", fields: { max: String(NAME_LENGTH_MAX) } };
    const taken = this.folk.some((person) => person.name.toLowerCase() === trimmed.toLowerCase());
    return taken ? { code: "name_taken", fields: { name: trimmed } } : null;
  }

  private wrongPin(name: string, pin: string): Problem | null {
    const found = this.folk.find((person) => person.name === name);
    if (!found) return { code: "operator_unknown", fields: { name } };
    if (!found.has_pin) return { code: "pin_unusable", fields: { name } };
    if (found.locked_until_ms !== null && found.locked_until_ms > Date.now())
      return { code: "pin_locked", fields: { name, until_ms: String(found.locked_until_ms) } };
    if (found.pin === pin) {
      this.change(name, { tries_left: TRIES_MAX, locked_until_ms: null });
      return null;
    }
    const left = found.tries_left - 1;
    this.change(name, { tries_left: left });
    if (left <= 0) this.lock(name);
    this.changed();
    const until_ms = String(Date.now() + LOCKED_MS);
    return left > 0
      ? { code: "pin_wrong", fields: { left: String(left) } }
      : { code: "pin_locked", fields: { name, until_ms } };
  }
}

function viewOf({ name, role, has_pin, tries_left, locked_until_ms }: Known): PersonView {
  return { name, role, has_pin, tries_left, locked_until_ms };
}

function pinFault(pin: string): Problem | null {
  if (!/^[0-9]*$/.test(pin) || pin.length < PIN_DIGITS_MIN || pin.length > PIN_DIGITS_MAX)
    return {
      code: "pin_invalid",
      fields: { min: String(PIN_DIGITS_MIN), max: String(PIN_DIGITS_MAX) },
    };
  return /^(.)\1*$/.test(pin) ? { code: "pin_too_simple", fields: {} } : null;
}
