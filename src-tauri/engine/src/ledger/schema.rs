//! Opens the file: how SQLite is to treat it, whose it is, and how old.

use super::LedgerError;
use crate::settings::Mode;
use refinery::{Migration, Runner};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Older ones can lose a commit when the write-ahead log starts over (SQLite 3.51.3's release notes).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// "CHKS", as the first migration writes it.
const APPLICATION_ID: i64 = 0x4348_4B53;
/// How long a reader may hold up a writer, and the other way round.
const BUSY_MS: u64 = 5_000;
/// Prepared statements that a connection keeps: an append needs some thirty, the history as many.
const STATEMENTS_MAX: usize = 128;

/// Every migration there is. They are only ever added: each ledger keeps their checksums.
pub(super) fn migrations() -> Vec<Migration> {
    let journal = ("V1__journal", include_str!("migrations/V1__journal.sql"));
    let history = ("V2__history", include_str!("migrations/V2__history.sql"));
    let retention = ("V3__retention", include_str!("migrations/V3__retention.sql"));
    [journal, history, retention]
        .into_iter()
        .map(|(name, sql)| Migration::unapplied(name, sql).expect("our own migrations are well named"))
        .collect()
}

/// Opens the file for writing, and creates it where there is none. Whose file it is has been seen before anything is written.
pub(super) fn open(path: &Path, mode: Mode, migrations: &[Migration]) -> Result<Connection, LedgerError> {
    assert!(rusqlite::version_number() >= SQLITE_VERSION_MIN, "SQLite {} is too old", rusqlite::version());
    let mut conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    prepare_for_all(&conn)?;
    let found = mode_of(&conn, path)?;
    if let Some(found) = found.filter(|found| *found != mode.name()) {
        return Err(LedgerError::OtherMode { found, asked: mode });
    }
    let waiting = waiting(&conn, migrations)?;
    prepare_for_writing(&conn)?;
    if waiting {
        Runner::new(migrations).set_grouped(true).run(&mut conn).map_err(Box::new)?;
    }
    // Does nothing where the mode is known: a ledger gets it once.
    conn.execute("INSERT INTO identity (one, mode) VALUES (1, ?1) ON CONFLICT DO NOTHING", [mode.name()])?;
    Ok(conn)
}

/// Opens a file that has been opened and checked before, after its connection was given up.
pub(super) fn reopen(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    prepare_for_all(&conn)?;
    prepare_for_writing(&conn)?;
    Ok(conn)
}

/// Opens the file for reading, beside a writer or without one, and says its mode.
pub(super) fn open_to_read(path: &Path) -> Result<(Connection, Mode), LedgerError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    prepare_for_all(&conn)?;
    let not_ours = || LedgerError::NotALedger { path: path.to_owned() };
    let mode = mode_of(&conn, path)?.ok_or_else(not_ours)?;
    Mode::parse(&mode).map(|mode| (conn, mode)).ok_or_else(not_ours)
}

/// A prepared statement stays prepared: without the third line SQLite plans it anew for each value that it could plan by, a
/// bound LIMIT among them, and no plan of ours depends on a value.
fn prepare_for_all(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Commits reach the disk before they return. The log is moved into the file by the writer's thread when it is idle, never
/// by a commit. The last two matter on macOS, where a plain fsync leaves the data in the drive's cache.
fn prepare_for_writing(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "recursive_triggers", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "fullfsync", true)?;
    conn.pragma_update(None, "checkpoint_fullfsync", true)
}

/// The mode that the file says, `None` for one that is new or was left half made at its creation.
fn mode_of(conn: &Connection, path: &Path) -> Result<Option<String>, LedgerError> {
    let application: i64 = conn.pragma_query_value(None, "application_id", |sql| sql.get(0))?;
    let tables: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |sql| sql.get(0))?
        .collect::<Result<_, _>>()?;
    let is_new = application == 0 && tables.iter().all(|table| table == "refinery_schema_history");
    if is_new {
        return Ok(None);
    }
    if application != APPLICATION_ID || !tables.iter().any(|table| table == "identity") {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    let mode: Option<String> = conn.query_row("SELECT mode FROM identity", [], |sql| sql.get(0)).optional()?;
    if mode.is_none() && conn.query_row("SELECT EXISTS (SELECT 1 FROM journal)", [], |sql| sql.get(0))? {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    Ok(mode)
}

/// Compares the file's history with our migrations before anything is written; refinery would write first and look after.
/// Answers whether there are migrations to run.
pub(super) fn waiting(conn: &Connection, migrations: &[Migration]) -> Result<bool, LedgerError> {
    if !conn.table_exists(None, "refinery_schema_history")? {
        return Ok(true);
    }
    let known: BTreeMap<i64, &Migration> =
        migrations.iter().map(|migration| (i64::from(migration.version()), migration)).collect();
    let mut statement = conn.prepare("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")?;
    let mut rows = statement.query([])?;
    let mut run = 0;
    while let Some(sql) = rows.next()? {
        let (version, name, checksum): (i64, String, String) = (sql.get(0)?, sql.get(1)?, sql.get(2)?);
        let migration = known.get(&version).ok_or(LedgerError::NewerSchema { version })?;
        if migration.name() != name || migration.checksum().to_string() != checksum {
            return Err(LedgerError::ChangedMigration { version });
        }
        run += 1;
    }
    Ok(run < migrations.len())
}
