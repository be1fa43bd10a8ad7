//! One bad day of a shop: faults while sales, cancels and refunds go on, then calm. The seed says everything.

use super::oracle::provider;
use super::{Faults, HOUR_MS, MINUTE_MS, SECOND_MS, Shop};
use checkstand_core::ask::{Ask, Refund, Sale};
use checkstand_core::money::Money;
use checkstand_core::payment::{
    Approval, Doubt, Flag, Kind, Payment, PaymentId, ProviderName, RefundCause, State, Verdict,
};
use checkstand_core::provider::multipay::Flow;
use checkstand_core::secret::Secret;
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::phone::Provider;
use checkstand_simulator::world::World;

const HOURS_10_YEARS: i64 = 10 * 365 * 24;
/// Long enough for every customer to decide, and for the till to have looked once more after that.
const CALM_MS: i64 = 4 * HOUR_MS;
/// Long enough for the last look of all.
const CALM_LONG_MS: i64 = 26 * HOUR_MS;
/// One day in so many is watched to its very end.
const LONG_ONE_IN: u64 = 8;

/// Between two sales, the provider gives a payment back by itself one time in so many.
const REVERSAL_ONE_IN: u32 = 20;

/// So often somebody asks about a purchase number at a stretch.
const NUMBER_CHECKS_MAX: u32 = 20;

/// What a day is made of.
pub struct Day {
    pub seed: u64,
    pub world: World,
    pub sales: u32,
    /// On a good day nothing breaks.
    pub is_bad: bool,
}

impl Day {
    /// A day in a world by chance, with faults by chance.
    pub fn bad(seed: u64) -> Day {
        Day { seed, world: World::sampled(seed), sales: 12, is_bad: true }
    }

    /// Its shop in the morning.
    pub fn open(&self) -> Shop {
        Shop::open(self.world.clone(), Customers::Scripted(Odds::default()), self.seed)
    }

    /// Lives through it.
    pub fn live(&self) -> Shop {
        let mut shop = self.open();
        self.spend(&mut shop);
        shop
    }

    /// Lives through it in its shop.
    pub fn spend(&self, shop: &mut Shop) {
        if self.is_bad {
            shop.faults = Faults::swarm(&mut shop.chance);
            if shop.hits(shop.faults.clock_drifts) {
                shop.clock_drift = shop.chance.i64(-50..=50);
            }
            if shop.chance.u32(0..8) == 0 {
                shop.refit(|setup| setup.multipay.iter_mut().for_each(|account| account.flow = Flow::Get));
            }
        }
        let mut sales = Vec::new();
        for _ in 0..self.sales {
            let pause_ms = shop.chance.i64(500..=60 * SECOND_MS);
            shop.run_for(pause_ms);
            fate(shop);
            cashier(shop, &mut sales);
            afterthoughts(shop);
            if shop.hits(shop.faults.naps) {
                // Somebody closes the lid over what was just begun.
                let (awake_ms, asleep_ms) = (shop.chance.i64(0..=2 * SECOND_MS), shop.chance.i64(20..=300) * SECOND_MS);
                shop.run_for(awake_ms);
                shop.sleep(asleep_ms);
            }
        }
        let rest_ms = shop.chance.i64(0..=10 * MINUTE_MS);
        shop.run_for(rest_ms);
        shop.faults = Faults::none();
        shop.run_for(if self.seed.is_multiple_of(LONG_ONE_IN) { CALM_LONG_MS } else { CALM_MS });
    }
}

/// What happens to the machine, and to the far ends, whatever people do.
fn fate(shop: &mut Shop) {
    if shop.hits(shop.faults.server_restarts) {
        shop.servers_restart();
    }
    if shop.hits(shop.faults.clock_set) {
        let hours = [-HOURS_10_YEARS, -1, 0, 0, 1, HOURS_10_YEARS][shop.chance.usize(0..6)];
        shop.clock_set_by_ms = hours * HOUR_MS;
    }
    if shop.hits(shop.faults.disk_full) {
        shop.disk_full_until_ms = shop.now_ms + shop.chance.i64(1..=5) * MINUTE_MS;
    }
    if shop.chance.u32(0..REVERSAL_ONE_IN) == 0 {
        reverse_something(shop);
    }
    if shop.hits(shop.faults.sleeps) {
        shop.sleep(8 * HOUR_MS);
    }
    if shop.chance.u32(0..4) == 0 {
        // A customer scans what the store has put up (GET-flow).
        _ = shop.far.scan_get_flow(shop.now_ms);
    }
}

/// What follows close behind a sale.
fn afterthoughts(shop: &mut Shop) {
    if shop.chance.u32(0..REVERSAL_ONE_IN) == 0 {
        let after_ms = shop.chance.i64(0..=10 * SECOND_MS);
        shop.run_for(after_ms);
        reverse_something(shop);
    }
    // The customer still stands there with the number, and the provider's late answer may be on its way.
    let lost = |payment: &&Payment| payment.state == State::Unknown(Doubt::NoAnswer) && payment.facts.track.is_none();
    let lost: Vec<PaymentId> = shop.till.book().unsettled().filter(lost).map(|payment| payment.id).collect();
    if let Some(id) = lost.last().filter(|_| shop.chance.bool()) {
        check_number(shop, *id);
    }
    if shop.chance.u32(0..6) == 0 {
        // What is said beside an open payment is read by somebody.
        let said = |payment: &&Payment| payment.is_open() && !payment.flags.is_empty() && payment.needs_attention();
        let ids: Vec<PaymentId> = shop.till.book().unsettled().filter(said).map(|payment| payment.id).collect();
        if let Some(id) = pick(shop, &ids) {
            _ = shop.ask(Ask::Acknowledge(id));
        }
    }
}

/// MultiPay gives a captured payment back by itself.
fn reverse_something(shop: &mut Shop) {
    let captures = shop.far.books().captures().filter(|capture| capture.provider == Provider::MultiPay);
    let ids: Vec<String> = captures.map(|capture| capture.id.clone()).collect();
    // Mostly at once, while other words about it may still be on their way; often one that was said to have failed before.
    let was_odd = |id: &&String| {
        let payment = shop.till.book().by_wire_id(id).and_then(|id| shop.till.book().payment(id));
        payment.is_some_and(|payment| payment.state == State::Paid && !payment.flags.is_empty())
    };
    let odd = ids.iter().rev().take(4).find(was_odd).cloned();
    let chosen = match shop.chance.u32(0..4) {
        0 | 1 => odd.or_else(|| ids.last().cloned()),
        2 => ids.last().cloned(),
        _ if ids.is_empty() => None,
        _ => Some(ids[shop.chance.usize(0..ids.len())].clone()),
    };
    if let Some(id) = chosen {
        _ = shop.far.reverse(&id, shop.now_ms);
    }
}

/// What a person at the till does next: mostly a sale, sometimes twice, sometimes something else first.
fn cashier(shop: &mut Shop, sales: &mut Vec<PaymentId>) {
    match shop.chance.u32(0..10) {
        0 | 4 => refund_something(shop, sales),
        1 | 2 => {
            // Mostly it is about the sale at hand.
            let last = sales.last().copied().filter(|_| shop.chance.bool());
            if let Some(id) = last.or_else(|| pick(shop, sales)) {
                press(shop, id);
            }
        }
        3 => look_into(shop, sales),
        _ => {}
    }
    sell(shop, sales);
    if shop.chance.u32(0..8) == 0 {
        // Two customers at once.
        sell(shop, sales);
    }
}

fn press(shop: &mut Shop, id: PaymentId) {
    let ask = match shop.chance.u32(0..7) {
        0 | 1 => Ask::Cancel(id),
        2 => Ask::Park(id),
        3 => Ask::CheckNow(id),
        4 => return check_number(shop, id),
        5 => Ask::Acknowledge(id),
        _ => Ask::CustomerSays { payment: id, paid: shop.chance.bool() },
    };
    let is_cancel = matches!(ask, Ask::Cancel(_));
    let asked = shop.ask(ask);
    if is_cancel && asked.is_ok() && shop.chance.u32(0..4) == 0 {
        // Nothing happens at once, and the next customer waits.
        let patience_ms = shop.chance.i64(0..=5 * SECOND_MS);
        shop.run_for(patience_ms);
        _ = shop.ask(Ask::Park(id));
    }
}

fn sell(shop: &mut Shop, sales: &mut Vec<PaymentId>) {
    let provider = if shop.chance.bool() { ProviderName::Mispay } else { ProviderName::Multipay };
    let minor = [10_000, 20_105, 35_050, 4_999][shop.chance.usize(0..4)];
    // One customer in five shows a code that was used before.
    let mut sale =
        if shop.chance.u32(0..5) == 0 { shop.sale(provider, minor) } else { fresh_sale(shop, provider, minor) };
    if let Some(earlier) = pick(shop, sales).filter(|_| shop.chance.u32(0..4) == 0) {
        // Try again on the same sale; now and then somebody answers for a second attempt.
        sale.reference = shop.till.book().payment(earlier).map(|payment| payment.opening.reference.clone());
        if shop.chance.u32(0..3) == 0 {
            sale.override_by = Some(Approval { by: "mona".to_owned(), reason: "customer waits".to_owned() });
        }
    }
    let mut asked = shop.ask(Ask::Sell(sale.clone()));
    if let Some(other) = asked.as_ref().err().filter(|problem| problem.code == "same_customer") {
        sale.not_same_as = other.fields.get("payment").map(|id| PaymentId(id.parse().unwrap()));
        asked = shop.ask(Ask::Sell(sale.clone()));
    }
    if shop.chance.u32(0..3) == 0 {
        // A double click.
        _ = shop.ask(Ask::Sell(sale.clone()));
    }
    if asked.is_ok() {
        sales.push(sale.id);
        if shop.chance.u32(0..12) == 0 {
            // The wrong amount.
            let after_ms = shop.chance.i64(0..=SECOND_MS);
            shop.run_for(after_ms);
            _ = shop.ask(Ask::Cancel(sale.id));
        }
    }
}

fn fresh_sale(shop: &mut Shop, provider: ProviderName, minor: i64) -> Sale {
    let mut sale = shop.sale(provider, minor);
    let code = format!("{:06}", shop.chance.u32(0..1_000_000));
    sale.code = sale.code.map(|_| Secret::new(code));
    sale
}

/// A manager refunds; now and then from two windows at once.
fn refund_something(shop: &mut Shop, sales: &[PaymentId]) {
    let Some(sale) = pick(shop, sales) else { return };
    refund(shop, sale);
    if shop.chance.u32(0..3) == 0 {
        refund(shop, sale);
    }
}

fn refund(shop: &mut Shop, sale: PaymentId) {
    let Some(money) = shop.till.book().payment(sale).map(|payment| payment.opening.money) else { return };
    let part = if shop.chance.bool() { money.minor } else { shop.chance.i64(1..=money.minor) };
    let id = shop.click();
    let retry_of = shop
        .till
        .book()
        .refunds_of(sale)
        .find(|refund| matches!(refund.state, State::Unknown(_)))
        .map(|refund| refund.id);
    let retry_of = retry_of.filter(|_| shop.chance.bool());
    let (money, cause) = (Money::new(part, money.currency), RefundCause::because("item returned"));
    _ = shop.ask(Ask::Refund(Refund { id, sale, money, retry_of, cause }));
}

/// A manager looks into what needs somebody: checks a number, settles by the provider's books, reads the flags.
fn look_into(shop: &mut Shop, sales: &[PaymentId]) {
    // Mostly it is one that the till shows to her.
    let shown: Vec<PaymentId> =
        shop.till.book().unsettled().filter(|payment| payment.needs_attention()).map(|payment| payment.id).collect();
    let shown = pick(shop, &shown).filter(|_| shop.chance.bool());
    let Some(id) = shown.or_else(|| pick(shop, sales)) else { return };
    let Some(payment) = shop.till.book().payment(id) else { return };
    let verdict = if has_moved(shop, payment) { Verdict::Charged } else { Verdict::NotCharged };
    let approval = Approval { by: "mona".to_owned(), reason: "read in the panel".to_owned() };
    let refunded = payment.refund_of();
    let ask = match shop.chance.u32(0..6) {
        0 | 1 => {
            let asked = shop.ask(Ask::Settle { payment: id, verdict, approval });
            if let (Some(sale), Verdict::NotCharged, Ok(())) = (refunded, verdict, asked) {
                // The customer is still there.
                refund(shop, sale);
            }
            return;
        }
        2 | 3 => Ask::Acknowledge(id),
        _ => return check_number(shop, id),
    };
    _ = shop.ask(ask);
}

/// Somebody who is told that it is not known asks again and again.
fn check_number(shop: &mut Shop, id: PaymentId) {
    for _ in 0..NUMBER_CHECKS_MAX {
        let number = number_of(shop, id);
        if shop.ask(Ask::CheckNumber { payment: id, number }).is_err() {
            return;
        }
        let patience_ms = shop.chance.i64(200..=2 * SECOND_MS);
        shop.run_for(patience_ms);
    }
}

/// The purchase number as the customer's phone or the provider's books show it; a wrong one where neither does. Every second
/// time somebody types another customer's.
fn number_of(shop: &mut Shop, id: PaymentId) -> String {
    if shop.chance.bool()
        && let Some(other) = shop.far.books().captures().find(|capture| capture.provider == Provider::MisPay)
    {
        return other.reference.clone();
    }
    let captures = shop.far.books().captures_of(Provider::MisPay, &id.to_string());
    let booked = captures.first().map(|capture| capture.reference.clone());
    let shown = || shop.far.phones().into_iter().find(|phone| phone.id == id.to_string())?.reference;
    booked.or_else(shown).unwrap_or_else(|| "4711".to_owned())
}

/// Whether its money moved, by the provider's books.
fn has_moved(shop: &Shop, payment: &Payment) -> bool {
    let at = provider(payment.opening.provider);
    let Some(sale) = payment.refund_of() else {
        let name = payment.facts.wire_id.clone().unwrap_or_else(|| payment.id.to_string());
        return !shop.far.books().captures_of(at, &name).is_empty();
    };
    let Some(sale) = shop.till.book().payment(sale) else { return false };
    let name = sale.facts.wire_id.clone().unwrap_or_else(|| sale.id.to_string());
    let captures = shop.far.books().captures_of(at, &name);
    let mut booked = captures.iter().flat_map(|capture| &capture.refunds);
    match at {
        Provider::MultiPay => booked.any(|refund| refund.id == Some(payment.id.to_string())),
        // A refund has no name there; what the ledger already counts as refunded is taken off.
        Provider::MisPay => {
            let refunds = shop.till.book().refunds_of(sale.id).filter(|refund| refund.state == State::Paid);
            let counted: i64 = refunds.map(|refund| refund.opening.money.minor).sum();
            booked.map(|refund| refund.amount_minor).sum::<i64>() >= counted + payment.opening.money.minor
        }
    }
}

fn pick(shop: &mut Shop, sales: &[PaymentId]) -> Option<PaymentId> {
    if sales.is_empty() { None } else { Some(sales[shop.chance.usize(0..sales.len())]) }
}

/// What many days came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub payments: usize,
    pub paid: usize,
    pub declined: usize,
    pub unknown: usize,
    pub refunded: usize,
    pub late: usize,
    pub crashes: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.payments += other.payments;
        self.paid += other.paid;
        self.declined += other.declined;
        self.unknown += other.unknown;
        self.refunded += other.refunded;
        self.late += other.late;
        self.crashes += other.crashes;
    }

    pub fn count(&mut self, shop: &Shop) {
        self.crashes += shop.crashes as usize;
        for payment in shop.till.book().payments() {
            self.payments += 1;
            match (payment.opening.kind, payment.state) {
                (Kind::Sale, State::Paid) => self.paid += 1,
                (Kind::Refund { .. }, State::Paid) => self.refunded += 1,
                (_, State::Declined(_)) => self.declined += 1,
                (_, State::Unknown(_)) => self.unknown += 1,
                (_, State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Reversed) => {}
            }
            self.late += usize::from(payment.flags.contains(&Flag::Late));
        }
    }
}
