//! `refund`: gives money back from a paid payment.

use crate::ctrl_c::CtrlC;
use crate::desk::{Approval, Desk, Who, at_desk, block_on};
use crate::following::{Until, follow};
use crate::outcome::Outcome;
use crate::reading;
use crate::say::Ending;
use crate::sell::{lost_sight, nothing_left, with_missing};
use crate::till::{Till, Which};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::money::Money;
use checkstand_core::payment::{Payment, PaymentId, RefundCause};
use checkstand_core::problem::Problem;
use clap::Args;
use std::time::Duration;
use uuid::Uuid;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli refund 0199f7a2-… --operator Huda --reason 'goods came back'
  checkstand-cli refund 0199f7a2-… --operator Sara --approver Huda --amount 20 --reason 'price was wrong'

Exit codes: 0 the money went back, 1 refused: nothing was sent, 2 asked wrongly, 3 the journal is not as it was written,
4 the provider did not give it back, 5 not known, or still open: it is never sent again by itself.";

#[derive(Args)]
pub struct GiveBack {
    /// The paid payment's id.
    payment: String,
    /// How much. Without it, all that is left.
    #[arg(long, allow_hyphen_values = true)]
    amount: Option<String>,
    /// Why.
    #[arg(long)]
    reason: String,
    /// How long to wait for the provider, in seconds.
    #[arg(long, value_name = "N", default_value_t = 120)]
    wait_s: u64,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

pub fn run(asked: &GiveBack) -> Result<Ending, Problem> {
    let sale = reading::payment_id(&asked.payment)?;
    Till::for_money(&asked.which).map_err(nothing_left)?;
    let given = block_on(at_desk(&asked.which, &asked.who, async |desk| {
        desk.ready_for_money().await?;
        give_back(asked, desk, sale).await
    }));
    given.map_err(nothing_left)
}

async fn give_back(asked: &GiveBack, desk: &Desk, sale: PaymentId) -> Result<Ending, Problem> {
    let (paid, left) = find(desk, sale).await?;
    let money = match &asked.amount {
        Some(typed) => reading::amount(typed, left.currency)?,
        // Where nothing is left the till says why.
        None if left.minor == 0 => paid.opening.money,
        None => left,
    };
    let cause = RefundCause { reason: asked.reason.trim().to_owned(), approved_by: None };
    let id = PaymentId(Uuid::now_v7());
    let ctrl_c = CtrlC::listen_to_the_end();
    let refunded = desk.ask(Ask::Refund(Refund { id, sale, money, retry_of: None, cause }), &asked.approval).await;
    refunded.map_err(|problem| with_missing(problem, desk, paid.opening.provider))?;
    let followed = follow(desk, id, Until::Told, Duration::from_secs(asked.wait_s), ctrl_c).await;
    let (payment, end) = followed.map_err(lost_sight)?;
    Ok(Outcome::of(&payment, end, desk.settings.mode).say(asked.which.place.json))
}

/// The payment, and what is left of it to give back.
async fn find(desk: &Desk, id: PaymentId) -> Result<(Payment, Money), Problem> {
    let payment = desk.payment(id).await?;
    let sale = payment.clone();
    let left_minor = desk.handle.look(move |scene| scene.till.book().refundable_minor(&sale)).await?;
    let currency = payment.opening.money.currency;
    Ok((payment, Money::new(left_minor, currency)))
}
