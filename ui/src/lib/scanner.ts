// Tells a scanner from a person by its timing: a scanner types a whole code in a burst and ends it with Enter.
// Knows nothing of fields; whoever feeds it decides what a scan is good for.

/** The longest pause inside a scan. Fast typists stay above 60 ms over four keys. */
export const SCAN_GAP_MS = 35;
/** Shorter bursts are typing: two fingers can fall at once. */
export const SCAN_LENGTH_MIN = 4;
export const SCAN_LENGTH_MAX = 64;

export class Scanner {
  private burst = "";
  private lastMs = Number.NEGATIVE_INFINITY;

  /** Feeds one printed sign. Answers true when it starts a new burst: the moment to remember what was there before. */
  sign(sign: string, atMs: number): boolean {
    const starts = this.burst === "" || atMs - this.lastMs > SCAN_GAP_MS;
    this.burst = starts ? sign : (this.burst + sign).slice(-SCAN_LENGTH_MAX - 1);
    this.lastMs = atMs;
    return starts;
  }

  /** Feeds the suffix (Enter). Answers the scanned text, or null when the burst was typing. Either way the burst is over. */
  suffix(atMs: number): string | null {
    const text = this.burst;
    const inTime = atMs - this.lastMs <= SCAN_GAP_MS;
    this.reset();
    return inTime && text.length >= SCAN_LENGTH_MIN && text.length <= SCAN_LENGTH_MAX ? text : null;
  }

  /** Forgets the burst, so that nothing of a code stays here. */
  reset(): void {
    this.burst = "";
    this.lastMs = Number.NEGATIVE_INFINITY;
  }
}
