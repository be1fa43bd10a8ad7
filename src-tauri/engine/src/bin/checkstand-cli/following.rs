//! Watches a payment until its outcome is told, and says on the way how it stands. Whoever stops watching changes nothing.

use crate::ctrl_c::CtrlC;
use crate::desk::Desk;
use crate::outcome;
use crate::say;
use checkstand_core::payment::{Doubt, Kind, Payment, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::till::Hint;
use std::time::{Duration, Instant};

/// Hints come with time.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// MIS Pay's final amount is read after its proof; the next start reads it where this does not.
const DETAILS_MAX: Duration = Duration::from_secs(10);
/// How long the wire waits for the answer to a money request of MIS Pay, and a little.
const ANSWER_MAX: Duration = Duration::from_secs(122);
/// Later than training's magic amounts act, the customer approves.
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

/// The money request to MIS Pay, while its answer may still come. Only that answer names the purchase: whoever hangs up before
/// it can never ask what became of it. What MultiPay says can be heard again by another connection.
#[derive(Default)]
struct Request {
    /// How many had left, and when the last one was seen to be gone.
    sends: u8,
    left_at: Option<Instant>,
}

impl Request {
    fn is_under_way(&mut self, payment: &Payment) -> bool {
        if payment.opening.provider != ProviderName::Mispay {
            return false;
        }
        match payment.state {
            // It leaves at any moment, or within seconds never.
            State::Opened => true,
            State::Sent => {
                if self.left_at.is_none() || self.sends != payment.facts.sends {
                    *self = Request { sends: payment.facts.sends, left_at: Some(Instant::now()) };
                }
                true
            }
            // One that this process has not seen leaving ended with the process that sent it.
            State::Unknown(doubt) => {
                doubt == Doubt::NoAnswer && self.left_at.is_some_and(|at| at.elapsed() < ANSWER_MAX)
            }
            State::Waiting | State::Cancelling | State::Declined(_) | State::Paid | State::Reversed => false,
        }
    }
}

/// Watches a payment. While its money request is under way, nobody leaves but by a second Ctrl-C. `ctrl_c` listens since before
/// the payment was opened.
///
/// # Errors
/// `payment_not_found`; `internal` where the engine has ended.
pub async fn follow(
    desk: &Desk,
    id: PaymentId,
    until: Until,
    wait: Duration,
    mut ctrl_c: CtrlC,
) -> Result<(Payment, End), Problem> {
    let began = Instant::now();
    let mut revisions = desk.handle.revisions();
    let (mut told, mut paid_since, mut customer, mut request) = (None, None, Trainee::default(), Request::default());
    let mut leaving = None;
    loop {
        revisions.borrow_and_update();
        let seen = look(desk, id).await?;
        let awaits_answer = request.is_under_way(&seen.payment);
        let line = outcome::progress(&seen.payment, seen.hint, awaits_answer, seen.failing);
        if told.as_ref() != Some(&line) {
            say::tell(&line);
            told = Some(line);
        }
        let details_are_due =
            is_final_amount_due(&seen.payment) && paid_since.get_or_insert_with(Instant::now).elapsed() < DETAILS_MAX;
        if is_over(&seen, until) && !details_are_due && !awaits_answer {
            return Ok((seen.payment, End::Told));
        }
        if let (Some(end), false) = (leaving, awaits_answer) {
            return Ok((seen.payment, end));
        }
        customer.act(desk, &seen.payment);
        let left = wait.saturating_sub(began.elapsed());
        let is_time_up = leaving.is_none() && left.is_zero();
        let look_again = if leaving.is_none() { left.min(LOOK_EVERY) } else { LOOK_EVERY };
        let asked_to_end = tokio::select! {
            _ = revisions.changed() => None,
            () = tokio::time::sleep(look_again) => is_time_up.then_some(End::TimeIsUp),
            () = ctrl_c.pressed() => Some(End::CalledOff),
        };
        match (asked_to_end, leaving) {
            (None, _) => {}
            (Some(_), Some(_)) => {
                let payment = look(desk, id).await?.payment;
                if request.is_under_way(&payment) {
                    say::tell(outcome::HUNG_UP);
                }
                return Ok((payment, End::CalledOff));
            }
            (Some(end), None) => {
                leaving = Some(end);
                if awaits_answer {
                    say::tell(outcome::ANSWER_COMES_FIRST);
                }
            }
        }
    }
}

/// In training nobody holds a phone.
#[derive(Default)]
struct Trainee {
    waiting_since: Option<Instant>,
    has_approved: bool,
}

impl Trainee {
    fn act(&mut self, desk: &Desk, payment: &Payment) {
        let Some(simulator) = desk.simulator.as_ref().filter(|_| payment.state == State::Waiting) else { return };
        if self.has_approved || self.waiting_since.get_or_insert_with(Instant::now).elapsed() <= TRAINING_CUSTOMER {
            return;
        }
        self.has_approved = true;
        if simulator.approve(&payment.wire_id()) {
            say::tell("training: the customer approves");
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
