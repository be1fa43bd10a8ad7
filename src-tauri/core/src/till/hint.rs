//! What the cashier should be told beside the state. Only shown, never recorded: hints may depend on time.

use super::Till;
use crate::message::Now;
use crate::payment::{Kind, Payment, ProviderName, State};
use crate::provider::Provider;
use crate::provider::multipay::DoubtView;
use crate::provider::patience::Patience;

/// An unknown outcome of this age needs a manager.
const MANAGER_AFTER_MS: i64 = 15 * 60_000;

/// One thing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Opened: token or line are not there yet.
    Connecting,
    /// Opened, GET-flow: the customer scans the till's own code.
    CustomerScans,
    /// Sent.
    Sending,
    /// Sent for 8 s: do not take another code.
    StillContacting,
    /// Waiting.
    CustomerActs,
    /// Waiting for 3 min.
    PromptCustomer,
    /// Waiting for longer than customers usually take; MIS Pay is read each minute.
    Stale,
    /// The provider says paid, its receipt is missing.
    ReceiptDue,
    /// Cancelling.
    Stopping,
    /// Unknown for a moment: the connection was lost, somebody listens.
    Listening,
    /// Unknown.
    NotKnown,
    /// Unknown: ask what the customer's phone shows.
    AskCustomer,
    /// Unknown for long.
    CallManager,
    /// Nothing.
    None,
}

impl Till {
    /// What to say about a payment now.
    pub fn hint(&self, payment: &Payment, now: Now) -> Hint {
        match payment.state {
            State::Opened => match self.multipay.as_ref().filter(|machine| machine.awaits_scan(payment.id)) {
                Some(_) => Hint::CustomerScans,
                None => Hint::Connecting,
            },
            State::Sent => match self.patience(payment, now) {
                Patience::Fresh => Hint::Sending,
                Patience::StillContacting | Patience::Prompt | Patience::Stale => Hint::StillContacting,
            },
            State::Waiting if payment.facts.said_complete => Hint::ReceiptDue,
            State::Waiting => match self.patience(payment, now) {
                Patience::Fresh | Patience::StillContacting => Hint::CustomerActs,
                Patience::Prompt => Hint::PromptCustomer,
                Patience::Stale => Hint::Stale,
            },
            State::Cancelling if payment.facts.said_complete => Hint::ReceiptDue,
            State::Cancelling => Hint::Stopping,
            State::Unknown(_) => self.doubt(payment, now),
            State::Declined(_) | State::Paid | State::Reversed => Hint::None,
        }
    }

    fn patience(&self, payment: &Payment, now: Now) -> Patience {
        let machine: Option<&dyn Provider> = match payment.opening.provider {
            ProviderName::Mispay => self.mispay.as_ref().map(|machine| machine as &dyn Provider),
            ProviderName::Multipay => self.multipay.as_ref().map(|machine| machine as &dyn Provider),
        };
        let age_ms = machine.and_then(|machine| machine.age_ms(payment.id, now));
        let window_ms = machine.map_or(i64::MAX, Provider::window_ms);
        Patience::at(age_ms.unwrap_or(now.utc_ms - payment.changed_at_ms), window_ms)
    }

    fn doubt(&self, payment: &Payment, now: Now) -> Hint {
        let is_sale = payment.opening.kind == Kind::Sale;
        match (payment.opening.provider, &self.multipay) {
            (ProviderName::Multipay, Some(machine)) if is_sale => match machine.doubt_view(payment.id, now) {
                DoubtView::Listening => Hint::Listening,
                DoubtView::NotKnown => Hint::NotKnown,
                DoubtView::AskCustomer => Hint::AskCustomer,
                DoubtView::CallManager => Hint::CallManager,
            },
            (ProviderName::Mispay | ProviderName::Multipay, _) => {
                if now.utc_ms - payment.changed_at_ms >= MANAGER_AFTER_MS { Hint::CallManager } else { Hint::NotKnown }
            }
        }
    }
}
