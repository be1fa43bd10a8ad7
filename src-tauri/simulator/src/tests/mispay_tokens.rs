//! What MIS Pay leaves open about tokens, codes and its clock, each switch both ways.

use super::*;
use crate::accounts::TOKEN_ROUNDS_ON_SOCKETS;
use crate::world::{CodeExpired, TokenRefusal};
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

fn friendly() -> World {
    World::default()
}

#[test]
fn the_ways_to_refuse_a_token() {
    let mut invalid = Caller::mispay(World { invalid_token: TokenRefusal::Bare401, ..friendly() });
    invalid.sim.revoke_tokens();
    assert_eq!(invalid.get("/status?trackId=x").0, 401);
    for (expired_token, expected) in
        [(TokenRefusal::Me10, Some("ME10")), (TokenRefusal::Me11, Some("ME11")), (TokenRefusal::Bare401, None)]
    {
        let mut caller = Caller::mispay(World { expired_token, ..friendly() });
        caller.now_ms += 3_600_000;
        let (status, body) = caller.get("/status?trackId=x");
        assert_eq!(
            (status, body.get("result").cloned()),
            match expected {
                Some(code) => (400, refusal(code).get("result").cloned()),
                None => (401, None),
            }
        );
    }
}

#[test]
fn a_code_whose_life_has_passed() {
    let accounts = Accounts { any_payment_code: false, ..Accounts::default() };
    let world = World { expired_code: CodeExpired::Me11, code_life_ms: 60_000, code_digits: 8, ..friendly() };
    let mut caller = Caller::with(Simulator::new(world, 3, accounts)).with_token();
    let code = std::iter::repeat_with(|| caller.sim.issue_code(START_MS)).find(|code| !code.starts_with('0')).unwrap();
    assert_eq!(code.len(), 8);
    caller.now_ms += 60_000;
    assert_eq!(caller.buy("order-1", "1", &code).1, refusal("ME11"));
}

#[test]
fn a_token_object_with_its_expiration() {
    let mut caller = Caller::new(World { token_expiration: true, ..friendly() });
    let (_, body) = caller.call(request(Method::Get, "/token", &[APP_ID, APP_SECRET], None));
    let plain: Value =
        serde_json::from_str(&opened(body["result"]["token"].as_str().unwrap(), "dummy-app-secret")).unwrap();
    assert_eq!(plain["expiration"], "2026-03-01T10:00:00.000Z");
}

/// What a decryptor in the language of the vendor's plugins makes of a token: its exit code, and what it printed. `None`
/// where there is no PHP.
fn vendor_opens(token: &str, secret: &str) -> Option<(Option<i32>, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/papers/vendor-decrypt.php");
    let started = Command::new("php").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut php = match started {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        started => started.unwrap(),
    };
    write!(php.stdin.take().unwrap(), "{secret}\n{token}\n").unwrap();
    let output = php.wait_with_output().unwrap();
    Some((output.status.code(), String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn a_vendors_own_decryptor_opens_the_token_and_refuses_a_wrong_secret() {
    let accounts = Accounts { token_rounds: TOKEN_ROUNDS_ON_SOCKETS, ..Accounts::default() };
    let mut caller = Caller::with(Simulator::new(friendly(), 7, accounts));
    let (_, body) = caller.call(request(Method::Get, "/token", &[APP_ID, APP_SECRET], None));
    let token = body["result"]["token"].as_str().unwrap();
    let Some((code, plain)) = vendor_opens(token, "dummy-app-secret") else {
        eprintln!("SKIPPED: there is no php here, so nobody but us has opened the token. Install php-cli.");
        return;
    };
    assert_eq!((code, &plain), (Some(0), &opened_in(TOKEN_ROUNDS_ON_SOCKETS, token, "dummy-app-secret")));
    let jwt = serde_json::from_str::<Value>(&plain).unwrap()["token"].as_str().unwrap().to_owned();
    caller.jwt = jwt;
    assert_eq!(
        caller.get("/status?trackId=x").1,
        refusal("ME05"),
        "the far end takes it; it only knows no such payment"
    );
    assert_eq!(vendor_opens(token, "dummy-app-secreT"), Some((Some(1), String::new())));
}

#[test]
fn the_servers_own_clock() {
    let date_of = |world| match Simulator::new(world, 1, Accounts::default())
        .answer(&request(Method::Get, "/x", &[], None), START_MS + 7)
    {
        Reply::Answer { date_ms, .. } => date_ms,
        other => panic!("{other:?}"),
    };
    assert_eq!(date_of(friendly()), Some(START_MS), "whole seconds, as in HTTP");
    assert_eq!(date_of(World { clock_ahead_ms: 90_000, ..friendly() }), Some(START_MS + 90_000));
    assert_eq!(date_of(World { date_header: false, ..friendly() }), None);
}
