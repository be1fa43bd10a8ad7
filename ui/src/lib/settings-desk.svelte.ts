// The settings as they are being changed: what the till has, what was typed, and one request at a time.
// Holds no secret: what is typed as one stays in its field until it goes to the till.
import { SvelteMap } from "svelte/reactivity";
import type {
  Answer,
  Commands,
  Mode,
  Problem,
  ProviderName,
  SecretName,
  SettingsForm,
  SettingsView,
} from "./bindings";
import { Examination } from "./examination.svelte";
import { problemOf } from "./problem";
import { cleaned, differs, formOf, inMode, isReachedAlike, isSame } from "./settings-form";

export const PROVIDERS: readonly ProviderName[] = ["mispay", "multipay"];

/** Hands over what is in a secret's field; answers whether the till keeps it. */
export type PutTyped = () => Promise<boolean>;

export class SettingsDesk {
  /** undefined is loading. */
  view = $state.raw<SettingsView>();
  form = $state<SettingsForm>();
  problem = $state.raw<Problem | null>(null);
  saved = $state(false);
  busy = $state(false);
  /** The settings could not be read at all. */
  unread = $state.raw<Problem | null>(null);
  /** How each provider answered with what is saved now. */
  readonly tests: Record<ProviderName, Examination> = {
    mispay: new Examination(),
    multipay: new Examination(),
  };
  /** The fields in sight in which a secret waits to be kept. */
  private readonly typed = new SvelteMap<SecretName, PutTyped>();

  constructor(private readonly commands: Commands) {}

  async open(): Promise<void> {
    try {
      this.take(await this.commands.settings());
    } catch (thrown) {
      this.unread = problemOf(thrown);
    }
  }

  /** What the till has now; what was typed and not saved is gone. */
  take(view: SettingsView): void {
    this.view = view;
    this.form = formOf(view);
    this.problem = null;
    for (const provider of PROVIDERS) this.tests[provider].forget();
  }

  isChanged(): boolean {
    return this.form !== undefined && this.view !== undefined && differs(this.form, this.view);
  }

  /** Whether anything in sight was typed that the till does not have yet. */
  isUnsaved(): boolean {
    return this.typed.size > 0 || this.isChanged();
  }

  /** Another mode; in Test its known addresses come along. */
  chooseMode(mode: Mode): void {
    if (this.form && this.view) this.form = inMode(this.form, mode, this.view.known_hosts);
  }

  /** A secret's field has something in it, or, with null, nothing any more. */
  hold(name: SecretName, put: PutTyped | null): void {
    if (put === null) this.typed.delete(name);
    else this.typed.set(name, put);
  }

  /** Answers whether the till took it, secrets first. */
  async save(): Promise<boolean> {
    if (this.busy) return false;
    // Nothing may come between the press and the form that it meant.
    if (this.typed.size > 0 && !(await this.putTyped())) return false;
    return this.saveForm();
  }

  async saveIfChanged(): Promise<boolean> {
    if (this.busy) return false;
    this.problem = null;
    if (this.typed.size > 0 && !(await this.putTyped())) return false;
    return this.isChanged() ? this.saveForm() : true;
  }

  async put(name: SecretName, value: string): Promise<boolean> {
    return this.changeSecret(name, () => this.commands.putSecret(name, value));
  }

  async forget(name: SecretName): Promise<boolean> {
    return this.changeSecret(name, () => this.commands.forgetSecret(name));
  }

  /** The till tests what is saved: so what was typed is saved first. A refusal is told beside the form. */
  async test(provider: ProviderName): Promise<void> {
    const look = this.tests[provider];
    if (look.running || !(await this.saveIfChanged())) return;
    await look.run((onStep) => this.commands.testConnection(provider, onStep), Date.now);
  }

  async confirmUnit(shown: string): Promise<boolean> {
    if (!(await this.saveIfChanged())) return false;
    return this.run(() => this.commands.confirmAmountUnit(shown));
  }

  private async saveForm(): Promise<boolean> {
    if (!this.form) return false;
    const sent = structuredClone($state.snapshot(this.form));
    const before = this.view;
    const done = await this.run(() => this.commands.saveSettings(cleaned(sent)));
    if (!done || !before || !this.view) return false;
    for (const provider of PROVIDERS)
      if (!isReachedAlike(before, this.view, provider)) this.tests[provider].forget();
    this.saved = true;
    // What was typed while the till wrote is not saved, and must not be lost.
    if (isSame($state.snapshot(this.form), sent)) this.form = formOf(this.view);
    return true;
  }

  /** One after the other; stops at the first that is refused. */
  private async putTyped(): Promise<boolean> {
    for (const put of [...this.typed.values()]) if (!(await put())) return false;
    return true;
  }

  private async changeSecret(
    name: SecretName,
    ask: () => Promise<Answer<SettingsView>>,
  ): Promise<boolean> {
    const done = await this.run(ask);
    if (done) this.tests[name.startsWith("mispay") ? "mispay" : "multipay"].forget();
    return done;
  }

  /** What was typed elsewhere in the form stays. */
  private async run(ask: () => Promise<Answer<SettingsView>>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.saved = false;
    const answer = await ask();
    this.busy = false;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.view = answer.value;
    return answer.ok;
  }
}
