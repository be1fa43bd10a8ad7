//! Which payments the till holds in memory: those that matter now, and each old one from when somebody speaks of it.

use crate::ledger::{LedgerError, Opened, Reader};
use checkstand_core::ask::Input;
use checkstand_core::book::Entry;
use checkstand_core::till::Till;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often old payments are looked for when there is news about one, and how long apart.
const NEWS_TRIES: u32 = 5;
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Takes over what the ledger held when it was opened. The till decides as if it had replayed all of it.
pub(crate) fn take_over(till: &mut Till, opened: Opened) {
    let Opened { standing, store, resident, last_number: _, last_hash: _, fault: _ } = opened;
    till.apply(&store);
    till.stand(standing);
    till.recall(&resident);
}

/// Looks into the ledger for payments that the till does not hold.
pub(crate) struct Residency {
    /// A connection is for one thread at a time.
    reader: Mutex<Reader>,
}

impl Residency {
    pub(crate) fn open(dir: &Path) -> Result<Residency, LedgerError> {
        Ok(Residency { reader: Mutex::new(Reader::open(dir)?) })
    }

    /// Recalls what deciding this input may ask for: a few look-ups by index. What is found may lead to more.
    pub(crate) fn recall(&self, till: &mut Till, input: &Input) -> Result<(), LedgerError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut grew = false;
            for want in till.wants(input) {
                let found = reader.recall(&want)?;
                let is_new =
                    |entry: &Entry| entry.of_payment().is_some_and(|fact| till.book().payment(fact.payment).is_none());
                if found.iter().any(is_new) {
                    till.recall(&found);
                    grew = true;
                }
            }
            if !grew {
                return Ok(());
            }
        }
    }

    /// The same for news, which cannot be refused. Where the ledger cannot be read for seconds it is decided all the same:
    /// proof for a payment that is not known here is an orphan then, which a person must look at.
    pub(crate) async fn recall_for_news(&self, till: &mut Till, input: &Input) {
        for _ in 0..NEWS_TRIES {
            match self.recall(till, input) {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "old payments cannot be read"),
            }
            tokio::time::sleep(RETRY_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests;
