// The refund that is being typed: how much, why, who approves, and the one request that asks for it.
import {
  type Amount,
  decimalText,
  DECIMALS,
  isAmountSign,
  readAmount,
  withSign,
} from "../../lib/amount";
import type { AccessName, Commands, MoneyView, PaymentView } from "../../lib/bindings";
import { Guarded } from "../../lib/guarded.svelte";
import { newId } from "../../lib/id";
import type { ReasonWord } from "../../components/reasons";

const REASON_LENGTH_MAX = 200;

/** What keeps the refund from being asked, in the order in which one meets it; null is ready. */
export type Missing =
  "denied" | "amount" | "amount_fault" | "too_much" | "reason" | "approval" | null;

/** Whether the ledger may hold the refund although the answer says trouble: then the attempt keeps its id. */
function mayBeRecorded(code: string): boolean {
  return code === "internal" || code === "storage_unknown";
}

export class RefundDraft {
  readonly guarded = new Guarded();
  text = $state("");
  reason = $state<ReasonWord | null>(null);
  other = $state("");
  /** The refund by its id, once the till has it. */
  asked = $state<string | null>(null);

  private attempt: string | null = null;
  /** The amount is the proposal: the first sign replaces it. */
  private proposed = true;

  constructor(
    private readonly commands: Commands,
    readonly sale: Pick<PaymentView, "id" | "money">,
    readonly left: MoneyView,
    /** The unknown refund that is asked again, for the same amount and reason. */
    readonly retry: PaymentView | null = null,
  ) {
    this.text = decimalText(BigInt(left.minor), DECIMALS[left.currency]);
  }

  amount(): Amount {
    return readAmount(this.text, DECIMALS[this.left.currency]);
  }

  press(sign: string): void {
    if (this.retry !== null || !Array.from(sign).every((one) => isAmountSign(one) && one !== "+"))
      return;
    let text = this.proposed ? "" : this.text;
    for (const one of sign) text = withSign(text, one);
    this.write(text);
  }

  back(): void {
    this.write(this.proposed ? "" : this.text.slice(0, -1));
  }

  clear(): void {
    this.write("");
  }

  /** Back to the proposal: all that is left. */
  all(): void {
    this.write(decimalText(BigInt(this.left.minor), DECIMALS[this.left.currency]));
    this.proposed = true;
  }

  choose(reason: ReasonWord): void {
    this.reason = reason;
    this.attempt = null;
  }

  explain(text: string): void {
    this.other = text.slice(0, REASON_LENGTH_MAX);
    this.attempt = null;
  }

  missing(access: AccessName, approved: boolean): Missing {
    const amount = this.amount();
    if (access === "denied") return "denied";
    if (!amount.ok) return amount.fault === "empty" ? "amount" : "amount_fault";
    if (amount.minor === 0n) return "amount";
    if (amount.minor > BigInt(this.left.minor)) return "too_much";
    if (this.retry === null && this.words() === "") return "reason";
    return approved ? null : "approval";
  }

  /** Asks once; a second press while it is on its way does nothing. */
  async send(): Promise<void> {
    const amount = this.amount();
    if (!amount.ok || this.asked !== null) return;
    this.attempt ??= newId();
    const id = this.attempt;
    const request = {
      id,
      sale: this.sale.id,
      amount: amount.text,
      reason: this.retry?.refund_reason ?? this.words(),
      retry_of: this.retry?.id ?? null,
    };
    const answer = await this.guarded.send((approver) => this.commands.refund(request, approver));
    if (answer === null) return;
    if (answer.ok) this.asked = answer.value.id;
    else if (!mayBeRecorded(answer.problem.code)) this.attempt = null;
  }

  /** The till has the attempt in its ledger, whatever the answer said. */
  recorded(payments: PaymentView[]): void {
    if (this.asked === null && this.attempt !== null)
      this.asked = payments.find((payment) => payment.id === this.attempt)?.id ?? null;
  }

  private words(): string {
    if (this.reason === null) return "";
    return this.reason === "other" ? this.other.trim() : this.reason;
  }

  private write(text: string): void {
    if (this.retry !== null || this.guarded.busy) return;
    this.text = text;
    this.proposed = false;
    this.attempt = null;
    this.guarded.problem = null;
  }
}
