//! Watches a payment until its outcome is told, and says on the way how it stands. Whoever stops watching changes nothing.

use crate::desk::Desk;
use crate::outcome;
use crate::say;
use checkstand_core::payment::{Kind, Payment, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::till::Hint;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Hints come with time.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// MIS Pay's final amount is read after its proof; the next start reads it where this does not.
const DETAILS_MAX: Duration = Duration::from_secs(10);
/// In training nobody holds a phone: later than its magic amounts act, the customer approves.
const TRAINING_CUSTOMER: Duration = Duration::from_secs(3);

/// Until when somebody watches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The outcome is told, *not known* included.
    Told,
    /// The outcome is known.
    Known,
}

/// Why nobody watches any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The outcome was told.
    Told,
    /// The time that was given is over.
    TimeIsUp,
    /// Ctrl-C.
    CalledOff,
}

struct Seen {
    payment: Payment,
    hint: Hint,
    /// The ledger takes no entries: what a provider says waits.
    failing: bool,
}

/// Watches a payment.
///
/// # Errors
/// `payment_not_found`; `internal` where the engine has ended.
pub async fn follow(desk: &Desk, id: PaymentId, until: Until, wait: Duration) -> Result<(Payment, End), Problem> {
    let began = Instant::now();
    let mut revisions = desk.handle.revisions();
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    let (mut told, mut paid_since, mut waiting_since) = (None, None, None);
    let mut has_approved = false;
    loop {
        revisions.borrow_and_update();
        let seen = look(desk, id).await?;
        let line = outcome::progress(&seen.payment, seen.hint, seen.failing);
        if told.as_ref() != Some(&line) {
            say::tell(&line);
            told = Some(line);
        }
        let details_are_due =
            is_final_amount_due(&seen.payment) && paid_since.get_or_insert_with(Instant::now).elapsed() < DETAILS_MAX;
        if is_over(&seen, until) && !details_are_due {
            return Ok((seen.payment, End::Told));
        }
        if let (Some(simulator), State::Waiting, false) = (&desk.simulator, seen.payment.state, has_approved)
            && waiting_since.get_or_insert_with(Instant::now).elapsed() > TRAINING_CUSTOMER
        {
            has_approved = true;
            if simulator.approve(&seen.payment.wire_id()) {
                say::tell("training: the customer approves");
            }
        }
        let left = wait.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Ok((seen.payment, End::TimeIsUp));
        }
        tokio::select! {
            _ = revisions.changed() => {}
            () = tokio::time::sleep(left.min(LOOK_EVERY)) => {}
            _ = &mut ctrl_c => return Ok((look(desk, id).await?.payment, End::CalledOff)),
        }
    }
}

async fn look(desk: &Desk, id: PaymentId) -> Result<Seen, Problem> {
    let seen = desk.handle.look(move |scene| {
        let payment = scene.till.book().payment(id)?.clone();
        Some(Seen { hint: scene.till.hint(&payment, scene.now), payment, failing: scene.storage.failing })
    });
    seen.await?.ok_or_else(|| Problem::new("payment_not_found"))
}

fn is_over(seen: &Seen, until: Until) -> bool {
    match (until, seen.payment.state) {
        (Until::Known, _) => !seen.payment.is_open(),
        // It may be known in a moment: somebody listens still.
        (Until::Told, State::Unknown(_)) => seen.hint != Hint::Listening,
        (Until::Told, _) => !seen.payment.is_open(),
    }
}

fn is_final_amount_due(payment: &Payment) -> bool {
    let (opening, facts) = (&payment.opening, &payment.facts);
    let is_sale = opening.kind == Kind::Sale && opening.provider == ProviderName::Mispay;
    is_sale && payment.state == State::Paid && facts.details.is_none() && !facts.details_missing
}
