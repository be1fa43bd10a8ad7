//! The loop's order, step by step: a real ledger that refuses, stalls or cannot tell, and the simulator far away.

use super::*;
use crate::ledger::{Identity, Reader};
use crate::residency;
use crate::settings::Mode;
use crate::tills::setup_for;
use crate::wire::Far;
use crate::wire::simulated::SharedSimulator;
use checkstand_core::ask::{Deed, Sale, Size};
use checkstand_core::message::SocketNews;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::Ending;
use checkstand_core::secret::Secret;
use checkstand_simulator::accounts::Accounts;
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::World;
use std::path::Path;

const RECEIPT: &str = r#"{"messageType":"PAYMENT_RECEIPT","payment":{"paymentId":"5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001",
    "paymentState":"COMPLETE","amount":20105,"currencyIso":"NOK","paymentReceiptId":"1234567890123456"}}"#;

/// A till at its counter with somebody signed in; nothing is decided but what a test asks for.
struct Scene {
    engine: Loop,
    dir: tempfile::TempDir,
}

fn setup() -> Setup {
    Setup { practice: true, ..setup_for(&Accounts::default()) }
}

async fn scene() -> Scene {
    let dir = tempfile::tempdir().expect("a folder");
    let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
    let (ledger, opened) = Ledger::open(dir.path(), identity).expect("the ledger opens");
    let residency = Residency::open(dir.path()).expect("a reader");
    let mut till = Till::new(setup());
    residency::take_over(&mut till, opened);
    let far = SharedSimulator::start(Simulator::new(World::default(), 1, Accounts::default()));
    // What the wire says is heard by nobody: each test says itself what comes.
    let wire = Wire::start(Far::Simulated(far), mpsc::unbounded_channel().0).expect("training has a wire");
    let (pins, _) = PinDesk::new(dir.path().to_owned());
    let mut engine = Loop::new(till, ledger, residency, wire, pins, Clock::new(), Arc::new(watch::Sender::new(1)));
    assert_eq!(engine.person(Input::Wished(Wish::Practise)).await, Ok(None));
    Scene { engine, dir }
}

impl Scene {
    fn sale(&self, n: u128) -> (PaymentId, Input) {
        let id = PaymentId(uuid::Uuid::from_u128(n));
        let sale = Sale {
            id,
            provider: ProviderName::Mispay,
            money: Money::new(20_105, Currency::Sar),
            size: Size::AsTyped,
            reference: None,
            code: Some(Secret::text("482177")),
            override_by: None,
            not_same_as: None,
        };
        (id, Input::Wished(Wish::Do { deed: Deed::Ask(Ask::Sell(sale)), approver: None }))
    }

    async fn sell(&mut self, n: u128) -> (PaymentId, Result<Option<u64>, &'static str>) {
        let (id, wish) = self.sale(n);
        (id, self.engine.person(wish).await.map_err(|problem| problem.code))
    }

    async fn hears(&mut self, text: &str) {
        let news = SocketNews::Text(text.to_owned());
        self.engine.hear(ProviderName::Multipay, Signal::Socket { generation: 1, news }).await;
    }

    fn state(&self, id: PaymentId) -> Option<State> {
        self.engine.till.book().payment(id).map(|payment| payment.state)
    }

    fn revision(&self) -> u64 {
        *self.engine.revision.borrow()
    }
}

/// What the journal says of payments.
fn said(dir: &Path) -> Vec<String> {
    let rows = Reader::open(dir).and_then(|reader| reader.rows()).expect("rows");
    rows.into_iter().filter(|row| row.payment.is_some()).map(|row| row.what).collect()
}

#[tokio::test]
async fn i10_the_view_is_told_and_the_book_changes_only_once_the_disk_has_it() {
    let mut scene = scene().await;
    let revision = scene.engine.revision.subscribe();
    let before = scene.revision();
    let (id, wish) = scene.sale(1);
    let stalled = scene.engine.ledger.stall();
    let mut asking = Box::pin(scene.engine.person(wish));
    // Everything that does not wait for the disk is done by now.
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut asking).await.is_err(), "the disk is busy");
    assert_eq!(*revision.borrow(), before, "nothing new to be seen");
    drop(stalled);
    assert_eq!(asking.await, Ok(None));
    assert!(*revision.borrow() > before);
    assert_eq!(scene.state(id), Some(State::Opened));
    assert_eq!(said(scene.dir.path()), ["opened"]);
}

#[tokio::test]
async fn r1_a_sale_that_cannot_be_saved_is_refused_and_leaves_nothing() {
    let mut scene = scene().await;
    scene.engine.ledger.plan_refusal();
    let (id, refused) = scene.sell(1).await;
    assert_eq!(refused, Err("storage_failed"));
    assert_eq!(scene.state(id), None);
    assert!(said(scene.dir.path()).is_empty());
    assert!(!scene.engine.storage.failing, "the next one is tried");
    assert_eq!(scene.sell(2).await.1, Ok(None));
}

#[tokio::test]
async fn i18_a_sale_that_was_perhaps_saved_is_settled_before_anything_else_and_never_leaves() {
    let mut scene = scene().await;
    scene.engine.ledger.plan_doubt();
    let (id, refused) = scene.sell(1).await;
    assert_eq!(refused, Err("storage_unknown"));
    assert!(scene.engine.storage.failing);
    assert_eq!(scene.state(id), None, "not taken in while nobody knows");
    assert_eq!(scene.sell(2).await.1, Err("storage_failed"));
    scene.engine.retry().await;
    assert!(!scene.engine.storage.failing);
    assert_eq!(scene.state(id), Some(State::Declined(Ending::NeverSent)));
    assert_eq!(said(scene.dir.path()), ["opened", "refused"]);
    assert_eq!(scene.sell(3).await.1, Ok(None));
}

#[tokio::test]
async fn i10_proof_that_cannot_be_saved_is_held_named_and_not_shown_as_paid() {
    let mut scene = scene().await;
    let id = PaymentId(uuid::Uuid::from_u128(0x5f0c_1c62_8a0e_4c3f_9a51_2d7e_9b6a_1001));
    scene.engine.ledger.plan_refusal();
    scene.hears(RECEIPT).await;
    assert_eq!(scene.state(id), None, "paid only once it is on the disk");
    let money = Money::new(20_105, Currency::Nok);
    assert_eq!(scene.engine.storage.unsaved_paid, [("1234567890123456".to_owned(), money)]);
    assert_eq!(scene.sell(1).await.1, Err("storage_failed"));
    scene.engine.retry().await;
    assert_eq!(scene.state(id), Some(State::Paid));
    assert_eq!(said(scene.dir.path()), ["opened", "captured"]);
    assert_eq!(scene.engine.storage, Storage::default());
}
