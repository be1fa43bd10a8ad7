//! The table `payments`: what each payment has become, made from its own lines of the journal and nothing else.

use super::chain::{COLUMNS, Row};
use checkstand_core::payment::{Event, Payment, State};
use rusqlite::{Connection, named_params};
use serde::Serialize;
use serde_json::Value;

/// One payment, as lists and reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRow {
    /// Its id.
    pub id: String,
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
    /// The store's number of the sale.
    pub reference: String,
    /// Who opened it.
    pub operator: String,
    /// At which till.
    pub terminal: String,
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
    /// The last line of the journal about it.
    pub last_number: i64,
}

/// Why the view could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ViewError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// Our own mistake, or a journal that is not ours.
    #[error("entry {number}: {what}")]
    Entry { number: i64, what: String },
}

impl PaymentRow {
    pub(super) fn read(sql: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
        Ok(PaymentRow {
            id: sql.get("id")?,
            kind: sql.get("kind")?,
            refund_of: sql.get("refund_of")?,
            provider: sql.get("provider")?,
            currency: sql.get("currency")?,
            minor: sql.get("minor")?,
            reference: sql.get("reference")?,
            operator: sql.get("operator")?,
            terminal: sql.get("terminal")?,
            opened_at_ms: sql.get("opened_at_ms")?,
            changed_at_ms: sql.get("changed_at_ms")?,
            state: sql.get("state")?,
            reason: sql.get("reason")?,
            flags: sql.get("flags")?,
            receipt: sql.get("receipt")?,
            attention: sql.get("attention")?,
            last_number: sql.get("last_number")?,
        })
    }

    fn of(payment: &Payment, first: &Row, last_number: i64) -> Result<PaymentRow, ViewError> {
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
        Ok(PaymentRow {
            id: payment.id.to_string(),
            kind: if refund_of.is_some() { "refund" } else { "sale" }.to_owned(),
            refund_of: refund_of.map(|sale| sale.to_string()),
            provider: word(serde_json::to_value(payment.opening.provider))?,
            currency: payment.opening.money.currency.code().to_owned(),
            minor: payment.opening.money.minor,
            reference: payment.opening.reference.clone(),
            operator: first.operator.clone(),
            terminal: first.terminal.clone(),
            opened_at_ms: payment.opened_at_ms,
            changed_at_ms: payment.changed_at_ms,
            state: payment.state.name().to_owned(),
            reason,
            flags: serde_json::json!(payment.flags).to_string(),
            receipt: payment.receipt_id().map(str::to_owned),
            attention: payment.needs_attention(),
            last_number,
        })
    }

    fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(
            "INSERT INTO payments (id, kind, refund_of, provider, currency, minor, reference, operator, terminal,
                 opened_at_ms, changed_at_ms, state, reason, flags, receipt, attention, last_number)
             VALUES (:id, :kind, :refund_of, :provider, :currency, :minor, :reference, :operator, :terminal,
                 :opened_at_ms, :changed_at_ms, :state, :reason, :flags, :receipt, :attention, :last_number)
             ON CONFLICT (id) DO UPDATE SET changed_at_ms = excluded.changed_at_ms, state = excluded.state,
                 reason = excluded.reason, flags = excluded.flags, receipt = excluded.receipt,
                 attention = excluded.attention, last_number = excluded.last_number",
        )?;
        statement.execute(named_params! {
            ":id": self.id, ":kind": self.kind, ":refund_of": self.refund_of, ":provider": self.provider,
            ":currency": self.currency, ":minor": self.minor, ":reference": self.reference,
            ":operator": self.operator, ":terminal": self.terminal, ":opened_at_ms": self.opened_at_ms,
            ":changed_at_ms": self.changed_at_ms, ":state": self.state, ":reason": self.reason,
            ":flags": self.flags, ":receipt": self.receipt, ":attention": self.attention,
            ":last_number": self.last_number,
        })?;
        Ok(())
    }
}

/// Brings one payment's line up to date. Called inside the transaction that wrote its entries.
pub(super) fn update(conn: &Connection, payment: &str) -> Result<(), ViewError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 ORDER BY number"))?;
    let mut rows = statement.query([payment])?;
    let mut folded: Option<(Payment, Row)> = None;
    let mut last_number = 0;
    while let Some(sql) = rows.next()? {
        let row = Row::read(sql)?;
        last_number = row.number;
        let broken = |what: String| ViewError::Entry { number: row.number, what };
        let entry = row.entry().map_err(broken)?;
        if let Event::Opened(opening) = &entry.event {
            if folded.is_some() {
                return Err(broken("it opens a payment that is open".to_owned()));
            }
            folded = Some((Payment::open(entry.payment, opening.clone(), entry.at_ms), row.clone()));
        }
        let (payment, _) =
            folded.as_mut().ok_or_else(|| broken("it speaks of a payment that was never opened".to_owned()))?;
        payment.apply(&entry.event, entry.state, &entry.flags, entry.at_ms);
    }
    match folded {
        Some((payment, first)) => Ok(PaymentRow::of(&payment, &first, last_number)?.write(conn)?),
        None => Ok(()),
    }
}

/// Forgets the view and makes it again from the journal, in one transaction.
pub(super) fn rebuild(conn: &mut Connection) -> Result<(), ViewError> {
    let transaction = conn.transaction()?;
    transaction.execute("DELETE FROM payments", [])?;
    let payments: Vec<String> = transaction
        .prepare("SELECT DISTINCT payment FROM journal WHERE payment IS NOT NULL")?
        .query_map([], |sql| sql.get(0))?
        .collect::<Result<_, _>>()?;
    for payment in &payments {
        update(&transaction, payment)?;
    }
    transaction.commit()?;
    Ok(())
}

/// The last line of the journal that the view has taken in; 0 where it is empty.
pub(super) fn last_number(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT coalesce(max(last_number), 0) FROM payments", [], |sql| sql.get(0))
}
