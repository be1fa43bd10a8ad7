// Settings, secrets and the technician's tools of the till in memory. Not in the till's build.
import { DECIMALS, readAmount } from "./amount";
import type {
  Answer,
  CurrencyCode,
  FindingView,
  Mode,
  Problem,
  ProviderName,
  ProviderView,
  SaleRequest,
  SecretName,
  SettingChange,
  SettingsForm,
  SettingsView,
} from "./bindings";
import { emptySettings, neverSaved, providersOf } from "./fake-views";
import { refused } from "./fake-people";
import { FakeStore } from "./fake-store";
import { hasMultipay } from "./settings-form";

const TERMINAL = "02";
const LOCK_AFTER_MIN_MAX = 240;
const CRASHED_BEFORE_MS = 20 * 60_000;

const TEST_STEPS: Record<ProviderName, string[]> = {
  mispay: ["settings", "dns", "connect", "tls", "clock", "token", "decrypt"],
  multipay: ["settings", "dns", "connect", "tls", "clock", "token", "socket", "logon"],
};
const SECRETS: Record<ProviderName, SecretName[]> = {
  mispay: ["mispay_app_id", "mispay_app_secret"],
  multipay: ["multipay_client_id", "multipay_client_secret"],
};
const CHECKS = [
  ...["settings", "disk", "zone", "webview", "printer", "keychain"],
  ...TEST_STEPS.mispay.map((step) => `mispay.${step}`),
  ...TEST_STEPS.multipay.map((step) => `multipay.${step}`),
  ...["ledger", "journal", "anchor", "clock"],
];

/** What a walk may break, in the words that the till has for it. */
const TOLD: Record<string, [what: string, todo: string]> = {
  secret_wrong: [
    "The token cannot be opened with the app secret that is stored here.",
    "Ask for the app secret again, replace it, and test again.",
  ],
  dns_failed: ["The name api.mispay.example is not known.", "Look at the address and the network."],
  disk_low: ["311 MB are free.", "Make room on the disk."],
  keychain_locked: ["The keychain is locked.", "Unlock it, then look again."],
};
const WARNINGS = ["disk_low", "clock_off"];

export abstract class FakeSettings extends FakeStore {
  /** How long one step of a test takes, in milliseconds. */
  testStepMs = 40;
  /** What fails, by check: `{ token: "secret_wrong" }`. */
  broken: Record<string, string> = {};
  /** Whether a paid test sale of 1.00 is in the ledger. */
  unitTested = true;
  protected settingsNow: SettingsView;
  protected crashedAtMs: number | null;
  private readonly stored = new Set<SecretName>();

  constructor(mode: Mode, who: string | null, scene: string) {
    super(mode, who, scene);
    const settings = emptySettings(mode, TERMINAL);
    this.settingsNow = scene === "first" ? neverSaved(settings) : settings;
    this.crashedAtMs = scene === "crashed" ? Date.now() - CRASHED_BEFORE_MS : null;
    const used: ProviderName[] = mode === "live" ? ["mispay"] : ["mispay", "multipay"];
    if (mode !== "training" && scene !== "first")
      for (const name of used.flatMap((provider) => SECRETS[provider])) this.stored.add(name);
  }

  protected providersNow(): ProviderView[] {
    return providersOf(this.mode, this.stored);
  }

  /** What the limits say to this amount; null is nothing. */
  protected limitFor(sale: SaleRequest, minor: bigint): Problem | null {
    const limits = this.settingsNow.limits[sale.currency];
    const read = (text: string) => {
      const amount = readAmount(text, DECIMALS[sale.currency]);
      return amount.ok ? amount.minor : null;
    };
    if (!limits) return null;
    const [min, max, above] = [read(limits.min), read(limits.max), read(limits.confirm_above)];
    const named = (text: string) => `${text} ${sale.currency}`;
    if (min !== null && minor < min)
      return { code: "amount_below_min", fields: { min: named(limits.min) } };
    if (max !== null && minor > max)
      return { code: "amount_above_max", fields: { max: named(limits.max) } };
    if (above !== null && minor > above && !sale.confirmed)
      return { code: "amount_unconfirmed", fields: { above: named(limits.confirm_above) } };
    return null;
  }

  async settings(): Promise<SettingsView> {
    const has = (name: SecretName) => this.stored.has(name);
    return structuredClone({
      ...this.settingsNow,
      mispay: {
        ...this.settingsNow.mispay,
        app_id_stored: has("mispay_app_id"),
        app_secret_stored: has("mispay_app_secret"),
      },
      multipay: {
        ...this.settingsNow.multipay,
        client_id_stored: has("multipay_client_id"),
        client_secret_stored: has("multipay_client_secret"),
      },
    });
  }

  async saveSettings(form: SettingsForm): Promise<Answer<SettingsView>> {
    const problem = this.faultOf(form);
    return this.settled("saveSettings", form, () => {
      if (problem) return problem;
      this.settingsNow = {
        ...this.settingsNow,
        ...form,
        is_new: false,
        restart_needed: form.mode !== this.mode || form.terminal !== this.settingsNow.terminal,
        mispay: { ...this.settingsNow.mispay, ...form.mispay },
        multipay: {
          ...this.settingsNow.multipay,
          ...form.multipay,
          unit_confirmed: this.isUnitConfirmed(form),
        },
      };
      return null;
    });
  }

  async putSecret(name: SecretName, value: string): Promise<Answer<SettingsView>> {
    return this.settled("putSecret", { name, length: value.length }, () => {
      if (value === "") return { code: "secret_invalid", fields: { name } };
      if (this.settingsNow.mode === "training")
        return { code: "mode_not_allowed", fields: { why: "training" } };
      this.stored.add(name);
      return null;
    });
  }

  async forgetSecret(name: SecretName): Promise<Answer<SettingsView>> {
    return this.settled("forgetSecret", { name }, () => {
      this.stored.delete(name);
      return null;
    });
  }

  async restart(): Promise<Answer<null>> {
    const refusal = await this.called<null>("restart", {});
    if (refusal) return refusal;
    window.location.reload();
    return { ok: true, value: null };
  }

  async examine(onFinding: (finding: FindingView) => void): Promise<Answer<FindingView[]>> {
    return this.looked("examine", {}, CHECKS, { broken: this.broken, stops: false }, onFinding);
  }

  async testConnection(
    provider: ProviderName,
    onStep: (step: FindingView) => void,
  ): Promise<Answer<FindingView[]>> {
    const absent = SECRETS[provider].some((name) => !this.stored.has(name));
    const broken = absent ? { settings: "secret_missing", ...this.broken } : this.broken;
    const steps = TEST_STEPS[provider];
    return this.looked("testConnection", { provider }, steps, { broken, stops: true }, onStep);
  }

  async confirmAmountUnit(shown: string): Promise<Answer<SettingsView>> {
    return this.settled("confirmAmountUnit", { shown }, () => {
      if (this.mode !== "test" || this.settingsNow.mode !== "test")
        return { code: "mode_not_allowed", fields: { why: "test_only" } };
      if (!this.unitTested) return { code: "unit_not_tested", fields: {} };
      const read = readAmount(shown, 2);
      if (!read.ok || read.minor !== 100n) return { code: "unit_differs", fields: { shown } };
      this.settingsNow.multipay.unit_confirmed = true;
      return null;
    });
  }

  async supportBundle(): Promise<Answer<string>> {
    const refusal = await this.called<string>("supportBundle", {});
    return refusal ?? { ok: true, value: "/till/support/checkstand-02-20261125.zip" };
  }

  async exportSettings(): Promise<Answer<string>> {
    const refusal = await this.called<string>("exportSettings", {});
    return refusal ?? { ok: true, value: "/till/exports/settings-02.toml" };
  }

  async readSettings(text: string): Promise<Answer<SettingChange[]>> {
    const refusal = await this.called<SettingChange[]>("readSettings", {});
    return refusal ?? this.changesIn(text);
  }

  async importSettings(text: string): Promise<Answer<SettingsView>> {
    const changes = this.changesIn(text);
    return this.settled("importSettings", {}, () => {
      if (!changes.ok) return changes.problem;
      for (const change of changes.value)
        Object.assign(this.settingsNow, { [change.name]: change.to });
      return null;
    });
  }

  async crashSeen(): Promise<Answer<null>> {
    const refusal = await this.called<null>("crashSeen", {});
    if (refusal) return refusal;
    this.crashedAtMs = null;
    this.changed();
    return { ok: true, value: null };
  }

  private changesIn(text: string): Answer<SettingChange[]> {
    const changes: SettingChange[] = [];
    for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
      const [, name, to] = /^(\w+) = "(.*)"$/.exec(line.trim()) ?? [];
      if (name === undefined || to === undefined)
        return refused("settings_invalid", { detail: line });
      if (name === "version" && Number(to) > 2) return refused("settings_newer", { detail: to });
      if (!["version", "store", "terminal", "zone"].includes(name))
        return refused("settings_invalid", { field: name });
      const from = String(this.settingsNow[name as "store"] ?? "");
      if (name !== "version" && from !== to) changes.push({ name, from, to });
    }
    return { ok: true, value: changes };
  }

  private isUnitConfirmed(form: SettingsForm): boolean {
    const { unit_confirmed, amount_unit } = this.settingsNow.multipay;
    return unit_confirmed && form.multipay.amount_unit === amount_unit;
  }

  private faultOf(form: SettingsForm): Problem | null {
    const { base_url } = form.mispay;
    const refusal = (why: string): Problem => ({
      code: "url_not_allowed",
      fields: { field: "mispay.base_url", why },
    });
    if (base_url.startsWith("http://") && !base_url.includes("127.0.0.1"))
      return refusal("not_encrypted");
    if (form.mode === "live" && base_url.includes("//sandbox.")) return refusal("test_host");
    if (form.mode === "test" && base_url.includes("//api.mispay.")) return refusal("live_host");
    if (form.mode === "live" && hasMultipay(form) && !this.isUnitConfirmed(form))
      return { code: "amount_unit_unconfirmed", fields: { field: "multipay.amount_unit" } };
    if (form.lock_after_min > LOCK_AFTER_MIN_MAX)
      return {
        code: "settings_invalid",
        fields: { field: "lock_after_min", min: "0", max: String(LOCK_AFTER_MIN_MAX) },
      };
    for (const [currency, limits] of Object.entries(form.limits))
      for (const limit of ["min", "max", "confirm_above"] as const) {
        const decimals = DECIMALS[currency as CurrencyCode];
        if (limits[limit] !== "" && !readAmount(limits[limit], decimals).ok)
          return { code: "limits_invalid", fields: { field: "limits", limit, currency } };
      }
    for (const field of ["record_wire", "extra_root_ca"] as const)
      if (form.mode === "live" && form[field]) return { code: "not_in_live", fields: { field } };
    return null;
  }

  /** Asks the permission, changes the settings unless something is wrong, and answers them. */
  private async settled(
    name: string,
    given: object,
    change: () => Problem | null,
  ): Promise<Answer<SettingsView>> {
    const refusal = await this.called<SettingsView>(name, given);
    if (refusal) return refusal;
    const problem = this.hindrance("settings", null) ?? change();
    if (problem) return { ok: false, problem };
    this.changed();
    return { ok: true, value: await this.settings() };
  }

  /** One finding after the other. In a test, what stands behind a failed step is not tried. */
  private async looked(
    name: string,
    given: object,
    checks: string[],
    { broken, stops }: { broken: Record<string, string>; stops: boolean },
    onFinding: (finding: FindingView) => void,
  ): Promise<Answer<FindingView[]>> {
    const refusal = await this.called<FindingView[]>(name, given);
    if (refusal) return refusal;
    const findings: FindingView[] = [];
    for (const check of checks) {
      await new Promise((done) => setTimeout(done, this.testStepMs));
      const after = stops && findings.some((finding) => finding.state === "failed");
      findings.push(after ? skipped(check) : findingOf(check, broken[check]));
      onFinding(structuredClone(findings.at(-1) as FindingView));
    }
    return { ok: true, value: findings };
  }
}

function findingOf(check: string, code: string | undefined): FindingView {
  const took_ms = 20 + check.length * 9;
  if (code === undefined) return { check, state: "well", code: "", what: "", todo: "", took_ms };
  const [what, todo] = TOLD[code] ?? ["", ""];
  const state = WARNINGS.includes(code) ? "warning" : "failed";
  return { check, state, code, what, todo, took_ms };
}

function skipped(check: string): FindingView {
  const what = "An earlier step has failed.";
  return { check, state: "skipped", code: "", what, todo: "", took_ms: 0 };
}
