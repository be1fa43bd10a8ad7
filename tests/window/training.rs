//! The first start: training, every outcome on both providers.

use crate::window::{Home, Window};

const BOTH: [&str; 2] = ["mispay", "multipay"];

#[tokio::test]
async fn a_first_start_is_training_and_every_outcome_can_be_practised() {
    let home = Home::new();
    let window = Window::open(&home).await;
    assert!(window.text("mode-banner").await.to_lowercase().contains("training"));
    for provider in BOTH {
        window.charge(provider, "201.05").await;
        window.wait_for_state("waiting").await;
        window.click("phone-approve").await;
        window.wait_for_state("paid").await;
        window.next_sale().await;

        window.charge(provider, "30.01").await;
        window.wait_for_state("declined").await;
        window.next_sale().await;

        window.charge(provider, "40.02").await;
        window.wait_for_state("declined").await;
        window.next_sale().await;
    }
    window.close().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_says_not_known_at_once() {
    let home = Home::new();
    let window = Window::open(&home).await;
    for provider in BOTH {
        window.charge(provider, "50.03").await;
        window.wait_for_state("unknown").await;
        window.next_sale().await;
    }
    assert_eq!(window.text("attention-count").await.chars().filter(char::is_ascii_digit).collect::<String>(), "2");
    window.close().await;
}

#[tokio::test]
async fn a_multipay_sale_is_cancelled_by_the_cashier() {
    let home = Home::new();
    let window = Window::open(&home).await;
    window.charge("multipay", "75.00").await;
    window.wait_for_state("waiting").await;
    window.click("cancel-payment").await;
    window.wait_for_state("declined").await;
    window.close().await;
}
