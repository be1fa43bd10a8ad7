// History, refunds, verdicts and exports of the till in memory. Not in the till's build.
import { decimalText, DECIMALS, readAmount } from "./amount";
import type {
  Answer,
  Approver,
  CurrencyCode,
  HistoryChoices,
  HistoryPage,
  HistoryQuery,
  HistoryRow,
  JobView,
  MeView,
  PaymentDetail,
  PaymentView,
  PermissionName,
  Problem,
  RefundRequest,
  SettleRequest,
  SumView,
} from "./bindings";
import { counts, dayOf, type Evidence, pastPayments, timelineOf } from "./fake-past";
import { blankPayment } from "./fake-views";

const PAGE_ROWS = 50;
const LOOKED_AT_MAX = 400;
const SEARCH_LENGTH_MAX = 200;
const EXPORT_STEPS = 20;
function refuse<T>(code: string, fields: Record<string, string> = {}): Answer<T> {
  return { ok: false, problem: { code, fields } };
}

export class FakeHistory {
  readonly jobs: JobView[] = [];
  readonly copies = new Map<string, number>();
  readonly evidence = new Map<string, Evidence>();
  private readonly past: PaymentView[];

  constructor(
    private readonly me: () => MeView,
    private readonly refusal: (
      permission: PermissionName,
      approver: Approver | null,
    ) => Problem | null,
    private readonly today: () => PaymentView[],
    private readonly add: (payment: PaymentView) => void,
    private readonly changed: () => void,
    nowMs: number,
  ) {
    this.past = pastPayments(nowMs);
  }

  /** Fills in what follows from a payment's refunds, as the till would. */
  dress(payment: PaymentView): PaymentView {
    const kept = this.refundsOf(payment.id).filter((refund) => refund.state !== "declined");
    const reserved = kept.reduce((sum, refund) => sum + BigInt(refund.money.minor), 0n);
    const left = BigInt(payment.money.minor) - reserved;
    const paid = payment.state === "paid" && payment.kind === "sale";
    const refundable = paid && !payment.flags.includes("mismatch") && payment.receipt !== null;
    payment.counted = counts(payment) ? (payment.final_money ?? payment.money) : null;
    payment.left = refundable ? { minor: left.toString(), currency: payment.money.currency } : null;
    const open = kept.some((refund) => refund.state !== "paid");
    payment.can.refund = refundable && left > 0n && !open;
    payment.can.settle = payment.state === "unknown";
    const full =
      payment.refund_of !== null &&
      this.find(payment.refund_of)?.money.minor === payment.money.minor;
    payment.can.ask_again =
      payment.kind === "refund" &&
      payment.provider === "multipay" &&
      payment.state === "unknown" &&
      full;
    return payment;
  }

  history(query: HistoryQuery, from: string | null): Answer<HistoryPage> {
    if (query.search.length > SEARCH_LENGTH_MAX)
      return refuse("search_too_long", { max: String(SEARCH_LENGTH_MAX) });
    const all = this.all();
    const start = from === null ? 0 : Number(from);
    const rows: HistoryRow[] = [];
    let at = start;
    for (; at < all.length && rows.length < PAGE_ROWS && at - start < LOOKED_AT_MAX; at += 1) {
      const payment = all[at];
      if (payment && this.fits(payment, query)) rows.push(this.row(payment));
    }
    const next = at < all.length ? String(at) : null;
    const first = from === null ? all.filter((payment) => this.fits(payment, query)) : null;
    return {
      ok: true,
      value: {
        rows,
        next,
        searching: next !== null && rows.length < PAGE_ROWS,
        count: first?.length ?? null,
        sums: first && this.sums(first),
      },
    };
  }

  choices(): HistoryChoices {
    const all = this.all();
    return {
      operators: [...new Set(all.map((payment) => payment.operator))].sort(),
      terminals: [...new Set(all.map((payment) => payment.terminal))].sort(),
      currencies: [...new Set(all.map((payment) => payment.money.currency))].sort(),
      today: dayOf(Date.now()),
      first_day: dayOf(all.at(-1)?.opened_at_ms ?? Date.now()),
    };
  }

  detail(id: string): Answer<PaymentDetail> {
    const payment = this.find(id);
    if (!payment) return refuse("payment_not_found");
    const refunds = this.refundsOf(id);
    const sale = payment.refund_of === null ? undefined : this.find(payment.refund_of);
    return {
      ok: true,
      value: structuredClone({
        payment: this.dress(payment),
        timeline: timelineOf(payment, this.evidence.get(id) ?? null),
        refunds: refunds.map((refund) => this.row(refund)),
        sale: sale ? this.row(sale) : null,
        copies: this.copies.get(id) ?? 0,
      }),
    };
  }

  /** Whether a guarded act may go on; else why not. */
  guard(permission: PermissionName, approver: Approver | null): Answer<null> | null {
    const problem = this.refusal(permission, approver);
    return problem === null ? null : { ok: false, problem };
  }

  refund(request: RefundRequest, approver: Approver | null): Answer<PaymentView> {
    const known = this.find(request.id);
    if (known) return { ok: true, value: structuredClone(known) };
    const sale = this.find(request.sale);
    if (!sale) return refuse("payment_not_found");
    const refused = this.guard("refund_within_limit", approver);
    if (refused && !refused.ok) return refused;
    if (request.reason.trim() === "") return refuse("reason_missing", { max: "200" });
    const amount = readAmount(request.amount, DECIMALS[sale.money.currency]);
    if (!amount.ok) return refuse("amount_invalid");
    const retried = request.retry_of === null ? undefined : this.find(request.retry_of);
    const left = retried?.money ?? this.dress(sale).left;
    if (left === null) return refuse("refund_not_possible");
    if (amount.minor > BigInt(left.minor))
      return refuse("refund_exceeds", {
        left: decimalText(BigInt(left.minor), DECIMALS[left.currency]),
      });
    if (sale.provider === "multipay" && amount.minor.toString() !== sale.money.minor)
      return refuse("refund_only_full");
    const refund = this.opened(request, sale, amount.minor, approver);
    if (retried)
      Object.assign(retried, { state: "declined", reason: "superseded", needs_attention: false });
    this.add(refund);
    this.play(refund, Number(amount.minor % 100n));
    return { ok: true, value: structuredClone(refund) };
  }

  settle(request: SettleRequest, approver: Approver | null): Answer<null> {
    const payment = this.find(request.payment);
    if (!payment) return refuse("payment_not_found");
    const refused = this.guard("settle", approver);
    if (refused) return refused;
    if (payment.state !== "unknown") return refuse("not_allowed_in_state");
    if (request.evidence.trim() === "") return refuse("reason_missing", { max: "500" });
    const charged = request.verdict === "charged";
    Object.assign(payment, {
      state: charged ? "paid" : "declined",
      reason: charged ? null : "not_charged_by_hand",
      flags: [...payment.flags, "by_hand"],
      hint: "none",
      needs_attention: false,
      changed_at_ms: Date.now(),
    });
    Object.assign(payment.can, { check: false, stop: false, check_number: false });
    const operator = this.me().name;
    const by = approver?.name ?? operator;
    this.evidence.set(payment.id, { operator, by, text: request.evidence });
    this.changed();
    return { ok: true, value: null };
  }

  /** Starts the job that a real till writes in the background; answers its number. */
  startExport(query: HistoryQuery, format: "csv" | "json", stepMs: number): number {
    const total = this.all().filter((payment) => this.fits(payment, query)).length;
    const id = this.jobs.length + 1;
    const job: JobView = {
      id,
      kind: "export",
      state: "running",
      done: 0,
      total,
      file: null,
      problem: null,
    };
    this.jobs.push(job);
    this.changed();
    const step = () => {
      if (job.state !== "running") return;
      job.done = Math.min(total, job.done + Math.ceil(total / EXPORT_STEPS));
      if (job.done < total) setTimeout(step, stepMs);
      else {
        job.state = "done";
        job.file = `Documents/Checkstand/payments-${dayOf(Date.now())}.${format}`;
      }
      this.changed();
    };
    setTimeout(step, stepMs);
    return id;
  }

  cancelJob(id: number): void {
    const job = this.jobs.find((each) => each.id === id);
    if (job?.state === "running") job.state = "cancelled";
    this.changed();
  }

  find(id: string): PaymentView | undefined {
    return this.all().find((payment) => payment.id === id);
  }

  private all(): PaymentView[] {
    return [...this.today(), ...this.past];
  }

  /** A scene stays on one day, even when it is looked at just after midnight. */
  private dayOfPayment(payment: PaymentView): string {
    return dayOf(this.today().includes(payment) ? Date.now() : payment.opened_at_ms);
  }

  private refundsOf(id: string): PaymentView[] {
    return this.today().filter((payment) => payment.refund_of === id);
  }

  private row(payment: PaymentView): HistoryRow {
    this.dress(payment);
    const { id, kind, refund_of, provider, money, counted, reference, operator, terminal } =
      payment;
    const { opened_at_ms, state, reason, flags, needs_attention, receipt } = payment;
    const all = this.all();
    return structuredClone({
      id,
      seq: all.length - all.indexOf(payment),
      kind,
      refund_of,
      provider,
      money,
      counted,
      reference,
      operator,
      terminal,
      opened_at_ms,
      day: this.dayOfPayment(payment),
      state,
      reason,
      flags,
      needs_attention,
      receipt,
    });
  }

  private fits(payment: PaymentView, query: HistoryQuery): boolean {
    const day = this.dayOfPayment(payment);
    const text = query.search.trim().toLowerCase();
    const amount = decimalText(BigInt(payment.money.minor), DECIMALS[payment.money.currency]);
    const words = [amount, payment.reference, payment.receipt ?? "", payment.operator, payment.id];
    return (
      (text === "" || words.some((word) => word.toLowerCase().includes(text))) &&
      (query.from_day === null || day >= query.from_day) &&
      (query.to_day === null || day <= query.to_day) &&
      (query.state === null ||
        (query.state === "attention" ? payment.needs_attention : payment.state === query.state)) &&
      (query.provider === null || payment.provider === query.provider) &&
      (query.operator === null || payment.operator === query.operator) &&
      (query.currency === null || payment.money.currency === query.currency) &&
      (query.terminal === null || payment.terminal === query.terminal)
    );
  }

  private sums(payments: PaymentView[]): SumView[] {
    const found = new Map<CurrencyCode, { paid: bigint[]; refunded: bigint[] }>();
    for (const payment of payments) {
      const counted = this.dress(payment).counted;
      if (counted === null) continue;
      const sum = found.get(counted.currency) ?? { paid: [], refunded: [] };
      (payment.kind === "sale" ? sum.paid : sum.refunded).push(BigInt(counted.minor));
      found.set(counted.currency, sum);
    }
    return [...found].map(([currency, { paid, refunded }]) => {
      const money = (parts: bigint[]) => parts.reduce((sum, part) => sum + part, 0n);
      const view = (minor: bigint) => ({ minor: minor.toString(), currency });
      return {
        currency,
        paid_count: paid.length,
        paid: view(money(paid)),
        refunded_count: refunded.length,
        refunded: view(money(refunded)),
        net: view(money(paid) - money(refunded)),
      };
    });
  }

  private opened(
    request: RefundRequest,
    sale: PaymentView,
    minor: bigint,
    approver: Approver | null,
  ): PaymentView {
    return {
      ...blankPayment(request.id, Date.now()),
      kind: "refund",
      refund_of: sale.id,
      provider: sale.provider,
      money: { minor: minor.toString(), currency: sale.money.currency },
      reference: sale.reference,
      state: "sent",
      hint: "sending",
      operator: this.me().name,
      refund_reason: request.reason,
      approved_by: approver?.name ?? null,
      retry_of: request.retry_of,
    };
  }

  /** x.01 is refused, x.03 stays unknown, everything else goes back. */
  private play(refund: PaymentView, cents: number): void {
    setTimeout(() => {
      const end: Partial<PaymentView> =
        cents === 1
          ? { state: "declined", reason: "refused" }
          : cents === 3 && refund.retry_of === null
            ? { state: "unknown", reason: "answer_lost", needs_attention: true }
            : { state: "paid", receipt: "88120999" };
      Object.assign(refund, end, { hint: "none", changed_at_ms: Date.now() });
      this.changed();
    }, 700);
  }
}
