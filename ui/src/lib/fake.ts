// The same commands in memory, so that the view runs in a plain browser: for `npm run dev`, walks and pictures.
// It imitates what the till shows, not how it decides; the till's build leaves this file out.
import { readAmount } from "./amount";
import type {
  Answer,
  Approver,
  Commands,
  HistoryChoices,
  HistoryPage,
  HistoryQuery,
  Mode,
  PaymentDetail,
  PaymentView,
  PhoneView,
  Problem,
  RefundRequest,
  SaleRequest,
  SettleRequest,
  Snapshot,
} from "./bindings";
import { FakeHistory } from "./fake-history";
import { FakeSettings } from "./fake-settings";
import { scene } from "./fake-scenes";
import { newPayment } from "./fake-views";

const SAME_CUSTOMER_MS = 30 * 60_000;

function refuse<T>(code: string, fields: Record<string, string> = {}): Answer<T> {
  return { ok: false, problem: { code, fields } };
}

const done: Answer<null> = { ok: true, value: null };

export class FakeTill extends FakeSettings implements Commands {
  /** Every call by name, so that a walk can count requests. */
  readonly calls: { name: string; given: unknown }[] = [];
  /** Problems to answer next, by command name. */
  readonly problems: Record<string, Problem[]> = {};
  /** How long an answer takes, in milliseconds. */
  delayMs = 0;

  private revision = 1;
  private listener: ((revision: number) => void) | null = null;
  private asked: (() => void) | null = null;
  private shows: PhoneView[] = [];
  private readonly past: FakeHistory;
  /** How long one step of an export takes, in milliseconds. */
  exportStepMs = 60;

  constructor(
    mode: Mode,
    private state: Pick<Snapshot, "payments" | "notices" | "storage">,
    who: string | null = null,
    sceneName = "",
  ) {
    super(mode, who, sceneName);
    this.past = new FakeHistory(
      () => this.signedIn(),
      (permission, approver) => this.hindrance(permission, approver),
      () => this.state.payments,
      (payment) => {
        this.state.payments = [payment, ...this.state.payments];
        this.changed();
      },
      () => this.changed(),
      Date.now(),
    );
    for (const payment of state.payments) if (payment.state === "waiting") this.ask(payment);
  }

  async watch(onRevision: (revision: number) => void): Promise<void> {
    this.listener = onRevision;
  }

  async watchClosing(onAsked: () => void): Promise<void> {
    this.asked = onAsked;
  }

  /** Somebody closes the window; for walks. */
  closeWindow(): void {
    this.asked?.();
  }

  async stay(): Promise<Answer<null>> {
    return (await this.called<null>("stay", {})) ?? done;
  }

  async leave(): Promise<Answer<null>> {
    return (await this.called<null>("leave", {})) ?? done;
  }

  async snapshot(): Promise<Snapshot> {
    return structuredClone({
      revision: this.revision,
      mode: this.mode,
      terminal: this.settingsNow.terminal,
      now_ms: Date.now(),
      providers: this.providersNow(),
      payments: this.state.payments.map((payment) => this.past.dress(payment)),
      attention: this.state.payments.filter((payment) => payment.needs_attention).length,
      notices: this.state.notices,
      storage: this.state.storage,
      large_amounts: [{ minor: "500000", currency: "SAR" }],
      crashed_at_ms: this.crashedAtMs,
      ...this.storeNow(),
      jobs: [...this.past.jobs, ...this.storeNow().jobs],
    });
  }

  async startSale(sale: SaleRequest, approver: Approver | null): Promise<Answer<PaymentView>> {
    const given = { ...sale, approver: approver?.name ?? null };
    const refusal = await this.called<PaymentView>("startSale", given);
    if (refusal) return refusal;
    const known = this.find(sale.id);
    if (known) return { ok: true, value: structuredClone(known) };
    const amount = readAmount(sale.amount, 2);
    if (!amount.ok) return refuse("amount_invalid");
    if (amount.minor === 0n) return refuse("amount_zero");
    if (sale.provider === "mispay" && sale.code === null) return refuse("code_missing");
    const limit = this.limitFor(sale, amount.minor);
    if (limit) return { ok: false, problem: limit };
    const question = this.question(sale, amount.minor.toString());
    if (question) return question;
    const refused = sale.override === null ? null : this.past.guard("override", approver);
    if (refused && !refused.ok) return refused;
    const payment = newPayment(sale, amount.minor.toString());
    this.state.payments = [payment, ...this.state.payments];
    this.changed();
    this.play(payment, Number(amount.minor % 100n));
    return { ok: true, value: structuredClone(payment) };
  }

  async checkNow(payment: string): Promise<Answer<null>> {
    const refusal = await this.called<null>("checkNow", { payment });
    if (!refusal) this.changed();
    return refusal ?? done;
  }

  async stopWaiting(payment: string): Promise<Answer<null>> {
    return this.act("stopWaiting", payment, (found) => {
      found.parked = true;
      found.can.stop = false;
    });
  }

  async cancelPayment(payment: string): Promise<Answer<null>> {
    return this.act("cancelPayment", payment, (found) => {
      this.turn(found, "cancelling", "stopping");
      setTimeout(
        () => found.state === "cancelling" && this.end(found, "declined", "canceled"),
        1500,
      );
    });
  }

  async customerSays(payment: string, said: "paid" | "not_paid"): Promise<Answer<null>> {
    return this.act("customerSays", payment, (found) => {
      if (said === "not_paid") setTimeout(() => this.end(found, "declined", "canceled"), 800);
      found.hint = said === "paid" ? "not_known" : "stopping";
      found.can.customer_says = false;
    });
  }

  async checkNumber(payment: string, number: string): Promise<Answer<null>> {
    return this.act("checkNumber", payment, (found) => {
      found.number_check = { number, result: "asking" };
      setTimeout(() => {
        found.number_check = { number, result: number.startsWith("88") ? "ours" : "not_found" };
        this.changed();
      }, 700);
    });
  }

  async acknowledge(payment: string, approver: Approver | null): Promise<Answer<null>> {
    const given = { id: payment, approver: approver?.name ?? null };
    return this.guarded("acknowledge", given, "acknowledge", approver, () => {
      const found = this.find(payment);
      if (!found) return refuse("payment_not_found");
      found.can.acknowledge = false;
      this.set(payment, { needs_attention: false });
      return done;
    });
  }

  async history(query: HistoryQuery, from: string | null): Promise<Answer<HistoryPage>> {
    const refusal = await this.called<HistoryPage>("history", { query, from });
    return refusal ?? this.past.history(query, from);
  }

  async historyChoices(): Promise<Answer<HistoryChoices>> {
    return { ok: true, value: this.past.choices() };
  }

  async paymentDetail(payment: string): Promise<Answer<PaymentDetail>> {
    const refusal = await this.called<PaymentDetail>("paymentDetail", { payment });
    return refusal ?? this.past.detail(payment);
  }

  async refund(refund: RefundRequest, approver: Approver | null): Promise<Answer<PaymentView>> {
    const given = { ...refund, approver: approver?.name ?? null };
    const refusal = await this.called<PaymentView>("refund", given);
    return refusal ?? this.past.refund(refund, approver);
  }

  async settle(settle: SettleRequest, approver: Approver | null): Promise<Answer<null>> {
    const given = { ...settle, approver: approver?.name ?? null };
    const refusal = await this.called<null>("settle", given);
    return refusal ?? this.past.settle(settle, approver);
  }

  async exportHistory(
    query: HistoryQuery,
    format: "csv" | "json",
    approver: Approver | null,
  ): Promise<Answer<number>> {
    const refusal = await this.called<number>("exportHistory", { query, format });
    const refused = refusal ?? this.past.guard("export", approver);
    if (refused && !refused.ok) return refused;
    return { ok: true, value: this.past.startExport(query, format, this.exportStepMs) };
  }

  override async cancelJob(job: number): Promise<Answer<null>> {
    this.past.cancelJob(job);
    return super.cancelJob(job);
  }

  override async printed(paper: "slip" | "report", about: string): Promise<Answer<null>> {
    const answer = await super.printed(paper, about);
    if (answer.ok) this.past.copies.set(about, (this.past.copies.get(about) ?? 0) + 1);
    return answer;
  }

  async phones(): Promise<PhoneView[]> {
    return structuredClone(this.shows);
  }

  async phoneAct(payment: string, act: "approve" | "cancel" | "walk_away"): Promise<Answer<null>> {
    const phone = this.shows.find((shown) => shown.payment === payment);
    return this.act("phoneAct", payment, (found) => {
      if (phone)
        phone.shows = act === "approve" ? "paid" : act === "cancel" ? "canceled" : "walked_away";
      if (act === "approve") setTimeout(() => this.end(found, "paid", null), 300);
      if (act === "cancel") setTimeout(() => this.end(found, "declined", "canceled"), 300);
    });
  }

  /** Changes a payment from outside, as evidence would; for walks. */
  set(id: string, change: Partial<PaymentView>): void {
    const found = this.find(id);
    if (found) Object.assign(found, change, { changed_at_ms: Date.now() });
    this.changed();
  }

  private find(id: string): PaymentView | undefined {
    return this.past.find(id);
  }

  protected override payments(): PaymentView[] {
    return this.state?.payments ?? [];
  }

  protected override changed(): void {
    this.revision += 1;
    this.listener?.(this.revision);
  }

  protected override async called<T>(name: string, given: unknown): Promise<Answer<T> | null> {
    this.calls.push({ name, given });
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const problem = this.problems[name]?.shift();
    return problem ? { ok: false, problem } : null;
  }

  private async act(
    name: string,
    id: string,
    change: (found: PaymentView) => void,
  ): Promise<Answer<null>> {
    const refusal = await this.called<null>(name, { id });
    if (refusal) return refusal;
    const found = this.find(id);
    if (!found) return refuse("payment_not_found");
    change(found);
    this.changed();
    return done;
  }

  private question(sale: SaleRequest, minor: string): Answer<PaymentView> | null {
    const earlier = this.state.payments.filter((payment) => payment.kind === "sale");
    const onSale = earlier.filter(
      (payment) => sale.reference !== null && payment.reference === sale.reference,
    );
    const open = onSale.find(
      (payment) => !["paid", "declined", "reversed"].includes(payment.state),
    );
    if (open && sale.override === null) return refuse("sale_open", { payment: open.id });
    const paid = onSale.find((payment) => payment.state === "paid");
    if (paid && sale.override === null) return refuse("sale_paid", { payment: paid.id });
    const same = earlier.find(
      (payment) =>
        payment.money.minor === minor &&
        (payment.state === "unknown" || payment.parked) &&
        Date.now() - payment.opened_at_ms < SAME_CUSTOMER_MS,
    );
    const asked = same && sale.override === null && sale.not_same_customer_as !== same.id;
    return asked ? refuse("same_customer", { payment: same.id }) : null;
  }

  /** The amounts that practise hard cases: x.01 declined, x.02 canceled, x.03 silence, x.04 late approval. */
  private play(payment: PaymentView, cents: number): void {
    setTimeout(() => this.turn(payment, "sent", "sending"), 30);
    if (cents === 3) {
      setTimeout(() => this.turn(payment, "sent", "still_contacting"), 2000);
      setTimeout(() => {
        Object.assign(payment.can, {
          check: false,
          check_number: payment.provider === "mispay",
          stop: true,
        });
        payment.code_expires_at_ms = payment.opened_at_ms + 15 * 60_000;
        this.turn(payment, "unknown", "not_known", "answer_lost");
      }, 4000);
      return;
    }
    setTimeout(() => {
      if (payment.state !== "sent") return;
      Object.assign(payment.can, {
        check: true,
        stop: true,
        cancel: payment.provider === "multipay",
      });
      if (payment.provider === "multipay") payment.qr = `https://pay.example/q/${payment.id}`;
      this.turn(payment, "waiting", "customer_acts");
      this.ask(payment);
      this.changed();
    }, 350);
    if (cents === 1) setTimeout(() => this.end(payment, "declined", "failed"), 2500);
    if (cents === 2 || cents === 4)
      setTimeout(() => this.end(payment, "declined", "canceled"), 2500);
    if (cents === 4) {
      setTimeout(() => {
        payment.flags = ["late"];
        payment.needs_attention = true;
        payment.can.acknowledge = true;
        this.end(payment, "paid", null);
      }, 8000);
    }
  }

  private ask(payment: PaymentView): void {
    if (this.mode !== "training" || this.shows.some((phone) => phone.payment === payment.id))
      return;
    this.shows.push({
      payment: payment.id,
      provider: payment.provider,
      money: payment.money,
      merchant: "Al Noor Market",
      shows: "asks",
    });
  }

  private turn(
    payment: PaymentView,
    state: PaymentView["state"],
    hint: PaymentView["hint"],
    reason: PaymentView["reason"] = null,
  ): void {
    payment.state = state;
    payment.hint = hint;
    payment.reason = reason;
    payment.needs_attention = payment.needs_attention || state === "unknown";
    payment.changed_at_ms = Date.now();
    this.changed();
  }

  private end(
    payment: PaymentView,
    state: "paid" | "declined",
    reason: PaymentView["reason"],
  ): void {
    if (payment.state === "paid") return;
    Object.assign(payment.can, {
      check: false,
      stop: false,
      cancel: false,
      check_number: false,
      customer_says: false,
    });
    payment.qr = null;
    if (state === "paid")
      payment.receipt = payment.provider === "mispay" ? "88120467" : "3558174609679520";
    if (payment.flags.length === 0) payment.needs_attention = false;
    this.turn(payment, state, "none", reason);
  }
}

/** `?mode=live&scene=parked`: which till the browser shows. */
export function fakeFromAddress(search: string): FakeTill {
  const asked = new URLSearchParams(search);
  const mode = asked.get("mode");
  const till = new FakeTill(
    mode === "live" || mode === "test" ? mode : "training",
    scene(asked.get("scene") ?? "", Date.now()),
    asked.get("me"),
    asked.get("scene") ?? "",
  );
  Object.assign(window, { fakeTill: till });
  return till;
}
