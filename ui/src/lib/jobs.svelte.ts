// Long work that goes on while its own place is not in sight: the one to tell about on every screen, until it was read.
import type { JobView } from "./bindings";

export class Jobs {
  /** What to tell: the newest that runs, else the newest that has ended and was not read yet. */
  shown = $state.raw<JobView | null>(null);

  private jobs: JobView[] = [];
  /** Only what was seen running is told when it ends: an old one is no news. */
  private readonly seen: number[] = [];
  private readonly read: number[] = [];

  /** `isInSight`: the screen that belongs to a job shows it, so nobody has to be told here. */
  follow(jobs: JobView[], isInSight: (job: JobView) => boolean): void {
    this.jobs = jobs;
    for (const job of jobs) {
      if (job.state === "running") once(this.seen, job.id);
      else if (job.state === "cancelled" || isInSight(job)) once(this.read, job.id);
    }
    const news = jobs.filter((job) => this.seen.includes(job.id) && !this.read.includes(job.id));
    const running = news.filter((job) => job.state === "running" && !isInSight(job));
    const ended = news.filter((job) => job.state !== "running");
    this.shown = running.at(-1) ?? ended.at(-1) ?? null;
  }

  /** A person has read how it ended. */
  dismiss(job: number): void {
    once(this.read, job);
    if (this.shown?.id === job) this.shown = null;
  }

  /** Somebody else is at the till: what ended before is not their news. */
  forget(): void {
    for (const job of this.jobs) if (job.state !== "running") once(this.read, job.id);
    if (this.shown && this.shown.state !== "running") this.shown = null;
  }
}

function once(ids: number[], id: number): void {
  if (!ids.includes(id)) ids.push(id);
}
