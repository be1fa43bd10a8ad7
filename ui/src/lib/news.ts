// Which sound a change deserves, and which alarm has not been read yet. Compares snapshots; decides nothing.
import type { Snapshot } from "./bindings";
import { type FaceName, faceOf, isAlarm } from "./face";
import type { SoundName } from "./sound";

/** An alarm sounds again until somebody touched the till in front of it. In milliseconds. */
export const ALARM_AGAIN_MS = 30_000;

function soundOf(face: FaceName): SoundName | null {
  switch (face) {
    case "paid":
      return "paid";
    case "refunded":
      return "refunded";
    case "not_paid":
    case "not_refunded":
    case "returned":
      return "not_paid";
    case "not_known":
    case "check_amount":
    case "check_payment":
    case "paid_late":
      return "not_known";
    case "waiting":
    case "stopping":
      return null;
  }
}

export class News {
  private seen: Map<string, { face: FaceName; hint: string }> | null = null;
  /** Payments whose alarm nobody has read yet. */
  private unread = new Map<string, FaceName>();

  /** Takes the next snapshot. Answers the sounds of what changed; the first snapshot is silent. */
  take(snapshot: Snapshot): SoundName[] {
    const first = this.seen === null;
    const next = new Map<string, { face: FaceName; hint: string }>();
    const sounds: SoundName[] = [];
    for (const payment of snapshot.payments) {
      const face = faceOf(payment);
      const before = this.seen?.get(payment.id);
      next.set(payment.id, { face, hint: payment.hint });
      if (this.unread.get(payment.id) !== face) this.unread.delete(payment.id);
      if (first) continue;
      if (before?.face !== face) {
        const sound = soundOf(face);
        if (sound !== null) sounds.push(sound);
        if (isAlarm(face)) this.unread.set(payment.id, face);
      } else if (
        before.hint !== payment.hint &&
        (payment.hint === "prompt_customer" || payment.hint === "ask_customer")
      ) {
        sounds.push("look");
      }
    }
    this.seen = next;
    return sounds;
  }

  /** Somebody touched the till while this payment was on the stage. */
  read(payment: string | null): void {
    if (payment !== null) this.unread.delete(payment);
  }

  hasUnread(): boolean {
    return this.unread.size > 0;
  }
}
