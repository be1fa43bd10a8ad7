-- The history: what lists, searches, sums and reports read. All of it but `pins` is made from the journal alone, in the same
-- transaction as the entries, and can be made again from it.

-- A row has the number of the journal's line that opened the payment, so newest first is the table's own order backwards.
DROP TABLE payments;
CREATE TABLE payments (
    seq              INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    wire_id          TEXT,                         -- the provider's own id, where it made one
    kind             TEXT NOT NULL CHECK (kind IN ('sale', 'refund')),
    refund_of        TEXT,
    provider         TEXT NOT NULL,
    currency         TEXT NOT NULL,
    minor            INTEGER NOT NULL,             -- what was asked, in minor units of `currency`
    counted_minor    INTEGER,                      -- what it counts for in sums; NULL where no money is known to have moved
    counted_currency TEXT,
    reference        TEXT NOT NULL,
    operator         TEXT NOT NULL,                -- who opened it, and at which terminal
    terminal         TEXT NOT NULL,
    day              TEXT NOT NULL,                -- the business day of its opening, 'YYYY-MM-DD'
    opened_at_ms     INTEGER NOT NULL,
    changed_at_ms    INTEGER NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,                         -- why unknown or declined
    flags            TEXT NOT NULL,                -- a JSON list
    receipt          TEXT,                         -- the provider's number of the proof
    attention        INTEGER NOT NULL CHECK (attention IN (0, 1)),
    is_open          INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    last_number      INTEGER NOT NULL              -- the last line of the journal about it
) STRICT;

-- Each filter newest first (`seq` is part of every index).
CREATE INDEX payments_by_state ON payments (state);
CREATE INDEX payments_by_operator ON payments (operator);
CREATE INDEX payments_by_provider ON payments (provider);
CREATE INDEX payments_by_currency ON payments (currency);
CREATE INDEX payments_by_terminal ON payments (terminal);
CREATE INDEX payments_by_attention ON payments (attention) WHERE attention = 1;
CREATE INDEX payments_by_open ON payments (is_open) WHERE is_open = 1;
-- An amount; what was counted, where that is another one.
CREATE INDEX payments_by_minor ON payments (minor, currency);
CREATE INDEX payments_by_counted ON payments (counted_minor, counted_currency) WHERE counted_minor <> minor;
-- All attempts on one sale, all refunds of one, the provider's id, what has changed lately.
CREATE INDEX payments_by_reference ON payments (reference);
CREATE INDEX payments_by_sale ON payments (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX payments_by_wire_id ON payments (wire_id) WHERE wire_id IS NOT NULL;
CREATE INDEX payments_by_change ON payments (changed_at_ms);

-- The stretch of the table in which a day's payments lie.
CREATE TABLE days (
    day        TEXT PRIMARY KEY,
    first_seq  INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL,
    payments   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many payments there are, and what they count for. `start` is '' (all), 'YYYY-MM' or 'YYYY-MM-DD'.
CREATE TABLE totals (
    level            TEXT NOT NULL CHECK (level IN ('day', 'month', 'all')),
    start            TEXT NOT NULL,
    provider         TEXT NOT NULL,
    currency         TEXT NOT NULL,
    operator         TEXT NOT NULL,
    terminal         TEXT NOT NULL,
    kind             TEXT NOT NULL,
    state            TEXT NOT NULL,
    counted_currency TEXT NOT NULL,                -- '' where nothing counts
    payments         INTEGER NOT NULL,
    counted_minor    INTEGER NOT NULL,             -- in minor units of `counted_currency`
    PRIMARY KEY (level, start, provider, currency, operator, terminal, kind, state, counted_currency)
) STRICT, WITHOUT ROWID;

-- What each fact moved; see core's shift.rs. `shift` is the one that was open, else the next one.
CREATE TABLE movements (
    number          INTEGER NOT NULL,              -- the journal's line that moved it
    currency        TEXT NOT NULL,
    seq             INTEGER NOT NULL,              -- whose money
    at_ms           INTEGER NOT NULL,
    shift           INTEGER NOT NULL,
    provider        TEXT NOT NULL,
    operator        TEXT NOT NULL,                 -- who opened the payment
    paid_count      INTEGER NOT NULL,
    paid_minor      INTEGER NOT NULL,
    refunded_count  INTEGER NOT NULL,
    refunded_minor  INTEGER NOT NULL,
    returned_count  INTEGER NOT NULL,
    returned_minor  INTEGER NOT NULL,
    PRIMARY KEY (number, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX movements_by_shift ON movements (shift, number);

-- The movements of each shift, added up.
CREATE TABLE shift_sums (
    shift           INTEGER NOT NULL,
    provider        TEXT NOT NULL,
    currency        TEXT NOT NULL,
    operator        TEXT NOT NULL,
    paid_count      INTEGER NOT NULL,
    paid_minor      INTEGER NOT NULL,
    refunded_count  INTEGER NOT NULL,
    refunded_minor  INTEGER NOT NULL,
    returned_count  INTEGER NOT NULL,
    returned_minor  INTEGER NOT NULL,
    PRIMARY KEY (shift, provider, currency, operator)
) STRICT, WITHOUT ROWID;

-- Paid, less refunded and returned, since the ledger began.
CREATE TABLE running (
    currency  TEXT PRIMARY KEY,
    minor     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The lines that opened and closed each shift; the report is in the second.
CREATE TABLE shifts (
    shift          INTEGER PRIMARY KEY,
    opened_number  INTEGER NOT NULL,
    closed_number  INTEGER
) STRICT;

-- The lines that say that a paper was printed, by what it is about.
CREATE TABLE papers (
    about   TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (about, number)
) STRICT, WITHOUT ROWID;

-- References on which more than one sale is paid and has not gone back.
CREATE TABLE paid_twice (
    reference  TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What a search finds a payment by, whole and from its end; see words.rs.
CREATE TABLE words (
    word  TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (word, seq)
) STRICT, WITHOUT ROWID;

-- What must be known of the whole journal without reading it.
CREATE TABLE standing (
    name   TEXT PRIMARY KEY,
    value  ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- The store's own lines, and what people caused: all of it, and by person.
CREATE INDEX store_lines ON journal (number) WHERE payment IS NULL;
CREATE INDEX activity ON journal (number) WHERE payment IS NULL OR operator <> 'till';
CREATE INDEX activity_by_operator ON journal (operator, number) WHERE payment IS NULL OR operator <> 'till';

-- Salted hashes of PINs, by the digest that the journal holds. Not made from the journal.
CREATE TABLE pins (
    digest  TEXT PRIMARY KEY,
    phc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
