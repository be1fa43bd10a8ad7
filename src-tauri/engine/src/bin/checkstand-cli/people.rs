//! `first-manager`: whoever begins a store's ledger. All others are added in the window.

use crate::asking;
use crate::desk::{Desk, block_on};
use crate::say::{self, Ending};
use crate::till::Which;
use checkstand_core::ask::Wish;
use checkstand_core::problem::Problem;
use clap::Args;
use serde_json::json;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli first-manager Huda
  checkstand-cli first-manager Huda --mode live

The PIN has 4 to 8 digits, and is asked for twice. Refused where somebody works already.";

#[derive(Args)]
pub struct FirstManager {
    /// Who.
    name: String,
    #[command(flatten)]
    pub which: Which,
}

pub fn first_manager(asked: &FirstManager) -> Result<Ending, Problem> {
    let mode = block_on(async {
        let desk = Desk::open(&asked.which).await?;
        let done = begin(&desk, &asked.name).await;
        desk.close().await;
        done.map(|()| desk.settings.mode)
    })?;
    if asked.which.place.json {
        say::answer(&json!({ "mode": mode.name(), "manager": asked.name.trim() }));
    } else {
        say::line("manager", format!("{} may sign in now ({})", asked.name.trim(), mode.name()));
    }
    Ok(Ending::Well)
}

async fn begin(desk: &Desk, name: &str) -> Result<(), Problem> {
    if !desk.is_unstaffed().await? {
        return Err(Problem::new("not_allowed").with("permission", "operators"));
    }
    let pin = asking::new_pin(name).await?;
    desk.handle.wish(Wish::FirstManager { name: name.to_owned(), pin }).await
}
