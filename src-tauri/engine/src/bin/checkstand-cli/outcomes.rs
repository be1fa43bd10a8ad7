//! `cancel`, `check` and `settle`: what is asked about a payment that has not ended.

use crate::ctrl_c::CtrlC;
use crate::desk::{Approval, Desk, Who, at_desk, block_on};
use crate::following::{End, Until, follow};
use crate::outcome::Outcome;
use crate::reading;
use crate::say::{self, Ending};
use crate::sell::with_missing;
use crate::till::{Till, Which};
use checkstand_core::ask::Ask;
use checkstand_core::payment::{self, Kind, Payment, ProviderName, State, Verdict};
use checkstand_core::problem::Problem;
use clap::Args;
use std::time::Duration;

pub const CANCEL_EXAMPLES: &str = "\
Examples:
  checkstand-cli cancel 0199f7a2-… --operator Sara

MultiPay is asked to stop it; until it confirms that, the customer may still pay. MIS Pay has no way to stop a payment: it is
put aside, and the watch goes on.

Exit codes: 0 stopped: the customer was not charged, 1 refused, or it is paid after all, 2 asked wrongly, 5 not known, or
still open.";

pub const CHECK_EXAMPLES: &str = "\
Examples:
  checkstand-cli check 0199f7a2-… --operator Sara
  checkstand-cli check 0199f7a2-… --operator Sara --wait-s 120 --json

Exit codes: 0 paid, 1 refused, 2 asked wrongly, 4 not paid, 5 not known, still open, or paid otherwise than asked.";

pub const SETTLE_EXAMPLES: &str = "\
Examples:
  checkstand-cli settle 0199f7a2-… --operator Huda --paid --evidence 'in the merchant panel' --reference 88171
  checkstand-cli settle 0199f7a2-… --operator Sara --approver Huda --not-paid --evidence 'not in the panel after an hour'

Exit codes: 0 it is settled, 1 refused, 2 asked wrongly.";

#[derive(Args)]
pub struct About {
    /// The payment's id.
    payment: String,
    /// How long to wait for the provider, in seconds.
    #[arg(long, value_name = "N", default_value_t = 30)]
    wait_s: u64,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args)]
pub struct Settle {
    /// The payment's id.
    payment: String,
    /// The customer was charged; of a refund: the money went back.
    #[arg(long, conflicts_with = "not_paid", required_unless_present = "not_paid")]
    paid: bool,
    /// The customer was not charged; of a refund: the money did not go back.
    #[arg(long)]
    not_paid: bool,
    /// What shows it, in your words.
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    /// The provider's number of it, where there is one.
    #[arg(long)]
    reference: Option<String>,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

pub fn cancel(asked: &About) -> Result<Ending, Problem> {
    let id = reading::payment_id(&asked.payment)?;
    Till::for_money(&asked.which)?;
    block_on(at_desk(&asked.which, &asked.who, async |desk| {
        let payment = desk.payment(id).await?;
        if has_no_cancel(&payment) && payment.is_open() {
            desk.ask(Ask::Park(id), &Approval::nobody()).await?;
            say::tell("MIS Pay has no way to stop a payment: it is put aside, and the customer may still pay");
            let parked = desk.payment(id).await?;
            return Ok(Outcome::of(&parked, End::TimeIsUp, desk.settings.mode).say(asked.which.place.json));
        }
        let ctrl_c = CtrlC::listen_to_the_end();
        ask(desk, Ask::Cancel(id), &payment).await?;
        let (payment, end) = follow(desk, id, Until::Told, Duration::from_secs(asked.wait_s), ctrl_c).await?;
        Ok(match Outcome::of(&payment, end, desk.settings.mode).say(asked.which.place.json) {
            // What was wanted is that no money moves.
            Ending::NotPaid => Ending::Well,
            Ending::Well => Ending::Unwell,
            other => other,
        })
    }))
}

pub fn check(asked: &About) -> Result<Ending, Problem> {
    let id = reading::payment_id(&asked.payment)?;
    Till::for_money(&asked.which)?;
    block_on(at_desk(&asked.which, &asked.who, async |desk| {
        let payment = desk.payment(id).await?;
        let ctrl_c = CtrlC::listen_to_the_end();
        ask(desk, Ask::CheckNow(id), &payment).await?;
        let (payment, end) = follow(desk, id, Until::Known, Duration::from_secs(asked.wait_s), ctrl_c).await?;
        Ok(Outcome::of(&payment, end, desk.settings.mode).say(asked.which.place.json))
    }))
}

pub fn settle(asked: &Settle) -> Result<Ending, Problem> {
    let id = reading::payment_id(&asked.payment)?;
    let reason = match &asked.reference {
        Some(number) => format!("{} ({})", asked.evidence.trim(), number.trim()),
        None => asked.evidence.trim().to_owned(),
    };
    let verdict = if asked.paid { Verdict::Charged } else { Verdict::NotCharged };
    block_on(at_desk(&asked.which, &asked.who, async |desk| {
        desk.payment(id).await?;
        // Who answers for it is put in by the till.
        let approval = payment::Approval { by: String::new(), reason };
        desk.ask(Ask::Settle { payment: id, verdict, approval }, &asked.approval).await?;
        let settled = desk.payment(id).await?;
        Outcome::of(&settled, End::Told, desk.settings.mode).say(asked.which.place.json);
        Ok(Ending::Well)
    }))
}

async fn ask(desk: &Desk, ask: Ask, payment: &Payment) -> Result<(), Problem> {
    let asked = desk.ask(ask, &Approval::nobody()).await;
    asked.map_err(|problem| with_missing(problem, desk, payment.opening.provider))
}

fn has_no_cancel(payment: &Payment) -> bool {
    let is_sale = payment.opening.kind == Kind::Sale;
    is_sale && payment.opening.provider == ProviderName::Mispay && payment.state != State::Opened
}
