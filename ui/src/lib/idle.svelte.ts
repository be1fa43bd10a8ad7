// When nobody has touched the till for a while, it signs out; never while a payment on the stage is under way.
/** How long before signing out it says so, in seconds. */
export const WARN_S = 15;
const MS_PER_SECOND = 1000;
/** How long to wait before signing out again where the till did not do it, in milliseconds. */
const AGAIN_MS = 5000;

export class Idle {
  /** Seconds until it signs out, once there are few left; else null. */
  warnsS = $state<number | null>(null);

  private lockAfterMs = 0;
  private held = false;
  private touchedMs: number;
  private askedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly signOut: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.touchedMs = now();
  }

  /** Takes how long one may be away (0: for ever), and whether a payment keeps the till open. */
  follow(lockAfterMs: number, held: boolean): void {
    if (lockAfterMs !== this.lockAfterMs || held !== this.held) this.touchedMs = this.now();
    this.lockAfterMs = lockAfterMs;
    this.held = held;
    this.look();
  }

  touch(): void {
    this.touchedMs = this.now();
    this.warnsS = null;
  }

  /** Looks at the time. Each second is enough. */
  look(): void {
    if (this.lockAfterMs === 0 || this.held) {
      this.warnsS = null;
      return;
    }
    const leftMs = this.lockAfterMs - (this.now() - this.touchedMs);
    if (leftMs > 0) {
      const leftS = Math.ceil(leftMs / MS_PER_SECOND);
      this.warnsS = leftS <= WARN_S ? leftS : null;
    } else if (this.now() - this.askedMs >= AGAIN_MS) {
      this.warnsS = null;
      this.askedMs = this.now();
      this.signOut();
    }
  }

  /** Starts looking each second; answers the function that stops it. */
  start(): () => void {
    const timer = setInterval(() => this.look(), MS_PER_SECOND);
    return () => clearInterval(timer);
  }
}
