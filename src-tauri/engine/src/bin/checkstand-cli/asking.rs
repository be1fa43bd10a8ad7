//! What is asked of whoever sits at the terminal. What they type is not shown, and comes from no argument and no variable of
//! the environment: both show in the list of processes.

use crate::ctrl_c::{CtrlC, called_off};
use crate::say::problem;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
#[cfg(unix)]
use rustix::termios::{self, Termios};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::time::Duration;

/// Longer than any secret, and than any code.
const STDIN_BYTES_MAX: u64 = 16 * 1024;
/// A prompt that was ended puts its terminal back sooner than this.
const PUT_BACK_MAX: Duration = Duration::from_millis(500);

/// Somebody's PIN, at the terminal itself even where standard input is something else.
pub async fn pin(of: &str) -> Result<Secret<String>, Problem> {
    at_the_terminal(format!("PIN of {of}: ")).await
}

/// A new PIN, typed twice.
pub async fn new_pin(of: &str) -> Result<Secret<String>, Problem> {
    let first = at_the_terminal(format!("New PIN of {of}: ")).await?;
    let second = at_the_terminal("The same again: ".to_owned()).await?;
    if first == second { Ok(first) } else { Err(Problem::new("pins_differ")) }
}

/// A secret or a code: typed where standard input is the terminal, else read from it.
pub async fn secret(what: &str) -> Result<Secret<String>, Problem> {
    if io::stdin().is_terminal() { at_the_terminal(format!("{what}: ")).await } else { from_stdin() }
}

async fn at_the_terminal(prompt: String) -> Result<Secret<String>, Problem> {
    let mut ctrl_c = CtrlC::listen();
    let modes = Modes::now();
    let mut typing = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt).map(Secret::new));
    let typed = tokio::select! {
        typed = &mut typing => typed,
        () = ctrl_c.pressed() => {
            // Pressed at this terminal, it ends the prompt, which puts the terminal back. Sent from elsewhere, it does not.
            if tokio::time::timeout(PUT_BACK_MAX, typing).await.is_err() {
                modes.restore();
            }
            return Err(called_off());
        }
    };
    let typed = typed.map_err(|error| problem("internal", error))?;
    typed.map_err(|error| match error.kind() {
        // Ctrl-C, and Ctrl-D on an empty line.
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => called_off(),
        _ => Problem::new("terminal_missing").with("detail", error),
    })
}

/// How the terminal was before it was told to show nothing.
#[cfg(unix)]
struct Modes(Option<(std::fs::File, Termios)>);

#[cfg(unix)]
impl Modes {
    fn now() -> Modes {
        let terminal = std::fs::File::open("/dev/tty").ok();
        Modes(terminal.and_then(|terminal| termios::tcgetattr(&terminal).ok().map(|modes| (terminal, modes))))
    }

    fn restore(&self) {
        if let Some((terminal, modes)) = &self.0 {
            // A terminal that has gone needs nothing.
            _ = termios::tcsetattr(terminal, termios::OptionalActions::Now, modes);
        }
    }
}

/// Elsewhere a Ctrl-C comes from the terminal itself.
#[cfg(not(unix))]
struct Modes;

#[cfg(not(unix))]
impl Modes {
    fn now() -> Modes {
        Modes
    }

    fn restore(&self) {}
}

fn from_stdin() -> Result<Secret<String>, Problem> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(STDIN_BYTES_MAX).read_to_end(&mut bytes);
    let bytes = Secret::new(bytes);
    read.map_err(|error| problem("input_unreadable", error))?;
    let text = str::from_utf8(bytes.expose()).map_err(|error| problem("input_unreadable", error))?;
    // Whoever writes a line ends it.
    Ok(Secret::text(text.trim_end_matches(['\r', '\n'])))
}
