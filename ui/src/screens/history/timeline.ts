// The journal's words about one payment as sentences. A line's fields are the event as text, one level deep, so money stands
// there as minor units and an answer as "true" or "false". A word that this view does not know is shown as it is.
import { moneyText } from "../../components/format";
import { reasonText } from "../../components/words";
import type { CurrencyCode, KindWord, ReasonName, TimelineLine } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";
import { recordedReason } from "../../components/reasons";

export type LineWords = { text: string; more: string[] };
/** The payment that a line belongs to: a line names no provider, and not every amount its currency. */
export type About = { provider: string; kind: KindWord; currency: CurrencyCode };
type Given = About & { fields: Record<string, string>; operator: string };
type Words = (given: Given) => string | { text: string; more: string[] };

const isTrue = (value: string | undefined) => value === "true";
function amount({ fields, currency }: Given): string {
  const minor = fields["minor"] ?? "";
  return /^-?\d+$/.test(minor) ? moneyText(minor, fields["currency"] ?? currency) : "";
}
const why = (reason: string | undefined, provider: string) =>
  reason === undefined ? "" : reasonText(reason as ReasonName, provider);

function openedMore({ fields }: Given): string[] {
  const more: string[] = [];
  if (fields["reason"]) more.push(recordedReason(fields["reason"]));
  if (fields["approved_by"]) more.push(m.line_approved_by({ name: fields["approved_by"] }));
  if (fields["override_by"]) more.push(m.line_override_by({ name: fields["override_by"] }));
  return more;
}

const WORDS: Record<string, Words> = {
  opened: (given) => ({
    text: given.kind === "refund" ? m.line_opened_refund() : m.line_opened(),
    more: openedMore(given),
  }),
  sent: ({ provider }) => m.line_sent({ provider }),
  sent_again: ({ provider }) => m.line_sent_again({ provider }),
  refused: ({ fields, provider }) => ({
    text: m.line_refused({ provider }),
    more: [why(fields["ending"], provider)],
  }),
  accepted: ({ fields, provider }) => ({
    text: fields["qr"] ? m.line_accepted_qr({ provider }) : m.line_accepted({ provider }),
    more: fields["track"] ? [m.line_track({ track: fields["track"] })] : [],
  }),
  doubted: ({ fields, provider }) => ({
    text: m.line_doubted(),
    more: [why(fields["doubt"], provider)],
  }),
  ended: ({ fields, provider }) => ({
    text: m.line_ended({ provider }),
    more: [why(fields["ending"], provider)],
  }),
  said_complete: ({ provider }) => m.line_said_complete({ provider }),
  said_error: ({ provider }) => m.line_said_error({ provider }),
  captured: (given) => {
    const { fields, provider, kind } = given;
    const differs = isTrue(fields["differs"]);
    return {
      text: kind === "refund" ? m.line_refunded({ provider }) : m.line_captured({ provider }),
      more: [
        differs ? m.line_differs() : "",
        differs ? amount(given) : "",
        fields["id"] ? m.line_receipt({ receipt: fields["id"] }) : "",
      ],
    };
  },
  details_read: (given) => ({
    text: m.line_details_read({ provider: given.provider }),
    more: [amount(given), isTrue(given.fields["differs"]) ? m.line_differs() : m.line_agrees()],
  }),
  details_missing: ({ provider }) => m.line_details_missing({ provider }),
  returned: ({ provider }) => m.line_returned({ provider }),
  cancel_asked: ({ provider }) => m.line_cancel_asked({ provider }),
  cancel_answered: ({ provider }) => m.line_cancel_answered({ provider }),
  cancel_unanswered: ({ provider }) => m.line_cancel_unanswered({ provider }),
  parked: () => m.line_parked(),
  number_checked: ({ fields }) =>
    isTrue(fields["ours"])
      ? m.line_number_ours({ number: fields["number"] ?? "" })
      : m.line_number_not_ours({ number: fields["number"] ?? "" }),
  strange_amount: (given) => ({
    text: m.line_strange_amount({ provider: given.provider }),
    more: [amount(given)],
  }),
  drop_seen: ({ provider }) => m.line_drop_seen({ provider }),
  settled: ({ fields, kind, operator }) => ({
    text:
      fields["verdict"] === "charged"
        ? kind === "refund"
          ? m.line_settled_refunded()
          : m.line_settled_charged()
        : kind === "refund"
          ? m.line_settled_not_refunded()
          : m.line_settled_not_charged(),
    more: [
      fields["reason"] ?? "",
      fields["by"] && fields["by"] !== operator ? m.line_approved_by({ name: fields["by"] }) : "",
    ],
  }),
  acknowledged: () => m.line_acknowledged(),
  // Not of this payment itself: its refunds and papers, where they happened.
  refund_opened: (given) => ({
    text: m.line_refund_opened({ amount: amount(given) }),
    more: openedMore(given),
  }),
  printed: () => m.line_printed(),
};

export function lineWords(line: TimelineLine, about: About): LineWords {
  const words = WORDS[line.what];
  if (words === undefined) {
    const fields = Object.entries(line.fields).map(([name, value]) => `${name}: ${value}`);
    return { text: line.what, more: fields };
  }
  const said = words({ ...about, fields: line.fields, operator: line.operator });
  return typeof said === "string"
    ? { text: said, more: [] }
    : { text: said.text, more: said.more.filter((text) => text !== "") };
}

export const KNOWN_LINES = Object.keys(WORDS);
