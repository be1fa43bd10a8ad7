// The till's clock for the eye: ticks each second, set by the newest snapshot. No decision hangs on it.

export class Clock {
  now_ms = $state(Date.now());
  private offsetMs = 0;

  /** Sets the clock by the till's own time, in milliseconds since 1970. */
  set(nowMs: number): void {
    this.offsetMs = nowMs - Date.now();
    this.now_ms = nowMs;
  }

  /** Starts ticking; answers the function that stops it. */
  start(): () => void {
    const timer = setInterval(() => (this.now_ms = Date.now() + this.offsetMs), 1000);
    return () => clearInterval(timer);
  }
}
