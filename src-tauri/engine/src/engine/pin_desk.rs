//! Checks and hashes PINs beside the loop, and brings back what came of it.

use crate::ledger::Reader;
use crate::pins;
use checkstand_core::ask::PinCheck;
use checkstand_core::message::Act;
use checkstand_core::people::PinDigest;
use checkstand_core::secret::Secret;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// What came of it.
pub(super) enum PinNews {
    /// A check.
    Checked { job: u64, check: PinCheck },
    /// A hash, to be kept before anybody is told; `None` where there is none.
    Hashed { job: u64, hash: Option<(PinDigest, String)> },
}

/// Where PINs go. Cheap: each of them takes a thread for some 20 ms.
pub(super) struct PinDesk {
    ledger_dir: PathBuf,
    news: mpsc::UnboundedSender<PinNews>,
}

impl PinDesk {
    pub(super) fn new(ledger_dir: PathBuf) -> (PinDesk, mpsc::UnboundedReceiver<PinNews>) {
        let (news, receiver) = mpsc::unbounded_channel();
        (PinDesk { ledger_dir, news }, receiver)
    }

    /// Takes an act about a PIN; gives back any other one.
    pub(super) fn take(&self, act: Act) -> Option<Act> {
        match act {
            Act::CheckPin { job, digest, pin } => self.check(job, digest, pin),
            Act::HashPin { job, pin } => self.hash(job, pin),
            other => return Some(other),
        }
        None
    }

    fn check(&self, job: u64, digest: PinDigest, pin: Secret<String>) {
        let (news, dir) = (self.news.clone(), self.ledger_dir.clone());
        tokio::task::spawn_blocking(move || {
            let stored = Reader::open(&dir).and_then(|reader| reader.pin(&digest.0));
            let check = match stored {
                Ok(phc) => pins::check(phc.as_deref(), &digest, &pin),
                Err(error) => {
                    tracing::error!(%error, "a PIN's hash cannot be read");
                    PinCheck::Unusable
                }
            };
            // Nobody listening means that the engine has ended.
            _ = news.send(PinNews::Checked { job, check });
        });
    }

    fn hash(&self, job: u64, pin: Secret<String>) {
        let news = self.news.clone();
        tokio::task::spawn_blocking(move || {
            let hash = match pins::hash(&pin) {
                Ok(phc) => Some((pins::digest(&phc), phc)),
                Err(error) => {
                    tracing::error!(error, "a PIN cannot be hashed");
                    None
                }
            };
            _ = news.send(PinNews::Hashed { job, hash });
        });
    }
}
