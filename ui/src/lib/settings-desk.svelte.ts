// The settings as they are being changed: what the till has, what was typed, and one request at a time.
// Holds no secret: what is typed as one goes straight to the till.
import type {
  Answer,
  Commands,
  FindingView,
  Mode,
  Problem,
  ProviderName,
  SecretName,
  SettingsForm,
  SettingsView,
} from "./bindings";
import { problemOf } from "./problem";
import { cleaned, differs, formOf, inMode } from "./settings-form";

export class SettingsDesk {
  /** undefined is loading. */
  view = $state.raw<SettingsView>();
  form = $state<SettingsForm>();
  problem = $state.raw<Problem | null>(null);
  saved = $state(false);
  busy = $state(false);
  /** The settings could not be read at all. */
  unread = $state.raw<Problem | null>(null);

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
  }

  isChanged(): boolean {
    return this.form !== undefined && this.view !== undefined && differs(this.form, this.view);
  }

  /** Another mode; its known addresses come along. */
  chooseMode(mode: Mode): void {
    if (this.form && this.view) this.form = inMode(this.form, mode, this.view.known_hosts);
  }

  /** Answers whether the till took it. */
  async save(): Promise<boolean> {
    if (!this.form) return false;
    const form = cleaned($state.snapshot(this.form));
    return this.run(this.commands.saveSettings(form), (view) => {
      this.take(view);
      this.saved = true;
    });
  }

  async saveIfChanged(): Promise<boolean> {
    this.problem = null;
    return this.isChanged() ? this.save() : true;
  }

  async put(name: SecretName, value: string): Promise<boolean> {
    return this.run(this.commands.putSecret(name, value));
  }

  async forget(name: SecretName): Promise<boolean> {
    return this.run(this.commands.forgetSecret(name));
  }

  /** The till tests what is saved: so what was typed is saved first. */
  async test(
    provider: ProviderName,
    onStep: (step: FindingView) => void,
  ): Promise<Answer<FindingView[]>> {
    if (await this.saveIfChanged()) return this.commands.testConnection(provider, onStep);
    // Told beside the form, where it can be mended.
    return { ok: true, value: [] };
  }

  async confirmUnit(shown: string): Promise<boolean> {
    if (!(await this.saveIfChanged())) return false;
    return this.run(this.commands.confirmAmountUnit(shown));
  }

  /** What was typed elsewhere in the form stays. */
  private async run(
    asked: Promise<Answer<SettingsView>>,
    taken: (view: SettingsView) => void = (view) => (this.view = view),
  ): Promise<boolean> {
    this.busy = true;
    this.saved = false;
    const answer = await asked;
    this.busy = false;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) taken(answer.value);
    return answer.ok;
  }
}
