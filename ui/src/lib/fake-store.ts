// Shift, reports, activity and journal of the till in memory. Not in the till's build.
import type {
  ActivityPage,
  Answer,
  Approver,
  JobView,
  JournalState,
  JournalView,
  Mode,
  PaymentView,
  RemovableView,
  RemovalView,
  ReportHead,
  ReportView,
  ShiftHead,
} from "./bindings";
import { FakePeople, refused } from "./fake-people";
import { day, HASH, reportOf, storyOf } from "./fake-report";

const PAGE_LINES = 30;
const JOB_STEPS = 12;
/** Exports count from 1. */
const FIRST_JOB = 1_000;
const ENTRIES = 48_213;
const OLDEST_YEARS = 12;
const OLD_PAYMENTS = 41_209;

export abstract class FakeStore extends FakePeople {
  /** How long one step of a check or backup takes, in milliseconds. */
  jobStepMs = 150;
  private shift: ShiftHead | null;
  private closed: ReportView[];
  private storeJobs: JobView[] = [];
  private journalState: JournalState;
  private accepted: number | null = null;
  private backups = [
    { file: "checkstand-02-20261121.backup", at_ms: day(-3), bytes: 7_340_032, number: 47_110 },
    { file: "checkstand-02-20261122.backup", at_ms: day(-2), bytes: 7_411_712, number: 47_802 },
  ];
  private readonly sceneName: string;

  constructor(mode: Mode, who: string | null, scene: string) {
    super(mode, who, scene);
    this.sceneName = scene;
    const empty = scene === "first" || scene === "no-shift";
    this.shift = empty ? null : { number: 118, opened_at_ms: day(0), opened_by: "Huda" };
    this.journalState = scene === "broken" ? "broken" : scene === "checking" ? "checking" : "sound";
    this.closed =
      scene === "first"
        ? []
        : [117, 116].map((number) => this.reportNow(number, day(number - 118), "Huda"));
    this.log = scene === "first" ? [] : storyOf();
  }

  protected abstract payments(): PaymentView[];

  protected storeNow() {
    return {
      ...this.peopleNow(),
      store: "Al Noor Market",
      shift: this.shift,
      jobs: this.storeJobs,
      journal: this.journalState,
    };
  }

  async openShift(approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("openShift", {}, "close_shift", approver, () => {
      if (this.shift) return refused("shift_open", { number: String(this.shift.number) });
      const number = (this.closed[0]?.number ?? 0) + 1;
      this.shift = { number, opened_at_ms: Date.now(), opened_by: this.me?.name ?? "" };
      return this.noted("shift_opened", { number: String(number) });
    });
  }

  async closeShift(approver: Approver | null): Promise<Answer<ReportView>> {
    return this.guarded("closeShift", {}, "close_shift", approver, () => {
      if (!this.shift) return refused("shift_not_open");
      const report = this.reportNow(this.shift.number, this.shift.opened_at_ms, "Huda", Date.now());
      this.closed.unshift(report);
      this.shift = null;
      this.noted("shift_closed", { number: String(report.number) });
      return { ok: true, value: structuredClone(report) };
    });
  }

  async report(number: number | null): Promise<Answer<ReportView>> {
    const refusal = await this.called<ReportView>("report", { number });
    if (refusal) return refusal;
    if (number !== null) {
      const found = this.closed.find((report) => report.number === number);
      return found
        ? { ok: true, value: structuredClone(found) }
        : refused("report_not_found", { number: String(number) });
    }
    if (!this.shift) return refused("shift_not_open");
    const { opened_at_ms, opened_by } = this.shift;
    return { ok: true, value: this.reportNow(this.shift.number, opened_at_ms, opened_by, null) };
  }

  async reports(): Promise<Answer<ReportHead[]>> {
    const refusal = await this.called<ReportHead[]>("reports", {});
    if (refusal) return refusal;
    const value = this.closed.map(({ number, opened_at_ms, closed_at_ms, closed_by, carried }) => ({
      number,
      opened_at_ms,
      closed_at_ms: closed_at_ms ?? 0,
      closed_by: closed_by ?? "",
      carried: carried.length,
    }));
    return { ok: true, value };
  }

  async exportReport(
    number: number | null,
    format: "html" | "json",
    approver: Approver | null,
  ): Promise<Answer<string>> {
    return this.guarded("exportReport", { number, format }, "export", approver, () => {
      const file = `terminal-report-02-${number ?? "interim"}.${format}`;
      this.noted("exported", { list: "report", file, rows: "3" });
      return { ok: true, value: `/till/exports/${file}` };
    });
  }

  async activity(from: number | null, operator: string | null): Promise<Answer<ActivityPage>> {
    const refusal = await this.called<ActivityPage>("activity", { from, operator });
    if (refusal) return refusal;
    const problem = this.hindrance("journal", null);
    if (problem) return { ok: false, problem };
    const fits = this.log.filter(
      (line) =>
        (from === null || line.number <= from) && (operator === null || line.operator === operator),
    );
    const next = fits[PAGE_LINES]?.number ?? null;
    return { ok: true, value: structuredClone({ lines: fits.slice(0, PAGE_LINES), next }) };
  }

  async journal(): Promise<Answer<JournalView>> {
    const refusal = await this.called<JournalView>("journal", {});
    if (refusal) return refusal;
    const problem = this.hindrance("journal", null);
    if (problem) return { ok: false, problem };
    const state = this.journalState;
    const value: JournalView = {
      entries: ENTRIES,
      hash: HASH,
      anchor: {
        number: ENTRIES - 2,
        hash: HASH,
        kept_in: this.mode === "training" ? "file" : "keychain",
        at_ms: Date.now() - 60_000,
      },
      accepted: this.accepted,
      lists_differ: this.sceneName === "lists-differ",
      checked_through: state === "sound" ? ENTRIES : 31_000,
      state,
      broken:
        state === "broken" ? { number: 41_877, detail: "its hash does not fit the entry" } : null,
      backups: this.backups,
    };
    return { ok: true, value: structuredClone(value) };
  }

  async verify(): Promise<Answer<number>> {
    return this.guarded("verify", {}, "journal", null, () => ({
      ok: true,
      value: this.work("verify", () => undefined),
    }));
  }

  async backup(approver: Approver | null): Promise<Answer<number>> {
    return this.guarded("backup", {}, "journal", approver, () => {
      const file = "checkstand-02-20261124.backup";
      const id = this.work("backup", (job) => {
        job.file = file;
        const made = { file, at_ms: Date.now(), bytes: 7_471_104, number: ENTRIES };
        this.backups = [...this.backups, made];
        this.noted("backed_up", { file, number: String(ENTRIES) });
      });
      return { ok: true, value: id };
    });
  }

  async restore(file: string, reason: string, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("restore", { file, reason }, "journal", approver, () => {
      if (this.journalState !== "broken") return refused("restore_not_needed");
      if (reason.trim() === "") return refused("reason_missing");
      this.journalState = "sound";
      return this.noted("restored", { from: file, number: "47802", reason });
    });
  }

  async removable(years: number): Promise<Answer<RemovableView>> {
    const refusal = await this.called<RemovableView>("removable", { years });
    if (refusal) return refusal;
    const [first_day, last_day] =
      years > OLDEST_YEARS ? [null, null] : ["2012-03-01", "2016-06-09"];
    const payments = first_day === null ? 0 : OLD_PAYMENTS;
    return { ok: true, value: { payments, kept: first_day === null ? 0 : 3, first_day, last_day } };
  }

  async removeOld(
    years: number,
    reason: string,
    approver: Approver | null,
    onStep: (step: RemovalView) => void,
  ): Promise<Answer<null>> {
    const problem = this.hindrance("journal", approver);
    if (!problem)
      for (const phase of ["check", "copy", "remove", "lists", "pack"] as const) {
        onStep({ phase, done: phase === "remove" || phase === "pack" ? 0 : 40, total: 100 });
        await new Promise((done) => setTimeout(done, this.jobStepMs));
      }
    return this.guarded("removeOld", { years, reason }, "journal", approver, () =>
      this.noted("payments_removed", { payments: String(OLD_PAYMENTS), reason }),
    );
  }

  async acceptAsItIs(reason: string, approver: Approver | null): Promise<Answer<null>> {
    return this.guarded("acceptAsItIs", { reason }, "journal", approver, () => {
      if (this.journalState !== "broken") return refused("restore_not_needed");
      if (reason.trim() === "") return refused("reason_missing");
      this.journalState = "sound";
      this.accepted = ENTRIES;
      return this.noted("restored", { from: "as_it_is", number: String(ENTRIES), reason });
    });
  }

  async cancelJob(id: number): Promise<Answer<null>> {
    const refusal = await this.called<null>("cancelJob", { id });
    if (refusal) return refusal;
    for (const job of this.storeJobs)
      if (job.id === id && job.state === "running") job.state = "cancelled";
    this.changed();
    return { ok: true, value: null };
  }

  async printed(paper: "slip" | "report", about: string): Promise<Answer<null>> {
    const refusal = await this.called<null>("printed", { paper, about });
    return refusal ?? this.noted("printed", { paper, about });
  }

  private work(kind: JobView["kind"], end: (job: JobView) => void): number {
    const id = FIRST_JOB + this.storeJobs.length;
    const job: JobView = {
      id,
      kind,
      state: "running",
      done: 0,
      total: ENTRIES,
      file: null,
      problem: null,
    };
    this.storeJobs = [...this.storeJobs, job];
    const timer = setInterval(() => {
      if (job.state === "running") job.done = Math.min(ENTRIES, job.done + ENTRIES / JOB_STEPS);
      if (job.state === "running" && job.done >= ENTRIES) {
        job.state = "done";
        end(job);
      }
      if (job.state !== "running") clearInterval(timer);
      this.changed();
    }, this.jobStepMs);
    this.changed();
    return id;
  }

  private reportNow(
    number: number,
    openedAtMs: number,
    openedBy: string,
    closedAtMs: number | null = openedAtMs + 12 * 3_600_000,
  ): ReportView {
    const empty = this.sceneName === "zero" && number === 118;
    return {
      ...reportOf(this.mode, empty ? [] : this.payments(), empty),
      number,
      opened_at_ms: openedAtMs,
      opened_by: openedBy,
      closed_at_ms: closedAtMs,
      closed_by: closedAtMs === null ? null : (this.me?.name ?? "Huda"),
      anchor: closedAtMs === null ? null : { number: ENTRIES, hash: HASH },
    };
  }
}
