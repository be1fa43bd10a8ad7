//! The oracle: the ledger against the providers' own books (invariants I1 to I8 and I12).

use super::Shop;
use checkstand_core::payment::{Ending, Event, Flag, Kind, Payment, PaymentId, ProviderName, State};
use checkstand_core::provider::multipay::Flow;
use checkstand_simulator::books::{Capture, RequestKind};
use checkstand_simulator::phone::Provider;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Strength of evidence.
pub fn rank(state: State) -> u8 {
    match state {
        State::Opened => 0,
        State::Sent => 1,
        State::Waiting | State::Cancelling | State::Unknown(_) => 2,
        State::Declined(_) => 3,
        State::Paid => 4,
        State::Reversed => 5,
    }
}

/// The one way down: a payment that the till had ended turns out to be alive at the provider, by an answer of the provider's
/// that names it. What was in doubt about it before is so again, and a cancel that was asked for goes on.
pub fn may_fall_back(from: State, to: State, by: &Event) -> bool {
    matches!(
        (from, to, by),
        (State::Declined(_), State::Waiting | State::Cancelling | State::Unknown(_), Event::Accepted { .. })
    )
}

pub(super) fn provider(of: ProviderName) -> Provider {
    match of {
        ProviderName::Mispay => Provider::MisPay,
        ProviderName::Multipay => Provider::MultiPay,
    }
}

/// Everything in which ledger and truth disagree. Call it after a calm stretch, when nothing is on its way.
pub fn violations(shop: &Shop) -> Vec<String> {
    let mut wrongs = shop.wrongs.clone();
    let book = shop.till.book();
    for capture in shop.far.books().captures() {
        let own = Uuid::parse_str(&capture.id).ok().map(PaymentId);
        // In the GET-flow the far end made the id.
        let id = own.filter(|id| book.payment(*id).is_some()).or_else(|| book.by_wire_id(&capture.id));
        match id.and_then(|id| book.payment(id)) {
            None => wrongs.push(format!("I1: capture {} is not in the ledger", capture.id)),
            Some(payment) => check_capture(shop, payment, capture, &mut wrongs),
        }
    }
    for payment in book.payments() {
        check_payment(shop, payment, &mut wrongs);
    }
    check_requests(shop, &mut wrongs);
    wrongs
}

fn is_flagged(payment: &Payment) -> bool {
    !payment.flags.is_empty() || matches!(payment.state, State::Unknown(_) | State::Sent | State::Cancelling)
}

fn delivered(shop: &Shop, id: &str, word: &'static str) -> bool {
    shop.delivered.contains(&(id.to_owned(), word))
}

/// Whether a till has heard that it was captured.
fn was_told(shop: &Shop, id: &str) -> bool {
    delivered(shop, id, "receipt") || delivered(shop, id, "complete")
}

/// I1: every capture is Paid, or flagged, or not known.
fn check_capture(shop: &Shop, payment: &Payment, capture: &Capture, wrongs: &mut Vec<String>) {
    let seen = match payment.state {
        State::Paid | State::Reversed => true,
        // The provider itself said canceled, captured later, and never delivered a word of it: nobody could know.
        State::Declined(Ending::Canceled) if payment.opening.provider == ProviderName::Multipay => {
            is_flagged(payment) || delivered(shop, &capture.id, "canceled") && !was_told(shop, &capture.id)
        }
        // Its receipt broke off on the way and is never sent again: it waits in sight of everybody, for a day.
        State::Waiting if payment.opening.provider == ProviderName::Multipay => !was_told(shop, &capture.id),
        State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Unknown(_) | State::Declined(_) => {
            is_flagged(payment)
        }
    };
    if !seen {
        wrongs.push(format!("I1: {} captured at the provider, {:?} in the ledger", capture.id, payment.state));
    }
    // What the provider gives back by itself, it must also say.
    let by_cancel = shop.far.books().received(&capture.id, RequestKind::Cancel).executed > 0;
    if capture.reversed_at_ms.is_some() && by_cancel && payment.state == State::Paid && !is_flagged(payment) {
        wrongs.push(format!("I2: {} was reversed at the provider, Paid without a flag in the ledger", capture.id));
    }
    let was_told = delivered(shop, &capture.id, "reversed") || delivered(shop, &capture.reference, "reversed");
    let heard_reversed = capture.reversed_at_ms.is_some() && was_told;
    if heard_reversed && payment.state != State::Reversed {
        wrongs.push(format!("I8: {} was heard to be reversed, {:?} in the ledger", capture.id, payment.state));
    }
    // I12: a reference is known and a day has passed.
    if payment.state == State::Waiting && payment.opening.provider == ProviderName::Mispay {
        wrongs.push(format!("I12: {} is captured and still Waiting", capture.id));
    }
}

fn check_payment(shop: &Shop, payment: &Payment, wrongs: &mut Vec<String>) {
    let id = payment.id;
    let money = payment.opening.money;
    match payment.opening.kind {
        Kind::Sale if payment.state == State::Paid && !payment.opening.orphan => {
            let name = payment.facts.wire_id.clone().unwrap_or_else(|| id.to_string());
            let captures = shop.far.books().captures_of(provider(payment.opening.provider), &name);
            let right = captures.len() == 1
                && captures[0].amount_minor == money.minor
                && captures[0].currency == money.currency.code();
            if !right && !payment.flags.contains(&Flag::Mismatch) {
                wrongs.push(format!("I2: {id} is Paid {money} in the ledger, the provider has {captures:?}"));
            }
            check_refunds(shop, payment, &captures, wrongs);
        }
        Kind::Sale | Kind::Refund { .. } => {}
    }
    // In the GET-flow a sale stays open until somebody scans it, or calls it off.
    let waits_for_scan = shop.setup.multipay.as_ref().is_some_and(|account| account.flow == Flow::Get)
        && payment.opening.provider == ProviderName::Multipay
        && payment.opening.kind == Kind::Sale;
    if (payment.state == State::Opened && !waits_for_scan) || payment.state == State::Sent {
        wrongs.push(format!("I12: {id} is still {:?} a day later", payment.state));
    }
}

/// I2 and I6: what went back in the ledger is what went back in truth, unless a refund is not known.
fn check_refunds(shop: &Shop, sale: &Payment, captures: &[&Capture], wrongs: &mut Vec<String>) {
    let book = shop.till.book();
    let refunds: Vec<&Payment> = book.refunds_of(sale.id).collect();
    let paid: i64 =
        refunds.iter().filter(|refund| refund.state == State::Paid).map(|refund| refund.opening.money.minor).sum();
    let in_doubt: i64 = refunds
        .iter()
        .filter(|refund| is_flagged(refund) && refund.state != State::Paid && !book.is_taken_over(refund))
        .map(|refund| refund.opening.money.minor)
        .sum();
    let truth: i64 = captures.iter().map(|capture| capture.refunded_minor()).sum();
    // What was reversed has gone back as well, and a refund of it is refused as one that was done already.
    let gone_back: i64 = captures.iter().map(|capture| capture.amount_minor - capture.net_minor()).sum();
    if paid > gone_back || paid + in_doubt < truth {
        wrongs.push(format!(
            "I2: refunds of {}: {paid} in the ledger ({in_doubt} in doubt), {truth} at the provider",
            sale.id
        ));
    }
    if paid + in_doubt > sale.opening.money.minor && refunds.iter().all(|refund| refund.flags.is_empty()) {
        wrongs.push(format!("I6: refunds of {} exceed it", sale.id));
    }
}

/// I4 and I7: one money request per attempt at the far end, save the repeat of one refused for its token.
fn check_requests(shop: &Shop, wrongs: &mut Vec<String>) {
    let mut refunds_of: BTreeMap<String, u32> = BTreeMap::new();
    for payment in shop.till.book().payments() {
        if let Some(sale) = payment.refund_of() {
            *refunds_of.entry(sale.to_string()).or_default() += u32::from(payment.facts.sends);
        }
    }
    for (id, kind, received) in shop.far.books().received_all() {
        let most = match kind {
            RequestKind::Purchase | RequestKind::Init => {
                1 + received.token_refused.min(1) + shop.doubled.get(id).copied().unwrap_or(0)
            }
            // MIS Pay counts refunds under the sale.
            RequestKind::Refund => refunds_of.get(id).copied().unwrap_or(1),
            RequestKind::Cancel => u32::MAX,
        };
        if received.total > most {
            wrongs.push(format!("I4: {} money requests of kind {kind:?} for {id}", received.total));
        }
    }
    for (reference, attempts) in attempts_by_reference(shop) {
        let live = attempts.iter().filter(|p| !matches!(p.state, State::Declined(_) | State::Reversed)).count();
        let allowed = attempts.iter().any(|p| p.opening.override_by.is_some())
            || attempts.iter().any(|p| p.flags.contains(&Flag::Late));
        if live > 1 && !allowed {
            wrongs.push(format!("I3: {live} live attempts on sale {reference} without an override"));
        }
    }
}

fn attempts_by_reference(shop: &Shop) -> BTreeMap<&str, Vec<&Payment>> {
    let mut sales: BTreeMap<&str, Vec<&Payment>> = BTreeMap::new();
    for payment in shop.till.book().payments().filter(|p| p.opening.kind == Kind::Sale && !p.opening.orphan) {
        sales.entry(&payment.opening.reference).or_default().push(payment);
    }
    sales
}
