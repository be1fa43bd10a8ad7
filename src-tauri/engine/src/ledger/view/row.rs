//! One line of the table `payments`.

use super::ViewError;
use checkstand_core::payment::{Payment, State};
use rusqlite::{Connection, named_params};
use serde::Serialize;
use serde_json::Value;

/// One payment, as lists and reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRow {
    /// The number of the journal's line that opened it.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// The provider's own id for it, where the provider made one.
    pub wire_id: Option<String>,
    /// `sale` or `refund`.
    pub kind: String,
    /// The sale that a refund belongs to.
    pub refund_of: Option<String>,
    /// `mispay` or `multipay`.
    pub provider: String,
    /// ISO 4217 letters.
    pub currency: String,
    /// What was asked, in minor units.
    pub minor: i64,
    /// What it counts for in sums, in minor units; `None` where no money is known to have moved.
    pub counted_minor: Option<i64>,
    /// Of which currency.
    pub counted_currency: Option<String>,
    /// The store's number of the sale.
    pub reference: String,
    /// Who opened it.
    pub operator: String,
    /// At which till.
    pub terminal: String,
    /// The business day of its opening, `YYYY-MM-DD`.
    pub day: String,
    /// UTC milliseconds.
    pub opened_at_ms: i64,
    /// UTC milliseconds.
    pub changed_at_ms: i64,
    /// The state's word.
    pub state: String,
    /// Why it is unknown or declined.
    pub reason: Option<String>,
    /// A JSON list of words.
    pub flags: String,
    /// The provider's number of the proof.
    pub receipt: Option<String>,
    /// Whether a person must look at it.
    pub attention: bool,
    /// Whether it has not ended.
    pub is_open: bool,
    /// The last line of the journal about it.
    pub last_number: i64,
}

/// The columns in the order in which [`PaymentRow::read_in_order`] takes them.
pub(in crate::ledger) const PAYMENT_COLUMNS: &str = "p.seq, p.id, p.wire_id, p.kind, p.refund_of, p.provider, p.currency, \
    p.minor, p.counted_minor, p.counted_currency, p.reference, p.operator, p.terminal, p.day, p.opened_at_ms, \
    p.changed_at_ms, p.state, p.reason, p.flags, p.receipt, p.attention, p.is_open, p.last_number";

impl PaymentRow {
    /// Reads a row of `SELECT *`.
    pub(in crate::ledger) fn read(sql: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
        PaymentRow::read_in_order(sql)
    }

    /// Reads a row of the columns above. They are the table's own, in its order.
    pub(in crate::ledger) fn read_in_order(sql: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
        Ok(PaymentRow {
            seq: sql.get(0)?,
            id: sql.get(1)?,
            wire_id: sql.get(2)?,
            kind: sql.get(3)?,
            refund_of: sql.get(4)?,
            provider: sql.get(5)?,
            currency: sql.get(6)?,
            minor: sql.get(7)?,
            counted_minor: sql.get(8)?,
            counted_currency: sql.get(9)?,
            reference: sql.get(10)?,
            operator: sql.get(11)?,
            terminal: sql.get(12)?,
            day: sql.get(13)?,
            opened_at_ms: sql.get(14)?,
            changed_at_ms: sql.get(15)?,
            state: sql.get(16)?,
            reason: sql.get(17)?,
            flags: sql.get(18)?,
            receipt: sql.get(19)?,
            attention: sql.get(20)?,
            is_open: sql.get(21)?,
            last_number: sql.get(22)?,
        })
    }

    pub(super) fn of(
        payment: &Payment,
        seq: i64,
        terminal: &str,
        day: &str,
        last_number: i64,
    ) -> Result<PaymentRow, ViewError> {
        let word = |value: Result<Value, serde_json::Error>| match value {
            Ok(Value::String(word)) => Ok(word),
            Ok(other) => Err(ViewError::Entry { number: last_number, what: format!("{other} is no word") }),
            Err(error) => Err(ViewError::Entry { number: last_number, what: error.to_string() }),
        };
        let reason = match payment.state {
            State::Unknown(doubt) => Some(word(serde_json::to_value(doubt))?),
            State::Declined(ending) => Some(word(serde_json::to_value(ending))?),
            State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Paid | State::Reversed => None,
        };
        let refund_of = payment.refund_of();
        let counted = payment.counted();
        Ok(PaymentRow {
            seq,
            id: payment.id.to_string(),
            wire_id: payment.facts.wire_id.clone(),
            kind: if refund_of.is_some() { "refund" } else { "sale" }.to_owned(),
            refund_of: refund_of.map(|sale| sale.to_string()),
            provider: word(serde_json::to_value(payment.opening.provider))?,
            currency: payment.opening.money.currency.code().to_owned(),
            minor: payment.opening.money.minor,
            counted_minor: counted.map(|money| money.minor),
            counted_currency: counted.map(|money| money.currency.code().to_owned()),
            reference: payment.opening.reference.clone(),
            operator: payment.opened_by.clone(),
            terminal: terminal.to_owned(),
            day: day.to_owned(),
            opened_at_ms: payment.opened_at_ms,
            changed_at_ms: payment.changed_at_ms,
            state: payment.state.name().to_owned(),
            reason,
            flags: serde_json::json!(payment.flags).to_string(),
            receipt: payment.receipt_id().map(str::to_owned),
            attention: payment.needs_attention(),
            is_open: payment.is_open(),
            last_number,
        })
    }

    pub(super) fn insert(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(
            "INSERT INTO payments (seq, id, wire_id, kind, refund_of, provider, currency, minor, counted_minor,
                 counted_currency, reference, operator, terminal, day, opened_at_ms, changed_at_ms, state, reason, flags,
                 receipt, attention, is_open, last_number)
             VALUES (:seq, :id, :wire_id, :kind, :refund_of, :provider, :currency, :minor, :counted_minor,
                 :counted_currency, :reference, :operator, :terminal, :day, :opened_at_ms, :changed_at_ms, :state,
                 :reason, :flags, :receipt, :attention, :is_open, :last_number)",
        )?;
        statement.execute(named_params! {
            ":seq": self.seq, ":id": self.id, ":wire_id": self.wire_id, ":kind": self.kind,
            ":refund_of": self.refund_of, ":provider": self.provider, ":currency": self.currency, ":minor": self.minor,
            ":counted_minor": self.counted_minor, ":counted_currency": self.counted_currency,
            ":reference": self.reference, ":operator": self.operator, ":terminal": self.terminal, ":day": self.day,
            ":opened_at_ms": self.opened_at_ms, ":changed_at_ms": self.changed_at_ms, ":state": self.state,
            ":reason": self.reason, ":flags": self.flags, ":receipt": self.receipt, ":attention": self.attention,
            ":is_open": self.is_open, ":last_number": self.last_number,
        })?;
        Ok(())
    }

    /// Writes what can change.
    pub(super) fn update(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(
            "UPDATE payments SET wire_id = :wire_id, counted_minor = :counted_minor,
                 counted_currency = :counted_currency, changed_at_ms = :changed_at_ms, state = :state,
                 reason = :reason, flags = :flags, receipt = :receipt, attention = :attention, is_open = :is_open,
                 last_number = :last_number
             WHERE seq = :seq",
        )?;
        statement.execute(named_params! {
            ":seq": self.seq, ":wire_id": self.wire_id, ":counted_minor": self.counted_minor,
            ":counted_currency": self.counted_currency, ":changed_at_ms": self.changed_at_ms, ":state": self.state,
            ":reason": self.reason, ":flags": self.flags, ":receipt": self.receipt, ":attention": self.attention,
            ":is_open": self.is_open, ":last_number": self.last_number,
        })?;
        Ok(())
    }
}
