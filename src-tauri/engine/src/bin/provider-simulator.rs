//! The provider simulator on loopback sockets: both providers as an integrator or a test sees them, with customers that
//! can be told what to do, and faults that can be planted. It prints one line of JSON when it is ready.

#[path = "provider-simulator/customers.rs"]
mod customers;
#[path = "provider-simulator/doors.rs"]
mod doors;
#[path = "provider-simulator/faults.rs"]
mod faults;
#[path = "provider-simulator/server.rs"]
mod server;
#[cfg(test)]
#[path = "provider-simulator/tests.rs"]
mod tests;

use checkstand_core::secret::Secret;
use checkstand_engine::wire::simulated::SharedSimulator;
use checkstand_simulator::accounts::{Accounts, TOKEN_ROUNDS_ON_SOCKETS};
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::{WORLDS_NUMBERED, World};
use clap::{Parser, ValueEnum};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// Simulates MIS Pay In-Store and PayEx MultiPay on 127.0.0.1. All credentials are dummies.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Rounds of key derivation for MIS Pay's token.
    #[arg(long, default_value_t = TOKEN_ROUNDS_ON_SOCKETS)]
    rounds: u32,
    /// How long a token of either provider lives, in seconds.
    #[arg(long, default_value_t = 3_600)]
    token_life_s: u32,
    /// One of the numbered worlds: each answers the open questions of the papers in another way.
    #[arg(long, value_parser = clap::value_parser!(u16).range(..i64::from(WORLDS_NUMBERED)))]
    world: Option<u16>,
    /// The seed of everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What customers do by themselves.
    #[arg(long, value_enum, default_value_t = Auto::Manual)]
    auto: Auto,
    /// The longest that a customer usually takes with --auto approve or cancel, in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    auto_delay_ms: u32,
    /// MIS Pay's application id.
    #[arg(long, default_value = "app-1")]
    app_id: String,
    /// MIS Pay's application secret; a dummy, it shows in the list of processes.
    #[arg(long, default_value = "dummy-app-secret")]
    app_secret: String,
    /// MultiPay's client id.
    #[arg(long, default_value = "client-1")]
    client_id: String,
    /// MultiPay's client secret; a dummy, it shows in the list of processes.
    #[arg(long, default_value = "dummy-client-secret")]
    client_secret: String,
    /// A MultiPay terminal that may log on; may be given several times.
    #[arg(long, default_value = "terminal-1")]
    terminal_id: Vec<String>,
    /// How far its clock is ahead of this computer's, in seconds; behind, where it is negative.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    clock_ahead_s: i64,
    /// Ends when its standard input does, so that it cannot outlive the test that started it.
    #[arg(long)]
    until_stdin_ends: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Auto {
    /// Approves.
    Approve,
    /// Cancels.
    Cancel,
    /// Waits for a person, or for the endpoints under /customer.
    Manual,
    /// As in training: by the last two digits of the amount.
    Training,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("provider-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let origin = format!("127.0.0.1:{}", listener.local_addr()?.port());
    let ready = serde_json::json!({
        "http": format!("http://{origin}"),
        "ws": format!("ws://{origin}/multipay/ws"),
        "mispay": format!("http://{origin}/mispay/v1/in-store"),
        "multipay_token": format!("http://{origin}/multipay/authorization/oauth/token"),
        "app_id": arguments.app_id,
        "app_secret": arguments.app_secret,
        "client_id": arguments.client_id,
        "client_secret": arguments.client_secret,
        "terminal_ids": arguments.terminal_id,
        "rounds": arguments.rounds,
    });
    let until_stdin_ends = arguments.until_stdin_ends;
    let far_end = server::FarEnd::new(SharedSimulator::start(simulator(arguments)));
    {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{ready}")?;
        stdout.flush()?;
    }
    tokio::select! {
        result = server::serve(listener, far_end) => result,
        result = tokio::signal::ctrl_c() => result,
        () = stdin_ended(), if until_stdin_ends => Ok(()),
    }
}

fn simulator(arguments: Arguments) -> Simulator {
    let accounts = Accounts {
        app_id: arguments.app_id,
        app_secret: Secret::new(arguments.app_secret),
        client_id: arguments.client_id,
        client_secret: Secret::new(arguments.client_secret),
        terminal_ids: arguments.terminal_id,
        token_rounds: arguments.rounds,
        token_life_ms: i64::from(arguments.token_life_s) * 1_000,
        ..Accounts::default()
    };
    let nobody = Odds {
        approve: 0,
        cancel: 0,
        fail: 0,
        decline: 0,
        walk_away: 0,
        late: 0,
        late_after_failure: 0,
        delay_ms_max: i64::from(arguments.auto_delay_ms),
    };
    let customers = match arguments.auto {
        Auto::Approve => Customers::Scripted(Odds { approve: 1, ..nobody }),
        Auto::Cancel => Customers::Scripted(Odds { cancel: 1, ..nobody }),
        Auto::Manual => Customers::Manual,
        Auto::Training => Customers::Training,
    };
    let mut world = arguments.world.map_or_else(World::default, World::numbered);
    world.clock_ahead_ms = arguments.clock_ahead_s * 1_000;
    Simulator::new(world, arguments.seed, accounts).with_customers(customers)
}

async fn stdin_ended() {
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 64];
    while stdin.read(&mut ignored).await.is_ok_and(|bytes| bytes > 0) {}
}
