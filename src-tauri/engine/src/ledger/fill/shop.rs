//! An invented shop: what its till would have recorded.

use checkstand_core::book::{Entry, Fact, PaymentFact};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{
    Approval, Details, Doubt, Ending, Event, Flag, Kind, Opening, Payment, PaymentId, ProviderName, Receipt,
    RefundCause, State, Verdict,
};
use checkstand_core::people::Role;
use checkstand_core::shift::{Carried, Movement, Report};
use checkstand_core::store::{Paper, SignOutCause, Store, StoreEvent};
use checkstand_core::till::TILL_OPERATOR;

const OPERATORS: [&str; 8] = ["Åse", "Sara", "Omar", "نورة", "Lars", "Mona", "Khalid", "Ingrid"];
const MANAGER: &str = "Åse";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The shop is open from eight to eight.
const OPENS_AFTER_MS: i64 = 8 * 60 * 60 * 1_000;
const OPEN_MS: i64 = 12 * 60 * 60 * 1_000;
/// Sales that may still be refunded.
const REFUNDABLE_MAX: usize = 500;

/// Chance, the same for the same seed: SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True so many times in ten thousand.
    fn is(&mut self, in_ten_thousand: u64) -> bool {
        self.below(10_000) < in_ten_thousand
    }
}

/// The shop, from day to day.
pub(super) struct Shop {
    chance: Chance,
    store: Store,
    entries: Vec<Entry>,
    payments: u64,
    shift: u32,
    refundable: Vec<Payment>,
    /// Not settled at the end of the day.
    unsettled: Vec<Payment>,
}

impl Shop {
    pub(super) fn new(seed: u64) -> Shop {
        Shop {
            chance: Chance(seed),
            store: Store::default(),
            entries: Vec::new(),
            payments: 0,
            shift: 0,
            refundable: Vec::new(),
            unsettled: Vec::new(),
        }
    }

    /// A day's entries: a shift with so many payments.
    pub(super) fn day(&mut self, begins_ms: i64, payments: u64, is_first: bool) -> Vec<Entry> {
        let opens_ms = begins_ms + OPENS_AFTER_MS;
        if is_first {
            self.note(opens_ms, StoreEvent::CalendarSet { zone: "Asia/Riyadh".to_owned(), cutoff_min: 240 });
            for (at, name) in OPERATORS.into_iter().enumerate() {
                let role = if at == 0 { Role::Manager } else { Role::Cashier };
                self.note(opens_ms, StoreEvent::OperatorAdded { name: name.to_owned(), role });
            }
        }
        self.shift += 1;
        self.note(opens_ms, StoreEvent::SignedIn { name: MANAGER.to_owned() });
        self.note(opens_ms, StoreEvent::ShiftOpened { number: self.shift });
        for nth in 0..payments {
            let at_ms =
                opens_ms + OPEN_MS * i64::try_from(nth).unwrap_or(0) / i64::try_from(payments).unwrap_or(1).max(1);
            self.payment(at_ms);
        }
        self.close(opens_ms + OPEN_MS);
        self.refundable.drain(..self.refundable.len().saturating_sub(REFUNDABLE_MAX));
        std::mem::take(&mut self.entries)
    }

    fn payment(&mut self, at_ms: i64) {
        self.payments += 1;
        if self.chance.is(400) && !self.refundable.is_empty() {
            let at = usize::try_from(self.chance.below(self.refundable.len() as u64)).unwrap_or(0);
            let sale = self.refundable.swap_remove(at);
            return self.refund(&sale, at_ms);
        }
        let (provider, currency) = if self.chance.is(6_000) {
            (ProviderName::Mispay, Currency::Sar)
        } else {
            let currencies = [Currency::Nok, Currency::Sek, Currency::Eur, Currency::Usd];
            (ProviderName::Multipay, currencies[usize::try_from(self.chance.below(4)).unwrap_or(0)])
        };
        let minor = 500 + i64::try_from(self.chance.below(199_500)).unwrap_or(0);
        let opening = Opening {
            kind: Kind::Sale,
            provider,
            money: Money::new(minor, currency),
            reference: format!("S-{:07}", self.payments),
            orphan: false,
            override_by: None,
            not_same_as: None,
            refund: None,
        };
        self.sale(opening, at_ms);
    }

    fn sale(&mut self, mut opening: Opening, at_ms: i64) {
        // A second attempt, rarely on a sale that was paid.
        if self.chance.is(150)
            && let Some(sale) = self.refundable.last()
        {
            opening.reference.clone_from(&sale.opening.reference);
            opening.override_by = Some(Approval { by: MANAGER.to_owned(), reason: "the customer asked".to_owned() });
        }
        let mut story = self.open(opening, at_ms);
        self.tell(&mut story, Event::Sent { wire_id: None, baseline_minor: None });
        let is_mispay = story.opening.provider == ProviderName::Mispay;
        if self.chance.is(1_000) {
            return self.tell(&mut story, Event::Refused { ending: Ending::CodeNotAccepted });
        }
        let number = self.chance.below(90_000_000_000_000) + 10_000_000_000_000;
        let id = if is_mispay { number.to_string() } else { format!("R{number}") };
        let accepted = Event::Accepted {
            track: is_mispay.then(|| format!("{number:x}")),
            qr: (!is_mispay).then(|| format!("https://qr.example/{number:x}")),
            followed: false,
            stale: false,
        };
        self.tell(&mut story, accepted);
        match self.chance.below(10_000) {
            0..600 => self.tell(&mut story, Event::Ended { ending: Ending::Canceled }),
            600..900 => self.tell(&mut story, Event::Ended { ending: Ending::TimedOut }),
            900..930 => {
                self.tell(&mut story, Event::Doubted { doubt: Doubt::AnswerLost });
                self.unsettled.push(story);
            }
            930..950 => {
                self.tell(&mut story, Event::Ended { ending: Ending::Failed });
                self.capture(&mut story, &id);
                self.unsettled.push(story);
            }
            950..960 => {
                self.capture(&mut story, &id);
                self.tell(&mut story, Event::Returned);
            }
            _ => {
                self.capture(&mut story, &id);
                if is_mispay {
                    let money = Some(story.opening.money);
                    self.tell(&mut story, Event::DetailsRead(Details { purchase_id: id, money, differs: false }));
                }
                if self.chance.is(500) {
                    let about = story.id.to_string();
                    self.note(story.changed_at_ms, StoreEvent::Printed { paper: Paper::Slip, about });
                }
                self.refundable.push(story);
            }
        }
    }

    fn refund(&mut self, sale: &Payment, at_ms: i64) {
        let part = if self.chance.is(3_000) { 2 } else { 1 };
        let opening = Opening {
            kind: Kind::Refund { of: sale.id, retry_of: None },
            money: Money::new(sale.opening.money.minor / part, sale.opening.money.currency),
            refund: Some(RefundCause::because("returned_goods")),
            override_by: None,
            ..sale.opening.clone()
        };
        let mut story = self.open(opening, at_ms);
        self.tell(&mut story, Event::Sent { wire_id: None, baseline_minor: Some(sale.opening.money.minor) });
        let id = format!("B{}", self.chance.below(90_000_000_000_000) + 10_000_000_000_000);
        self.capture(&mut story, &id);
    }

    fn capture(&mut self, story: &mut Payment, id: &str) {
        let money = Some(story.opening.money);
        self.tell(story, Event::Captured(Receipt { differs: false, id: Some(id.to_owned()), money }));
    }

    /// What was not known is settled, but for one in thirty, and the shift is closed.
    fn close(&mut self, mut at_ms: i64) {
        let mut carried = Vec::new();
        for mut story in std::mem::take(&mut self.unsettled) {
            at_ms += 1_000;
            story.changed_at_ms = at_ms;
            if self.chance.is(333) {
                carried.push(story);
            } else if matches!(story.state, State::Unknown(_)) {
                let approval = Approval { by: MANAGER.to_owned(), reason: "seen in the provider's books".to_owned() };
                self.tell(&mut story, Event::Settled { verdict: Verdict::NotCharged, approval });
                self.tell_by(MANAGER, &mut story, Event::Acknowledged);
            } else if story.flags.contains(&Flag::Late) {
                self.tell_by(MANAGER, &mut story, Event::Acknowledged);
            }
        }
        let Some(shift) = self.store.shift.clone() else { return };
        let row = |story: &Payment| Carried {
            payment: story.id,
            reference: story.opening.reference.clone(),
            state: story.state,
            money: story.opening.money,
            opened_at_ms: story.opened_at_ms,
        };
        let report = Report {
            opened_at_ms: shift.opened_at_ms,
            opened_by: shift.opened_by,
            rows: shift.totals.rows(),
            carried: carried.iter().map(row).collect(),
            running: self.store.running(),
        };
        at_ms += 60_000;
        self.note(at_ms, StoreEvent::ShiftClosed { number: shift.number, report });
        self.note(at_ms, StoreEvent::SignedOut { name: MANAGER.to_owned(), why: SignOutCause::Asked });
    }

    fn open(&mut self, opening: Opening, at_ms: i64) -> Payment {
        let operator = OPERATORS[usize::try_from(self.chance.below(8)).unwrap_or(0)];
        let time = u64::try_from(at_ms.max(0)).unwrap_or(0) << 16;
        let id = uuid::Uuid::from_u64_pair(
            time | 0x7000 | (self.chance.next() & 0x0FFF),
            0x8000_0000_0000_0000 | (self.chance.next() >> 2),
        );
        let payment = Payment::open(PaymentId(id), opening.clone(), operator, at_ms);
        self.record(operator, &payment, Event::Opened(opening), None);
        payment
    }

    fn tell(&mut self, story: &mut Payment, event: Event) {
        self.tell_by(TILL_OPERATOR, story, event);
    }

    fn tell_by(&mut self, operator: &str, story: &mut Payment, event: Event) {
        let at_ms = story.changed_at_ms + 100 + i64::try_from(self.chance.below(5_000)).unwrap_or(0) % DAY_MS;
        let Some(next) = story.after(&event, at_ms) else { return };
        let before = story.counted();
        *story = next;
        self.record(operator, story, event, before);
    }

    fn record(&mut self, operator: &str, story: &Payment, event: Event, before: Option<Money>) {
        if let Some(movement) = Movement::between(before, story) {
            self.store.moved(&movement);
        }
        let fact = PaymentFact { payment: story.id, event, state: story.state, flags: story.flags.clone() };
        let (at_ms, operator) = (story.changed_at_ms, operator.to_owned());
        self.entries.push(Entry { at_ms, operator, fact: Fact::Payment(fact) });
    }

    fn note(&mut self, at_ms: i64, event: StoreEvent) {
        self.store.apply(&event, MANAGER, at_ms);
        self.entries.push(Entry { at_ms, operator: MANAGER.to_owned(), fact: Fact::Store(event) });
    }
}
