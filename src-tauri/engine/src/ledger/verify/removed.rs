//! Lines whose content retention has removed. Each still proves its place in the chain, but not what it said: that they are the
//! very lines that a manager had removed is proven by the last line called `payments_removed`, which names them by a digest.

use super::super::chain::{REMOVED, Tip};
use super::super::retention::{Digest, Named};
use super::batch::Line;
use super::{Checked, End, Fault};
use rusqlite::Connection;

/// The removed lines that a walk has come by.
#[derive(Default)]
pub(super) struct Removed {
    digest: Digest,
    /// The line before the first of them.
    before_first: Option<Tip>,
    named: Option<Named>,
}

impl Removed {
    /// Takes in a removed line that stands behind `after`; answers what is wrong with it.
    pub(super) fn take_in(
        &mut self,
        conn: &Connection,
        mode: &str,
        line: &Line<'_>,
        after: Tip,
    ) -> rusqlite::Result<Option<String>> {
        debug_assert_eq!(line.what, REMOVED);
        if self.before_first.is_none() {
            self.before_first = Some(after);
            self.named = Named::last(conn)?;
        }
        if !line.is_bare(mode) {
            return Ok(Some("it was changed".to_owned()));
        }
        if self.named.as_ref().is_none_or(|named| named.through < line.number) {
            return Ok(Some("it says nothing, and nobody had it removed".to_owned()));
        }
        self.digest.add(line.number, line.hash);
        Ok(None)
    }

    /// What a walk over the whole journal comes to: whether these are the lines that were removed, and all of them.
    pub(super) fn judge(&self, conn: &Connection, checked: Checked) -> rusqlite::Result<Checked> {
        let Some(named) = Named::last(conn)? else { return Ok(checked) };
        let is_past = checked.end == End::Sound && named.number <= checked.through.number;
        if !is_past || self.digest.names(&named) {
            return Ok(checked);
        }
        let through = self.before_first.unwrap_or(Tip::START);
        let what = format!("the lines that say nothing are not the {} that were removed", named.lines);
        Ok(Checked { through, end: End::Broken(Fault { number: through.number + 1, what }) })
    }
}
