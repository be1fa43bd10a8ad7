//! The journal for the window: long work, who did what, and whether the chain holds.

use checkstand_core::problem::Problem;
use checkstand_engine::jobs::{Job, JobKind, JobState};
use checkstand_engine::ledger::{BackupStep, Listed, Removable, RemovalStep};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the check of the journal knows.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "JournalState"))]
#[serde(rename_all = "snake_case")]
pub enum JournalWord {
    Checking,
    Sound,
    Broken,
}

/// Long work.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JobView {
    #[cfg_attr(test, ts(type = "number"))]
    id: u64,
    #[cfg_attr(test, ts(type = "\"export\" | \"verify\" | \"backup\""))]
    kind: &'static str,
    #[cfg_attr(test, ts(type = "\"running\" | \"done\" | \"cancelled\" | \"failed\""))]
    state: &'static str,
    #[cfg_attr(test, ts(type = "number"))]
    done: u64,
    /// 0 while nobody knows.
    #[cfg_attr(test, ts(type = "number"))]
    total: u64,
    /// What it made.
    file: Option<String>,
    #[cfg_attr(test, ts(type = "Problem | null"))]
    problem: Option<Problem>,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> JobView {
        let (state, file, problem) = match &job.state {
            JobState::Running => ("running", None, None),
            JobState::Done(file) => ("done", file.clone(), None),
            JobState::Cancelled => ("cancelled", None, None),
            JobState::Failed(problem) => ("failed", None, Some(problem.clone())),
        };
        let kind = match job.kind {
            JobKind::Export => "export",
            JobKind::Verify => "verify",
            JobKind::Backup => "backup",
        };
        JobView { id: job.id, kind, state, done: job.done, total: job.total, file, problem }
    }
}

/// One line of the activity.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ActivityLine {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: i64,
    #[cfg_attr(test, ts(type = "number"))]
    pub at_ms: i64,
    pub operator: String,
    /// A word of the journal.
    pub what: String,
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    pub fields: BTreeMap<String, String>,
    pub payment: Option<String>,
}

/// A page of the activity, newest first; `next` goes on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ActivityPage {
    pub lines: Vec<ActivityLine>,
    #[cfg_attr(test, ts(type = "number | null"))]
    pub next: Option<i64>,
}

/// What is kept outside the file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AnchorView {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: i64,
    pub hash: String,
    #[cfg_attr(test, ts(type = "\"keychain\" | \"file\""))]
    pub kept_in: &'static str,
    #[cfg_attr(test, ts(type = "number"))]
    pub at_ms: i64,
}

/// The first line that is wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BrokenView {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: i64,
    pub detail: String,
}

/// A copy of the ledger.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupView {
    pub file: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub at_ms: i64,
    #[cfg_attr(test, ts(type = "number"))]
    pub bytes: u64,
    /// The last line in it.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub number: Option<i64>,
}

impl From<&Listed> for BackupView {
    fn from(listed: &Listed) -> BackupView {
        let made = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &listed.made_at).ok();
        let at_ms =
            made.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|at| at.timestamp().as_millisecond());
        BackupView {
            file: listed.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            at_ms: at_ms.unwrap_or_default(),
            bytes: listed.bytes,
            number: Some(listed.number),
        }
    }
}

/// The journal.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JournalView {
    #[cfg_attr(test, ts(type = "number"))]
    pub entries: i64,
    pub hash: String,
    pub anchor: Option<AnchorView>,
    #[cfg_attr(test, ts(type = "number"))]
    pub checked_through: i64,
    /// The last line that a manager accepted as it is: checks begin behind it.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub accepted: Option<i64>,
    /// The lists do not say what the journal says; the next start makes them anew.
    pub lists_differ: bool,
    pub state: JournalWord,
    pub broken: Option<BrokenView>,
    pub backups: Vec<BackupView>,
}

/// What a removal of old payments would remove.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovableView {
    #[cfg_attr(test, ts(type = "number"))]
    payments: u64,
    /// As old, but they stay: somebody may need them yet.
    #[cfg_attr(test, ts(type = "number"))]
    kept: u64,
    /// `YYYY-MM-DD`, where there is any.
    first_day: Option<String>,
    last_day: Option<String>,
}

impl From<Removable> for RemovableView {
    fn from(Removable { payments, days, kept }: Removable) -> RemovableView {
        let (first_day, last_day) = days.unzip();
        RemovableView { payments, kept, first_day, last_day }
    }
}

/// How far a removal has come.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovalView {
    #[cfg_attr(test, ts(type = "\"check\" | \"copy\" | \"remove\" | \"lists\" | \"pack\""))]
    phase: &'static str,
    #[cfg_attr(test, ts(type = "number"))]
    done: i64,
    /// 0 while nobody knows.
    #[cfg_attr(test, ts(type = "number"))]
    total: i64,
}

impl From<RemovalStep> for RemovalView {
    fn from(step: RemovalStep) -> RemovalView {
        let (phase, done, total) = match step {
            RemovalStep::Checked(number, of) => ("check", number, of),
            // The copy is made first, then checked.
            RemovalStep::Copied(BackupStep::Copied { pages, of }) => ("copy", pages.into(), 2 * i64::from(of)),
            RemovalStep::Copied(BackupStep::Checked { number, of }) => ("copy", of + number, 2 * of),
            RemovalStep::Emptying => ("remove", 0, 0),
            RemovalStep::Listed(number, of) => ("lists", number, of),
            RemovalStep::Packing => ("pack", 0, 0),
        };
        RemovalView { phase, done, total }
    }
}

/// A JSON body's fields as plain text, one level deep: what a person reads beside the word.
pub fn plain_fields(body: &str) -> BTreeMap<String, String> {
    let Ok(serde_json::Value::Object(body)) = serde_json::from_str(body) else { return BTreeMap::new() };
    let Some(serde_json::Value::Object(event)) = body.get("event") else { return BTreeMap::new() };
    let mut fields = BTreeMap::new();
    for (name, value) in event.iter().filter(|(name, _)| *name != "what") {
        flatten(name, value, &mut fields);
    }
    fields
}

fn flatten(name: &str, value: &serde_json::Value, fields: &mut BTreeMap<String, String>) {
    match value {
        serde_json::Value::Null | serde_json::Value::Array(_) => {}
        serde_json::Value::Object(inner) => {
            // A person who answers for it: found under the name of what they answer for, too.
            if let Some(serde_json::Value::String(by)) = inner.get("by") {
                fields.insert(name.to_owned(), by.clone());
            }
            for (inner_name, value) in inner {
                let is_new = !fields.contains_key(inner_name);
                flatten(if is_new { inner_name } else { name }, value, fields);
            }
        }
        serde_json::Value::String(text) => _ = fields.insert(name.to_owned(), text.clone()),
        other => _ = fields.insert(name.to_owned(), other.to_string()),
    }
}
