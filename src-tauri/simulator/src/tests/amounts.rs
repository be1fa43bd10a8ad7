//! Amounts cross the wire as decimal text, never through a float.

use super::*;
use crate::phone::Provider;

#[test]
fn every_amount_up_to_a_thousand_is_booked_and_told_exactly() {
    let mut caller = Caller::mispay(World { code_single_use: false, ..World::default() });
    for minor in (1..100_000_i64).step_by(97) {
        let amount = format!("{}.{:02}", minor / 100, minor % 100);
        let order_id = format!("order-{minor}");
        let track_id = caller.bought(&order_id, &amount, "123123");
        assert!(caller.sim.approve(&order_id, START_MS));
        let request = request(
            Method::Get,
            &format!("/status?trackId={track_id}"),
            &[APP_ID, ("authorization", &format!("Bearer {}", caller.jwt))],
            None,
        );
        let Reply::Answer { body, .. } = caller.sim.answer(&request, START_MS) else { panic!("no answer") };
        let shortest = amount.trim_end_matches('0').trim_end_matches('.').to_owned();
        let told = format!("\"amount\":{shortest},");
        assert!(String::from_utf8(body).unwrap().contains(&told), "{told}");
        assert_eq!(caller.sim.books().captures_of(Provider::MisPay, &order_id)[0].amount_minor, minor);
    }
}
