//! What people do before and around a sale: first start, signing in, approving.

use crate::window::{Home, Window};

/// A manager, and her PIN.
pub const HUDA: (&str, &str) = ("Huda", "2580");
/// A cashier, and her PIN.
pub const SARA: (&str, &str) = ("Sara", "1397");

impl Window {
    /// Passes the first start, wherever it stands: in training somebody practises, else the first manager is made; where
    /// somebody works already, the manager signs in.
    pub async fn come_in(&self) {
        let practise = "go-training";
        let anybody = "[data-testid='go-training'],[data-testid='first-manager-name'],[data-testid='operator-Huda']";
        self.find_css(anybody).await;
        if self.is_there(practise).await {
            self.click(practise).await;
        } else if self.is_there("first-manager-name").await {
            self.make_first_manager().await;
        } else {
            self.sign_in(HUDA).await;
        }
        self.find("who").await;
    }

    /// Makes Huda the first manager; she is signed in.
    pub async fn make_first_manager(&self) {
        self.find("first-manager-name").await.send_keys(HUDA.0).await.unwrap();
        self.type_new_pin(HUDA.1, "first-manager-save").await;
        self.find("who").await;
    }

    async fn type_new_pin(&self, pin: &str, save: &str) {
        self.press_pin(pin).await;
        self.click("pin-next").await;
        self.press_pin(pin).await;
        self.click(save).await;
    }

    pub async fn press_pin(&self, pin: &str) {
        for digit in pin.chars() {
            self.click_now(&format!("pin-{digit}")).await;
        }
    }

    pub async fn sign_in(&self, (name, pin): (&str, &str)) {
        self.click(&format!("operator-{name}")).await;
        self.press_pin(pin).await;
        self.click("pin-enter").await;
    }

    pub async fn sign_out(&self) {
        self.click("lock").await;
        self.find("sign-in").await;
    }

    /// Somebody else works now.
    pub async fn change_to(&self, who: (&str, &str)) {
        self.sign_out().await;
        self.sign_in(who).await;
        self.find("who").await;
    }

    /// The manager lets Sara work here.
    pub async fn add_cashier(&self) {
        self.click("nav-settings").await;
        self.click("section-people").await;
        self.click("people-add").await;
        self.find("add-name").await.send_keys(SARA.0).await.unwrap();
        self.type_new_pin(SARA.1, "add-save").await;
        self.find(&format!("person-{}", SARA.0)).await;
        self.click("nav-checkout").await;
    }

    /// A manager's PIN at the side of a dialog.
    pub async fn approve_with(&self, (name, pin): (&str, &str)) {
        self.click(&format!("approver-{name}")).await;
        self.press_pin(pin).await;
    }
}

/// A training till where Huda is the manager and Sara the cashier; Sara is signed in.
pub async fn staffed(home: &Home) -> Window {
    let window = Window::start(home).await;
    window.make_first_manager().await;
    window.add_cashier().await;
    window.change_to(SARA).await;
    window
}

#[tokio::test]
async fn r58_an_operator_is_locked_out_and_a_restart_does_not_help() {
    let home = Home::new();
    let window = staffed(&home).await;
    window.sign_out().await;
    window.click("operator-Sara").await;
    for _ in 0..5 {
        window.press_pin("9999").await;
        window.click("pin-enter").await;
        window.find("problem").await;
        window.pause(200).await;
    }
    window.find_css("[data-testid='problem'][data-code='pin_locked']").await;
    window.close().await;

    let window = Window::start(&home).await;
    window.click("operator-Sara").await;
    assert!(!window.is_there("pin-enter").await, "locked after a restart too");
    // A manager lets her try again.
    window.sign_in(HUDA).await;
    window.click("nav-settings").await;
    window.click("section-people").await;
    window.click("person-Sara").await;
    window.click("person-unlock").await;
    window.change_to(SARA).await;
    window.wait_for_text("who", "Sara").await;
    window.close().await;
}
