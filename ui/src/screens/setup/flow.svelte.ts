// The guided set-up: which questions there are, which one is open, and that each answer is kept before the next is asked.
import type { Commands, Mode, ProviderName } from "../../lib/bindings";
import { PROVIDERS, SettingsDesk } from "../../lib/settings-desk.svelte";
import { hasMultipay, lacks } from "../../lib/settings-form";

const PARTS = ["address", "secrets", "test"] as const;
type Part = (typeof PARTS)[number];
export type StepName =
  "mode" | "names" | "providers" | `${ProviderName}-${Part}` | "limits" | "summary";

/** What keeps a step from being left; null is nothing. */
export type Lack = "terminal" | "provider" | "unit" | "address" | null;

/** The questions, in order. Training has its providers built in, so there is nothing to ask about them. */
export function stepsOf(mode: Mode, chosen: readonly ProviderName[]): StepName[] {
  const each = (provider: ProviderName) => PARTS.map((part): StepName => `${provider}-${part}`);
  const providers: StepName[] = mode === "training" ? [] : ["providers", ...chosen.flatMap(each)];
  return ["mode", "names", ...providers, "limits", "summary"];
}

/** The provider that a step is about; null where it is about the till. */
export function providerOf(step: StepName): ProviderName | null {
  return PROVIDERS.find((provider) => step.startsWith(`${provider}-`)) ?? null;
}

export class SetUp {
  readonly desk: SettingsDesk;
  chosen = $state.raw<readonly ProviderName[]>([]);
  /** The till refused what was typed, and somebody wants to leave all the same. */
  leaveRefused = $state(false);
  private opened = $state<StepName>("mode");

  constructor(commands: Commands) {
    this.desk = new SettingsDesk(commands);
  }

  async open(): Promise<void> {
    await this.desk.open();
    const view = this.desk.view;
    if (!view) return;
    const { mispay, multipay } = view;
    const begun = {
      mispay: mispay.app_id_stored || mispay.app_secret_stored,
      multipay: multipay.terminal_id !== "" || multipay.client_id_stored,
    };
    this.chosen = PROVIDERS.filter((provider) => begun[provider]);
  }

  steps(): StepName[] {
    return stepsOf(this.desk.form?.mode ?? "training", this.chosen);
  }

  step(): StepName {
    return this.opened;
  }

  at(): number {
    return this.steps().indexOf(this.opened);
  }

  /** What comes next; null at the end. */
  following(): StepName | null {
    return this.steps()[this.at() + 1] ?? null;
  }

  /** The providers that are set up here: none in training. */
  used(): readonly ProviderName[] {
    return this.desk.form?.mode === "training" ? [] : this.chosen;
  }

  chooseMode(mode: Mode): void {
    if (this.desk.form?.mode === mode) return;
    this.desk.chooseMode(mode);
    // Another mode has other addresses and other secrets.
    for (const provider of PROVIDERS) this.desk.tests[provider].forget();
  }

  toggle(provider: ProviderName): void {
    const has = this.chosen.includes(provider);
    this.chosen = PROVIDERS.filter((each) =>
      each === provider ? !has : this.chosen.includes(each),
    );
  }

  lacking(): Lack {
    switch (this.opened) {
      case "names":
        return this.desk.form?.terminal.trim() === "" ? "terminal" : null;
      case "providers":
        if (this.chosen.length === 0) return "provider";
        return this.isUnitMissing() ? "unit" : null;
      case "mispay-address":
      case "multipay-address":
        return this.emptyAddresses().length > 0 ? "address" : null;
      default:
        return null;
    }
  }

  /** The first field that keeps this step from being left, as the page names it. */
  lackingField(): string | null {
    switch (this.lacking()) {
      case null:
        return null;
      case "terminal":
        return "setting-terminal";
      case "provider":
        return "setup-provider-mispay";
      case "unit":
        return "setup-provider-multipay";
      case "address":
        return `setting-${this.emptyAddresses()[0] ?? ""}`;
    }
  }

  /** Live takes no MultiPay whose amounts nobody has compared with a phone. */
  isUnitMissing(): boolean {
    return this.isUnitOpen() && this.chosen.includes("multipay");
  }

  /** Live takes nothing of MultiPay before its amounts were compared: what Test left behind has to go. */
  dropsMultipay(): boolean {
    const { form } = this.desk;
    return this.isUnitOpen() && !this.isUnitMissing() && form !== undefined && hasMultipay(form);
  }

  /** Keeps what was answered, then goes on; where the till refuses, the question stays with the reason. */
  async next(): Promise<void> {
    if (this.desk.busy || !this.desk.form || this.lacking() !== null) return;
    this.leaveRefused = false;
    const step = this.opened;
    if (step === "providers" && this.dropsMultipay())
      Object.assign(this.desk.form.multipay, { token_url: "", socket_url: "", terminal_id: "" });
    const kept = this.isHeldBack() || (await this.keep());
    if (kept && step === this.opened) this.opened = this.following() ?? this.opened;
  }

  back(): void {
    this.go(this.steps()[this.at() - 1] ?? this.opened);
  }

  /** To a question that was answered before; what was typed here stays typed. */
  go(step: StepName): void {
    const to = this.steps().indexOf(step);
    if (this.desk.busy || to < 0 || to > this.at()) return;
    this.desk.problem = null;
    this.leaveRefused = false;
    this.opened = step;
  }

  /** Keeps what was answered and answers whether one may leave; a second press leaves what was refused behind. */
  async leave(): Promise<boolean> {
    if (this.desk.busy) return false;
    if (this.leaveRefused || (await this.keep())) return true;
    this.leaveRefused = true;
    return false;
  }

  /** A till that was never saved is saved now, whatever was answered. Answers whether it can be started. */
  async finish(): Promise<boolean> {
    return this.desk.view?.is_new ? this.desk.save() : this.keep();
  }

  private async keep(): Promise<boolean> {
    // Both are for test servers, and Live refuses them.
    if (this.desk.form?.mode === "live")
      Object.assign(this.desk.form, { record_wire: false, extra_root_ca: "" });
    return this.desk.saveIfChanged();
  }

  /** Live, in which nobody has compared MultiPay's amounts. */
  private isUnitOpen(): boolean {
    const { view, form } = this.desk;
    return form?.mode === "live" && view?.multipay.unit_confirmed === false;
  }

  /** The till would refuse Live for what Test left of MultiPay; whether that is still wanted is asked under providers. */
  private isHeldBack(): boolean {
    const { form } = this.desk;
    const before = this.opened === "mode" || this.opened === "names";
    return before && this.isUnitOpen() && form !== undefined && hasMultipay(form);
  }

  private emptyAddresses(): string[] {
    const { view, form } = this.desk;
    const provider = providerOf(this.opened);
    return view && form && provider ? lacks(view, form, provider).address : [];
  }
}
