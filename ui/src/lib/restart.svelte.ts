// A new start of the till, asked about where payments are under way: it stops none of them, but nobody watches meanwhile.
import type { PaymentView, Problem } from "./bindings";
import { faceOf, type FaceName, isUnderWay } from "./face";
import type { TillStore } from "./till.svelte";

/** The payments in question, as they are now, and how many are still under way. */
type Question = { payments: { payment: PaymentView; face: FaceName }[]; underWay: number };

export class Restart {
  /** What was under way when somebody asked; null while nobody does. */
  private asked = $state.raw<readonly string[] | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(private readonly till: TillStore) {}

  /** null where there is no question. */
  question(): Question | null {
    if (this.asked === null) return null;
    const now = this.asked.flatMap((id) => this.till.payment(id) ?? []);
    return {
      payments: now.map((payment) => ({ payment, face: faceOf(payment) })),
      underWay: now.filter(isUnderWay).length,
    };
  }

  async ask(): Promise<void> {
    const underWay = this.till.snapshot?.payments.filter(isUnderWay) ?? [];
    if (underWay.length > 0) this.asked = underWay.map((payment) => payment.id);
    else await this.go();
  }

  stay(): void {
    this.asked = null;
  }

  async go(): Promise<void> {
    this.asked = null;
    const answer = await this.till.commands.restart();
    this.problem = answer.ok ? null : answer.problem;
  }
}
