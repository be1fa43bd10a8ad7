//! Sent: what each answer to POST /purchase comes to, and when it comes too late.

use super::*;
use crate::world::{MINUTE_MS, refusal};
use checkstand_core::payment::{Approval, Doubt, Ending, Event, Flag, Verdict};
use checkstand_core::till::Hint;

#[test]
fn r1_the_purchase_leaves_once_and_its_intent_is_in_the_ledger_before_it() {
    let (shop, id) = waiting();
    assert!(matches!(shop.events(id)[..2], [Event::Opened(_), Event::Sent { .. }]));
    let purchases = shop.requests(Door::Purchase);
    assert_eq!(purchases.len(), 1);
    assert!(purchases[0].request.moves_money);
    assert_eq!(purchases[0].request.timeout_ms, 120_000, "the socket stays open to 120 s");
    assert_eq!(purchases[0].body()["orderId"], id.to_string());
    assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
}

#[test]
fn r9_a_refusal_of_the_set_up_declines_and_alarms() {
    for code in ["ME01", "ME02", "ME03"] {
        let (shop, id) = purchase_answered(refusal(code));
        assert_eq!(shop.state(id), State::Declined(Ending::Configuration), "{code}");
        assert!(shop.notices("configuration_refused"), "{code}");
    }
}

#[test]
fn r9_me04_asks_for_a_new_code() {
    let (mut shop, id) = purchase_answered(refusal("ME04"));
    assert_eq!(shop.state(id), State::Declined(Ending::CodeNotAccepted));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
    assert!(shop.requests(Door::Status).is_empty(), "there is nothing to ask about");
}

#[test]
fn r9_me11_with_a_young_token_is_the_customers_code() {
    let (shop, id) = purchase_answered(refusal("ME11"));
    assert_eq!(shop.state(id), State::Declined(Ending::CodeNotAccepted));
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
}

#[test]
fn r9_a_refusal_reads_the_same_in_all_its_spellings() {
    for reply in [
        answer(200, r#"{"status":"error :: 400","result":"ExceptionType.ME04"}"#),
        answer(400, r#"{"status":"error : 400","result":"ME04"}"#),
        answer(403, r#"{"status":"error","result":"ME04"}"#),
        answer(422, r#"{"result":"ExceptionType.ME04","status":"error :: 422","more":[1,2]}"#),
    ] {
        let (shop, id) = purchase_answered(reply.clone());
        assert_eq!(shop.state(id), State::Declined(Ending::CodeNotAccepted), "{reply:?}");
    }
}

#[test]
fn r8_what_is_no_exact_refusal_leaves_the_outcome_unknown() {
    for result in
        ["ME05", "ME06", "ME12", "ME99", "MP01", "MP02", "ME1", "ME005", "ME04 ", "xME04", "ExceptionType.", "me04"]
    {
        let (shop, id) = purchase_answered(refusal_text("error :: 400", result, 400));
        assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer), "{result}");
    }
    for outer in ["success", "failed", "an error", "ERROR"] {
        let (shop, id) = purchase_answered(refusal_text(outer, "ExceptionType.ME04", 400));
        assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer), "{outer}");
    }
}

fn refusal_text(outer: &str, result: &str, status: u16) -> Reply {
    let prefix = if result.starts_with("ME") && result.len() == 4 { "ExceptionType." } else { "" };
    answer(status, &format!(r#"{{"status":"{outer}","result":"{prefix}{result}"}}"#))
}

#[test]
fn r8_a_status_that_may_come_from_a_gateway_is_unknown_even_with_a_code() {
    for status in [301, 302, 307, 308, 408, 429, 500, 502, 503, 504] {
        for code in ["ME01", "ME04", "ME10"] {
            let (shop, id) = purchase_answered(refusal_text("error :: 400", code, status));
            assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer), "{status} {code}");
            assert_eq!(shop.requests(Door::Purchase).len(), 1, "{status} {code}");
        }
    }
    for status in [400, 402, 403, 404, 409, 413, 422] {
        let (shop, id) = purchase_answered(answer(status, r#"{"statusCode":422,"message":"no"}"#));
        assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer), "{status}");
    }
}

#[test]
fn r8_an_answer_without_a_track_id_leaves_the_outcome_unknown() {
    for body in [
        "",
        "<html>ok</html>",
        "[]",
        "null",
        "{",
        r#"{"status":"success"}"#,
        r#"{"status":"success","result":null}"#,
        r#"{"status":"success","result":{}}"#,
        r#"{"status":"success","result":{"trackId":null}}"#,
        r#"{"status":"success","result":{"trackId":""}}"#,
        r#"{"status":"success","result":{"trackId":{"id":"t"}}}"#,
        r#"{"status":"success","result":{"status":"success"}}"#,
        r#"{"status":"pending","result":{"trackId":"t"}}"#,
    ] {
        let (shop, id) = purchase_answered(ok(body));
        assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer), "{body}");
    }
    let (shop, id) =
        purchase_answered(Reply::Answer { status: 200, date_ms: None, body: vec![0xff, 0xfe, b'{', 0, b'}'] });
    assert_eq!(shop.state(id), State::Unknown(Doubt::UnclearAnswer));
}

#[test]
fn a_track_id_may_be_a_number_and_is_kept_as_text() {
    let (shop, id) = purchase_answered(ok(r#"{"status":"success","result":{"trackId":90071992547409931}}"#));
    assert_eq!(shop.payment(id).facts.track.as_deref(), Some("90071992547409931"));
}

#[test]
fn r9_what_never_left_is_declined_and_what_may_have_left_is_not() {
    let (shop, id) = purchase_answered(Reply::NotSent);
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    let (shop, id) = purchase_answered(Reply::Lost);
    assert_eq!(shop.state(id), State::Unknown(Doubt::AnswerLost));
}

#[test]
fn r2_an_unknown_purchase_is_never_sent_again() {
    let (mut shop, id) = unknown();
    shop.far.approve(&id.to_string(), shop.now_ms);
    _ = shop.ask(Ask::CheckNow(id));
    _ = shop.ask(Ask::LookNow);
    shop.run_for(48 * 60 * MINUTE_MS);
    shop.crash(SECOND_MS);
    shop.run_for(MINUTE_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    let received = shop.far.books().received(&id.to_string(), checkstand_simulator::books::RequestKind::Purchase);
    // Scripted as carried out once; nothing more may have arrived.
    assert_eq!(received.total, 1);
}

#[test]
fn after_8_s_the_view_says_still_contacting_and_nothing_else_happens() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 40_000, ok(ACCEPTED));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    let entries = shop.ledger.len();
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::Sending);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::StillContacting);
    assert_eq!(shop.state(id), State::Sent);
    assert_eq!(shop.ledger.len(), entries);
    shop.run_for(32 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn after_45_s_without_an_answer_the_outcome_is_unknown_and_a_late_track_id_is_adopted() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 100_000, ok(ACCEPTED));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(43_900);
    assert_eq!(shop.state(id), State::Sent);
    shop.run_for(200);
    assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
    shop.run_for(60 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert!(shop.payment(id).flags.is_empty(), "the till had not ended it");
    let polls = shop.requests(Door::Status);
    assert!(polls[0].request.url.ends_with("/status?trackId=track-1"));
}

#[test]
fn a_late_refusal_ends_the_doubt_and_sends_nothing() {
    for (code, ending) in [
        ("ME01", Ending::Configuration),
        ("ME02", Ending::Configuration),
        ("ME03", Ending::Configuration),
        ("ME04", Ending::CodeNotAccepted),
        ("ME10", Ending::TokenRefused),
    ] {
        let (shop, id) = answered_late(refusal(code));
        assert_eq!(shop.state(id), State::Declined(ending), "{code}");
        assert_eq!(shop.requests(Door::Purchase).len(), 1, "{code}");
    }
}

#[test]
fn a_late_answer_that_is_no_refusal_leaves_the_doubt() {
    for reply in
        [refusal("ME05"), refusal("ME11"), refusal("ME77"), answer(401, "no"), answer(503, ""), ok("{}"), Reply::Lost]
    {
        let (shop, id) = answered_late(reply.clone());
        assert!(matches!(shop.state(id), State::Unknown(_)), "{reply:?}");
        assert_eq!(shop.requests(Door::Purchase).len(), 1, "{reply:?}");
    }
}

fn answered_late(reply: Reply) -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 60_000, reply);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(50 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
    shop.run_for(30 * SECOND_MS);
    (shop, id)
}

#[test]
fn r7_a_track_id_after_a_managers_not_charged_is_adopted_and_flagged_late() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 100_000, ok(ACCEPTED));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(50 * SECOND_MS);
    let approval = Approval { by: "mona".to_owned(), reason: "panel shows nothing".to_owned() };
    shop.ask(Ask::Settle { payment: id, verdict: Verdict::NotCharged, approval }).unwrap();
    assert_eq!(shop.state(id), State::Declined(Ending::NotChargedByHand));
    shop.run_for(60 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert!(shop.payment(id).flags.contains(&Flag::Late));
    assert!(shop.payment(id).needs_attention());
}

#[test]
fn a_track_id_after_another_attempt_followed_is_flagged_late() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 100_000, ok(ACCEPTED));
    let first = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(50 * SECOND_MS);
    let mut second = shop.sale(ProviderName::Mispay, AMOUNT_MINOR);
    second.reference = Some(shop.payment(first).opening.reference.clone());
    second.override_by = Some(Approval { by: "mona".to_owned(), reason: "code had expired".to_owned() });
    shop.ask(Ask::Sell(second)).unwrap();
    shop.run_for(60 * SECOND_MS);
    assert_eq!(shop.state(first), State::Waiting);
    assert!(shop.payment(first).flags.contains(&Flag::Late));
}
