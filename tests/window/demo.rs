//! What `make run` plays where there is no display: a cashier sells once on each provider, a manager refunds, in training.

use crate::window::{Home, Window};
use checkstand_engine::ledger::Reader;
use checkstand_engine::settings::Mode;
use checkstand_engine::settings::paths::Paths;

#[tokio::test]
#[ignore = "a show, not a check: .ci/demo plays it"]
async fn demo() {
    let home = Home::new();
    println!("1  The till opens in training.");
    let window = Window::open(&home).await;
    let mut sold = Vec::new();
    window.screenshot("1-checkout").await;
    for (number, (provider, name, amount)) in
        [("mispay", "MIS Pay", "201.05"), ("multipay", "MultiPay", "349.00")].into_iter().enumerate()
    {
        let step = 2 + number * 4;
        println!("{step}  The cashier chooses {name} and types {amount}.");
        window.prepare(provider, amount).await;
        window.screenshot(&format!("{step}-{provider}-ready")).await;
        println!("{}  Charge. The customer's phone asks to approve.", step + 1);
        window.click("charge").await;
        window.wait_for_state("waiting").await;
        window.find("phone-approve").await;
        window.screenshot(&format!("{}-{provider}-waiting", step + 1)).await;
        println!("{}  The customer approves.", step + 2);
        window.click("phone-approve").await;
        window.wait_for_state("paid").await;
        sold.push(window.payment_id().await);
        window.screenshot(&format!("{}-{provider}-paid", step + 2)).await;
        println!("{}  PAID. Next customer.", step + 3);
        window.next_sale().await;
    }
    println!("10  A manager looks into the history and refunds the first sale.");
    window.click("nav-history").await;
    window.find_css("[data-testid^='row-']").await;
    window.screenshot("10-history").await;
    window.click(&format!("row-{}", sold[0])).await;
    window.find("timeline").await;
    window.click("refund").await;
    window.click("reason-item_returned").await;
    window.screenshot("11-refund").await;
    println!("11  Refund. The money goes back.");
    window.click("refund-confirm").await;
    window.find_css("[data-testid='refund-state'][data-state='paid']").await;
    window.click("refund-close").await;
    window.screenshot("12-detail").await;
    println!("12  The terminal report of the shift so far.");
    window.click("nav-shift").await;
    window.find("report-table").await;
    window.screenshot("13-shift").await;
    window.close().await;

    println!("\nThe ledger:");
    let paths = Paths::find(Some(home.data()), Some(home.config())).unwrap();
    let reader = Reader::open(&paths.ledger(Mode::Training)).unwrap();
    for row in reader.rows().unwrap() {
        let hash: String = row.hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        println!("{:>3}  {}  {}  {:<13} {}", row.number, row.at_ms, hash, row.what, row.body);
    }
}
