//! The window's process is killed at any moment of a sale. What it has shown is in the ledger, ledger and books agree after the
//! next start, and nothing is asked of a provider twice. `WINDOW_KILLS` says how often.

use crate::far_end::FarEnd;
use crate::judge::{Judge, Told};
use crate::leaving::till_window;
use crate::real_wires::{keep_secrets, set_up};
use crate::window::{Home, Window};
use std::process::Command;
use std::time::{Duration, Instant};

/// As many as every check takes the time for.
const KILLS: u32 = 2;
/// From *Charge* to a paid sale it takes about as long.
const LIFE_MAX_MS: u64 = 2_500;
/// The customer approves within it; afterwards the till finds out what it missed.
const CUSTOMER_MS: &str = "700";
const PATIENCE: Duration = Duration::from_secs(30);
/// A till that was killed is ready again within this time. Held to where it runs alone, at length; checks run beside others.
const READY_MAX: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_window_that_is_killed_at_any_moment_loses_nothing_and_charges_nobody_twice() {
    let at_length = std::env::var("WINDOW_KILLS").ok().and_then(|text| text.parse().ok());
    let kills = at_length.unwrap_or(KILLS);
    let (far, home) = set_up(&["--auto", "approve", "--auto-delay-ms", CUSTOMER_MS]).await;
    keep_secrets(&far).await;
    let (mut told, mut slowest) = (Vec::new(), Duration::ZERO);
    for kill in 0..kills {
        let (window, took) = start_again(&home).await;
        if kill > 0 {
            slowest = slowest.max(took);
            agree(&far, &home, &told).await;
        }
        window.next_sale().await;
        window.skip_codes(kill);
        let provider = if kill % 2 == 0 { "mispay" } else { "multipay" };
        window.prepare(provider, "20.00").await;
        window.click("charge").await;
        // Spread evenly over a sale's life.
        let life = Duration::from_millis(LIFE_MAX_MS * u64::from(kill) / u64::from(kills));
        told.extend(watch(&window, life).await);
        let (_, process) = till_window().expect("the till has a window");
        // SIGKILL: nothing in the process runs after it.
        assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
        window.close().await;
    }
    let (window, took) = start_again(&home).await;
    slowest = slowest.max(took);
    let in_doubt = agree(&far, &home, &told).await;
    window.close().await;
    assert!(at_length.is_none() || slowest <= READY_MAX, "ready again only after {slowest:?}");
    println!(
        "window: killed {kills} times, 0 violations, {} states shown, {in_doubt} in doubt, ready again in {} ms at most",
        told.len(),
        slowest.as_millis()
    );
}

/// Starts it and lets somebody in. How long the process took from its birth until somebody could sign in.
async fn start_again(home: &Home) -> (Window, Duration) {
    let window = Window::start(home).await;
    window.find_css("[data-testid='operator-Huda'],[data-testid='first-manager-name']").await;
    let (_, process) = till_window().expect("the till has a window");
    let took = age(process);
    window.come_in().await;
    window.find_css("[data-testid='charge'],[data-testid='state']").await;
    (window, took)
}

/// How old a process is, by what Linux keeps of it.
fn age(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    // The 22nd field, the third being the first behind the name; in hundredths of a second since the machine started.
    let born: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    let now: u64 = uptime.split_whitespace().next().unwrap().replace('.', "").parse().unwrap();
    Duration::from_millis((now - born) * 10)
}

/// What the window shows in that time: which payment is in which state.
async fn watch(window: &Window, life: Duration) -> Vec<Told> {
    let (begun, mut shown) = (Instant::now(), Vec::new());
    while begun.elapsed() < life {
        let script = "const face = document.querySelector(\"[data-testid='state']\");
                      return face ? [face.dataset.payment, face.dataset.state] : [];";
        if let Ok([id, state]) = <[String; 2]>::try_from(window.run_for_words(script).await) {
            shown.push((id, state));
        }
        window.pause(20).await;
    }
    shown.sort();
    shown.dedup();
    shown
}

/// Waits until ledger and books agree; says how many payments are in doubt.
async fn agree(far: &FarEnd, home: &Home, told: &[Told]) -> usize {
    let begun = Instant::now();
    loop {
        let judge = Judge::new(&home.data().join("checkstand/test"), far.get("/books").await);
        let wrongs = judge.wrongs(told);
        if wrongs.is_empty() {
            return judge.in_doubt();
        }
        assert!(begun.elapsed() < PATIENCE, "{wrongs:#?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
