//! `verify`: whether the journal is still what was written.

use crate::Which;
use crate::say::{self, Ending, Progress, problem};
use crate::till::Till;
use checkstand_core::problem::Problem;
use checkstand_engine::ledger::{Anchor, AnchorVerdict, Fault, Keep, ListsChecked, Reader, hex};
use checkstand_engine::vault::Vault;
use serde::Serialize;
use std::ops::ControlFlow;

#[derive(Serialize)]
struct Verified {
    /// `sound` or `broken`.
    journal: &'static str,
    /// All is in order from behind this entry …
    from: i64,
    /// … up to this one.
    through: i64,
    /// Its hash: compare it with the printed reports.
    hash: String,
    /// `agrees`, `new`, `missing`, `unread` or `broken`.
    anchor: &'static str,
    /// `alike`, `differ` or `not_compared`.
    lists: &'static str,
    fault: Option<Fault>,
}

pub fn run(which: &Which) -> Result<Ending, Problem> {
    let Till { mode, folder, .. } = Till::find(which)?;
    let failed = |error: &dyn std::fmt::Display| problem("storage_failed", error);
    let reader = Reader::open(&folder).map_err(|error| failed(&error))?;
    let kept = read_anchor(&folder, mode);
    let (anchor, word, anchor_fault) = judged(&kept, &reader).map_err(|error| failed(&error))?;
    let from = reader.begin(anchor).map_err(|error| failed(&error))?;
    let mut progress = Progress::new();
    let of = reader.summary().map_err(|error| failed(&error))?;
    let checked = reader.check(from, None, &mut |number| {
        progress.at("checking the journal", number, of.entries);
        ControlFlow::Continue(())
    });
    let checked = checked.map_err(|error| failed(&error))?;
    let fault = anchor_fault.into_iter().chain(checked.fault().cloned()).min_by_key(|fault| fault.number);
    let (lists, fault) = match fault {
        Some(fault) => ("not_compared", Some(fault)),
        None => compare(&reader, &mut progress, of.payments).map_err(|error| failed(&error))?,
    };
    progress.end();
    let journal = if fault.is_some() { "broken" } else { "sound" };
    let (through, hash) = (checked.through.number, hex(&checked.through.hash));
    let verified = Verified { journal, from: from.number, through, hash, anchor: word, lists, fault };
    if which.place.json {
        say::answer(&verified);
    } else {
        tell(&verified);
    }
    Ok(if verified.fault.is_some() { Ending::Broken } else { Ending::Well })
}

fn read_anchor(folder: &std::path::Path, mode: checkstand_engine::settings::Mode) -> Result<Option<Anchor>, String> {
    let keep = Keep::of(mode, folder, &Vault::new(mode.name())).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(keep.read())
}

type Judged = (Option<Anchor>, &'static str, Option<Fault>);

fn judged(kept: &Result<Option<Anchor>, String>, reader: &Reader) -> Result<Judged, impl std::fmt::Display + use<>> {
    let Ok(anchor) = kept else {
        let why = kept.as_ref().err().map_or("", String::as_str);
        eprintln!("checkstand-cli: the anchor cannot be read, so an older copy would not be noticed: {why}");
        return Ok((None, "unread", None));
    };
    Anchor::judge(*anchor, reader).map(|verdict| match verdict {
        AnchorVerdict::New => (None, "new", None),
        AnchorVerdict::Agrees(anchor) => (Some(anchor), "agrees", None),
        AnchorVerdict::Unanchored => (None, "missing", None),
        AnchorVerdict::Unread(_) => (None, "unread", None),
        AnchorVerdict::Broken(fault) => (None, "broken", Some(fault)),
    })
}

fn compare(
    reader: &Reader,
    progress: &mut Progress,
    payments: i64,
) -> Result<(&'static str, Option<Fault>), impl std::fmt::Display + use<>> {
    let compared = reader.check_view(&mut |compared| {
        progress.at("comparing the lists ", compared, payments);
        ControlFlow::Continue(())
    });
    compared.map(|compared| match compared {
        ListsChecked::Alike => ("alike", None),
        ListsChecked::Differ { .. } => ("differ", None),
        ListsChecked::Stopped => ("not_compared", None),
        ListsChecked::Broken(fault) => ("not_compared", Some(fault)),
    })
}

fn tell(verified: &Verified) {
    say::line("journal", verified.journal);
    if let Some(fault) = &verified.fault {
        say::line("entry", format!("{}: {}", fault.number, fault.what));
    }
    if verified.from > 0 {
        say::line("accepted", format!("as it is, up to entry {}", verified.from));
    }
    say::line("in order", format!("up to entry {}", verified.through));
    say::line("hash", &verified.hash);
    say::line("anchor", verified.anchor);
    say::line("lists", verified.lists);
    if verified.lists == "differ" {
        say::line("", "the till makes them anew at its next start");
    }
    if verified.fault.is_some() {
        say::line("", "no new money is taken; a manager restores a backup under Settings, Journal");
    }
}
