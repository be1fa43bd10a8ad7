//! What a till needs to know of payments that it does not hold in memory: a year of them stays in the journal.

use super::desk::Desk;
use crate::ask::{Ask, Deed, Input, Wish};
use crate::book::Book;
use crate::message::{Signal, SocketNews};
use crate::money::Money;
use crate::provider::multipay;
use crate::shift::ReportRow;

/// What the journal comes to, beside the payments that are recalled from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Every payment there ever was.
    pub payments: usize,
    /// Whether MIS Pay's details were ever seen to fall by a refund of ours.
    pub drop_seen: bool,
    /// What has moved in the open shift.
    pub shift: Vec<ReportRow>,
    /// Paid, less refunded and returned, since the ledger began: one sum a currency.
    pub running: Vec<Money>,
}

/// One thing that may have to be recalled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// The payment that bears this id, ours or the provider's.
    Id(String),
    /// Every payment on this reference.
    Reference(String),
}

pub(super) fn of(input: &Input, book: &Book, desk: &Desk) -> Vec<Want> {
    let of_deed = |deed: &Deed| if let Deed::Ask(ask) = deed { of_ask(ask, book) } else { Vec::new() };
    let mut wants = match input {
        Input::Wished(Wish::Do { deed, .. }) => of_deed(deed),
        Input::PinChecked { job, .. } => desk.deed(*job).map(of_deed).unwrap_or_default(),
        Input::Wished(_) | Input::PinHashed { .. } | Input::Noted { .. } => Vec::new(),
        Input::Asked { ask, .. } => of_ask(ask, book),
        Input::Heard { signal: Signal::Socket { news: SocketNews::Text(text), .. }, .. } => {
            // The unit says nothing about the ids.
            let heard = multipay::messages::read(text, multipay::messages::AmountUnit::Minor);
            heard.ids().into_iter().map(Want::Id).collect()
        }
        Input::Heard { .. } => Vec::new(),
    };
    wants.retain(|want| match want {
        Want::Id(id) => book.by_wire_id(id).is_none(),
        Want::Reference(_) => true,
    });
    wants
}

fn of_ask(ask: &Ask, book: &Book) -> Vec<Want> {
    let id = |payment: &crate::payment::PaymentId| Want::Id(payment.to_string());
    match ask {
        Ask::Sell(sale) => {
            let named = sale.reference.as_deref().map(str::trim).filter(|reference| !reference.is_empty());
            let reference = named.map_or_else(|| book.next_reference(), str::to_owned);
            vec![id(&sale.id), Want::Reference(reference)]
        }
        Ask::Refund(refund) => vec![id(&refund.id), id(&refund.sale)],
        Ask::Cancel(payment) | Ask::Park(payment) | Ask::CheckNow(payment) | Ask::Acknowledge(payment) => {
            vec![id(payment)]
        }
        Ask::CheckNumber { payment, .. } | Ask::CustomerSays { payment, .. } | Ask::Settle { payment, .. } => {
            vec![id(payment)]
        }
        Ask::LookNow => Vec::new(),
    }
}
