// Something that is looked at step by step: a connection's test, or the whole till. Keeps what was found.
import type { Answer, FindingView, Problem } from "./bindings";

export type Verdict = "none" | "running" | "well" | "warning" | "failed";
export type Look = (onFinding: (finding: FindingView) => void) => Promise<Answer<FindingView[]>>;

export class Examination {
  findings = $state.raw<FindingView[]>([]);
  running = $state(false);
  problem = $state.raw<Problem | null>(null);
  endedAtMs = $state.raw<number | null>(null);

  private looks = 0;

  /** Asks, showing each finding as it comes; the whole answer counts in the end. */
  async run(look: Look, now: () => number): Promise<void> {
    if (this.running) return;
    this.looks += 1;
    const mine = this.looks;
    this.clear();
    this.running = true;
    const answer = await look((finding) => {
      if (mine === this.looks && this.running) this.findings = [...this.findings, finding];
    });
    if (mine !== this.looks) return;
    this.running = false;
    if (!answer.ok) this.problem = answer.problem;
    else {
      this.findings = answer.value;
      if (answer.value.length > 0) this.endedAtMs = now();
    }
  }

  /** What was found is no longer true of what is set now; nor is what a look under way may still find. */
  forget(): void {
    this.looks += 1;
    this.running = false;
    this.clear();
  }

  verdict(): Verdict {
    if (this.running) return "running";
    if (this.problem !== null) return "failed";
    if (this.endedAtMs === null) return "none";
    const has = (state: FindingView["state"]) => this.findings.some((each) => each.state === state);
    return has("failed") ? "failed" : has("warning") ? "warning" : "well";
  }

  private clear(): void {
    this.findings = [];
    this.problem = null;
    this.endedAtMs = null;
  }
}
