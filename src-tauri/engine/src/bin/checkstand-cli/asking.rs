//! What is asked of whoever sits at the terminal. What they type is not shown, and comes from no argument and no variable of
//! the environment: both show in the list of processes.

use crate::say::problem;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use std::io::{self, IsTerminal, Read};

/// Longer than any secret, and than any code.
const STDIN_BYTES_MAX: u64 = 16 * 1024;

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
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    let typed = typed.map_err(|error| problem("internal", error))?;
    typed.map(Secret::new).map_err(|error| Problem::new("terminal_missing").with("detail", error))
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
