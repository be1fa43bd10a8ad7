//! Accounts and limits are exchanged while the till runs: a secret, an address or a limit is changed without a restart.

use super::{Setup, Step, TILL_OPERATOR, Till, finish, machine, take_up};
use crate::message::Now;
use crate::payment::ProviderName;
use crate::provider::Out;
use crate::provider::mispay::MisPay;
use crate::provider::multipay::MultiPay;

impl Till {
    /// Goes on with other accounts and limits. Nothing durable is decided here: payments under way keep their watches. A
    /// provider that was not set up takes up its payments as at a start. One that is set up no longer goes away; while it
    /// has open payments it stays for these, and sells nothing. [`Setup::practice`] stays as it was at the start.
    pub fn set_up(&mut self, setup: Setup, now: Now) -> Step {
        let Till { book, mispay, multipay, terms, given, notices, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        terms.limits = setup.limits;
        let wanted =
            [(ProviderName::Mispay, setup.mispay.is_some()), (ProviderName::Multipay, setup.multipay.is_some())];
        for (provider, is_wanted) in wanted {
            terms.leaving.remove(&provider);
            let Some(machine) = machine(mispay, multipay, provider).filter(|_| !is_wanted) else { continue };
            if book.open().any(|payment| payment.opening.provider == provider) {
                terms.leaving.insert(provider);
            } else {
                machine.hang_up(&mut out);
                given.insert(provider, machine.given());
                notices.retain(|(about, _), _| *about != provider);
                match provider {
                    ProviderName::Mispay => *mispay = None,
                    ProviderName::Multipay => *multipay = None,
                }
            }
        }
        let mut new = Vec::new();
        if let Some(account) = setup.mispay {
            match mispay {
                Some(machine) => machine.exchange(account, now, &mut out),
                None => {
                    let given = given.get(&ProviderName::Mispay).copied().unwrap_or_default();
                    *mispay = Some(MisPay::after(given, account));
                    new.push(ProviderName::Mispay);
                }
            }
        }
        if let Some(account) = setup.multipay {
            match multipay {
                Some(machine) => machine.exchange(account, now, &mut out),
                None => {
                    let given = given.get(&ProviderName::Multipay).copied().unwrap_or_default();
                    *multipay = Some(MultiPay::after(given, account));
                    new.push(ProviderName::Multipay);
                }
            }
        }
        for provider in new {
            if let Some(machine) = machine(mispay, multipay, provider) {
                take_up(machine, provider, now, &mut out);
            }
        }
        let (step, notices) = finish(out, None);
        self.note(notices, now);
        Step { repaint: true, ..step }
    }
}
