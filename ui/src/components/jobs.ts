// Long work in words and numbers. It is no money news, so it has no state's colour.
import type { JobView } from "../lib/bindings";
import * as m from "../messages/paraglide/messages";

const PERCENT = 100;

/** How far it is, in percent; null while nobody knows. */
export function jobPercent(job: JobView): number | null {
  return job.total > 0 ? Math.min(PERCENT, Math.floor((job.done / job.total) * PERCENT)) : null;
}

/** What it is, with a colon. */
export function jobName(job: JobView): string {
  switch (job.kind) {
    case "export":
      return m.job_export();
    case "verify":
      return m.job_verify();
    case "backup":
      return m.job_backup();
  }
}

/** How far it is or how it ended. */
export function jobWords(job: JobView): string {
  const percent = jobPercent(job);
  switch (job.state) {
    case "running":
      return percent === null ? m.job_running() : m.job_percent({ percent });
    case "done":
      return m.job_done();
    case "cancelled":
      return m.job_cancelled();
    case "failed":
      return m.job_failed();
  }
}

/** A path as its folder, which may be cut short, and its file, which may not. */
export function pathParts(path: string): { folder: string; file: string } {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { folder: path.slice(0, at + 1), file: path.slice(at + 1) };
}
