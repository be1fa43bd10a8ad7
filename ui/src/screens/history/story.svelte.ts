// One payment with its story, as the till tells it; read again when the till has news.
import type { Commands, PaymentDetail, Problem } from "../../lib/bindings";

export class Story {
  /** `undefined` is loading. */
  detail = $state.raw<PaymentDetail | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  private asked = 0;

  constructor(
    private readonly commands: Commands,
    readonly payment: string,
  ) {}

  /** Reads it; the newest question wins, and what is shown stays until its answer is there. */
  async read(): Promise<void> {
    const mine = (this.asked += 1);
    const answer = await this.commands.paymentDetail(this.payment);
    if (mine !== this.asked) return;
    if (answer.ok) this.detail = answer.value;
    this.problem = answer.ok ? null : answer.problem;
  }
}
