//! People at the shop's till. PINs are kept beside the ledger and survive a crash, as the engine's do.

use super::wire::Parcel;
use super::{SECOND_MS, Shop};
use checkstand_core::ask::{Approver, Deed, Input, PinCheck, Sale, Wish};
use checkstand_core::message::Act;
use checkstand_core::payment::ProviderName;
use checkstand_core::people::{PinDigest, Role};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::till::Step;

/// A manager, and her PIN.
pub const HUDA: (&str, &str) = ("Huda", "2580");
/// A cashier, and her PIN.
pub const SARA: (&str, &str) = ("Sara", "1397");

impl Shop {
    /// A calm shop with a manager and a cashier; the manager is signed in.
    pub fn staffed() -> Shop {
        let mut shop = Shop::calm();
        shop.wish(Wish::FirstManager { name: HUDA.0.to_owned(), pin: Secret::text(HUDA.1) }).unwrap();
        let (name, pin) = (SARA.0.to_owned(), Secret::text(SARA.1));
        shop.deed(Deed::AddOperator { name, role: Role::Cashier, pin }).unwrap();
        shop
    }

    /// A sale of another customer, who has a code of their own.
    pub fn fresh_sale(&mut self, provider: ProviderName, minor: i64) -> Sale {
        let mut sale = self.sale(provider, minor);
        let code = format!("{:06}", self.chance.u32(100_000..1_000_000));
        sale.code = sale.code.map(|_| Secret::new(code));
        sale
    }

    pub fn sign_in(&mut self, (name, pin): (&str, &str)) -> Result<(), Problem> {
        self.wish(Wish::SignIn { name: name.to_owned(), pin: Secret::text(pin) })
    }

    pub fn deed(&mut self, deed: Deed) -> Result<(), Problem> {
        self.wish(Wish::Do { deed, approver: None })
    }

    pub fn approved(&mut self, deed: Deed, (name, pin): (&str, &str)) -> Result<(), Problem> {
        let approver = Some(Approver { name: name.to_owned(), pin: Secret::text(pin) });
        self.wish(Wish::Do { deed, approver })
    }

    /// A person wants something; where that waits for a PIN, time passes until it is answered.
    pub fn wish(&mut self, wish: Wish) -> Result<(), Problem> {
        match self.begin(wish)? {
            None => Ok(()),
            Some(job) => {
                self.run_for(SECOND_MS);
                self.answers.remove(&job).unwrap_or_else(|| Err(Problem::new("no answer")))
            }
        }
    }

    /// The same without waiting: the number of the job that it waits for.
    pub fn begin(&mut self, wish: Wish) -> Result<Option<u64>, Problem> {
        let now = self.now();
        let step = self.till.decide(Input::Wished(wish), now);
        if let Some(problem) = step.problem {
            assert!(step.record.is_empty() && step.act.is_empty(), "a refusal does nothing");
            return Err(problem);
        }
        if !step.record.is_empty() && self.disk_refuses() {
            self.call_off(step);
            return Err(Problem::new("storage_failed"));
        }
        let waits = step.waits;
        self.carry_out(step, None);
        Ok(waits)
    }

    /// News about a PIN.
    pub(super) fn hear_pin(&mut self, input: Input) {
        let now = self.now();
        let step = self.till.decide(input, now);
        if !step.record.is_empty() && self.disk_refuses() {
            for (job, _) in &step.answers {
                self.answers.insert(*job, Err(Problem::new("storage_failed")));
            }
            return self.call_off(step);
        }
        self.carry_out(step, None);
    }

    fn call_off(&mut self, step: Step) {
        let (opens, now) = (step.opens, self.now());
        let follows = self.till.undo(step, opens, now);
        self.save_or_hold(follows, None);
    }

    pub(super) fn pin_act(&mut self, act: &Act) {
        let input = match act {
            Act::CheckPin { job, digest, pin } => {
                let check = match self.pins.get(digest) {
                    None => PinCheck::Unusable,
                    Some(kept) if kept == pin.expose() => PinCheck::Right,
                    Some(_) => PinCheck::Wrong,
                };
                Input::PinChecked { job: *job, check }
            }
            Act::HashPin { job, pin } => {
                let digest = PinDigest(format!("digest {}", self.pins.len()));
                self.pins.insert(digest.clone(), pin.expose().clone());
                Input::PinHashed { job: *job, digest: Some(digest) }
            }
            _ => return,
        };
        let life = self.life;
        self.post(50, Parcel::Pin { life, input: Box::new(input) });
    }
}
