// Prints a payment's slip: reads it anew, shows it to the printer, and records that it was printed.
import { tick } from "svelte";
import type { Commands, PaymentDetail, Problem } from "./bindings";

export class Printer {
  /** What the slip shows; null while nothing is printed. */
  slip = $state.raw<PaymentDetail | null>(null);
  private busy = false;

  constructor(
    private readonly commands: Commands,
    private readonly paper: () => void = () => window.print(),
  ) {}

  /** Answers what went wrong, or null. A second press while it prints does nothing. */
  async print(payment: string): Promise<Problem | null> {
    if (this.busy) return null;
    this.busy = true;
    try {
      const answer = await this.commands.paymentDetail(payment);
      if (!answer.ok) return answer.problem;
      this.slip = answer.value;
      await tick();
      this.paper();
      const recorded = await this.commands.printed("slip", payment);
      return recorded.ok ? null : recorded.problem;
    } finally {
      this.busy = false;
    }
  }
}
