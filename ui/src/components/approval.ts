// When an approval is ready to be handed over. The PIN's rules are the till's; here only whether it can be asked.
import type { Approver, PersonView } from "../lib/bindings";

export const PIN_LENGTH_MIN = 4;
export const PIN_LENGTH_MAX = 8;

/** Whether enough was typed to ask the till. */
export function isComplete(value: Approver | null): value is Approver {
  return value !== null && value.name !== "" && value.pin.length >= PIN_LENGTH_MIN;
}

/** Who may approve for `requester`: every other manager who has a PIN. */
export function managersFor(people: PersonView[], requester: string): PersonView[] {
  return people.filter(
    (person) => person.role === "manager" && person.has_pin && person.name !== requester,
  );
}
