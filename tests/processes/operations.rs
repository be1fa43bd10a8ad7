//! What a till does when it is killed, and how it is made ready for that.

use crate::cli_terminal::{Ended, Terminal};
use crate::ledgers;
use crate::technician::Technician;
use std::path::{Path, PathBuf};

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    SellMispay,
    SellMultipay,
    /// A look at a payment that a customer has approved while nobody watched.
    Poll,
    RefundMispay,
    RefundMultipay,
    /// A closing, which moves the log into the file.
    Checkpoint,
    /// An opening of a ledger of the first version.
    Migration,
}

/// Each with its name.
pub const OPERATIONS: [(&str, Operation); 7] = [
    ("sell-mispay", Operation::SellMispay),
    ("sell-multipay", Operation::SellMultipay),
    ("poll", Operation::Poll),
    ("refund-mispay", Operation::RefundMispay),
    ("refund-multipay", Operation::RefundMultipay),
    ("checkpoint", Operation::Checkpoint),
    ("migration", Operation::Migration),
];

/// Long enough for a customer who approves at once, and for the proof to be read.
const PATIENCE_S: &str = "30";

impl Operation {
    /// Whether money moves: then it happens in test mode, against a far end with books.
    pub fn moves_money(self) -> bool {
        !matches!(self, Operation::Checkpoint | Operation::Migration)
    }

    /// What the far end is started with: customers approve by themselves, but where the till must not see it.
    pub fn far_end(self) -> &'static [&'static str] {
        if self == Operation::Poll { &[] } else { &["--auto", "approve", "--auto-delay-ms", "200"] }
    }
}

/// A till in test mode, and its manager.
pub struct MoneyTill {
    pub technician: Technician,
    operation: Operation,
    /// Each customer shows another code.
    customers: u32,
}

impl MoneyTill {
    pub fn set_up(operation: Operation) -> MoneyTill {
        let mut technician = Technician::with(operation.far_end());
        technician.set_up();
        MoneyTill { technician, operation, customers: 0 }
    }

    fn sell(&mut self, provider: &str, amount: &str, wait_s: &str) -> Ended {
        let code = self.code();
        let arguments = ["sell", "--provider", provider, "--amount", amount, "--wait-s", wait_s];
        self.technician.as_huda(&arguments, &code).end()
    }

    /// Of a sale that is made for it.
    fn refund(&mut self, provider: &str) -> (Vec<String>, String) {
        let sold = self.sell(provider, "20", PATIENCE_S);
        assert_eq!(sold.code, 0, "there is nothing to refund: {sold:?}");
        (words(&["refund", &payment_of(&sold), "--reason", "goods came back"]), String::new())
    }

    fn code(&mut self) -> String {
        self.customers += 1;
        format!("73{:07}", self.customers)
    }

    /// Does it once more, watched by this command.
    pub async fn once(&mut self, watcher: &[String]) -> Ended {
        let (arguments, stdin): (Vec<String>, String) = match self.operation {
            Operation::SellMispay => (sale("mispay"), self.code()),
            Operation::SellMultipay => (sale("multipay"), String::new()),
            Operation::Poll => {
                let left = self.sell("mispay", "20", "0");
                let id = payment_of(&left);
                self.technician.far.customer(&id, "approve").await;
                (words(&["check", &id, "--wait-s", PATIENCE_S]), String::new())
            }
            Operation::RefundMispay => self.refund("mispay"),
            Operation::RefundMultipay => self.refund("multipay"),
            Operation::Checkpoint | Operation::Migration => unreachable!("no money moves there"),
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.technician.as_huda_under(watcher, &arguments, &stdin).end()
    }

    /// Where its ledger lies.
    pub fn ledger(&self) -> PathBuf {
        Path::new(&std::env::var_os("XDG_DATA_HOME").unwrap()).join("checkstand/test")
    }
}

fn sale(provider: &str) -> Vec<String> {
    words(&["sell", "--provider", provider, "--amount", "20", "--wait-s", PATIENCE_S])
}

/// The payment that a command was about, as it said itself.
fn payment_of(ended: &Ended) -> String {
    ended.json()["payment"].as_str().unwrap_or_else(|| panic!("no payment: {ended:?}")).to_owned()
}

/// A till in training, made anew for each time.
pub struct PaperTill {
    folder: tempfile::TempDir,
}

impl PaperTill {
    pub fn set_up(operation: Operation) -> PaperTill {
        let folder = tempfile::tempdir().unwrap();
        let begin = folder.path().join("begin");
        if operation == Operation::Migration {
            ledgers::of_the_first_version(&begin);
            return PaperTill { folder };
        }
        ledgers::today(&begin);
        let till = PaperTill { folder };
        till.begin_anew();
        till.once(&[], "open");
        // The shift stays open in what each time begins with.
        std::fs::remove_dir_all(&begin).unwrap();
        ledgers::copy(&till.data(), &begin);
        till
    }

    /// Puts it back as it was at the beginning.
    pub fn begin_anew(&self) {
        // The first time there is nothing to remove.
        _ = std::fs::remove_dir_all(self.data());
        ledgers::copy(&self.folder.path().join("begin"), &self.data());
    }

    /// Signs in and closes the shift, or opens one where none is open, watched by this command.
    pub fn once(&self, watcher: &[String], shift: &str) -> Ended {
        let mut arguments = words(&["shift", shift, "--practise", "--json", "--data-dir"]);
        arguments.push(self.data().to_str().unwrap().to_owned());
        Terminal::start_under(watcher, &arguments, Some(""), &[]).end()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
