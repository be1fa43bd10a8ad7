// A file that the till is asked to write: where it lies, or why there is none. Outlives a look at something else.
import type { Answer, Problem } from "./bindings";

export class Making {
  path = $state.raw<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);

  async run(ask: () => Promise<Answer<string>>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const answer = await ask();
    this.busy = false;
    this.path = answer.ok ? answer.value : null;
    this.problem = answer.ok ? null : answer.problem;
  }
}
