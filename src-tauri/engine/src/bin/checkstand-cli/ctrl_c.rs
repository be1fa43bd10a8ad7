//! Ctrl-C. Whoever asks for a PIN or watches a payment listens, and ends in order; where nobody listens, the program ends at
//! once, as any other does.

use checkstand_core::problem::Problem;
use std::future::{Future, pending, poll_fn};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use tokio::sync::watch;

/// The exit code of what Ctrl-C has ended, as shells have it.
pub const EXIT: u8 = 130;

/// Counts up. A signal is the whole process's, and so is this.
static PRESSED: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::Sender::new(0));

/// Money may be on its way, and what becomes of it must be said.
static STAYS: AtomicBool = AtomicBool::new(false);

/// Somebody who listens.
pub struct CtrlC(watch::Receiver<u64>);

impl CtrlC {
    /// Hears what is pressed from now on.
    pub fn listen() -> CtrlC {
        CtrlC(PRESSED.subscribe())
    }

    /// The same, and from here on it never ends the program at once: called before money is asked for.
    pub fn listen_to_the_end() -> CtrlC {
        STAYS.store(true, Ordering::Relaxed);
        CtrlC::listen()
    }

    /// Answers when it was pressed, once for each time somebody looked.
    pub async fn pressed(&mut self) {
        if self.0.changed().await.is_err() {
            pending().await
        }
    }
}

/// Hears it from now on, for as long as the runtime lives.
pub async fn serve() {
    let mut heard = Box::pin(tokio::signal::ctrl_c());
    // Only a future that was polled hears: one that is polled by a thread that has yet to begin would miss an early Ctrl-C.
    let early = poll_fn(|context| Poll::Ready(heard.as_mut().poll(context))).await;
    if early.is_ready() {
        // The system tells no signals: its own way of ending a program is left as it is.
        return;
    }
    tokio::spawn(async move {
        while heard.await.is_ok() {
            pass_on();
            heard = Box::pin(tokio::signal::ctrl_c());
        }
    });
}

fn pass_on() {
    if PRESSED.receiver_count() == 0 && !STAYS.load(Ordering::Relaxed) {
        std::process::exit(i32::from(EXIT));
    }
    PRESSED.send_modify(|count| *count += 1);
}

/// Somebody has ended it.
pub fn called_off() -> Problem {
    Problem::new("called_off")
}
