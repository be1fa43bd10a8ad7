//! What MIS Pay leaves open, each switch both ways.

use super::*;
use crate::phone::Provider;
use crate::world::{OverRefund, SessionEnd, StatusWords};

fn friendly() -> World {
    World::default()
}

fn paid_in(world: World) -> (Caller, String) {
    let mut caller = Caller::mispay(world);
    let purchase_id = caller.paid();
    (caller, purchase_id)
}

#[test]
fn a_second_purchase_with_one_order_id() {
    let mut unique = Caller::mispay(friendly());
    unique.bought("order-1", "1", "1111");
    assert_eq!(unique.buy("order-1", "1", "2222").1, refusal("ME04"));

    let mut loose = Caller::mispay(World { order_id_unique: false, ..friendly() });
    loose.bought("order-1", "1", "1111");
    loose.bought("order-1", "1", "2222");
    assert!(loose.sim.approve("order-1", START_MS) && loose.sim.approve("order-1", START_MS));
    assert!(!loose.sim.approve("order-1", START_MS));
    assert_eq!(loose.sim.books().captures_of(Provider::MisPay, "order-1").len(), 2);
}

#[test]
fn a_second_purchase_with_one_code() {
    let mut single = Caller::mispay(friendly());
    single.bought("order-1", "1", "1111");
    assert_eq!(single.buy("order-2", "1", "1111").1, refusal("ME04"));
    let mut many = Caller::mispay(World { code_single_use: false, ..friendly() });
    many.bought("order-1", "1", "1111");
    many.bought("order-2", "1", "1111");
}

#[test]
fn details_after_a_refund() {
    for (details_reflect_refunds, expected) in [(true, json!(1.05)), (false, json!(201.05))] {
        let (mut caller, purchase_id) = paid_in(World { details_reflect_refunds, ..friendly() });
        caller.refund(&purchase_id, "order-1", "200");
        assert_eq!(caller.get(&format!("/purchase/{purchase_id}")).1["result"]["purchaseAmount"], expected);
        assert_eq!(caller.sim.books().net_minor(Provider::MisPay, "SAR"), 105, "the books know either way");
    }
}

#[test]
fn details_before_it_is_paid() {
    let mut early = Caller::mispay(World { readable_before_paid: true, ..friendly() });
    let track_id = early.bought("order-1", "201.05", "123123");
    let purchase_id = early.sim.phones()[0].reference.clone().unwrap();
    assert_eq!(early.track(&track_id)["purchaseId"], json!(purchase_id));
    assert_eq!(early.track(&track_id)["order"], json!({"status": "in-progress"}));
    assert_eq!(early.get(&format!("/purchase/{purchase_id}")).1["result"]["orderId"], "order-1");

    let mut late = Caller::mispay(friendly());
    late.bought("order-1", "201.05", "123123");
    assert_eq!(late.sim.phones()[0].reference, None);
    assert_eq!(late.get(&format!("/purchase/{purchase_id}")).1, refusal("ME05"), "the same seed, the same purchase id");
}

#[test]
fn trouble_that_was_executed_all_the_same() {
    let mut caller = Caller::mispay(World { executed_5xx: true, ..friendly() });
    let mut troubles = 0;
    for number in 0..200 {
        let (status, _) = caller.buy(&format!("order-{number}"), "1", &format!("{}", 10_000 + number));
        troubles += i32::from(status != 200);
        assert!(status == 200 || status == 429 || status >= 500, "{status}");
    }
    assert!((10..60).contains(&troubles), "{troubles}");
    assert_eq!(caller.sim.phones().len(), 200, "every one of them was booked");
}

#[test]
fn trouble_that_was_not_executed() {
    let mut caller = Caller::mispay(World::default());
    caller.sim.world.turned_away_5xx = true;
    let answers: Vec<u16> =
        (0..200).map(|number| caller.buy(&format!("order-{number}"), "1", &format!("{}", 10_000 + number)).0).collect();
    let taken = answers.iter().filter(|status| **status == 200).count();
    assert!((140..190).contains(&taken), "{taken}");
    assert_eq!(caller.sim.phones().len(), taken);
}

#[test]
fn the_dress_of_a_refusal() {
    let call = |world| Caller::mispay(world).get("/status?trackId=none");
    assert_eq!(call(World { refusal_http_status: 200, ..friendly() }), (200, refusal("ME05")));
    let one_colon = json!({"status": "error : 400", "result": "ExceptionType.ME05"});
    assert_eq!(call(World { refusal_two_colons: false, ..friendly() }).1, one_colon);
    let bare = json!({"status": "error :: 400", "result": "ME05"});
    assert_eq!(call(World { refusal_prefix: false, ..friendly() }).1, bare);
}

#[test]
fn amounts_as_text() {
    let mut caller = Caller::mispay(World { amounts_as_text: true, ..friendly() });
    let track_id = caller.bought("order-1", "200.5", "123123");
    caller.sim.approve("order-1", START_MS);
    let answer = caller.track(&track_id);
    assert_eq!(answer["order"]["amount"], json!("200.50"));
    let purchase_id = answer["purchaseId"].as_str().unwrap();
    assert_eq!(caller.get(&format!("/purchase/{purchase_id}")).1["result"]["purchaseAmount"], json!("200.50"));
}

#[test]
fn the_words_of_a_status() {
    let words_of = |status_words, session_end| {
        let mut caller = Caller::mispay(World { status_words, session_end, code_single_use: false, ..friendly() });
        let tracks = ["open", "paid", "canceled", "failed", "returned"].map(|id| caller.bought(id, "1", "1111"));
        caller.sim.approve("paid", START_MS);
        caller.sim.approve("returned", START_MS);
        caller.sim.reverse("returned", START_MS);
        caller.sim.cancel("canceled", START_MS);
        caller.sim.fail("failed", START_MS);
        let mut words =
            tracks.clone().map(|track| caller.track(&track)["order"]["status"].as_str().unwrap().to_owned()).to_vec();
        caller.now_ms += caller.sim.world().session_life_ms;
        words.push(caller.track(&tracks[0])["order"]["status"].as_str().unwrap().to_owned());
        words
    };
    let canceled = SessionEnd::Canceled;
    assert_eq!(
        words_of(StatusWords::Words, canceled),
        ["in-progress", "success", "canceled", "failed", "success", "canceled"]
    );
    assert_eq!(
        words_of(StatusWords::PluginWords, SessionEnd::Failed),
        ["pending", "success", "canceled", "error", "success", "error"]
    );
    assert_eq!(words_of(StatusWords::Codes, canceled), ["in-progress", "MP00", "MP02", "failed", "MP03", "MP01"]);
}

#[test]
fn a_status_that_flaps_never_does_so_twice_running() {
    let mut caller = Caller::mispay(World { status_flaps: true, ..friendly() });
    let track_id = caller.bought("order-1", "1", "1111");
    let words: Vec<String> =
        (0..300).map(|_| caller.track(&track_id)["order"]["status"].as_str().unwrap().to_owned()).collect();
    assert!(words.iter().filter(|word| *word == "failed").count() > 10);
    assert!(words.windows(2).all(|pair| pair[0] != "failed" || pair[1] != "failed"));
}

#[test]
fn a_status_with_words_that_no_paper_knows() {
    let mut caller = Caller::mispay(World { status_strange_words: true, ..friendly() });
    let track_id = caller.bought("order-1", "1", "1111");
    let strange =
        (0..100).filter(|_| caller.track(&track_id)["order"]["status"] == "awaiting-installment-plan").count();
    assert!((1..50).contains(&strange), "{strange}");
}

#[test]
fn a_completed_order_without_its_amount() {
    let mut caller = Caller::mispay(World { completed_order_is_bare: true, ..friendly() });
    let track_id = caller.bought("order-1", "1", "1111");
    caller.sim.approve("order-1", START_MS);
    let order = &caller.track(&track_id)["order"];
    assert!(order.get("amount").is_none() && order.get("orderId").is_none() && order.get("purchaseId").is_some());
}

#[test]
fn a_track_id_that_is_not_visible_yet() {
    let mut caller = Caller::mispay(World { track_lag_ms: 3_000, ..friendly() });
    let track_id = caller.bought("order-1", "1", "1111");
    caller.now_ms += 2_999;
    assert_eq!(caller.track(&track_id), refusal("ME05"));
    caller.now_ms += 1;
    assert_eq!(caller.track(&track_id)["order"]["status"], "in-progress");
}

#[test]
fn a_refund_of_too_much_that_looks_like_a_success() {
    let (mut caller, purchase_id) = paid_in(World { over_refund: OverRefund::InnerFailed, ..friendly() });
    let answer = caller.refund(&purchase_id, "order-1", "999");
    assert_eq!(answer, (200, json!({"status": "success", "result": {"status": "failed"}})));
    assert_eq!(caller.sim.books().net_minor(Provider::MisPay, "SAR"), 20_105);
}
