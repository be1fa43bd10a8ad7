//! The vault: the till's secrets in the operating system's keychain, one entry per secret, and nowhere else.
//!
//! A keychain may ask a person to unlock it and wait for the answer without limit. So each call runs on a thread of its
//! own and has a deadline; a thread that is stuck is left alone, and there are never more than a few of them.

#[cfg(all(test, target_os = "linux"))]
mod tests;

use checkstand_core::secret::Secret;
use keyring::{Entry, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

/// The longest that one call may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How many threads may be in the keychain at once, stuck ones included. Beyond it calls are [`VaultError::Slow`] at once.
const THREADS_MAX: usize = 4;
/// The longest secret in bytes, as UTF-16 and as UTF-8: the limit of the Windows Credential Manager, kept everywhere.
pub const SECRET_BYTES_MAX: usize = 2_560;
/// The longest name of a secret, in characters.
const NAME_CHARS_MAX: usize = 64;
/// The entry that is put only to see whether one can be.
const TRIAL: &str = "trial";
/// Whose entries these are, in the keychain's own lists.
const SERVICE: &str = "dev.checkstand.till";

/// Why a secret was not put, got or forgotten. No variant holds any of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The keychain is locked, and nobody unlocked it. The person at the till can.
    #[error("the keychain is locked")]
    Locked,
    /// There is no keychain here: no session bus, no Secret Service. A technician's business; the till must be started
    /// anew after it.
    #[error("there is no keychain: {0}")]
    Missing(String),
    /// No answer in time; an unlock dialog may be waiting for somebody. What was asked may still happen.
    #[error("the keychain does not answer")]
    Slow,
    /// Anything else that the keychain says, and a secret that did not read back as it was put.
    #[error("the keychain failed: {0}")]
    Failed(String),
    /// The secret is longer than [`SECRET_BYTES_MAX`]. Whoever typed it must look again.
    #[error("the secret is too long for the keychain")]
    TooLong,
    /// The secret is empty, or the name is none. Whoever typed it must look again.
    #[error("an empty secret, or a name that is none")]
    Invalid,
}

impl VaultError {
    /// Its text is in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::Locked => "keychain_locked",
            VaultError::Missing(_) => "keychain_missing",
            VaultError::Slow => "keychain_slow",
            VaultError::Failed(_) => "keychain_failed",
            VaultError::TooLong => "secret_too_long",
            VaultError::Invalid => "secret_invalid",
        }
    }
}

/// The secrets of one mode.
#[derive(Clone, Debug)]
pub struct Vault {
    namespace: String,
    /// One call at a time, so that each has the whole deadline for itself.
    turn: Arc<Mutex<()>>,
    threads: Arc<AtomicUsize>,
}

impl Vault {
    /// The vault of a mode. Touches no keychain yet.
    pub fn new(namespace: &str) -> Vault {
        Vault { namespace: namespace.to_owned(), turn: Arc::default(), threads: Arc::default() }
    }

    /// Stores a secret in place of any earlier one, and reads it back.
    ///
    /// # Errors
    /// [`VaultError`]. After `Slow` and `Failed` either secret may be there.
    pub async fn put(&self, name: &str, secret: Secret<String>) -> Result<(), VaultError> {
        check(&secret)?;
        self.in_keychain(name, move |entry| {
            entry.set_secret(secret.expose().as_bytes()).map_err(plain)?;
            let stored = Secret::new(entry.get_secret().map_err(plain)?);
            if stored.expose().as_slice() == secret.expose().as_bytes() {
                Ok(())
            } else {
                Err(VaultError::Failed("it reads back otherwise than it was put".to_owned()))
            }
        })
        .await
    }

    /// The secret of this name. `None`, too, where a Linux keychain was never unlocked in this session: of a secret that
    /// should be there it means "perhaps locked".
    ///
    /// # Errors
    /// [`VaultError`]
    pub async fn get(&self, name: &str) -> Result<Option<Secret<String>>, VaultError> {
        self.in_keychain(name, |entry| match entry.get_secret() {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(error) => {
                    drop(Secret::new(error.into_bytes()));
                    Err(VaultError::Failed("the entry holds no text".to_owned()))
                }
            },
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(plain(error)),
        })
        .await
    }

    /// Removes a secret; fine if there is none.
    ///
    /// # Errors
    /// [`VaultError`]
    pub async fn forget(&self, name: &str) -> Result<(), VaultError> {
        self.in_keychain(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(plain(error)),
        })
        .await
    }

    /// Whether the keychain keeps what it is given: a trial entry is put, read back and forgotten.
    ///
    /// # Errors
    /// [`VaultError`]
    pub async fn keeps(&self) -> Result<(), VaultError> {
        self.put(TRIAL, Secret::text("trial")).await?;
        self.forget(TRIAL).await
    }

    async fn in_keychain<T: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce(&Entry) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let named = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
        if !named {
            return Err(VaultError::Invalid);
        }
        let user = format!("{}/{name}", self.namespace);
        self.on_a_thread(ANSWER_WITHIN, move || {
            if let Err(error) = Entry::store_status() {
                return Err(VaultError::Missing(error.to_string()));
            }
            let entry = Entry::new(SERVICE, &user).map_err(plain)?;
            job(&entry)
        })
        .await
    }

    /// Runs a job on a thread that may be left behind.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        within: Duration,
        job: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let _turn = self.turn.lock().await;
        let running = Running::enter(&self.threads)?;
        let (done, answer) = oneshot::channel();
        let work = move || {
            let result = job();
            // It has left the keychain before the next call may begin.
            drop(running);
            if done.send(result).is_err() {
                tracing::debug!("the keychain answered too late");
            }
        };
        let spawned = std::thread::Builder::new().name("vault".to_owned()).spawn(work);
        spawned.map_err(|error| VaultError::Failed(error.to_string()))?;
        match timeout(within, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(VaultError::Failed("the keychain's client panicked".to_owned())),
            Err(_) => Err(VaultError::Slow),
        }
    }
}

/// One of the few threads that may be in the keychain.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn enter(threads: &Arc<AtomicUsize>) -> Result<Running, VaultError> {
        let one_more = |running| (running < THREADS_MAX).then_some(running + 1);
        match threads.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more) {
            Ok(_) => Ok(Running(Arc::clone(threads))),
            Err(_) => Err(VaultError::Slow),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn check(secret: &Secret<String>) -> Result<(), VaultError> {
    let text = secret.expose();
    let longest_bytes = text.len().max(text.encode_utf16().count() * 2);
    if text.is_empty() {
        Err(VaultError::Invalid)
    } else if longest_bytes > SECRET_BYTES_MAX {
        Err(VaultError::TooLong)
    } else {
        Ok(())
    }
}

/// What the keychain says, without any bytes that came from it.
fn plain(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::NoDefaultStore => VaultError::Missing("it could not be opened".to_owned()),
        Error::NoEntry => VaultError::Failed("no such entry".to_owned()),
        Error::TooLong(..) => VaultError::TooLong,
        Error::BadEncoding(bytes) => {
            drop(Secret::new(bytes));
            VaultError::Failed("the entry holds no text".to_owned())
        }
        Error::BadDataFormat(bytes, _) => {
            drop(Secret::new(bytes));
            VaultError::Failed("the entry cannot be read".to_owned())
        }
        Error::Ambiguous(_) => VaultError::Failed("several entries bear this name".to_owned()),
        Error::PlatformFailure(why) => VaultError::Failed(why.to_string()),
        other => VaultError::Failed(other.to_string()),
    }
}
