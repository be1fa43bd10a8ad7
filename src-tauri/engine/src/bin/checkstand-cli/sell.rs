//! `sell`: charges a customer, and waits for what becomes of it.

use crate::asking;
use crate::ctrl_c::CtrlC;
use crate::desk::{Approval, Desk, Who, at_desk, block_on};
use crate::following::{Until, follow};
use crate::outcome::Outcome;
use crate::reading::{self, Provider};
use crate::say::Ending;
use crate::till::{Till, Which};
use checkstand_core::ask::{Ask, Sale, Size};
use checkstand_core::money::Currency;
use checkstand_core::payment::{PaymentId, ProviderName};
use checkstand_core::problem::Problem;
use checkstand_core::provider::mispay::normalise_code;
use checkstand_core::secret::Secret;
use checkstand_engine::settings::Settings;
use clap::Args;
use std::time::Duration;
use uuid::Uuid;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli sell --operator Sara --provider mispay --amount 201.05
  checkstand-cli sell --operator Sara --provider multipay --amount 99,50 --currency SEK --reference A-17
  read-the-code | checkstand-cli sell --operator Sara --provider mispay --amount 50 --json

MIS Pay's payment code is asked for at the terminal, or read from standard input where that is no terminal.
Ctrl-C while it waits stops nothing: the payment stays as it is. While MIS Pay has not answered yet, it waits for the answer
first; a second Ctrl-C does not.

Exit codes: 0 paid, 1 refused: nothing was charged, 2 asked wrongly, 3 the journal is not as it was written,
4 not paid, 5 not known, still open, or paid otherwise than asked, 130 called off before anything was charged.";

#[derive(Args)]
pub struct Sell {
    /// Through whom.
    #[arg(long)]
    provider: Provider,
    /// How much, as people write it: 201.05 or 201,05.
    #[arg(long, allow_hyphen_values = true)]
    amount: String,
    /// ISO 4217 letters. Without it, SAR for MIS Pay, and for MultiPay what the settings say.
    #[arg(long)]
    currency: Option<String>,
    /// The store's own number of the sale. Without it, the till numbers it.
    #[arg(long)]
    reference: Option<String>,
    /// So large an amount is meant.
    #[arg(long)]
    confirm_large: bool,
    /// How long to wait for the customer, in seconds.
    #[arg(long, value_name = "N", default_value_t = 900)]
    wait_s: u64,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

pub fn run(asked: &Sell) -> Result<Ending, Problem> {
    let settings = Till::for_money(&asked.which).map_err(nothing_left)?.settings;
    // What is typed wrongly is said before anybody is asked for a PIN.
    let sale = sale(asked, &settings)?;
    let sold = block_on(at_desk(&asked.which, &asked.who, async |desk| {
        desk.ready_for_money().await?;
        charge(asked, desk, sale).await
    }));
    sold.map_err(nothing_left)
}

async fn charge(asked: &Sell, desk: &Desk, mut sale: Sale) -> Result<Ending, Problem> {
    if sale.provider == ProviderName::Mispay {
        sale.code = Some(code().await?);
    }
    let (id, nobody) = (sale.id, Approval::nobody());
    let ctrl_c = CtrlC::listen_to_the_end();
    let opened = desk.ask(Ask::Sell(sale), &nobody).await;
    opened.map_err(|problem| with_missing(problem, desk, asked.provider.name()))?;
    let followed = follow(desk, id, Until::Told, Duration::from_secs(asked.wait_s), ctrl_c).await;
    let (payment, end) = followed.map_err(lost_sight)?;
    Ok(Outcome::of(&payment, end, desk.settings.mode).say(asked.which.place.json))
}

async fn code() -> Result<Secret<String>, Problem> {
    Ok(normalise_code(asking::secret("The customer's payment code").await?.expose()))
}

/// The one place where a sale is made of what was typed.
fn sale(asked: &Sell, settings: &Settings) -> Result<Sale, Problem> {
    let currency = match (&asked.currency, asked.provider.name()) {
        (Some(typed), _) => reading::currency(typed)?,
        (None, ProviderName::Mispay) => Currency::Sar,
        (None, ProviderName::Multipay) => reading::currency(&settings.multipay.currency)?,
    };
    let money = reading::amount(&asked.amount, currency)?;
    Ok(Sale {
        id: PaymentId(Uuid::now_v7()),
        provider: asked.provider.name(),
        money,
        reference: asked.reference.clone(),
        code: None,
        override_by: None,
        not_same_as: None,
        size: if asked.confirm_large { Size::Confirmed } else { Size::AsTyped },
    })
}

/// Names what keeps a provider from being used.
pub fn with_missing(problem: Problem, desk: &Desk, provider: ProviderName) -> Problem {
    match desk.in_force().missing.get(&provider) {
        Some(missing) if problem.code == "provider_not_configured" => problem.with("missing", missing.join(", ")),
        _ => problem,
    }
}

/// A wish that was refused has recorded nothing and sent nothing, as far as that can be told.
pub fn nothing_left(problem: Problem) -> Problem {
    match problem.code {
        _ if problem.fields.contains_key("money") => problem,
        "storage_unknown" | "id_reused" | "internal" => lost_sight(problem),
        _ => problem.with("money", "no"),
    }
}

/// The payment is under way, and cannot be watched any more.
pub fn lost_sight(problem: Problem) -> Problem {
    problem.with("money", "not_known")
}
