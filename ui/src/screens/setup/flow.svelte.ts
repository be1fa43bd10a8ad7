// The guided set-up: which questions there are, which one is open, and that each answer is kept before the next is asked.
import type { Commands, Mode, ProviderName, SecretName } from "../../lib/bindings";
import { Examination } from "../../lib/examination.svelte";
import { SettingsDesk } from "../../lib/settings-desk.svelte";
import { lacks } from "../../lib/settings-form";

export const PROVIDERS: readonly ProviderName[] = ["mispay", "multipay"];
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
  readonly tests: Record<ProviderName, Examination> = {
    mispay: new Examination(),
    multipay: new Examination(),
  };
  chosen = $state.raw<readonly ProviderName[]>([]);
  private opened = $state<StepName>("mode");

  constructor(private readonly commands: Commands) {
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
    for (const provider of PROVIDERS) this.tests[provider].forget();
  }

  toggle(provider: ProviderName): void {
    const has = this.chosen.includes(provider);
    this.chosen = PROVIDERS.filter((each) =>
      each === provider ? !has : this.chosen.includes(each),
    );
  }

  lacking(): Lack {
    const { view, form } = this.desk;
    if (!view || !form) return null;
    switch (this.opened) {
      case "names":
        return form.terminal.trim() === "" ? "terminal" : null;
      case "providers":
        if (this.chosen.length === 0) return "provider";
        return this.isUnitMissing() ? "unit" : null;
      case "mispay-address":
        return lacks(view, form, "mispay").address.length > 0 ? "address" : null;
      case "multipay-address":
        return lacks(view, form, "multipay").address.length > 0 ? "address" : null;
      default:
        return null;
    }
  }

  /** Live takes no MultiPay whose amounts nobody has compared with a phone. */
  isUnitMissing(): boolean {
    const { view, form } = this.desk;
    const asked = form?.mode === "live" && this.chosen.includes("multipay");
    return asked && view?.multipay.unit_confirmed === false;
  }

  /** Keeps what was answered, then goes on; where the till refuses, the question stays with the reason. */
  async next(): Promise<void> {
    const { desk } = this;
    if (desk.busy || !desk.form || this.lacking() !== null) return;
    // Both are for test servers, and Live refuses them.
    if (desk.form.mode === "live") {
      desk.form.record_wire = false;
      desk.form.extra_root_ca = "";
    }
    const provider = providerOf(this.opened);
    if (provider !== null && desk.isChanged()) this.tests[provider].forget();
    const step = this.opened;
    if ((await desk.saveIfChanged()) && step === this.opened)
      this.opened = this.following() ?? this.opened;
  }

  back(): void {
    this.go(this.steps()[this.at() - 1] ?? this.opened);
  }

  /** To a question that was answered before; what was typed here stays typed. */
  go(step: StepName): void {
    const to = this.steps().indexOf(step);
    if (this.desk.busy || to < 0 || to > this.at()) return;
    this.desk.problem = null;
    this.opened = step;
  }

  async put(name: SecretName, value: string): Promise<boolean> {
    this.forgetTestOf(name);
    return this.desk.put(name, value);
  }

  async forget(name: SecretName): Promise<boolean> {
    this.forgetTestOf(name);
    return this.desk.forget(name);
  }

  async test(provider: ProviderName): Promise<void> {
    await this.tests[provider].run((onStep) => this.desk.test(provider, onStep), Date.now);
  }

  /** What was set up counts from the new start. A till that was never saved is saved now, whatever was answered. */
  async finish(): Promise<void> {
    const kept = this.desk.view?.is_new ? await this.desk.save() : await this.desk.saveIfChanged();
    if (kept) await this.commands.restart();
  }

  private forgetTestOf(name: SecretName): void {
    this.tests[name.startsWith("mispay") ? "mispay" : "multipay"].forget();
  }
}
