//! Nothing that can be printed shows a secret, a token or a payment code.

use super::*;
use crate::world::ok;

/// Whether any of the shop's secrets stands in a text.
fn tells(text: &str) -> bool {
    ["CANARY-APP", "CANARY-CLIENT", "7391826"].iter().any(|secret| text.contains(secret))
}

/// A shop whose every secret is a canary.
fn canaries() -> Shop {
    let mut shop = Shop::calm();
    shop.refit(|setup| {
        setup.mispay.as_mut().unwrap().app_secret = Secret::text("CANARY-APP");
        setup.multipay.as_mut().unwrap().client_secret = Secret::text("CANARY-CLIENT");
    });
    shop
}

#[test]
fn r54_nothing_that_can_be_printed_shows_a_secret_or_a_code() {
    let mut shop = canaries();
    // A sealed token, so that the key is to be derived from the secret.
    let paper: serde_json::Value = serde_json::from_str(include_str!("../papers/openssl-token.json")).unwrap();
    shop.far_answers(Door::Token, ok(&format!(r#"{{"status":"success","result":{{"token":{}}}}}"#, paper["token"])));
    shop.crash(0);
    shop.record();
    shop.run_for(SECOND_MS);
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    sale.code = Some(Secret::text("7391826"));
    assert!(!tells(&format!("{sale:?}")));
    let ask = Ask::Sell(sale.clone());
    assert!(!tells(&format!("{ask:?}")));
    _ = shop.ask(ask);
    shop.run_for(SECOND_MS);
    assert!(shop.script.acts.iter().any(|(_, act)| matches!(act, checkstand_core::message::Act::Derive { .. })));
    assert!(!shop.requests(Door::Token).is_empty() && !shop.requests(Door::Oauth).is_empty());
    for (_, act) in &shop.script.acts {
        assert!(!tells(&format!("{act:?}")), "{act:?}");
    }
    assert!(!tells(&format!("{:?} {:?}", shop.ledger, shop.setup)));
    let facts: Vec<_> = shop.ledger.iter().filter_map(|entry| Some(&entry.of_payment()?.event)).collect();
    assert!(!tells(&serde_json::to_string(&facts).unwrap()));
    // The tokens too: the bearer of the handshake, the key that opens, and the JWT.
    let mut shop = Shop::calm();
    shop.crash(0);
    shop.record();
    shop.run_for(SECOND_MS);
    let bearer = shop.script.acts.iter().find_map(|(_, act)| match act {
        checkstand_core::message::Act::Connect { headers, .. } => {
            headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value.expose().clone())
        }
        _ => None,
    });
    let bearer = bearer.unwrap();
    assert!(bearer.len() > "Bearer ".len());
    for (_, act) in &shop.script.acts {
        assert!(!format!("{act:?}").contains(bearer.trim_start_matches("Bearer ")));
    }
    let call = checkstand_core::message::CallId { provider: ProviderName::Mispay, number: 1 };
    let signal = checkstand_core::message::Signal::Derived { call, key: Secret::new(b"CANARY-APP".to_vec()) };
    assert!(!tells(&format!("{signal:?}")) && !format!("{signal:?}").contains("67, 65"));
}

#[test]
fn r54_a_step_that_carries_secrets_prints_none() {
    use checkstand_core::ask::Input;
    let mut shop = Shop::calm();
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    sale.code = Some(Secret::text("7391826"));
    let now = shop.now();
    let input = Input::Asked { operator: "sara".to_owned(), ask: Ask::Sell(sale) };
    assert!(!tells(&format!("{input:?}")));
    let step = shop.till.decide(input, now);
    assert_eq!(step.act.len(), 1, "the purchase leaves with the code in its body");
    assert!(!tells(&format!("{step:?}")));
}

#[test]
fn r55_no_problem_shows_a_code() {
    for code in ["7391826x", "7391826739182673918267391826", "73918 26"] {
        let mut shop = Shop::calm();
        let mut sale = shop.sale(ProviderName::Mispay, 20_105);
        sale.code = Some(Secret::text(code));
        let problem = refused(&mut shop, sale);
        assert_eq!(problem.code, "code_invalid");
        let text = format!("{problem:?} {}", serde_json::to_string(&problem).unwrap());
        assert!(!text.contains("73918"), "{text}");
    }
    let mut shop = Shop::calm();
    let first = unknown_sale(&mut shop, 20_105);
    let mut sale = again(&mut shop, first);
    sale.code = Some(Secret::text("7391826"));
    let problem = refused(&mut shop, sale);
    assert!(!tells(&format!("{problem:?}")));
}
