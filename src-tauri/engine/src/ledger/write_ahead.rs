//! The write-ahead log beside the ledger's file: begun before it is needed, moved into the file, renewed after a sync that failed.

use rusqlite::{Connection, ffi};

/// Begins the log anew with a commit that says nothing. Such a first commit waits for the disk twice or three times: for the
/// log's head, for its name, and for itself. So no sale is ever the first.
pub(super) fn start_log(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "user_version", 1)
}

/// Makes durable what can be read, where a sync of the log has failed: moves it into the file, and begins the log anew. Either
/// alone would not do: of an old log the disk may hold only a part, which a restart would read over the newer file.
pub(super) fn renew_log(conn: &Connection) -> rusqlite::Result<()> {
    match checkpoint(conn, "RESTART")? {
        Moved::All => start_log(conn),
        Moved::Part => {
            let why = "a reader holds the log".to_owned();
            Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some(why)))
        }
    }
}

pub(super) fn renew_log_if(is_adrift: bool, conn: &mut Connection) -> rusqlite::Result<&mut Connection> {
    if is_adrift {
        renew_log(conn)?;
    }
    Ok(conn)
}

/// How much of it.
pub(super) enum Moved {
    All,
    Part,
}

/// Moves the log into the file, `how` being SQLite's word for it.
pub(super) fn checkpoint(conn: &Connection, how: &str) -> rusqlite::Result<Moved> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |sql| {
        let (busy, in_log, moved): (bool, i64, i64) = (sql.get(0)?, sql.get(1)?, sql.get(2)?);
        Ok(if !busy && in_log == moved { Moved::All } else { Moved::Part })
    })
}
