// The one store: what the till last said of itself. Keeps the newest revision; `undefined` is loading.
// The view reads it and asks commands; it can set nothing here.
import type { Commands, PaymentView, PhoneView, Problem, Snapshot } from "./bindings";
import { isUnderWay } from "./face";
import { problemOf } from "./problem";

/** How long to wait before asking again when the shell did not answer, in milliseconds. */
export const RETRY_MS = 1000;

export class TillStore {
  snapshot = $state.raw<Snapshot | undefined>(undefined);
  /** Training only: what the customers' phones show. */
  phones = $state.raw<PhoneView[]>([]);
  /** True while the shell does not answer; what is shown may be old. */
  silent = $state(false);

  /** Somebody wants to close the window while these payments are under way; null while nobody does. */
  closing = $state.raw<readonly string[] | null>(null);

  /** Why there is no till behind this window: it could not be opened, and only a new start can change that. */
  refused = $state.raw<Problem | undefined>(undefined);

  private pulling = false;
  private again = false;

  constructor(
    readonly commands: Commands,
    private readonly later: (act: () => void, ms: number) => void = (act, ms) =>
      void setTimeout(act, ms),
  ) {}

  /** Starts listening. Answers when the first snapshot was asked for. */
  async start(): Promise<void> {
    try {
      await this.commands.watch(() => void this.pull());
      await this.commands.watchClosing(() => this.askToClose());
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (problem.code !== "internal") {
        this.refused = problem;
        return;
      }
      this.silent = true;
      this.later(() => void this.start(), RETRY_MS);
      return;
    }
    await this.pull();
  }

  /** They stay; the window goes on. */
  stay(): void {
    this.closing = null;
    void this.commands.stay();
  }

  private askToClose(): void {
    const underWay = this.snapshot?.payments.filter(isUnderWay) ?? [];
    this.closing = underWay.map((payment) => payment.id);
  }

  payment(id: string | null): PaymentView | undefined {
    return id === null ? undefined : this.snapshot?.payments.find((payment) => payment.id === id);
  }

  /** Never two snapshots in flight: whatever asks meanwhile is served by one more pull. */
  async pull(): Promise<void> {
    if (this.pulling) {
      this.again = true;
      return;
    }
    this.pulling = true;
    try {
      do {
        this.again = false;
        this.keep(await this.commands.snapshot());
        if (this.snapshot?.mode === "training") this.phones = await this.commands.phones();
      } while (this.again);
      this.silent = false;
    } catch {
      this.silent = true;
      this.later(() => void this.pull(), RETRY_MS);
    } finally {
      this.pulling = false;
    }
  }

  private keep(next: Snapshot): void {
    if (this.snapshot === undefined || next.revision >= this.snapshot.revision)
      this.snapshot = next;
  }
}
