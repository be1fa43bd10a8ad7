// What a command threw, as a Problem.
import type { Problem } from "./bindings";

/** Anything but a Problem means that the shell broke: said so, never guessed. */
export function problemOf(thrown: unknown): Problem {
  if (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    typeof thrown.code === "string"
  ) {
    const fields =
      "fields" in thrown && typeof thrown.fields === "object" && thrown.fields !== null
        ? thrown.fields
        : {};
    return { code: thrown.code, fields: fields as Record<string, string> };
  }
  return { code: "internal", fields: {} };
}
