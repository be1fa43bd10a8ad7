// The sale that is being typed: what the keys wrote so far, where they write next, and the one attempt to charge it.
// Holds the customer's code only until it is sent.
import { flushSync } from "svelte";
import { DECIMALS, type Amount, isAmountSign, readTape, withSign } from "../../lib/amount";
import type {
  Approver,
  Commands,
  CurrencyCode,
  PaymentView,
  Problem,
  ProviderName,
  ProviderView,
  SaleRequest,
  Snapshot,
} from "../../lib/bindings";
import { codeFault, codeDigits, isCode, withCodeSign } from "../../lib/code";
import { accessOf } from "../../lib/guarded.svelte";
import { newId } from "../../lib/id";

/** Where the keys type. `charge` takes no signs: Enter is what is expected there. */
export type Aim = "amount" | "reference" | "code" | "charge";

/** What keeps the sale from being charged, in the order in which the cashier meets it; null is ready. */
export type Missing =
  | "journal"
  | "storage"
  | "provider_setup"
  | "amount"
  | "amount_fault"
  | "code"
  | "code_fault"
  | null;

export type QuestionCode = "sale_open" | "sale_paid" | "same_customer" | "amount_unconfirmed";
export type Question = { code: QuestionCode; payment: string | null; reference: string | null };

const QUESTIONS: QuestionCode[] = ["sale_open", "sale_paid", "same_customer", "amount_unconfirmed"];

type Answers = Pick<SaleRequest, "override" | "not_same_customer_as" | "confirmed">;
const NO_ANSWERS: Answers = { override: null, not_same_customer_as: null, confirmed: false };

/** Two Enters this close, with nothing typed between, are one Enter. In milliseconds. */
const ENTER_BOUNCE_MS = 300;
const REFERENCE_LENGTH_MAX = 64;

function isQuestion(code: string): code is QuestionCode {
  return QUESTIONS.includes(code as QuestionCode);
}

/** Whether the ledger may hold the sale although the answer says trouble: then the attempt keeps its id. */
function mayBeRecorded(code: string): boolean {
  return code === "internal" || code === "storage_unknown";
}

export class Draft {
  provider = $state<ProviderName>("mispay");
  currency = $state<CurrencyCode>("SAR");
  amountText = $state("");
  reference = $state("");
  code = $state("");
  aim = $state<Aim>("amount");
  sending = $state(false);
  problem = $state.raw<Problem | null>(null);
  question = $state.raw<Question | null>(null);
  /** Asked before a large amount is charged. */
  confirmLarge = $state(false);
  /** A second charge on one sale is ready to be sent and waits for a manager's PIN. */
  askApproval = $state(false);
  /** Set after a question was answered: the code went with the first try and has to be read again. */
  codeAgain = $state(false);
  /** The attempt under way, by the id that the click made; kept until it is answered. */
  attempt = $state<string | null>(null);

  private answers: Answers = NO_ANSWERS;
  private lastEnterMs = Number.NEGATIVE_INFINITY;
  private chosen = false;

  constructor(
    private readonly commands: Commands,
    private readonly onCharged: (payment: string) => void,
  ) {}

  amount(): Amount {
    return readTape(this.amountText, DECIMALS[this.currency]);
  }

  view(snapshot: Snapshot): ProviderView | undefined {
    return snapshot.providers.find((provider) => provider.name === this.provider);
  }

  missing(snapshot: Snapshot): Missing {
    const provider = this.view(snapshot);
    const amount = this.amount();
    if (snapshot.journal === "broken") return "journal";
    if (snapshot.storage.state === "failing") return "storage";
    if (provider === undefined || provider.missing.length > 0) return "provider_setup";
    if (!amount.ok) return amount.fault === "empty" ? "amount" : "amount_fault";
    if (amount.minor === 0n) return "amount";
    const fault = provider.code === null ? null : codeFault(this.code, provider.code);
    return fault === null ? null : fault === "missing" ? "code" : "code_fault";
  }

  /** Until the cashier chose: the provider and currency of the last sale, else the first that can be used. */
  follow(snapshot: Snapshot): void {
    if (this.chosen) return;
    const last = snapshot.payments.find((payment) => payment.kind === "sale");
    const usable = snapshot.providers.find((provider) => provider.missing.length === 0);
    const provider = last?.provider ?? usable?.name ?? this.provider;
    const currencies = snapshot.providers.find((view) => view.name === provider)?.currencies ?? [];
    const currency = last?.money.currency;
    this.provider = provider;
    this.currency =
      currency && currencies.includes(currency) ? currency : (currencies[0] ?? this.currency);
    this.chosen = true;
  }

  chooseProvider(provider: ProviderView): void {
    if (this.sending) return;
    this.provider = provider.name;
    if (!provider.currencies.includes(this.currency))
      this.currency = provider.currencies[0] ?? this.currency;
    if (provider.code === null) {
      this.code = "";
      if (this.aim === "code") this.aim = "amount";
    }
    if (this.aim === "charge" && provider.code !== null) this.aim = "code";
    this.edited();
  }

  chooseCurrency(currency: CurrencyCode): void {
    if (this.sending) return;
    this.currency = currency;
    this.edited();
  }

  /** Types one sign (or "00") where the keys aim. Answers whether it was taken. */
  press(sign: string, snapshot: Snapshot): boolean {
    if (this.sending) return false;
    const rule = this.view(snapshot)?.code ?? null;
    if (this.aim === "charge") this.aim = rule === null ? "amount" : "code";
    switch (this.aim) {
      case "amount": {
        if (!Array.from(sign).every(isAmountSign)) return false;
        for (const one of sign) this.amountText = withSign(this.amountText, one);
        this.edited();
        return true;
      }
      case "reference":
        if (this.reference.length + sign.length > REFERENCE_LENGTH_MAX) return false;
        this.reference += sign;
        this.edited();
        return true;
      case "code": {
        if (rule === null || !/^\d+$/.test(codeDigits(sign))) return false;
        this.code = withCodeSign(this.code, sign, rule);
        this.typed();
        return true;
      }
    }
  }

  back(): void {
    this.rewrite((text) => text.slice(0, -1));
  }

  clear(): void {
    this.rewrite(() => "");
  }

  private rewrite(change: (text: string) => string): void {
    if (this.sending) return;
    if (this.aim === "charge") this.aim = "amount";
    if (this.aim === "code") {
      this.code = change(this.code);
      this.typed();
      return;
    }
    if (this.aim === "reference") this.reference = change(this.reference);
    else this.amountText = change(this.amountText);
    this.edited();
  }

  /** What was typed before a burst of signs began, to take the burst back when it was a scan. */
  checkpoint(): Pick<Draft, "amountText" | "reference" | "code" | "aim"> {
    return {
      amountText: this.amountText,
      reference: this.reference,
      code: this.code,
      aim: this.aim,
    };
  }

  /**
   * Takes a scan that fits a code, wherever the keys aimed; `before` is taken back first.
   * Answers "typing" when it is none, and "ready" when the keys aimed at the code: then the suffix is Enter on it.
   */
  scan(
    text: string,
    before: ReturnType<Draft["checkpoint"]>,
    snapshot: Snapshot,
  ): "typing" | "taken" | "ready" {
    const rule = this.view(snapshot)?.code ?? null;
    const intoReference = before.aim === "reference" && before.reference === "";
    if (this.sending || rule === null || intoReference || !isCode(text, rule)) return "typing";
    this.amountText = before.amountText;
    this.reference = before.reference;
    this.code = codeDigits(text);
    this.aim = "code";
    this.typed();
    return before.aim === "code" || before.aim === "charge" ? "ready" : "taken";
  }

  /** Enter: moves on from amount and reference; charges only from the code, or from the button itself. */
  enter(snapshot: Snapshot, atMs: number): void {
    const bounced = atMs - this.lastEnterMs < ENTER_BOUNCE_MS;
    this.lastEnterMs = atMs;
    if (bounced) return;
    const missing = this.missing(snapshot);
    if (this.aim === "code" || this.aim === "charge") {
      if (missing === null) this.charge(snapshot);
      else this.aimAtMissing(snapshot);
      return;
    }
    if (missing === null || missing === "code" || missing === "code_fault")
      this.aim = this.view(snapshot)?.code ? "code" : "charge";
    else this.aim = "amount";
  }

  aimAtMissing(snapshot: Snapshot): void {
    const missing = this.missing(snapshot);
    if (missing === "amount" || missing === "amount_fault") this.aim = "amount";
    if (missing === "code" || missing === "code_fault") this.aim = "code";
  }

  /** The press on Charge: asks once more when the amount is large, else sends. */
  charge(snapshot: Snapshot): void {
    if (this.sending || this.missing(snapshot) !== null) return;
    const amount = this.amount();
    const large = snapshot.large_amounts.find((money) => money.currency === this.currency);
    const isLarge = large !== undefined && amount.ok && amount.minor > BigInt(large.minor);
    if (isLarge && !this.answers.confirmed && !this.confirmLarge) {
      this.confirmLarge = true;
      return;
    }
    if (this.confirmLarge) this.answers = { ...this.answers, confirmed: true };
    this.confirmLarge = false;
    // The code stays here until the PIN is typed: both leave in one tick.
    const access = accessOf(snapshot, "override");
    if (this.answers.override !== null && access === "approval_required") this.askApproval = true;
    else void this.send(null);
  }

  /** The large amount was not meant. */
  keepTyping(): void {
    this.confirmLarge = false;
    this.aim = "amount";
  }

  /** A manager approved the second charge. */
  approve(approver: Approver): void {
    this.askApproval = false;
    void this.send(approver);
  }

  overrideReason(): string {
    return this.answers.override?.reason ?? "";
  }

  /** Answers the question that stopped the sale. With a code to read again the cashier still presses Charge. */
  answer(answers: Partial<Answers>, snapshot: Snapshot): void {
    this.answers = { ...this.answers, ...answers };
    this.question = null;
    if (this.view(snapshot)?.code) {
      this.codeAgain = true;
      this.aim = "code";
    } else this.charge(snapshot);
  }

  /** Back to the sale as typed; the answer is open. */
  dismissQuestion(): void {
    this.aim = this.question?.code === "amount_unconfirmed" ? "amount" : "reference";
    this.question = null;
  }

  /** The next sale starts empty; provider and currency stay. */
  reset(): void {
    this.amountText = "";
    this.reference = "";
    this.code = "";
    this.aim = "amount";
    this.problem = null;
    this.question = null;
    this.confirmLarge = false;
    this.askApproval = false;
    this.codeAgain = false;
    this.attempt = null;
    this.sending = false;
    this.answers = NO_ANSWERS;
  }

  /** Takes over a payment that ended without money, to try again: all but the code. */
  repeat(payment: PaymentView, amountText: string, asksForCode: boolean): void {
    this.reset();
    this.provider = payment.provider;
    this.currency = payment.money.currency;
    this.reference = payment.reference;
    this.amountText = amountText;
    this.aim = asksForCode ? "code" : "charge";
  }

  /** The till has the attempt in its ledger: the sale goes on there. */
  recorded(): void {
    const attempt = this.attempt;
    if (attempt === null) return;
    this.reset();
    this.onCharged(attempt);
  }

  private typed(): void {
    this.problem = null;
    this.lastEnterMs = Number.NEGATIVE_INFINITY;
  }

  /** Another sale than the one that was asked about: neither answers nor the attempt belong to it. */
  private edited(): void {
    this.typed();
    this.answers = NO_ANSWERS;
    this.codeAgain = false;
    this.attempt = null;
  }

  private async send(approver: Approver | null): Promise<void> {
    const amount = this.amount();
    if (!amount.ok) return;
    this.attempt ??= newId();
    this.sending = true;
    this.problem = null;
    this.codeAgain = false;
    const sale: SaleRequest = {
      id: this.attempt,
      provider: this.provider,
      amount: amount.text,
      currency: this.currency,
      reference: this.reference.trim() === "" ? null : this.reference.trim(),
      code: this.code === "" ? null : this.code,
      ...this.answers,
    };
    const asksForCode = sale.code !== null;
    // The code leaves the store and the page in the tick in which it is sent.
    this.code = "";
    flushSync();
    const answer = await this.commands.startSale(sale, approver);
    sale.code = null;
    if (this.attempt !== sale.id) return; // the ledger already had it, and the sale went on there
    this.sending = false;
    if (answer.ok) this.recorded();
    else this.refused(answer.problem, asksForCode);
  }

  private refused(problem: Problem, asksForCode: boolean): void {
    if (!mayBeRecorded(problem.code)) this.attempt = null;
    if (isQuestion(problem.code)) {
      const { payment, reference } = problem.fields;
      this.question = {
        code: problem.code,
        payment: payment ?? null,
        reference: reference ?? null,
      };
      return;
    }
    this.problem = problem;
    this.lastEnterMs = Number.NEGATIVE_INFINITY;
    if (problem.code.startsWith("amount_")) this.aim = "amount";
    else if (problem.code.startsWith("reference_")) this.aim = "reference";
    else this.aim = asksForCode ? "code" : "charge";
  }
}
