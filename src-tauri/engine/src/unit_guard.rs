//! The guard of MultiPay's amount unit: a wrong one charges a hundredfold, and its echo looks as right as any. So a person has to
//! look at a phone: a test sale of exactly 1.00, made with this unit, must have shown 1.00 there.

use crate::engine::Scene;
use crate::opening::OpenTill;
use crate::settings::{Confirmed, Mode, Settings};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Kind, Payment, ProviderName, State};
use checkstand_core::problem::Problem;

/// 1.00 in any of MultiPay's currencies.
const ONE_MINOR: i64 = 100;

/// The settings in which the unit is confirmed, where what the phone `shown` says that it is right.
///
/// # Errors
/// `mode_not_allowed` outside test mode, `unit_not_tested` without such a sale, `unit_differs` (`shown`).
pub async fn confirm(till: &OpenTill, saved: &Settings, shown: &str) -> Result<Settings, Problem> {
    let in_force = till.in_force();
    if till.settings.mode != Mode::Test || saved.mode != Mode::Test {
        return Err(Problem::new("mode_not_allowed").with("why", "test_only"));
    }
    if in_force.settings.multipay.amount_unit != saved.multipay.amount_unit {
        return Err(Problem::new("unit_not_tested"));
    }
    let look = move |scene: &Scene<'_>| currency_of_test_sale(scene, in_force.unit_since_ms);
    let currency = till.handle.look(look).await?.ok_or_else(|| Problem::new("unit_not_tested"))?;
    match Money::from_typed(shown, currency) {
        Ok(money) if money.minor == ONE_MINOR => {}
        Ok(_) | Err(_) => return Err(Problem::new("unit_differs").with("shown", shown.trim())),
    }
    let mut new = saved.clone();
    new.multipay.amount_unit_confirmed = new.multipay.amount_unit.into();
    Ok(new)
}

/// Another till's settings, as this one may take them over: what a phone has shown there proves nothing about the systems that
/// this till talks to. A confirmation stays where this till's own `old` settings have the same; else this till has to make its
/// own test sale.
#[must_use]
pub fn without_foreign_proof(mut imported: Settings, old: &Settings) -> Settings {
    let confirmed = &mut imported.multipay.amount_unit_confirmed;
    if *confirmed != old.multipay.amount_unit_confirmed {
        *confirmed = Confirmed::None;
    }
    imported
}

/// The currency of the newest sale of 1.00 that was paid since the unit is in force.
fn currency_of_test_sale(scene: &Scene<'_>, since_ms: i64) -> Option<Currency> {
    let is_one = |payment: &&Payment| {
        let opening = &payment.opening;
        opening.provider == ProviderName::Multipay
            && opening.kind == Kind::Sale
            && opening.money.minor == ONE_MINOR
            && payment.state == State::Paid
            && payment.opened_at_ms >= since_ms
    };
    let newest = scene.till.book().payments().filter(is_one).max_by_key(|payment| payment.opened_at_ms);
    newest.map(|payment| payment.opening.money.currency)
}

#[cfg(test)]
mod tests {
    use super::without_foreign_proof;
    use crate::settings::{AmountUnit, Confirmed, Mode, Settings};

    fn settings(mode: Mode, unit: AmountUnit, confirmed: Confirmed) -> Settings {
        let mut settings = Settings { mode, ..Settings::default() };
        settings.multipay.terminal_id = "T-17".to_owned();
        settings.multipay.amount_unit = unit;
        settings.multipay.amount_unit_confirmed = confirmed;
        settings
    }

    #[test]
    fn an_import_brings_no_confirmation_that_this_till_has_not_made() {
        use AmountUnit::{Decimal, Minor};
        for (own, imported, kept) in [
            (Confirmed::None, Confirmed::Decimal, Confirmed::None),
            (Confirmed::Minor, Confirmed::Decimal, Confirmed::None),
            (Confirmed::Decimal, Confirmed::Decimal, Confirmed::Decimal),
            (Confirmed::Minor, Confirmed::None, Confirmed::None),
        ] {
            let old = settings(Mode::Test, Minor, own);
            let new = without_foreign_proof(settings(Mode::Test, Decimal, imported), &old);
            assert_eq!(new.multipay.amount_unit_confirmed, kept, "{own:?} {imported:?}");
            assert_eq!((new.multipay.amount_unit, new.validate()), (Decimal, Vec::new()), "nothing else changes");
        }
    }

    #[test]
    fn a_live_file_must_wait_for_this_tills_own_test_sale() {
        let file = settings(Mode::Live, AmountUnit::Decimal, Confirmed::Decimal);
        let new = without_foreign_proof(file, &Settings::default());
        assert!(new.validate().iter().any(|problem| problem.code == "amount_unit_unconfirmed"));
    }
}
