//! Logon, loss and replay, and two sockets for one terminal.

use super::*;
use crate::world::TwoSockets;

#[test]
fn a_handshake_needs_a_living_token_and_a_known_terminal() {
    let mut caller = Caller::new(World::default());
    let bearer = caller.bearer();
    assert_eq!(caller.sim.connect("Bearer forged", "terminal-1", START_MS), Err(401));
    assert_eq!(caller.sim.connect("", "terminal-1", START_MS), Err(401));
    assert_eq!(caller.sim.connect(&bearer, "terminal-2", START_MS), Err(403));
    assert!(caller.sim.connect(&bearer, "terminal-1", START_MS + 3_599_999).is_ok());
    assert_eq!(caller.sim.connect(&bearer, "terminal-1", START_MS + 3_600_000), Err(401));
}

#[test]
fn the_logon_is_confirmed_after_a_moment_and_money_waits_for_it() {
    let mut caller = Caller::new(World::default());
    let socket = caller.connect().unwrap();
    let due_ms = caller.sim.next_due_ms().unwrap();
    assert!(due_ms > START_MS);
    caller.say(socket, &init(SALE, 20_105));
    assert!(caller.sim.phones().is_empty(), "no money message before the confirmation");
    assert_eq!(caller.sim.tick(due_ms - 1), vec![]);
    caller.wait_ms(due_ms - START_MS);
    assert_eq!(caller.heard[0]["messageType"], "LOGON_CONFIRMATION");
    caller.say(socket, &init(SALE, 20_105));
    assert_eq!(caller.sim.phones().len(), 1);
}

#[test]
fn what_found_no_socket_is_replayed_after_the_next_logon_or_lost() {
    for replay_after_reconnect in [true, false] {
        let (mut caller, socket) = Caller::multipay(World { replay_after_reconnect, ..World::default() });
        caller.say(socket, &init(SALE, 20_105));
        caller.answered();
        caller.sim.disconnect(socket, caller.now_ms);
        assert!(caller.sim.approve(SALE, caller.now_ms));
        assert!(caller.answers().is_empty());
        caller.connect().unwrap();
        let kinds: Vec<Value> = caller.answers().iter().map(|heard| heard["messageType"].clone()).collect();
        let missed = if replay_after_reconnect {
            vec!["LOGON_CONFIRMATION", "PAYMENT_RECEIPT"]
        } else {
            vec!["LOGON_CONFIRMATION"]
        };
        assert_eq!(kinds, missed);
        caller.connect().unwrap();
        assert_eq!(caller.answers().len(), 1, "replayed once");
    }
}

#[test]
fn a_second_socket_closes_the_older_or_both_hear() {
    let (mut closes, first) = Caller::multipay(World::default());
    let second = closes.connect().unwrap();
    closes.answers();
    assert_eq!(closes.closed, [first]);
    closes.say(first, &init(SALE_2, 1));
    assert!(closes.sim.phones().is_empty(), "nobody listens there any more");
    closes.received(second);

    let (mut both, first) = Caller::multipay(World { two_sockets: TwoSockets::BothStay, ..World::default() });
    both.connect().unwrap();
    both.answers();
    both.say(first, &init(SALE, 20_105));
    let heard = both.answers();
    assert!(both.closed.is_empty());
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], heard[1], "the same message by both");
}

#[test]
fn a_tokens_end_may_close_its_socket() {
    let (mut stays, _) = Caller::multipay(World::default());
    stays.wait_ms(3_600_000);
    assert!(stays.closed.is_empty());
    let (mut closes, socket) = Caller::multipay(World { token_end_closes_socket: true, ..World::default() });
    closes.wait_ms(3_600_000);
    assert_eq!(closes.closed, [socket]);
}

#[test]
fn two_terminals_do_not_hear_each_other() {
    let accounts =
        Accounts { terminal_ids: vec!["terminal-1".to_owned(), "terminal-2".to_owned()], ..Accounts::default() };
    let (mut caller, first) = Caller::with(Simulator::new(World::default(), 1, accounts)).with_socket();
    let bearer = caller.bearer();
    let second = caller.sim.connect(&bearer, "terminal-2", caller.now_ms).unwrap();
    caller.answers();
    caller.say(first, &init(SALE, 20_105));
    let out = caller.sim.tick(caller.now_ms + 1_000);
    assert!(matches!(&out[..], [Outgoing::Text { socket, .. }] if *socket == first));
    assert!(caller.closed.is_empty());
    assert_ne!(first, second);
}
