//! `secret`: the providers' credentials in the system's keychain. A value is typed without being shown, or comes from standard
//! input; nothing here can print one.

use crate::asking;
use crate::desk::{Desk, Guarded, Who, at_desk_if_staffed, block_on};
use crate::say::{self, Ending};
use crate::till::{Till, Which};
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use checkstand_engine::settings::Mode;
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::{Vault, VaultError};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli secret list
  checkstand-cli secret set mispay_app_secret --operator Huda
  read-it-somewhere | checkstand-cli secret set multipay_client_secret --operator Huda
  checkstand-cli secret forget mispay_app_id --operator Huda --mode test

A value is asked for at the terminal, or read from standard input where that is no terminal; it is never an argument.";

#[derive(Subcommand)]
pub enum Secret {
    /// Which secrets there are, and which of them are stored. Needs no PIN.
    List(Listed),
    /// Stores a secret in place of any earlier one.
    Set(Named),
    /// Removes a secret.
    Forget(Named),
}

#[derive(Args)]
pub struct Listed {
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args)]
pub struct Named {
    /// Which: mispay_app_id, mispay_app_secret, multipay_client_id, multipay_client_secret.
    name: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

impl Secret {
    pub fn is_json(&self) -> bool {
        match self {
            Secret::List(asked) => asked.which.place.json,
            Secret::Set(asked) | Secret::Forget(asked) => asked.which.place.json,
        }
    }
}

pub fn run(asked: &Secret) -> Result<Ending, Problem> {
    match asked {
        Secret::List(asked) => list(&asked.which),
        Secret::Set(asked) => change(asked, async |vault, name| {
            let value = asking::secret(name).await?;
            vault.put(name, value).await.map_err(|error| refused(&error, name))?;
            Ok(StoreEvent::SecretStored { name: name.to_owned() })
        }),
        Secret::Forget(asked) => change(asked, async |vault, name| {
            vault.forget(name).await.map_err(|error| refused(&error, name))?;
            Ok(StoreEvent::SecretForgotten { name: name.to_owned() })
        }),
    }
}

fn list(which: &Which) -> Result<Ending, Problem> {
    let mode = Till::find(which)?.mode;
    let vault = vault_of(mode)?;
    let stored = block_on(async {
        let mut stored = Map::new();
        for name in SECRET_NAMES {
            let found = vault.get(name).await.map_err(|error| refused(&error, name))?;
            stored.insert(name.to_owned(), Value::Bool(found.is_some()));
        }
        Ok(stored)
    })?;
    if which.place.json {
        say::answer(&json!({ "mode": mode.name(), "stored": stored }));
        return Ok(Ending::Well);
    }
    say::line("mode", mode.name());
    for (name, is_stored) in &stored {
        say::plain(format!("{name:<24} {}", if *is_stored == Value::Bool(true) { "stored" } else { "not stored" }));
    }
    Ok(Ending::Well)
}

fn change(
    asked: &Named,
    work: impl AsyncFnOnce(&Vault, &'static str) -> Result<StoreEvent, Problem>,
) -> Result<Ending, Problem> {
    let name = SECRET_NAMES.into_iter().find(|known| *known == asked.name);
    let name = name.ok_or_else(|| Problem::new("secret_unknown").with("name", &asked.name))?;
    let mode = Till::find(&asked.which)?.mode;
    let vault = vault_of(mode)?;
    let event =
        block_on(at_desk_if_staffed(&asked.which, &asked.who, Guarded::Secrets, async |desk: Option<&Desk>| {
            let event = work(&vault, name).await?;
            if let Some(desk) = desk {
                desk.note(event.clone()).await?;
            }
            Ok(event)
        }))?;
    let done = if matches!(event, StoreEvent::SecretStored { .. }) { "stored" } else { "forgotten" };
    if asked.which.place.json {
        say::answer(&json!({ "mode": mode.name(), "secret": name, "done": done }));
    } else {
        say::line(done, format!("{name} ({})", mode.name()));
    }
    Ok(Ending::Well)
}

/// Training has no secrets: what is typed there would never be used.
fn vault_of(mode: Mode) -> Result<Vault, Problem> {
    match mode {
        Mode::Training => Err(Problem::new("mode_not_allowed").with("why", "training")),
        Mode::Test | Mode::Live => Ok(Vault::new(mode.name())),
    }
}

fn refused(error: &VaultError, name: &str) -> Problem {
    Problem::new(error.code()).with("name", name)
}
