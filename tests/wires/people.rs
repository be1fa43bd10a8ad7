//! People at a real till: real hashes, a real ledger, restarts.

use crate::shop::Shop;
use checkstand_core::ask::{Approver, Deed, Wish};
use checkstand_core::people::Role;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::SignOutCause;

const PIN: &str = "258013";

fn sign_in(name: &str, pin: &str) -> Wish {
    Wish::SignIn { name: name.to_owned(), pin: Secret::text(pin) }
}

fn code(result: Result<(), Problem>) -> &'static str {
    result.unwrap_err().code
}

async fn staffed() -> Shop {
    let shop = Shop::open(&[]).await;
    shop.handle.wish(Wish::SignOut(SignOutCause::Asked)).await.unwrap();
    shop.handle.wish(Wish::FirstManager { name: "Huda".to_owned(), pin: Secret::text(PIN) }).await.unwrap();
    shop
}

#[tokio::test]
async fn r58_a_pin_works_after_a_restart_and_lies_in_no_file() {
    let mut shop = staffed().await;
    shop.restart().await;
    assert_eq!(code(shop.handle.wish(sign_in("Huda", "853319")).await), "pin_wrong");
    shop.handle.wish(sign_in("huda", PIN)).await.unwrap();
    shop.handle.stop().await;
    for entry in std::fs::read_dir(shop.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(PIN.len()).any(|w| w == PIN.as_bytes()), "the PIN is in {}", path.display());
        }
    }
}

#[tokio::test]
async fn r58_a_lock_out_survives_a_restart() {
    let mut shop = staffed().await;
    for _ in 0..5 {
        _ = shop.handle.wish(sign_in("Huda", "853319")).await;
    }
    shop.restart().await;
    let problem = shop.handle.wish(sign_in("Huda", PIN)).await.unwrap_err();
    assert_eq!(problem.code, "pin_locked");
    assert!(problem.fields["until_ms"].parse::<i64>().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn r41_a_manager_approves_by_pin_and_the_cashier_stays() {
    let shop = staffed().await;
    let pin = Secret::text("139742");
    let add = Deed::AddOperator { name: "Sara".to_owned(), role: Role::Cashier, pin };
    shop.handle.wish(Wish::Do { deed: add, approver: None }).await.unwrap();
    shop.handle.wish(sign_in("Sara", "139742")).await.unwrap();
    shop.handle.wish(Wish::Do { deed: Deed::OpenShift, approver: None }).await.unwrap();
    assert_eq!(code(shop.handle.wish(Wish::Do { deed: Deed::CloseShift, approver: None }).await), "approval_required");
    let approver = |pin| Some(Approver { name: "Huda".to_owned(), pin: Secret::text(pin) });
    let close = |pin| Wish::Do { deed: Deed::CloseShift, approver: approver(pin) };
    assert_eq!(code(shop.handle.wish(close("853319")).await), "pin_wrong");
    shop.handle.wish(close(PIN)).await.unwrap();
    let who = shop.handle.look(|scene| scene.till.session().map(|session| session.name.clone())).await.unwrap();
    assert_eq!(who.as_deref(), Some("Sara"));
}
