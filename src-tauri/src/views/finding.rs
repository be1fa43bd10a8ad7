//! What an examination or a connection test found.

use checkstand_engine::finding::{Finding, State};
use checkstand_engine::settings::Difference;
use serde::Serialize;

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "FindingState"))]
#[serde(rename_all = "snake_case")]
pub enum FindingWord {
    Well,
    Warning,
    Failed,
    Skipped,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FindingView {
    check: String,
    state: FindingWord,
    /// Empty where all is well.
    code: String,
    /// The till's own words, for a technician.
    what: String,
    todo: String,
    #[cfg_attr(test, ts(type = "number"))]
    took_ms: u64,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> FindingView {
        FindingView {
            check: finding.check.to_owned(),
            state: match finding.state {
                State::Well => FindingWord::Well,
                State::Warning => FindingWord::Warning,
                State::Failed => FindingWord::Failed,
                State::Skipped => FindingWord::Skipped,
            },
            code: finding.code.to_owned(),
            what: finding.what.clone(),
            todo: finding.todo.to_owned(),
            took_ms: finding.took_ms,
        }
    }
}

impl FindingView {
    /// A step of one provider's connection test: its name without the provider's.
    pub fn step(finding: &Finding) -> FindingView {
        let check = finding.check.rsplit('.').next().unwrap_or_default().to_owned();
        FindingView { check, ..FindingView::from(finding) }
    }
}

/// What an import would change.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SettingChange {
    name: String,
    from: String,
    to: String,
}

impl From<Difference> for SettingChange {
    fn from(Difference { name, from, to }: Difference) -> SettingChange {
        SettingChange { name, from, to }
    }
}
