// What the till answered last to one question. Never two such questions in flight: the newest counts.
import type { Answer, Problem } from "./bindings";
import { problemOf } from "./problem";

export class Loaded<T> {
  /** undefined is loading. */
  value = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);

  private asked = 0;

  /** Asks, and keeps the answer unless something newer was asked meanwhile. */
  async ask(question: () => Promise<Answer<T>>): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    const answer = await question().catch((thrown: unknown) => ({
      ok: false as const,
      problem: problemOf(thrown),
    }));
    if (mine !== this.asked) return;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.value = answer.value;
  }
}
