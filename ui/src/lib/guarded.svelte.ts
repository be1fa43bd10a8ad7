// One act that may need a manager's approval: what was typed as approval, the answer's problem, and one request at a time.
// Holds the PIN only until it is handed over.
import { flushSync } from "svelte";
import type { AccessName, Answer, Approver, PermissionName, Problem, Snapshot } from "./bindings";

/** Problems that concern who approves; they stand beside the PIN. */
const ABOUT_APPROVAL = [
  "approval_required",
  "approver_invalid",
  "pin_wrong",
  "pin_locked",
  "pin_unusable",
  "pin_invalid",
];

/** How far a permission goes for whoever is signed in; nobody may do nothing. */
export function accessOf(snapshot: Snapshot, permission: PermissionName): AccessName {
  return snapshot.me?.access[permission] ?? "denied";
}

export class Guarded {
  approver = $state.raw<Approver | null>(null);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The till asked for an approval that the view did not expect: a limit was passed. */
  asked = $state(false);

  /** Whether the last problem belongs beside the PIN. */
  isAboutApproval(): boolean {
    return this.problem !== null && ABOUT_APPROVAL.includes(this.problem.code);
  }

  /** Sends once. Answers what came back, or null while another request is under way. */
  async send<T>(act: (approver: Approver | null) => Promise<Answer<T>>): Promise<Answer<T> | null> {
    if (this.busy) return null;
    this.busy = true;
    this.problem = null;
    const approver = this.approver;
    // The PIN leaves the store and the page in the tick in which it is sent; who approves stays chosen.
    if (approver !== null) this.approver = { name: approver.name, pin: "" };
    flushSync();
    const answer = await act(approver);
    this.busy = false;
    if (answer.ok) this.approver = null;
    else {
      this.problem = answer.problem;
      if (answer.problem.code === "approval_required") this.asked = true;
    }
    return answer;
  }
}
