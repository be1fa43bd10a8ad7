-- The ledger. Every fact about a payment is one line of `journal`, which nobody may change; `payments` is a view of it.

-- "CHKS": this file is a Checkstand ledger.
PRAGMA application_id = 0x43484B53;

-- Which money this file is about. One line, written once, before the first entry.
CREATE TABLE identity (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    mode  TEXT NOT NULL CHECK (mode IN ('training', 'test', 'live'))
) STRICT;

-- The chain: `previous` is the `hash` of the line before, 32 zero bytes for the first. What `hash` covers is said in
-- chain.rs. Times are UTC milliseconds; `payment` is NULL where an entry concerns no payment.
CREATE TABLE journal (
    number    INTEGER PRIMARY KEY,
    previous  BLOB NOT NULL CHECK (length(previous) = 32),
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    at_ms     INTEGER NOT NULL,
    operator  TEXT NOT NULL,
    terminal  TEXT NOT NULL,
    mode      TEXT NOT NULL,
    payment   TEXT,
    what      TEXT NOT NULL,
    body      TEXT NOT NULL
) STRICT;

-- One payment's story, and the source of its line in `payments`.
CREATE INDEX journal_by_payment ON journal (payment, number);

-- Each line follows the last. It also stops INSERT OR REPLACE, which deletes without asking the delete trigger.
CREATE TRIGGER journal_follows BEFORE INSERT ON journal
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM journal)
BEGIN SELECT RAISE(ABORT, 'the journal is numbered without gaps'); END;
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER journal_keeps BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is never shortened'); END;

CREATE TRIGGER identity_stays BEFORE UPDATE ON identity
BEGIN SELECT RAISE(ABORT, 'a ledger never changes its mode'); END;
CREATE TRIGGER identity_keeps BEFORE DELETE ON identity
BEGIN SELECT RAISE(ABORT, 'a ledger never loses its mode'); END;

-- What each payment has become, for lists and reports. Made from the journal alone and in the same transaction;
-- the till itself decides from the journal and never reads this.
CREATE TABLE payments (
    id            TEXT PRIMARY KEY,
    kind          TEXT NOT NULL CHECK (kind IN ('sale', 'refund')),
    refund_of     TEXT,
    provider      TEXT NOT NULL,
    currency      TEXT NOT NULL,
    minor         INTEGER NOT NULL,             -- what was asked, in minor units of `currency`
    reference     TEXT NOT NULL,
    operator      TEXT NOT NULL,                -- who opened it, and at which terminal
    terminal      TEXT NOT NULL,
    opened_at_ms  INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT,                         -- why unknown or declined
    flags         TEXT NOT NULL,                -- a JSON list
    receipt       TEXT,                         -- the provider's number of the proof
    attention     INTEGER NOT NULL CHECK (attention IN (0, 1)),
    last_number   INTEGER NOT NULL REFERENCES journal (number)
) STRICT, WITHOUT ROWID;

-- Today's list, what needs a person, all attempts on one sale, all refunds of one sale, how far the view has come.
CREATE INDEX payments_by_day ON payments (opened_at_ms);
CREATE INDEX payments_by_attention ON payments (opened_at_ms) WHERE attention = 1;
CREATE INDEX payments_by_reference ON payments (reference);
CREATE INDEX payments_by_sale ON payments (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX payments_by_last_number ON payments (last_number);
