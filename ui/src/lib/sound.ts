// The sounds of a result. Where there is no sound device the till stays silent and nothing breaks.

export type SoundName = "paid" | "not_paid" | "not_known" | "refunded" | "look";

type Note = { hertz: number; at_s: number; long_s: number; loud: number };

const NOTES: Record<SoundName, Note[]> = {
  paid: [
    { hertz: 659, at_s: 0, long_s: 0.14, loud: 0.22 },
    { hertz: 988, at_s: 0.15, long_s: 0.26, loud: 0.22 },
  ],
  not_paid: [{ hertz: 165, at_s: 0, long_s: 0.2, loud: 0.3 }],
  not_known: [
    { hertz: 523, at_s: 0, long_s: 0.16, loud: 0.25 },
    { hertz: 523, at_s: 0.26, long_s: 0.16, loud: 0.25 },
    { hertz: 523, at_s: 0.52, long_s: 0.16, loud: 0.25 },
  ],
  refunded: [
    { hertz: 988, at_s: 0, long_s: 0.14, loud: 0.2 },
    { hertz: 659, at_s: 0.15, long_s: 0.26, loud: 0.2 },
  ],
  look: [{ hertz: 784, at_s: 0, long_s: 0.08, loud: 0.08 }],
};

let device: AudioContext | null | undefined;

/** Opens the device ahead of the first sound: that takes long enough to hold a result back. */
export function open(): AudioContext | null {
  if (device !== undefined) return device;
  try {
    device = typeof AudioContext === "undefined" ? null : new AudioContext();
  } catch {
    device = null;
  }
  return device;
}

export function play(name: SoundName): void {
  const audio = open();
  if (audio === null) return;
  // Not allowed before the first touch or key: then this one is silent.
  if (audio.state === "suspended") void audio.resume().catch(() => undefined);
  for (const note of NOTES[name]) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    const start = audio.currentTime + note.at_s;
    tone.type = "sine";
    tone.frequency.value = note.hertz;
    loud.gain.setValueAtTime(0, start);
    loud.gain.linearRampToValueAtTime(note.loud, start + 0.01);
    loud.gain.setTargetAtTime(0, start + note.long_s, 0.03);
    tone.connect(loud).connect(audio.destination);
    tone.start(start);
    tone.stop(start + note.long_s + 0.25);
  }
}
