// How long new things stay deaf, in milliseconds.

/** A button that just appeared hears nothing: the click was meant for what stood here before. */
export const INERT_MS = 300;
/** Enter cannot dismiss a result before it was seen. */
export const RESULT_ENTER_MS = 700;

/**
 * Counts from when the next frame stands on the screen, for what was not drawn was not seen; a slow machine may need
 * a while. Answers the age in milliseconds; a window that draws nothing counts from now.
 */
export function ageFromPaint(): () => number {
  let sinceMs = performance.now();
  // A frame callback runs before its frame is drawn; the task behind it runs after.
  requestAnimationFrame(() => setTimeout(() => (sinceMs = performance.now()), 0));
  return () => performance.now() - sinceMs;
}
