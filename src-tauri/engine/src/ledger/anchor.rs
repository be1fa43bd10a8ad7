//! The anchor: the last line of the journal, remembered outside of its file. A chain that was cut, replaced by an older copy,
//! or chained anew after an edit is sound in itself; it does not agree with its anchor.
//!
//! It lies in the keychain, under a name made of the ledger's folder. Training keeps nothing there: its anchor lies in a file
//! beside the ledger, and finds accidents only. Writing it is a task of its own that no append waits for.

mod keep;

pub use keep::{AnchorPlace, Keep};

use super::chain::hex;
use super::verify::{self, Fault};
use super::{LedgerError, Reader, Tip};
use rusqlite::Connection;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// So long after a commit it is written, with all commits of that time. Half of what invariant I13 allows.
const WRITE_AFTER: Duration = Duration::from_millis(500);
/// So long after a failure it is tried again, if no commit comes first.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Wishes come from people and from checks; more than one at a time is rare.
const WISHES_MAX: usize = 16;

/// What is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The last line that was durable.
    pub tip: Tip,
    /// The line up to which the journal had been checked; [`Tip::START`] where it never was.
    pub checked: Tip,
    /// The last line of a journal that a manager accepted although it is not in order: a check begins behind it.
    /// [`Tip::START`] otherwise. It is kept here and not in the journal, where whoever edits a line could write it too.
    pub accepted: Tip,
    /// When it was written: UTC milliseconds.
    pub at_ms: i64,
}

/// What the anchor says about a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorVerdict {
    /// Nothing is anchored, and nothing is in the ledger.
    New,
    /// The ledger holds the line that was anchored. That it goes on behind it is normal.
    Agrees(Anchor),
    /// The ledger holds lines, and nothing was anchored: a copy from another machine, or somebody removed the anchor.
    /// It is anchored from now on; the person is told.
    Unanchored,
    /// The anchor could not be read: a locked keychain. Read again before anything is written in its place.
    Unread(String),
    /// The ledger was cut, replaced or chained anew. Nothing is anchored until somebody decides.
    Broken(Fault),
}

impl Anchor {
    /// Compares a ledger with its anchor.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub fn judge(anchor: Option<Anchor>, reader: &Reader) -> Result<AnchorVerdict, LedgerError> {
        Anchor::judge_as_opened(anchor, reader, i64::MAX)
    }

    /// The same for a ledger that is in use since it ended with the line `opened_at`: a till that starts writes at once.
    fn judge_as_opened(anchor: Option<Anchor>, reader: &Reader, opened_at: i64) -> Result<AnchorVerdict, LedgerError> {
        let conn = reader.conn();
        let Some(anchor) = anchor else {
            // A till that was closed before its keychain had answered for the first time holds its calendar, and nothing yet
            // that anybody could have changed.
            let sql = "SELECT EXISTS (SELECT 1 FROM journal WHERE number <= ?1 AND what <> 'calendar_set')";
            let holds_anything: bool = conn.query_row(sql, [opened_at], |sql| sql.get(0))?;
            return Ok(if holds_anything { AnchorVerdict::Unanchored } else { AnchorVerdict::New });
        };
        let differs = |known, other| verify::differs_as_opened(conn, opened_at, known, other);
        let checked = differs(anchor.checked, "it was checked before, and is another line now")?;
        let tip = differs(anchor.tip, "this line, and maybe some before it, is not the one that was here")?;
        Ok(match checked.into_iter().chain(tip).min_by_key(|fault| fault.number) {
            Some(fault) => AnchorVerdict::Broken(fault),
            None => AnchorVerdict::Agrees(anchor),
        })
    }

    /// Where a check of this journal begins: behind the line that a manager accepted as it is, if the journal still holds it.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub(super) fn begin(anchor: Option<Anchor>, conn: &Connection) -> Result<Tip, LedgerError> {
        let accepted = anchor.map_or(Tip::START, |anchor| anchor.accepted);
        let other = verify::differs(conn, accepted, "another line was accepted")?;
        Ok(if other.is_none() { accepted } else { Tip::START })
    }
}

/// What the task has done, for the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorState {
    /// What the anchor said about the ledger; `None` until the keychain has answered, which takes a few seconds at most.
    pub verdict: Option<AnchorVerdict>,
    /// The anchor as it was last written or read.
    pub anchored: Option<Anchor>,
    /// The line behind which checks begin, also where the rest of the anchor does not agree.
    pub accepted: Tip,
    /// Where it is kept.
    pub place: AnchorPlace,
    /// Why it cannot be written at present, in the technician's words. Sales go on.
    pub failing: Option<String>,
}

/// The task that reads the anchor once, and writes it from then on.
pub struct Anchors {
    wishes: mpsc::Sender<Wish>,
    state: watch::Receiver<AnchorState>,
    task: JoinHandle<()>,
}

enum Wish {
    Checked(Tip),
    Anew,
    AsItIs,
    Finish,
}

impl Anchors {
    /// Starts the task on the current tokio runtime. `tips` are [`Ledger::tips`](super::Ledger::tips); `utc_ms` reads the wall
    /// clock; `opened_at` is the last line that the ledger held when it was opened.
    pub fn start(keep: Keep, dir: PathBuf, opened_at: i64, tips: watch::Receiver<Tip>, utc_ms: fn() -> i64) -> Anchors {
        let first =
            AnchorState { verdict: None, anchored: None, accepted: Tip::START, place: keep.place(), failing: None };
        let (told, state) = watch::channel(first);
        let (wishes, heard) = mpsc::channel(WISHES_MAX);
        let task = Task {
            keep,
            dir,
            opened_at,
            tips,
            utc_ms,
            told,
            checked: Tip::START,
            accepted: Tip::START,
            standing: Standing::Unjudged,
        };
        Anchors { wishes, state, task: tokio::spawn(task.run(heard)) }
    }

    /// Waits for what the anchor says about the ledger as it was opened: a few seconds at most, and less where the keychain
    /// answers. A verdict that is [`AnchorVerdict::Unread`] may become another one later; `state` tells.
    pub async fn verdict(&self) -> AnchorVerdict {
        let mut state = self.state.clone();
        match state.wait_for(|state| state.verdict.is_some()).await {
            Ok(state) => state.verdict.clone().expect("waited for"),
            Err(_) => AnchorVerdict::Unread("the task has ended".to_owned()),
        }
    }

    /// What the task has done, and each change of it.
    pub fn state(&self) -> watch::Receiver<AnchorState> {
        self.state.clone()
    }

    /// The journal was found in order up to this line: each later start sees whether it is the same line still.
    pub async fn checked(&self, through: Tip) {
        self.wish(Wish::Checked(through)).await;
    }

    /// Anchors the ledger's last line in the place of what was there: after a copy was restored, or where the chain is in
    /// order and a manager accepts that it does not agree with its anchor. The ledger records who and why.
    pub async fn anchor_anew(&self) {
        self.wish(Wish::Anew).await;
    }

    /// The same for a journal that is not in order itself: from now on checks begin behind its last line.
    pub async fn accept_as_it_is(&self) {
        self.wish(Wish::AsItIs).await;
    }

    /// Writes what is not written yet, and ends. Close the ledger first.
    pub async fn finish(self) {
        self.wish(Wish::Finish).await;
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the anchor's task has panicked");
        }
    }

    async fn wish(&self, wish: Wish) {
        if self.wishes.send(wish).await.is_err() {
            tracing::warn!("the anchor's task has ended");
        }
    }
}

/// Whether the anchor may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not before it has been read.
    Unjudged,
    /// Yes.
    Free,
    /// No: what is there is evidence.
    Held,
}

struct Task {
    keep: Keep,
    dir: PathBuf,
    opened_at: i64,
    tips: watch::Receiver<Tip>,
    utc_ms: fn() -> i64,
    told: watch::Sender<AnchorState>,
    checked: Tip,
    accepted: Tip,
    standing: Standing,
}

impl Task {
    async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) {
        self.settle().await;
        let mut ledger_lives = true;
        let mut finishing = false;
        while !finishing {
            let waits = self.is_behind();
            tokio::select! {
                wish = wishes.recv() => finishing = self.grant(wish),
                changed = self.tips.changed(), if ledger_lives => ledger_lives = changed.is_ok(),
                () = sleep(TRY_AGAIN_AFTER), if waits => {}
            }
            let gathered = sleep(WRITE_AFTER);
            tokio::pin!(gathered);
            while !finishing {
                tokio::select! {
                    wish = wishes.recv() => finishing = self.grant(wish),
                    () = &mut gathered => break,
                }
            }
            self.settle().await;
        }
    }

    /// Answers whether it is the last.
    fn grant(&mut self, wish: Option<Wish>) -> bool {
        match wish {
            Some(Wish::Checked(through)) => {
                self.checked = through;
                false
            }
            Some(Wish::Anew) => {
                self.standing = Standing::Free;
                self.checked = self.accepted;
                false
            }
            Some(Wish::AsItIs) => {
                self.standing = Standing::Free;
                self.accepted = *self.tips.borrow();
                self.checked = self.accepted;
                false
            }
            Some(Wish::Finish) | None => true,
        }
    }

    /// What should be anchored now.
    fn next(&self) -> Anchor {
        let tip = *self.tips.borrow();
        // A line can be checked before it is durable.
        let checked = if self.checked.number <= tip.number { self.checked } else { tip };
        Anchor { tip, checked, accepted: self.accepted, at_ms: (self.utc_ms)() }
    }

    fn is_behind(&self) -> bool {
        match self.standing {
            Standing::Unjudged => true,
            Standing::Free => {
                let (next, anchored) = (self.next(), self.told.borrow().anchored);
                let as_it_is = anchored.map(|anchored| Anchor { at_ms: next.at_ms, ..anchored });
                next.tip != Tip::START && as_it_is != Some(next)
            }
            Standing::Held => false,
        }
    }

    async fn settle(&mut self) {
        if self.standing == Standing::Unjudged {
            self.judge().await;
        }
        if self.standing == Standing::Free && self.is_behind() {
            self.write().await;
        }
    }

    async fn judge(&mut self) {
        let read = self.keep.read().await;
        let verdict = match read {
            Err(why) => AnchorVerdict::Unread(why),
            Ok(anchor) => {
                let (dir, opened_at) = (self.dir.clone(), self.opened_at);
                let judged = tokio::task::spawn_blocking(move || {
                    let reader = Reader::open(&dir)?;
                    let verdict = Anchor::judge_as_opened(anchor, &reader, opened_at)?;
                    Ok::<_, LedgerError>((verdict, reader.begin(anchor)?))
                });
                match judged.await.expect("judging does not panic") {
                    Ok((verdict, accepted)) => {
                        self.accepted = accepted;
                        verdict
                    }
                    Err(error) => AnchorVerdict::Unread(error.to_string()),
                }
            }
        };
        let mut failing = None;
        let mut anchored = None;
        match &verdict {
            AnchorVerdict::New | AnchorVerdict::Unanchored => self.standing = Standing::Free,
            AnchorVerdict::Agrees(anchor) => {
                self.standing = Standing::Free;
                anchored = Some(*anchor);
                if self.checked.number < anchor.checked.number {
                    self.checked = anchor.checked;
                }
            }
            AnchorVerdict::Unread(why) => failing = Some(why.clone()),
            AnchorVerdict::Broken(_) => self.standing = Standing::Held,
        }
        let accepted = self.accepted;
        self.told.send_if_modified(|state| {
            let next = AnchorState { verdict: Some(verdict), anchored, accepted, place: state.place, failing };
            std::mem::replace(state, next.clone()) != next
        });
    }

    async fn write(&mut self) {
        self.tips.mark_unchanged();
        let anchor = self.next();
        let written = self.keep.write(anchor).await;
        if let Err(why) = &written {
            tracing::warn!(why, "the anchor could not be written; sales go on");
        }
        self.told.send_modify(|state| match written {
            Ok(()) => {
                state.anchored = Some(anchor);
                state.accepted = anchor.accepted;
                state.failing = None;
            }
            Err(why) => state.failing = Some(why),
        });
    }
}

/// An anchor as text.
#[derive(Serialize, serde::Deserialize)]
struct Written {
    number: i64,
    hash: String,
    checked_number: i64,
    checked_hash: String,
    accepted_number: i64,
    accepted_hash: String,
    at_ms: i64,
}

impl Anchor {
    fn to_text(self) -> String {
        let written = Written {
            number: self.tip.number,
            hash: hex(&self.tip.hash),
            checked_number: self.checked.number,
            checked_hash: hex(&self.checked.hash),
            accepted_number: self.accepted.number,
            accepted_hash: hex(&self.accepted.hash),
            at_ms: self.at_ms,
        };
        serde_json::to_string(&written).expect("numbers and text")
    }

    /// Reads what the keychain or the file beside the ledger holds.
    ///
    /// # Errors
    /// What cannot be read, in words for the store's technician.
    pub fn from_text(text: &str) -> Result<Anchor, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| format!("it holds no anchor: {error}"))?;
        let tip = |number, hash: &str| match from_hex(hash) {
            Some(hash) => Ok(Tip { number, hash }),
            None => Err("it holds no anchor: a hash is none".to_owned()),
        };
        Ok(Anchor {
            tip: tip(written.number, &written.hash)?,
            checked: tip(written.checked_number, &written.checked_hash)?,
            accepted: tip(written.accepted_number, &written.accepted_hash)?,
            at_ms: written.at_ms,
        })
    }
}

fn from_hex(text: &str) -> Option<super::Hash> {
    let mut hash = super::Hash::default();
    if text.len() != hash.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(hash)
}
