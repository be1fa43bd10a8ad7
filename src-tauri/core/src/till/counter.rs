//! What people ask at the counter, and the checks before anything is opened.

use super::{REASON_CHARS_MAX, REFERENCE_CHARS_MAX, Terms, machine};
use crate::ask::{Ask, Refund, Sale};
use crate::message::Now;
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::payment::{Approval, Event, Kind, Opening, Payment, PaymentId, ProviderName, State};
use crate::problem::Problem;
use crate::provider::mispay::MisPay;
use crate::provider::multipay::MultiPay;
use crate::provider::{Out, Provider};

/// A new sale of the same amount within this time of an unknown or parked one asks whose it is.
const SAME_CUSTOMER_MS: i64 = 30 * 60_000;

pub(super) fn answer(
    ask: Ask,
    terms: &Terms,
    mispay: &mut Option<MisPay>,
    multipay: &mut Option<MultiPay>,
    now: Now,
    out: &mut Out<'_>,
) -> Result<(), Problem> {
    // A journal that cannot be trusted takes no new money; what is under way is still written down.
    if let (Ask::Sell(_) | Ask::Refund(_), Some(fault)) = (&ask, &terms.fault) {
        return Err(fault.clone());
    }
    match ask {
        Ask::Sell(sale) => {
            let machine = machine(mispay, multipay, sale.provider).filter(|_| !terms.leaving.contains(&sale.provider));
            sell(sale, terms, machine, now, out)
        }
        Ask::Refund(refund) => {
            let partial_refunds = multipay.as_ref().is_none_or(MultiPay::partial_refunds);
            let provider = found(refund.sale, out)?.opening.provider;
            give_back(refund, provider, machine(mispay, multipay, provider), partial_refunds, now, out)
        }
        Ask::Cancel(id) => {
            let provider = found(id, out)?.opening.provider;
            cancel(id, configured(machine(mispay, multipay, provider), provider)?, now, out)
        }
        Ask::Park(id) => {
            let payment = found(id, out)?;
            if !payment.is_open() {
                return Err(wrong_state(payment));
            }
            out.report(id, Event::Parked);
            Ok(())
        }
        Ask::CheckNow(id) => {
            let provider = found(id, out)?.opening.provider;
            configured(machine(mispay, multipay, provider), provider)?.check(id, now, out);
            Ok(())
        }
        Ask::CheckNumber { payment: id, number } => {
            let payment = found(id, out)?;
            if !(matches!(payment.state, State::Unknown(_))
                && payment.opening.provider == ProviderName::Mispay
                && payment.opening.kind == Kind::Sale)
            {
                return Err(wrong_state(payment));
            }
            let number = number.trim();
            if number.is_empty() || number.chars().count() > REFERENCE_CHARS_MAX || number.chars().any(char::is_control)
            {
                return Err(Problem::new("reference_invalid"));
            }
            mispay.as_mut().ok_or_else(|| not_configured(ProviderName::Mispay))?.check_number(id, number, now, out);
            Ok(())
        }
        Ask::CustomerSays { payment: id, paid } => {
            let payment = found(id, out)?;
            if !(matches!(payment.state, State::Unknown(_)) && payment.opening.provider == ProviderName::Multipay) {
                return Err(wrong_state(payment));
            }
            let machine = multipay.as_mut().ok_or_else(|| not_configured(ProviderName::Multipay))?;
            if paid {
                machine.customer_says_paid(id, now, out);
                Ok(())
            } else {
                cancel(id, machine, now, out)
            }
        }
        Ask::Settle { payment: id, verdict, approval } => {
            let payment = found(id, out)?;
            if !matches!(payment.state, State::Unknown(_)) {
                return Err(wrong_state(payment));
            }
            checked(&approval)?;
            out.report(id, Event::Settled { verdict, approval });
            Ok(())
        }
        Ask::Acknowledge(id) => {
            found(id, out)?;
            out.report(id, Event::Acknowledged);
            Ok(())
        }
        Ask::LookNow => {
            let open: Vec<_> = out.book().open().map(|payment| (payment.opening.provider, payment.id)).collect();
            for (provider, id) in open {
                if let Some(machine) = machine(mispay, multipay, provider) {
                    machine.check(id, now, out);
                }
            }
            Ok(())
        }
    }
}

fn sell(
    sale: Sale,
    terms: &Terms,
    machine: Option<&mut dyn Provider>,
    now: Now,
    out: &mut Out<'_>,
) -> Result<(), Problem> {
    let reference = match sale.reference.as_deref().map(str::trim).filter(|reference| !reference.is_empty()) {
        Some(reference)
            if reference.chars().count() > REFERENCE_CHARS_MAX || reference.chars().any(char::is_control) =>
        {
            return Err(Problem::new("reference_invalid").with("max", REFERENCE_CHARS_MAX));
        }
        Some(reference) => Some(reference.to_owned()),
        None => None,
    };
    if let Some(known) = out.payment(sale.id) {
        let same_reference = reference.as_ref().is_none_or(|reference| *reference == known.opening.reference);
        let same = known.opening.kind == Kind::Sale
            && known.opening.provider == sale.provider
            && known.opening.money == sale.money
            && same_reference;
        return if same { Ok(()) } else { Err(Problem::new("id_reused")) };
    }
    let machine = configured(machine, sale.provider)?;
    check_amount(sale.money)?;
    if !machine.currencies().contains(&sale.money.currency) {
        return Err(Problem::new("currency_not_supported").with("currency", sale.money.currency.code()));
    }
    machine.accepts(sale.code.as_ref())?;
    if let Some(limits) = terms.limits.get(&sale.money.currency) {
        limits.check(sale.money, sale.size)?;
    }
    if let Some(approval) = &sale.override_by {
        checked(approval)?;
    }
    if let Some(reference) = &reference {
        check_sale_is_free(reference, sale.override_by.as_ref(), out)?;
    }
    check_customer(&sale, reference.as_deref(), now, out)?;
    let opening = Opening {
        kind: Kind::Sale,
        provider: sale.provider,
        money: sale.money,
        reference: reference.unwrap_or_else(|| out.book().next_reference()),
        orphan: false,
        override_by: sale.override_by,
        not_same_as: sale.not_same_as,
        refund: None,
    };
    out.open(sale.id, opening);
    machine.sell(sale.id, sale.code, now, out);
    Ok(())
}

fn check_amount(money: Money) -> Result<(), Problem> {
    match money.minor {
        ..=0 => Err(Problem::new("amount_zero")),
        1..=AMOUNT_MINOR_MAX => Ok(()),
        _ => Err(Problem::new("amount_too_large").with("max", Money::new(AMOUNT_MINOR_MAX, money.currency))),
    }
}

/// Rule 7: a second attempt on a sale that has an open, unknown or paid one needs somebody who answers for it.
fn check_sale_is_free(reference: &str, override_by: Option<&Approval>, out: &Out<'_>) -> Result<(), Problem> {
    if override_by.is_some() {
        return Ok(());
    }
    for attempt in out.book().attempts(reference) {
        let code = match attempt.state {
            State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Unknown(_) => "sale_open",
            State::Paid => "sale_paid",
            State::Declined(_) | State::Reversed => continue,
        };
        return Err(about(code, attempt));
    }
    Ok(())
}

/// Rule 7: the same amount again, while one is unknown or parked, may be the same customer.
fn check_customer(sale: &Sale, reference: Option<&str>, now: Now, out: &Out<'_>) -> Result<(), Problem> {
    let alike = |payment: &&Payment| {
        let doubtful = payment.facts.parked || matches!(payment.state, State::Unknown(_));
        let recent = now.utc_ms - payment.opened_at_ms < SAME_CUSTOMER_MS;
        doubtful && recent && payment.opening.kind == Kind::Sale && payment.opening.money == sale.money
    };
    let newest = out.book().open().filter(alike).max_by_key(|payment| payment.opened_at_ms);
    match newest {
        Some(other) if reference == Some(other.opening.reference.as_str()) => Ok(()),
        Some(other) if sale.not_same_as != Some(other.id) => Err(about("same_customer", other)),
        Some(_) | None => Ok(()),
    }
}

fn give_back(
    refund: Refund,
    provider: ProviderName,
    machine: Option<&mut dyn Provider>,
    partial_refunds: bool,
    now: Now,
    out: &mut Out<'_>,
) -> Result<(), Problem> {
    let kind = Kind::Refund { of: refund.sale, retry_of: refund.retry_of };
    if let Some(known) = out.payment(refund.id) {
        let same = known.opening.kind == kind && known.opening.money == refund.money;
        return if same { Ok(()) } else { Err(Problem::new("id_reused")) };
    }
    if refund.cause.reason.trim().is_empty() || refund.cause.reason.chars().count() > REASON_CHARS_MAX {
        return Err(Problem::new("reason_missing").with("max", REASON_CHARS_MAX));
    }
    let sale = found(refund.sale, out)?.clone();
    if !sale.is_refundable() {
        return Err(about("refund_not_possible", &sale));
    }
    check_amount(refund.money)?;
    if refund.money.currency != sale.opening.money.currency {
        return Err(Problem::new("currency_not_supported").with("currency", refund.money.currency.code()));
    }
    let mut left_minor = out.book().refundable_minor(&sale);
    for other in out.book().refunds_of(sale.id).filter(|other| other.is_open()) {
        let may_ask_again = matches!(other.state, State::Unknown(_))
            && provider == ProviderName::Multipay
            && refund.money == other.opening.money;
        if refund.retry_of != Some(other.id) || !may_ask_again {
            return Err(about("refund_in_flight", other));
        }
        left_minor += other.opening.money.minor;
    }
    if refund.money.minor > left_minor {
        return Err(Problem::new("refund_exceeds").with("left", Money::new(left_minor, sale.opening.money.currency)));
    }
    let only_full = provider == ProviderName::Multipay && (!partial_refunds || refund.retry_of.is_some());
    if only_full && refund.money != sale.opening.money {
        return Err(about("refund_only_full", &sale));
    }
    let machine = configured(machine, provider)?;
    let reference = sale.opening.reference.clone();
    out.open(
        refund.id,
        Opening {
            kind,
            provider,
            money: refund.money,
            reference,
            orphan: false,
            override_by: None,
            not_same_as: None,
            refund: Some(refund.cause),
        },
    );
    machine.refund(refund.id, now, out);
    Ok(())
}

fn cancel(id: PaymentId, machine: &mut dyn Provider, now: Now, out: &mut Out<'_>) -> Result<(), Problem> {
    let payment = found(id, out)?;
    let can_cancel = payment.opening.provider == ProviderName::Multipay && payment.opening.kind == Kind::Sale;
    match payment.state {
        State::Opened => {}
        State::Sent | State::Waiting | State::Unknown(_) if can_cancel => _ = out.report(id, Event::CancelAsked),
        State::Cancelling => return Ok(()),
        State::Sent | State::Waiting | State::Unknown(_) | State::Declined(_) | State::Paid | State::Reversed => {
            return Err(wrong_state(payment));
        }
    }
    machine.cancel(id, now, out);
    Ok(())
}

fn checked(approval: &Approval) -> Result<(), Problem> {
    let empty = approval.reason.trim().is_empty() || approval.by.trim().is_empty();
    let long = approval.reason.chars().count() > REASON_CHARS_MAX;
    if empty || long { Err(Problem::new("reason_missing").with("max", REASON_CHARS_MAX)) } else { Ok(()) }
}

fn found<'a>(id: PaymentId, out: &'a Out<'_>) -> Result<&'a Payment, Problem> {
    out.payment(id).ok_or_else(|| Problem::new("payment_not_found"))
}

fn configured(machine: Option<&mut dyn Provider>, provider: ProviderName) -> Result<&mut dyn Provider, Problem> {
    machine.ok_or_else(|| not_configured(provider))
}

fn not_configured(provider: ProviderName) -> Problem {
    Problem::new("provider_not_configured").with("provider", provider.name())
}

fn wrong_state(payment: &Payment) -> Problem {
    about("not_allowed_in_state", payment)
}

fn about(code: &'static str, payment: &Payment) -> Problem {
    let money = payment.opening.money;
    Problem::new(code)
        .with("payment", payment.id)
        .with("reference", &payment.opening.reference)
        .with("minor", money.minor)
        .with("currency", money.currency.code())
        .with("at_ms", payment.opened_at_ms)
        .with("state", payment.state.name())
}
