use super::*;
use crate::money::Currency;

const AT_MS: i64 = 1_795_338_000_000;

fn opened() -> Payment {
    let opening = Opening {
        kind: Kind::Sale,
        provider: ProviderName::Multipay,
        money: Money::new(20_105, Currency::Nok),
        reference: "S-000001".to_owned(),
        orphan: false,
        override_by: None,
        not_same_as: None,
        refund: None,
    };
    Payment::open(PaymentId(Uuid::from_u128(7)), opening, "sara", AT_MS)
}

fn after(events: &[Event]) -> Payment {
    events.iter().fold(opened(), |payment, event| payment.after(event, AT_MS).unwrap_or(payment))
}

fn sent() -> Event {
    Event::Sent { wire_id: None, baseline_minor: None }
}

fn accepted() -> Event {
    Event::Accepted { track: None, qr: None, followed: false, stale: false }
}

fn captured(id: &str, differs: bool) -> Event {
    Event::Captured(Receipt { differs, id: Some(id.to_owned()), money: Some(Money::new(20_105, Currency::Nok)) })
}

fn ended() -> Event {
    Event::Ended { ending: Ending::Canceled }
}

#[test]
fn i8_stronger_evidence_wins_whatever_came_first() {
    // Weakest first: each state holds against everything before it, in either order.
    let ladder = [
        (accepted(), State::Waiting),
        (Event::SaidError, State::Unknown(Doubt::ProviderError)),
        (ended(), State::Declined(Ending::Canceled)),
        (captured("1", false), State::Paid),
        (Event::Returned, State::Reversed),
    ];
    for (weak_place, (weak, _)) in ladder.iter().enumerate() {
        for (strong, state) in &ladder[weak_place..] {
            assert_eq!(after(&[sent(), weak.clone(), strong.clone()]).state, *state, "{weak:?}, then {strong:?}");
            assert_eq!(after(&[sent(), strong.clone(), weak.clone()]).state, *state, "{strong:?}, then {weak:?}");
        }
    }
}

#[test]
fn an_event_that_changes_nothing_is_not_recorded() {
    let paid = after(&[sent(), accepted(), captured("1", false)]);
    for again in [accepted(), captured("1", false)] {
        assert_eq!(paid.after(&again, AT_MS + 1), None, "{again:?}");
    }
}

#[test]
fn paid_after_it_was_ended_is_late_and_needs_somebody() {
    let late = after(&[sent(), ended(), captured("1", false)]);
    assert_eq!(late.flags, Flags::from([Flag::Late]));
    assert!(late.needs_attention());
    let read = late.after(&Event::Acknowledged, AT_MS).expect("it was not read before");
    assert!(!read.needs_attention());
    assert_eq!(read.flags, late.flags, "reading it does not make it untrue");
}

#[test]
fn a_receipt_that_differs_is_paid_and_can_not_be_refunded() {
    let odd = after(&[sent(), captured("1", true)]);
    assert_eq!((odd.state, odd.flags.contains(&Flag::Mismatch)), (State::Paid, true));
    assert!(!odd.is_refundable());
    assert!(after(&[sent(), captured("1", false)]).is_refundable());
}

#[test]
fn two_different_receipts_contradict_each_other_and_the_agreeing_one_names_it() {
    for events in
        [[sent(), captured("1", true), captured("2", false)], [sent(), captured("2", false), captured("1", true)]]
    {
        let odd = after(&events);
        assert_eq!(odd.receipt_id(), Some("2"));
        assert!(odd.flags.contains(&Flag::Contradicted));
    }
}

#[test]
fn what_the_record_says_is_kept_although_the_code_would_judge_otherwise() {
    let mut payment = opened();
    payment.apply(&sent(), State::Unknown(Doubt::Restarted), &Flags::from([Flag::Late]), AT_MS);
    assert_eq!((payment.state, payment.flags), (State::Unknown(Doubt::Restarted), Flags::from([Flag::Late])));
}

#[test]
fn an_orphan_hears_of_money_only() {
    let mut opening = opened().opening;
    opening.orphan = true;
    let orphan = Payment::open(PaymentId(Uuid::from_u128(8)), opening, "sara", AT_MS);
    let paid = orphan.after(&captured("1", false), AT_MS).expect("money is news");
    assert_eq!((paid.state, paid.flags.clone()), (State::Paid, Flags::from([Flag::Orphan])));
    assert_eq!(paid.after(&ended(), AT_MS), None);
}

#[test]
fn a_cancel_asked_for_while_sent_waits_for_an_answer_and_in_doubt_takes_its_place() {
    assert_eq!(after(&[sent(), Event::CancelAsked]).state, State::Sent);
    assert_eq!(after(&[sent(), Event::CancelAsked, accepted()]).state, State::Cancelling);
    let doubt = Event::Doubted { doubt: Doubt::ConnectionLost };
    assert_eq!(after(&[sent(), doubt, Event::CancelAsked]).state, State::Cancelling);
}
