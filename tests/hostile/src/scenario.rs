//! Bytes as a short day of the simulated shop: they choose sales, cancels, refunds and faults, and are themselves the answers
//! and messages that arrive instead of the true ones, or beside them. Then all is well, and ledger and books must agree.
//!
//! A far end that lies in the papers' own words is another matter: what the independent reader can take for a statement is
//! left out. All else is noise, and noise must never be evidence.

use crate::judge;
use crate::mutation::mutated;
use crate::seeds::{self, Kind};
use crate::waiting::http;
use crate::world::{Door, Faults, HOUR_MS, MINUTE_MS, Shop, violations};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::message::Reply;
use checkstand_core::money::Money;
use checkstand_core::payment::{PaymentId, ProviderName, RefundCause};
use checkstand_core::secret::Secret;
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::world::World;
use std::sync::OnceLock;

/// The most that happens on a day.
const DEEDS_MAX: usize = 40;
/// Long enough for every customer to decide, and for the till to have looked once more after that.
const CALM_MS: i64 = 4 * HOUR_MS;

/// Lives through it.
///
/// # Panics
/// Where ledger and books disagree.
pub fn day(data: &[u8]) {
    let mut bytes = Bytes(data);
    let seed = u64::from(bytes.next()) << 8 | u64::from(bytes.next());
    let mut shop = Shop::open(World::sampled(seed), Customers::Scripted(Odds::default()), seed);
    shop.faults = faults(&mut bytes);
    let mut sales = Vec::new();
    for _ in 0..DEEDS_MAX {
        if bytes.0.is_empty() {
            break;
        }
        let pause_ms = i64::from(bytes.next()) * 100;
        shop.run_for(pause_ms);
        deed(&mut shop, &mut bytes, &mut sales);
    }
    shop.run_for(MINUTE_MS);
    shop.far_improvises();
    shop.faults = Faults::none();
    shop.run_for(CALM_MS);
    let wrongs = violations(&shop);
    assert!(wrongs.is_empty(), "{}", wrongs.join("; "));
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Bytes as they stand here, or a true message mutated by them.
    fn message(&mut self, kind: Kind) -> Vec<u8> {
        let length = usize::from(self.next());
        if length.is_multiple_of(2) {
            return self.take(length).to_vec();
        }
        let mut chance = fastrand::Rng::with_seed(u64::from(self.next()) << 8 | u64::from(self.next()));
        mutated(true_messages(kind), &mut chance)
    }
}

/// Made once, for each is wanted on each day.
fn true_messages(kind: Kind) -> &'static [Vec<u8>] {
    static MADE: [OnceLock<Vec<Vec<u8>>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let place = match kind {
        Kind::MispayHttp => 0,
        Kind::MultipayHttp => 1,
        _ => 2,
    };
    MADE[place].get_or_init(|| seeds::of(kind))
}

/// What else goes wrong; each bit is a fault. The till does not die here: the swarm does that.
fn faults(bytes: &mut Bytes<'_>) -> Faults {
    let bits = bytes.next();
    let odds = |bit: u8, odds: u32| if bits & (1 << bit) == 0 { 0 } else { odds };
    Faults {
        request_lost: odds(0, 100),
        answer_lost: odds(1, 150),
        answer_late: odds(2, 200),
        doubled: odds(3, 300),
        frame_late: odds(4, 200),
        frame_cut: odds(5, 30),
        socket_cut: odds(6, 60),
        answer_cut: odds(7, 80),
        ..Faults::none()
    }
}

fn deed(shop: &mut Shop, bytes: &mut Bytes<'_>, sales: &mut Vec<PaymentId>) {
    match bytes.next() % 10 {
        0 | 1 => sell(shop, ProviderName::Mispay, bytes.next(), sales),
        2 | 3 => sell(shop, ProviderName::Multipay, bytes.next(), sales),
        4 => {
            if let Some(sale) = sales.last() {
                _ = shop.ask(Ask::Cancel(*sale));
            }
        }
        5 => refund(shop, sales, bytes.next()),
        6 | 7 => answer(shop, bytes),
        _ => say(shop, bytes),
    }
}

fn sell(shop: &mut Shop, provider: ProviderName, chosen: u8, sales: &mut Vec<PaymentId>) {
    let mut sale = shop.sale(provider, [10_000, 20_105, 35_050, 4_999][usize::from(chosen % 4)]);
    let code = format!("{:06}", shop.chance.u32(0..1_000_000));
    sale.code = sale.code.map(|_| Secret::new(code));
    if chosen.is_multiple_of(5) {
        sale.reference = sales
            .last()
            .and_then(|earlier| shop.till.book().payment(*earlier))
            .map(|payment| payment.opening.reference.clone());
    }
    let id = sale.id;
    if shop.ask(Ask::Sell(sale)).is_ok() {
        sales.push(id);
    }
}

fn refund(shop: &mut Shop, sales: &[PaymentId], part: u8) {
    let Some(sale) = sales.get(usize::from(part) % sales.len().max(1)).copied() else { return };
    let Some(money) = shop.till.book().payment(sale).map(|payment| payment.opening.money) else { return };
    let minor = if part.is_multiple_of(2) { money.minor } else { money.minor * i64::from(part) / 256 };
    let (id, money) = (shop.click(), Money::new(minor, money.currency));
    _ = shop.ask(Ask::Refund(Refund { id, sale, money, retry_of: None, cause: RefundCause::because("returned") }));
}

/// Noise instead of an HTTP answer: the far end has heard the request, or never does.
fn answer(shop: &mut Shop, bytes: &mut Bytes<'_>) {
    let doors = [Door::Token, Door::Purchase, Door::Status, Door::Details, Door::Refund, Door::Oauth];
    let chosen = bytes.next();
    let door = doors[usize::from(chosen) % doors.len()];
    let kind = if door == Door::Oauth { Kind::MultipayHttp } else { Kind::MispayHttp };
    let message = bytes.message(kind);
    let (status, body) = http(&message);
    // 401 refuses the token in any words, and a body that breaks off is told apart by nobody.
    if status == 401 || judge::http_says_something(body) {
        return;
    }
    let reply = Reply::Answer { status, date_ms: None, body: body.to_vec() };
    if chosen < 128 {
        shop.far_obeys_but_answers(door, 200, reply);
    } else {
        shop.far_answers(door, reply);
    }
}

/// Noise beside MultiPay's messages, on any socket.
fn say(shop: &mut Shop, bytes: &mut Bytes<'_>) {
    let generation = u64::from(bytes.next() % 4);
    let message = bytes.message(Kind::MultipayText);
    let Some(text) = crate::waiting::text(&message) else { return };
    let is_ours = |id: &str| shop.till.book().by_wire_id(&id.to_ascii_lowercase()).is_some();
    if !judge::message_says_something(text, is_ours) {
        shop.far_says_on(generation, text);
    }
}
