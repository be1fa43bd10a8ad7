//! Refunds of one sale from several windows, with lost, late and unreadable answers between them: what is refunded, under way or
//! not known never exceeds the sale, in the ledger at every moment and in the provider's books.

use crate::crew::share;
use crate::swarm::show;
use crate::world::{Faults, SECOND_MS, Shop, violations};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::money::Money;
use checkstand_core::payment::{Ending, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::secret::Secret;
use checkstand_simulator::customers::Customers;
use checkstand_simulator::world::World;
use std::ops::Range;

/// One shop lives through so many races.
const RACES_A_SHOP: u64 = 50;
const MINOR: i64 = 20_105;

#[derive(Default)]
struct Came {
    races: u64,
    asked: u64,
    accepted: u64,
    wrongs: Vec<(u64, String)>,
    /// Tells everything about a shop that went wrong: for a run of one shop.
    shows: bool,
}

pub fn run(races: Range<u64>) -> bool {
    let mut all = Came::default();
    let is_one = races.end - races.start <= RACES_A_SHOP;
    let took = share(
        "races",
        races.start / RACES_A_SHOP..races.end.div_ceil(RACES_A_SHOP),
        |seed, mine: &mut Came| {
            mine.shows = is_one;
            in_one_shop(seed, mine);
        },
        |part| {
            all.races += part.races;
            all.asked += part.asked;
            all.accepted += part.accepted;
            all.wrongs.extend(part.wrongs);
        },
    );
    println!(
        "races: {} races, {} refunds asked for, {} begun, {} violations, {:.1} s",
        all.races,
        all.asked,
        all.accepted,
        all.wrongs.len(),
        took.as_secs_f64()
    );
    for (seed, wrong) in all.wrongs.iter().take(10) {
        println!("  seed {seed}: {wrong}");
    }
    all.wrongs.is_empty() && all.accepted > 0
}

fn in_one_shop(seed: u64, came: &mut Came) {
    let mut shop = Shop::open(World::sampled(seed), Customers::Manual, seed);
    for _ in 0..RACES_A_SHOP {
        came.races += 1;
        shop.faults = Faults::none();
        let Some(sale) = paid_sale(&mut shop) else { continue };
        shop.faults = Faults { crash: 0, clock_set: 0, sleeps: 0, ..Faults::swarm(&mut shop.chance) };
        for _ in 0..shop.chance.u32(2..=6) {
            came.asked += 1;
            came.accepted += u64::from(refund(&mut shop, sale));
            check(&shop, sale, seed, came);
            let pause_ms = [0, 0, 50, 400, 31_000][shop.chance.usize(0..5)];
            shop.run_for(pause_ms);
            check(&shop, sale, seed, came);
        }
    }
    shop.faults = Faults::none();
    shop.run_for(600 * SECOND_MS);
    let wrongs = violations(&shop);
    if came.shows && !wrongs.is_empty() {
        show(&shop, &wrongs);
    }
    came.wrongs.extend(wrongs.into_iter().map(|wrong| (seed, wrong)));
}

/// A sale that the customer has paid, as far as the till knows.
fn paid_sale(shop: &mut Shop) -> Option<PaymentId> {
    let provider = if shop.chance.bool() { ProviderName::Mispay } else { ProviderName::Multipay };
    let mut sale = shop.sale(provider, MINOR);
    let code = format!("{:06}", shop.chance.u32(0..1_000_000));
    sale.code = sale.code.map(|_| Secret::new(code));
    let id = sale.id;
    if let Err(problem) = shop.ask(Ask::Sell(sale.clone())) {
        sale.not_same_as = problem.fields.get("payment").map(|id| PaymentId(id.parse().unwrap()));
        shop.ask(Ask::Sell(sale)).ok()?;
    }
    shop.run_for(20 * SECOND_MS);
    _ = shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(10 * SECOND_MS);
    (shop.till.book().payment(id)?.state == State::Paid).then_some(id)
}

fn refund(shop: &mut Shop, sale: PaymentId) -> bool {
    let currency = shop.payment(sale).opening.money.currency;
    let minor = [MINOR, MINOR, MINOR / 2, 1, MINOR - 1, MINOR + 1][shop.chance.usize(0..6)];
    let unknown = shop.till.book().refunds_of(sale).find(|refund| matches!(refund.state, State::Unknown(_)));
    let retry_of = unknown.map(|refund| refund.id).filter(|_| shop.chance.bool());
    let (id, money) = (shop.click(), Money::new(minor, currency));
    shop.ask(Ask::Refund(Refund { id, sale, money, retry_of, cause: RefundCause::because("item returned") })).is_ok()
}

/// The bound at this moment. A refund that repeats another has taken its reserve over.
fn check(shop: &Shop, sale: PaymentId, seed: u64, came: &mut Came) {
    let book = shop.till.book();
    let reserved: i64 = book
        .refunds_of(sale)
        .filter(|refund| !matches!(refund.state, State::Declined(_)) && !book.is_taken_over(refund))
        .map(|refund| refund.opening.money.minor)
        .sum();
    if reserved > MINOR {
        came.wrongs.push((seed, format!("I6: {reserved} of {MINOR} is refunded, under way or not known")));
    }
    let duplicates = book.refunds_of(sale).filter(|refund| refund.state == State::Declined(Ending::Duplicate)).count();
    let paid = book.refunds_of(sale).filter(|refund| refund.state == State::Paid).count();
    if duplicates > 0 && paid == 0 {
        came.wrongs.push((seed, "a duplicate without the refund that it doubles".to_owned()));
    }
}
