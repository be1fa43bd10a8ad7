//! What must hold after a death: whatever was said or sent before it stands in the ledger, and ledger and books agree as far as
//! anybody can know.

#![allow(dead_code, reason = "two test binaries share it, and neither uses all of it")]

use checkstand_engine::ledger::{PaymentRow, Reader, Row};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A state that a command has told of a payment before it died: `(payment, state)`.
pub type Told = (String, String);

/// What a command has told on its way, from its standard error.
pub fn told(stderr: &str) -> Vec<Told> {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("payment "));
    let told = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_end_matches([':', ';']).to_owned()))
    });
    told.collect()
}

/// Ledger and books of one till.
pub struct Judge {
    payments: Vec<PaymentRow>,
    /// The states that each payment ever had, and the facts about it.
    states: BTreeMap<String, BTreeSet<String>>,
    facts: BTreeMap<String, BTreeSet<String>>,
    books: Value,
}

impl Judge {
    pub fn new(ledger: &Path, books: Value) -> Judge {
        let reader = Reader::open(ledger).unwrap();
        let (mut states, mut facts): (BTreeMap<_, BTreeSet<_>>, BTreeMap<_, BTreeSet<_>>) = Default::default();
        for Row { payment, what, body, .. } in reader.rows().unwrap() {
            let Some(payment) = payment else { continue };
            facts.entry(payment.clone()).or_default().insert(what);
            states.entry(payment).or_default().insert(state_of(&body));
        }
        Judge { payments: reader.payments().unwrap(), states, facts, books }
    }

    /// Those that have not ended, and whether the provider has taken them.
    pub fn open(&self) -> Vec<(String, bool)> {
        let open = self.payments.iter().filter(|payment| payment.is_open);
        open.map(|payment| (payment.id.clone(), self.has(&payment.id, "accepted"))).collect()
    }

    /// Of how many nobody can know what became of them: their answer died with the process.
    pub fn in_doubt(&self) -> usize {
        self.payments.iter().filter(|payment| is_in_doubt(payment)).count()
    }

    fn has(&self, id: &str, fact: &str) -> bool {
        self.facts.get(id).is_some_and(|facts| facts.contains(fact))
    }

    /// Everything that is wrong.
    pub fn wrongs(&self, told: &[Told]) -> Vec<String> {
        let mut wrongs: Vec<String> = told
            .iter()
            .filter(|(id, state)| !self.states.get(id).is_some_and(|states| states.contains(state)))
            .map(|(id, state)| format!("{id} was told to be {state}; the ledger does not know it"))
            .collect();
        self.requests(&mut wrongs);
        self.sales(&mut wrongs);
        self.refunds(&mut wrongs);
        wrongs
    }

    /// No request without its intent, and none twice.
    fn requests(&self, wrongs: &mut Vec<String>) {
        for received in rows(&self.books, "received") {
            let (id, kind, total) = (text(received, "id"), text(received, "kind"), received["total"].as_u64().unwrap());
            let intents = if kind == "refund" && !self.is_refund(id) {
                // MIS Pay's refunds bear the sale's id.
                self.refunds_of(id).filter(|refund| self.has(&refund.id, "sent")).count()
            } else {
                usize::from(self.has(id, "sent"))
            };
            if kind != "cancel" && total > intents as u64 {
                wrongs.push(format!("{total} requests {kind} for {id}, but {intents} intents"));
            }
        }
    }

    /// Captured is paid, or in doubt where no proof could be read; paid is captured.
    fn sales(&self, wrongs: &mut Vec<String>) {
        for sale in self.payments.iter().filter(|payment| payment.kind == "sale") {
            let captured: Vec<i64> =
                self.captures(&sale.id).map(|capture| capture["amount_minor"].as_i64().unwrap()).collect();
            let is_right = match (&captured[..], sale.state.as_str()) {
                ([minor], "paid") => *minor == sale.minor,
                // It can be asked about, so it must have been.
                ([_], _) => is_in_doubt(sale) && !(sale.provider == "mispay" && self.has(&sale.id, "accepted")),
                ([], state) => state != "paid",
                _ => false,
            };
            if !is_right {
                wrongs.push(format!("sale {} is {}, and {captured:?} was captured", sale.id, sale.state));
            }
        }
    }

    /// What went back lies between what is known to have gone and what may have.
    fn refunds(&self, wrongs: &mut Vec<String>) {
        for sale in self.payments.iter().filter(|payment| payment.kind == "sale" && payment.state == "paid") {
            let went: i64 = self
                .captures(&sale.id)
                .map(|capture| capture["amount_minor"].as_i64().unwrap() - capture["net_minor"].as_i64().unwrap())
                .sum();
            let sum = |of: fn(&PaymentRow) -> bool| -> i64 {
                self.refunds_of(&sale.id).filter(|refund| of(refund)).map(|refund| refund.minor).sum()
            };
            let (known, perhaps) = (sum(|refund| refund.state == "paid"), sum(is_in_doubt));
            if went < known || went > known + perhaps {
                wrongs.push(format!("{went} of {} went back, {known} is known, {perhaps} in doubt", sale.id));
            }
        }
    }

    fn is_refund(&self, id: &str) -> bool {
        self.payments.iter().any(|payment| payment.id == id && payment.kind == "refund")
    }

    fn refunds_of<'a>(&'a self, sale: &str) -> impl Iterator<Item = &'a PaymentRow> {
        self.payments.iter().filter(move |payment| payment.refund_of.as_deref() == Some(sale))
    }

    fn captures<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Value> {
        rows(&self.books, "captures").filter(move |capture| text(capture, "id") == id)
    }
}

fn is_in_doubt(payment: &PaymentRow) -> bool {
    !matches!(payment.state.as_str(), "opened" | "declined" | "paid" | "reversed")
}

/// The state after a line of the journal: a word, or a word with its reason.
fn state_of(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    match &body["state"] {
        Value::String(state) => state.clone(),
        Value::Object(state) => state.keys().next().unwrap().clone(),
        other => panic!("{other} is no state"),
    }
}

fn rows<'a>(books: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    books[name].as_array().unwrap().iter()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}
