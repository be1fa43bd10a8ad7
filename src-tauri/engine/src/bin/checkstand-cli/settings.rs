//! `settings`: the settings file, one setting at a time or as a whole. What would not be valid as a whole replaces nothing.

use crate::desk::{Desk, Guarded, Who, at_desk_if_staffed, block_on};
use crate::say::{self, Ending, problem};
use crate::settings_keys::{self, UNIT_CONFIRMED, shown};
use crate::till::Place;
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use checkstand_engine::opening::{broken_settings, load_settings};
use checkstand_engine::settings::{self, Difference, Settings};
use checkstand_engine::unit_guard;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli settings show
  checkstand-cli settings get mispay.base_url
  checkstand-cli settings set mode test --operator Huda
  checkstand-cli settings set limits.SAR.confirm_above 1000.00 --operator Huda
  checkstand-cli settings export shop.toml
  checkstand-cli settings import shop.toml --dry-run

Keys are those of the file. An empty value takes a limit, or a file, away. There is no secret in the file, and none goes in.
The till reads settings when it is opened.";

#[derive(Subcommand)]
pub enum Setting {
    /// All settings, and what is wrong with them. Needs no PIN.
    Show(Shown),
    /// One setting. Needs no PIN.
    Get(Got),
    /// Changes one setting.
    Set(Set),
    /// Writes all settings to a file, for another till. Needs no PIN: there is no secret among them.
    Export(Exported),
    /// Takes all settings from a file, and says which ones change.
    Import(Imported),
}

#[derive(Args)]
pub struct Shown {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Got {
    /// As in the file: mispay.base_url.
    key: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Set {
    /// As in the file: mispay.base_url.
    key: String,
    /// Text, a whole number, true or false: as the setting wants it.
    #[arg(allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Exported {
    /// The file to write. One that exists is not overwritten.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Imported {
    /// The file to read.
    file: PathBuf,
    /// Only says which settings would change.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

/// Whether what was said is saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Save,
    Nothing,
}

#[derive(Serialize)]
struct Changed {
    /// Whether the file holds them now.
    saved: bool,
    changes: Vec<Change>,
    /// Whether this till has seen on a phone that MultiPay's unit of amounts is right.
    unit_confirmed: bool,
}

#[derive(Serialize)]
struct Change {
    key: String,
    /// Empty where it is not set.
    from: String,
    to: String,
}

impl Setting {
    pub fn is_json(&self) -> bool {
        match self {
            Setting::Show(asked) => asked.place.json,
            Setting::Get(asked) => asked.place.json,
            Setting::Set(asked) => asked.place.json,
            Setting::Export(asked) => asked.place.json,
            Setting::Import(asked) => asked.place.json,
        }
    }
}

pub fn run(asked: &Setting) -> Result<Ending, Problem> {
    match asked {
        Setting::Show(asked) => show(&asked.place),
        Setting::Get(asked) => get(asked),
        Setting::Set(asked) => {
            let old = load_settings(&asked.place.paths()?)?;
            let new = settings_keys::with(&old, &asked.key, &asked.value)?;
            if let Some(wrong) = new.validate().into_iter().next() {
                return Err(wrong);
            }
            change(&asked.place, &asked.who, &old, &new, Then::Save)
        }
        Setting::Export(asked) => export(asked),
        Setting::Import(asked) => import(asked),
    }
}

fn show(place: &Place) -> Result<Ending, Problem> {
    let settings = load_settings(&place.paths()?)?;
    let problems = settings.validate();
    if place.json {
        say::answer(&json!({ "settings": settings, "problems": problems }));
    } else {
        say::plain(as_text(&settings)?.trim_end());
        for wrong in &problems {
            say::tell(format!("wrong: {}", crate::words::of_problem(wrong)));
        }
    }
    Ok(if problems.is_empty() { Ending::Well } else { Ending::Unwell })
}

fn get(asked: &Got) -> Result<Ending, Problem> {
    let settings = load_settings(&asked.place.paths()?)?;
    let value = settings_keys::value(&settings, &asked.key)?;
    if asked.place.json {
        say::answer(&json!({ "key": asked.key, "value": value }));
    } else {
        say::plain(shown(value.as_ref()));
    }
    Ok(Ending::Well)
}

fn export(asked: &Exported) -> Result<Ending, Problem> {
    let text = as_text(&load_settings(&asked.place.paths()?)?)?;
    let written = std::fs::File::create_new(&asked.file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| problem("export_failed", format!("{}: {error}", asked.file.display())))?;
    if asked.place.json {
        say::answer(&json!({ "file": asked.file.display().to_string() }));
    } else {
        say::line("settings", format!("written to {}", asked.file.display()));
    }
    Ok(Ending::Well)
}

fn import(asked: &Imported) -> Result<Ending, Problem> {
    let unreadable = |error: std::io::Error| problem("settings_invalid", format!("{}: {error}", asked.file.display()));
    // A missing file is no file of defaults here.
    std::fs::metadata(&asked.file).map_err(unreadable)?;
    let old = load_settings(&asked.place.paths()?)?;
    let read = settings::load(&asked.file).map_err(|error| broken_settings(&error))?;
    let new = unit_guard::without_foreign_proof(read.clone(), &old);
    if read != new {
        say::tell(format!(
            "{UNIT_CONFIRMED} is not taken over: another till has seen it. Confirm the unit by a test sale of 1.00 on this one"
        ));
    }
    if let Some(wrong) = new.validate().into_iter().next() {
        let text = std::fs::read_to_string(&asked.file).map_err(unreadable)?;
        let field = wrong.fields.get("field").cloned().unwrap_or_default();
        let line = settings_keys::line_of(&text, &field).map_or_else(|| "–".to_owned(), |line| line.to_string());
        return Err(wrong.with("file", asked.file.display()).with("line", line));
    }
    change(&asked.place, &asked.who, &old, &new, if asked.dry_run { Then::Nothing } else { Then::Save })
}

/// Says what changes, and saves it. Whoever works in the mode that is set now must be allowed to.
fn change(place: &Place, who: &Who, old: &Settings, new: &Settings, then: Then) -> Result<Ending, Problem> {
    let differences = settings::differences(old, new);
    let names: Vec<String> = differences.iter().map(|difference| difference.name.clone()).collect();
    // An empty text and none are the same to a person.
    let told = differences.into_iter().filter(|difference| difference.from != difference.to);
    let changes: Vec<Change> = told.map(|Difference { name, from, to }| Change { key: name, from, to }).collect();
    for Change { key, from, to } in &changes {
        say::tell(format!("{key}: {from} → {to}"));
    }
    let saves = then == Then::Save && !names.is_empty();
    if saves {
        let paths = place.paths()?;
        block_on(at_desk_if_staffed(&place.as_set(), who, Guarded::Settings, async |desk: Option<&Desk>| {
            settings::save(paths.settings(), new).map_err(|error| broken_settings(&error))?;
            match desk {
                Some(desk) => desk.note(StoreEvent::SettingsChanged { names }).await,
                None => Ok(()),
            }
        }))?;
    }
    if place.json {
        say::answer(&Changed { saved: saves, changes, unit_confirmed: new.multipay.is_unit_confirmed() });
    } else if saves {
        say::line("settings", "saved; the till reads them when it is opened");
    } else {
        say::line("settings", "nothing was changed");
    }
    Ok(Ending::Well)
}

fn as_text(settings: &Settings) -> Result<String, Problem> {
    settings::text(settings).map_err(|error| broken_settings(&error))
}
