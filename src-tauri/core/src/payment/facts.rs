//! The facts heard about one payment, and the one place that says what state they make.

use super::{Details, Doubt, Ending, Event, Flag, Flags, NumberCheck, Receipt, State, Verdict};
use std::collections::BTreeSet;

/// Everything heard about a payment. Order matters only where a person or the till itself acted in between.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// When the money request was recorded as leaving (UTC ms).
    pub sent_at_ms: Option<i64>,
    /// How many money requests were recorded.
    pub sends: u8,
    /// The provider's own id for it, where it made one.
    pub wire_id: Option<String>,
    /// MIS Pay refunds: the purchase amount before, in minor units.
    pub baseline_minor: Option<i64>,
    /// The provider has it; since when (UTC ms).
    pub accepted_at_ms: Option<i64>,
    /// MIS Pay's track id.
    pub track: Option<String>,
    /// What the customer scans.
    pub qr: Option<String>,
    /// The current doubt. Cleared when the provider answers again.
    pub doubt: Option<Doubt>,
    /// A definite refusal of the request.
    pub refusal: Option<Ending>,
    /// The provider's word that it ended without money.
    pub ending: Option<Ending>,
    /// The provider says paid.
    pub said_complete: bool,
    /// The receipt stayed away.
    pub receipt_missed: bool,
    /// The provider reported an error of its own; only an outcome ends that.
    pub said_error: bool,
    /// Proofs; an agreeing one is first.
    pub receipts: BTreeSet<Receipt>,
    /// The final word, once read.
    pub details: Option<Details>,
    /// It cannot be read.
    pub details_missing: bool,
    /// Money went back.
    pub returned: bool,
    /// When a person asked to stop (UTC ms).
    pub cancel_asked_at_ms: Option<i64>,
    /// The cancel was asked for while in doubt, so it took the doubt's place; asked for while Sent, it waits for an answer.
    pub fence: bool,
    /// The provider answered the cancel of a paid payment.
    pub cancel_answered: bool,
    /// It never did.
    pub cancel_unanswered: bool,
    /// Out of the cashier's way.
    pub parked: bool,
    /// The last checked number.
    pub number_check: Option<NumberCheck>,
    /// A manager's finding.
    pub verdict: Option<Verdict>,
    /// Accepted although it had been ended, or after another attempt.
    pub accepted_late: bool,
    /// The details of a refund's purchase show something else than before and after.
    pub strange_amount: Option<i64>,
    /// The provider's details reflect refunds, as seen on this refund.
    pub drop_seen: bool,
    /// What has been read by a person.
    pub acknowledged: Flags,
}

impl Facts {
    pub(super) fn fold(&mut self, event: &Event, at_ms: i64) {
        match event {
            Event::Opened(_) => {}
            Event::Sent { wire_id, baseline_minor } => {
                self.sent_at_ms.get_or_insert(at_ms);
                self.sends += 1;
                self.wire_id.clone_from(wire_id);
                self.baseline_minor = *baseline_minor;
            }
            Event::SentAgain => self.sends += 1,
            Event::Refused { ending } => _ = self.refusal.get_or_insert(*ending),
            Event::Accepted { track, qr, followed, stale } => {
                let ended = self.refusal.is_some() || self.verdict == Some(Verdict::NotCharged);
                self.accepted_late |= self.accepted_at_ms.is_none() && (ended || *followed);
                self.accepted_at_ms.get_or_insert(at_ms);
                self.track = self.track.take().or_else(|| track.clone());
                self.qr = self.qr.take().or_else(|| qr.clone());
                // That a receipt is missing no answer to the request can mend.
                if !stale && self.doubt != Some(Doubt::ReceiptMissing) {
                    self.doubt = None;
                }
            }
            Event::Doubted { doubt } => {
                self.doubt = Some(*doubt);
                self.receipt_missed |= *doubt == Doubt::ReceiptMissing;
            }
            Event::Ended { ending } => _ = self.ending.get_or_insert(*ending),
            Event::SaidComplete => {
                self.said_complete = true;
                self.accepted_at_ms.get_or_insert(at_ms);
            }
            Event::SaidError => self.said_error = true,
            Event::Captured(receipt) => _ = self.receipts.insert(receipt.clone()),
            Event::DetailsRead(details) => self.details = Some(details.clone()),
            Event::DetailsMissing => self.details_missing = true,
            Event::Returned => self.returned = true,
            Event::CancelAsked => {
                self.cancel_asked_at_ms.get_or_insert(at_ms);
                self.fence |= self.doubt.take().is_some();
            }
            Event::CancelAnswered => self.cancel_answered = true,
            Event::CancelUnanswered => self.cancel_unanswered = true,
            Event::Parked => self.parked = true,
            Event::NumberChecked(check) => self.number_check = Some(check.clone()),
            Event::StrangeAmount { minor } => self.strange_amount = Some(*minor),
            Event::Settled { verdict, .. } => {
                self.verdict = Some(*verdict);
                self.acknowledged.insert(Flag::ByHand);
            }
            Event::Acknowledged => {}
            Event::DropSeen => self.drop_seen = true,
        }
    }

    // Strength of evidence, strongest first: Reversed > Paid > a person's finding > Declined > the rest.
    pub(super) fn state(&self) -> State {
        let not_charged = self.verdict == Some(Verdict::NotCharged) && !self.accepted_late;
        if self.returned {
            State::Reversed
        } else if !self.receipts.is_empty() || self.verdict == Some(Verdict::Charged) {
            State::Paid
        } else if let Some(ending) = self.ending {
            State::Declined(ending)
        } else if not_charged {
            State::Declined(Ending::NotChargedByHand)
        } else if let (Some(ending), None) = (self.refusal, self.accepted_at_ms) {
            State::Declined(ending)
        } else if self.said_error {
            State::Unknown(Doubt::ProviderError)
        } else if let Some(doubt) = self.doubt {
            State::Unknown(doubt)
        } else if self.cancel_asked_at_ms.is_some() && (self.accepted_at_ms.is_some() || self.fence) {
            State::Cancelling
        } else if self.accepted_at_ms.is_some() {
            State::Waiting
        } else if self.sends > 0 {
            State::Sent
        } else {
            State::Opened
        }
    }

    pub(super) fn flags(&self, orphan: bool) -> Flags {
        let proof = !self.receipts.is_empty() || self.returned;
        let ended = self.ending.is_some() || self.refusal.is_some() || self.verdict == Some(Verdict::NotCharged);
        let differs = self.receipts.iter().any(|r| r.differs) || self.details.as_ref().is_some_and(|d| d.differs);
        let said_both = self.ending.is_some() && (self.said_complete || self.verdict == Some(Verdict::Charged));
        let cancelled_and_paid = proof && self.ending.is_some() && self.cancel_asked_at_ms.is_some();
        [
            (Flag::Mismatch, differs || (proof && self.details_missing) || self.strange_amount.is_some()),
            (Flag::Orphan, orphan),
            (
                Flag::Late,
                self.accepted_late || (self.refusal.is_some() && self.accepted_at_ms.is_some()) || (proof && ended),
            ),
            (
                Flag::Contradicted,
                said_both
                    || cancelled_and_paid
                    || self.cancel_unanswered
                    || self.receipts.len() > 1
                    || self.receipt_missed,
            ),
            (Flag::ByHand, self.verdict.is_some()),
        ]
        .into_iter()
        .filter_map(|(flag, holds)| holds.then_some(flag))
        .collect()
    }
}
