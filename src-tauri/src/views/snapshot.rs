//! One picture of the till. It is made inside the loop, from applied entries only.

use super::journal::{JobView, JournalWord};
use super::payment::{PaymentView, payment_view};
use super::people::{MeView, PersonView, me, people};
use super::report::{ShiftHead, shift_head};
use super::{CurrencyCode, ModeWord, MoneyView, ProviderWord};
use checkstand_core::payment::{Payment, ProviderName};
use checkstand_core::people::{Access, Permission};
use checkstand_core::problem::Problem;
use checkstand_core::provider::Line;
use checkstand_engine::engine::Scene;
use checkstand_engine::guard::AnchorTrouble;
use checkstand_engine::jobs::Job;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a picture needs beside the till itself.
#[derive(Clone, Debug)]
pub struct Frame {
    pub mode: ModeWord,
    pub store: String,
    pub terminal: String,
    pub lock_after_ms: i64,
    pub recovery: Option<String>,
    pub jobs: Vec<Job>,
    pub journal: JournalWord,
    pub anchor_trouble: Option<AnchorTrouble>,
    pub code_digits: (u32, u32),
    pub code_life_ms: i64,
    /// What MultiPay charges first.
    pub multipay_currency: CurrencyCode,
    pub missing: BTreeMap<ProviderName, Vec<&'static str>>,
    pub vault: Option<Problem>,
    pub started_ms: i64,
    /// When the till stopped by a mistake of its own, until somebody has read it (UTC ms).
    pub crashed_at_ms: Option<i64>,
}

/// A till-level fact that is no payment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NoticeView {
    code: String,
    provider: Option<ProviderWord>,
    #[cfg_attr(test, ts(type = "number"))]
    since_ms: i64,
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    fields: BTreeMap<&'static str, String>,
}

/// How many digits a payment code has.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CodeRule {
    digits_min: u32,
    digits_max: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "LineName"))]
#[serde(rename_all = "snake_case")]
pub enum LineWord {
    Off,
    Connecting,
    Ready,
    Trouble,
}

/// One provider.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderView {
    name: ProviderWord,
    line: LineWord,
    currencies: Vec<CurrencyCode>,
    /// Set where the cashier types the customer's code.
    code: Option<CodeRule>,
    /// What keeps it from being used in this mode.
    missing: Vec<String>,
    /// GET-flow: a customer has scanned, and the sale waits for the cashier's press.
    customer_scanned: bool,
}

/// Money that a provider reports paid and this till cannot save.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnsavedPaid {
    receipt: String,
    money: MoneyView,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StorageView {
    #[cfg_attr(test, ts(type = "\"ok\" | \"failing\""))]
    state: &'static str,
    unsaved_paid: Vec<UnsavedPaid>,
}

/// Everything the window shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    #[cfg_attr(test, ts(type = "number"))]
    revision: u64,
    mode: ModeWord,
    store: String,
    terminal: String,
    #[cfg_attr(test, ts(type = "number"))]
    now_ms: i64,
    /// Whoever is signed in.
    me: Option<MeView>,
    people: Vec<PersonView>,
    /// Nobody works here yet.
    first_start: bool,
    /// The manager who may choose a new PIN, on an administrator's word.
    recovery: Option<String>,
    shift: Option<ShiftHead>,
    /// Sign out after so long without a touch; 0: never.
    #[cfg_attr(test, ts(type = "number"))]
    lock_after_ms: i64,
    jobs: Vec<JobView>,
    journal: JournalWord,
    providers: Vec<ProviderView>,
    /// Today's payments and every one that needs somebody, newest first.
    payments: Vec<PaymentView>,
    #[cfg_attr(test, ts(type = "number"))]
    attention: usize,
    notices: Vec<NoticeView>,
    storage: StorageView,
    /// More than this is confirmed once more before it is charged; one a currency.
    large_amounts: Vec<MoneyView>,
    /// When the till stopped by a mistake of its own, until somebody has read it.
    #[cfg_attr(test, ts(type = "number | null"))]
    crashed_at_ms: Option<i64>,
}

/// A notice that is about many sales names so many.
const REFERENCES_NAMED_MAX: usize = 3;

/// Takes the picture.
pub fn picture(scene: &Scene<'_>, frame: Frame) -> Snapshot {
    let book = scene.till.book();
    let midnight_ms = midnight_ms(scene.now.utc_ms);
    let mut shown: Vec<&Payment> =
        book.payments().filter(|p| p.opened_at_ms >= midnight_ms || p.is_open() || p.needs_attention()).collect();
    shown.sort_by_key(|payment| std::cmp::Reverse((payment.opened_at_ms, payment.id)));
    Snapshot {
        revision: scene.revision,
        mode: frame.mode,
        store: frame.store.clone(),
        terminal: frame.terminal.clone(),
        now_ms: scene.now.utc_ms,
        me: me(scene),
        people: people(scene),
        first_start: scene.till.store().people.is_empty(),
        recovery: frame.recovery.clone(),
        shift: shift_head(scene),
        lock_after_ms: frame.lock_after_ms,
        jobs: frame.jobs.iter().map(JobView::from).collect(),
        journal: if scene.till.fault().is_some() { JournalWord::Broken } else { frame.journal },
        providers: [ProviderName::Mispay, ProviderName::Multipay].map(|name| provider_view(scene, &frame, name)).into(),
        payments: shown.into_iter().map(|payment| payment_view(scene, &frame, payment)).collect(),
        attention: book.attention(),
        notices: notices(scene, &frame),
        storage: StorageView {
            state: if scene.storage.failing { "failing" } else { "ok" },
            unsaved_paid: scene
                .storage
                .unsaved_paid
                .iter()
                .map(|(receipt, money)| UnsavedPaid { receipt: receipt.clone(), money: (*money).into() })
                .collect(),
        },
        large_amounts: scene.till.large_amounts().map(MoneyView::from).collect(),
        crashed_at_ms: frame.crashed_at_ms,
    }
}

fn midnight_ms(now_ms: i64) -> i64 {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = now.to_zoned(TimeZone::system()).start_of_day();
    day.map_or(now_ms - 24 * 3_600_000, |start| start.timestamp().as_millisecond())
}

fn notices(scene: &Scene<'_>, frame: &Frame) -> Vec<NoticeView> {
    let of_till = scene.till.notices().map(|notice| NoticeView {
        code: notice.code.to_owned(),
        provider: Some(notice.provider.into()),
        since_ms: notice.since_ms,
        fields: BTreeMap::new(),
    });
    let twice: Vec<&str> = scene.till.book().paid_twice().collect();
    let twice = (!twice.is_empty()).then(|| NoticeView {
        code: "two_paid_on_one_sale".to_owned(),
        provider: None,
        since_ms: scene.now.utc_ms,
        fields: BTreeMap::from([
            ("count", twice.len().to_string()),
            ("references", twice[..twice.len().min(REFERENCES_NAMED_MAX)].join(", ")),
        ]),
    });
    let vault = frame.vault.iter().map(|problem| NoticeView {
        code: problem.code.to_owned(),
        provider: None,
        since_ms: frame.started_ms,
        fields: problem.fields.clone(),
    });
    let anchor = frame.anchor_trouble.filter(|_| may_see_journal(scene)).map(|trouble| NoticeView {
        code: match trouble {
            AnchorTrouble::Missing => "anchor_missing",
            AnchorTrouble::Failing => "anchor_failing",
        }
        .to_owned(),
        provider: None,
        since_ms: frame.started_ms,
        fields: BTreeMap::new(),
    });
    vault.chain(of_till).chain(twice).chain(anchor).collect()
}

/// Whether whoever is signed in can do something about the journal.
fn may_see_journal(scene: &Scene<'_>) -> bool {
    let people = &scene.till.store().people;
    scene.till.session().is_some_and(|it| people.access(it.role, Permission::Journal) == Access::Allowed)
}

/// The store's own first, for that is the one that is offered.
fn multipay_currencies(own: CurrencyCode) -> Vec<CurrencyCode> {
    let mut all = vec![CurrencyCode::Nok, CurrencyCode::Sek, CurrencyCode::Eur, CurrencyCode::Usd];
    all.sort_by_key(|currency| *currency != own);
    all
}

fn provider_view(scene: &Scene<'_>, frame: &Frame, name: ProviderName) -> ProviderView {
    let currencies = match name {
        ProviderName::Mispay => vec![CurrencyCode::Sar],
        ProviderName::Multipay => multipay_currencies(frame.multipay_currency),
    };
    let (digits_min, digits_max) = frame.code_digits;
    ProviderView {
        name: name.into(),
        line: match scene.till.line(name) {
            None => LineWord::Off,
            Some(Line::Connecting) => LineWord::Connecting,
            Some(Line::Ready) => LineWord::Ready,
            Some(Line::Trouble) => LineWord::Trouble,
        },
        currencies,
        code: (name == ProviderName::Mispay).then_some(CodeRule { digits_min, digits_max }),
        missing: frame.missing.get(&name).into_iter().flatten().map(|name| (*name).to_owned()).collect(),
        customer_scanned: name == ProviderName::Multipay && scene.till.multipay().is_some_and(|m| m.customer_scanned()),
    }
}
