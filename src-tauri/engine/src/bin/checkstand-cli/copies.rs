//! `backup`, `restore` and `export`: files that are made of the ledger, and the one that takes its place.

use crate::desk::{Approval, Desk, Who, at_back_desk, block_on};
use crate::history::Filter;
use crate::say::{self, Ending, Progress, problem};
use crate::till::Which;
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use checkstand_engine::jobs::JobState;
use checkstand_engine::ledger::export::{Exported, Format};
use checkstand_engine::ledger::history::History;
use checkstand_engine::restoring::restore_copy;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const BACKUP_EXAMPLES: &str = "\
Examples:
  checkstand-cli backup --operator Huda

Keep some copies on another machine.";

pub const RESTORE_EXAMPLES: &str = "\
Examples:
  checkstand-cli restore 20260131T235959Z-1042.db --operator Huda --reason 'the disk was repaired'

Refused while nothing is wrong with the ledger. The old file is kept beside it.";

pub const EXPORT_EXAMPLES: &str = "\
Examples:
  checkstand-cli export --operator Huda --format csv --out payments.csv
  checkstand-cli export --operator Huda --format json --out january.json --state paid --provider mispay

Who exported what stands in the journal. A file that exists is not overwritten.";

const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Args)]
pub struct Backup {
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args)]
pub struct Restore {
    /// A copy's name under the till's own backups, or a file from elsewhere.
    file: PathBuf,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args)]
pub struct Export {
    /// How it is written.
    #[arg(long)]
    format: FormatWord,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatWord {
    Csv,
    Json,
}

pub fn backup(asked: &Backup) -> Result<Ending, Problem> {
    let file = block_on(at_back_desk(&asked.which, &asked.who, async |desk| {
        desk.permitted(Permission::Journal, &asked.approval).await?;
        let job = desk.office.start_backup()?;
        finished(desk, job).await
    }))?;
    if asked.which.place.json {
        say::answer(&json!({ "backup": file }))
    } else {
        say::line("backup", file)
    }
    Ok(Ending::Well)
}

/// The file that a piece of long work has made.
async fn finished(desk: &Desk, id: u64) -> Result<String, Problem> {
    let mut progress = Progress::new();
    loop {
        let job = desk.office.jobs().list().into_iter().find(|job| job.id == id);
        let job = job.ok_or_else(|| problem("internal", "the work is gone"))?;
        match job.state {
            JobState::Running => {
                let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                progress.at("copying and checking", count(job.done), count(job.total));
                tokio::time::sleep(LOOK_EVERY).await;
            }
            ended => {
                progress.end();
                return match ended {
                    JobState::Done(file) => Ok(file.unwrap_or_default()),
                    JobState::Failed(problem) => Err(problem),
                    JobState::Cancelled | JobState::Running => Err(Problem::new("called_off")),
                };
            }
        }
    }
}

pub fn restore(asked: &Restore) -> Result<Ending, Problem> {
    block_on(at_back_desk(&asked.which, &asked.who, async |desk| {
        desk.permitted(Permission::Journal, &asked.approval).await?;
        let copy = found(desk, &asked.file)?;
        restore_copy(desk, &desk.paths, copy, &asked.reason).await
    }))?;
    if asked.which.place.json {
        say::answer(&json!({ "restored": asked.file.display().to_string() }));
    } else {
        say::line("restored", asked.file.display());
        say::line("now", "open the till: payments that the copy does not have are in the replaced-… folder only");
    }
    Ok(Ending::Well)
}

fn found(desk: &Desk, file: &Path) -> Result<PathBuf, Problem> {
    let listed = desk.office.backups()?;
    let ours = listed.into_iter().find(|listed| listed.path.file_name() == Some(file.as_os_str()));
    let copy = ours.map(|listed| listed.path).or_else(|| file.is_file().then(|| file.to_owned()));
    copy.ok_or_else(|| Problem::new("backup_foreign").with("why", "file"))
}

pub fn export(asked: &Export) -> Result<Ending, Problem> {
    let query = asked.filter.query()?;
    if asked.out.exists() {
        return Err(problem("export_failed", format!("{} exists: choose another name", asked.out.display())));
    }
    let rows = block_on(at_back_desk(&asked.which, &asked.who, async |desk| {
        desk.permitted(Permission::Export, &asked.approval).await?;
        let (dir, out) = (desk.paths.ledger(desk.settings.mode), asked.out.clone());
        let format = match asked.format {
            FormatWord::Csv => Format::Csv,
            FormatWord::Json => Format::Json,
        };
        let work = move || {
            let history = History::open(&dir).map_err(|error| problem("export_failed", error))?;
            let exported = history.export(&query, format, &out, |_| ControlFlow::Continue(()));
            exported.map_err(|error| problem("export_failed", error))
        };
        let exported = tokio::task::spawn_blocking(work).await.map_err(|error| problem("internal", error))??;
        let Exported::Done { rows } = exported else { return Err(Problem::new("called_off")) };
        let name = asked.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        desk.note(StoreEvent::Exported { list: "history".to_owned(), file: name, rows }).await?;
        Ok(rows)
    }))?;
    if asked.which.place.json {
        say::answer(&json!({ "file": asked.out.display().to_string(), "rows": rows }));
    } else {
        say::line("export", format!("{rows} payments in {}", asked.out.display()));
    }
    Ok(Ending::Well)
}
