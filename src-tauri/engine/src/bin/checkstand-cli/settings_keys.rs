//! Settings by their names in the file: `mispay.base_url`.

use crate::say::problem;
use checkstand_core::problem::Problem;
use checkstand_engine::opening::broken_settings;
use checkstand_engine::settings::{self, AmountLimits, Confirmed, Settings, SettingsError};
use std::path::Path;
use toml::{Table, Value};

/// What only a test sale may set.
pub const UNIT_CONFIRMED: &str = "multipay.amount_unit_confirmed";

/// A setting as it is; `None` where it is not set.
///
/// # Errors
/// `setting_unknown`.
pub fn value(settings: &Settings, key: &str) -> Result<Option<Value>, Problem> {
    pattern(key)?;
    Ok(lookup(&table(settings)?, key).cloned())
}

/// A setting's value as a person reads it.
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The settings with one of them changed.
///
/// # Errors
/// `setting_unknown`, `settings_invalid`, `unit_not_tested`.
pub fn with(old: &Settings, key: &str, typed: &str) -> Result<Settings, Problem> {
    // A unit is confirmed by what a phone showed, not by a word: a wrong one charges a hundredfold.
    if key == UNIT_CONFIRMED && !typed.is_empty() {
        let how = "make a MultiPay sale of 1.00 in test mode, and type what the phone showed in the window";
        return Err(problem("unit_not_tested", how));
    }
    let wrong = |what: String| problem("settings_invalid", format!("{key}: {what}"));
    let new = match pattern(key)? {
        Value::Integer(_) => {
            Value::Integer(typed.trim().parse().map_err(|_| wrong("a whole number is wanted".to_owned()))?)
        }
        Value::Boolean(_) => {
            Value::Boolean(typed.trim().parse().map_err(|_| wrong("true or false is wanted".to_owned()))?)
        }
        _ => Value::String(typed.to_owned()),
    };
    let mut table = table(old)?;
    let (path, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut inner = &mut table;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let entry = inner.entry(step).or_insert_with(|| Value::Table(Table::new()));
        inner = entry.as_table_mut().ok_or_else(|| unknown(key))?;
    }
    if typed.is_empty() && lookup(&table_of_defaults()?, key).is_none() {
        inner.remove(name);
    } else {
        inner.insert(name.to_owned(), new);
    }
    let text = toml::to_string(&table).map_err(|error| problem("internal", error))?;
    settings::read(&text, Path::new("")).map_err(|error| match error {
        SettingsError::Broken { what, .. } => wrong(what),
        error => broken_settings(&error),
    })
}

/// The line of a file, from 1, in which a setting stands; the line of its section where it has none of its own.
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let (mut section, mut nearest) = (String::new(), None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = heading.trim().to_owned();
            if section == key || section.starts_with(&format!("{key}.")) {
                nearest = nearest.or(Some(index + 1));
            }
            continue;
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        let whole = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        if whole == key {
            return Some(index + 1);
        }
    }
    nearest
}

/// A value of the kind that a setting has.
fn pattern(key: &str) -> Result<Value, Problem> {
    let whole = Settings {
        extra_root_ca: Some("file.pem".into()),
        limits: [("SAR".to_owned(), AmountLimits::default())].into(),
        ..Settings::default()
    };
    let mut table = table(&whole)?;
    table.remove("version");
    if let Some(Value::Table(multipay)) = table.get_mut("multipay") {
        let unit = Value::try_from(Confirmed::Minor).map_err(|error| problem("internal", error))?;
        multipay.insert("amount_unit_confirmed".to_owned(), unit);
    }
    // The limits of one currency are like those of another.
    let limit =
        key.strip_prefix("limits.").and_then(|rest| rest.split_once('.')).map(|(_, name)| format!("limits.SAR.{name}"));
    match lookup(&table, limit.as_deref().unwrap_or(key)) {
        Some(Value::Table(_)) | None => Err(unknown(key)),
        Some(value) => Ok(value.clone()),
    }
}

fn unknown(key: &str) -> Problem {
    Problem::new("setting_unknown").with("field", key)
}

fn table(settings: &Settings) -> Result<Table, Problem> {
    Table::try_from(settings).map_err(|error| problem("internal", error))
}

fn table_of_defaults() -> Result<Table, Problem> {
    table(&Settings::default())
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((step, rest)) => lookup(table.get(step)?.as_table()?, rest),
    }
}
