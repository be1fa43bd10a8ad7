//! Who is at the terminal: opens the till as its window does, asks for a PIN, and has deeds done in somebody's name. What they
//! may do is the till's to say.

use crate::asking;
use crate::ctrl_c::{self, CtrlC, called_off};
use crate::say::{self, problem};
use crate::till::{Place, Till, Which};
use checkstand_core::ask::{Approver, Ask, Deed, Wish};
use checkstand_core::payment::{Payment, PaymentId};
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::StoreEvent;
use checkstand_engine::engine::Scene;
use checkstand_engine::opening::{self, OpenTill};
use checkstand_engine::settings::Settings;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::wire::install_crypto_provider;
use clap::Args;
use std::ops::Deref;
use std::time::{Duration, Instant};

/// The anchor is judged within seconds, unless a keychain is stuck.
const CHECKS_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Who it is. Their PIN is asked for at the terminal.
#[derive(Args)]
pub struct Who {
    /// Who does it; their PIN is asked for at the terminal.
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// In training only: nobody in particular, without a PIN.
    #[arg(long, conflicts_with = "operator")]
    practise: bool,
}

/// Somebody who answers for it, where the operator may not do it alone.
#[derive(Args)]
pub struct Approval {
    /// The manager who approves, where the operator may not do it alone; their PIN is asked for at the terminal.
    #[arg(long, value_name = "NAME")]
    approver: Option<String>,
}

impl Approval {
    /// Whatever needs somebody's approval is refused.
    pub fn nobody() -> Approval {
        Approval { approver: None }
    }
}

/// An open till, and somebody at it.
pub struct Desk {
    till: OpenTill,
    pub paths: Paths,
}

impl Deref for Desk {
    type Target = OpenTill;

    fn deref(&self) -> &OpenTill {
        &self.till
    }
}

/// Carries out what needs the till's own runtime.
pub fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| problem("internal", error))?;
    let done = runtime.block_on(async {
        ctrl_c::serve().await;
        work.await
    });
    // A stuck keychain holds its thread for ever.
    runtime.shutdown_background();
    done
}

/// Opens the till with its lines to the providers, lets somebody in, has the work done, and closes the till.
pub async fn at_desk<T>(
    which: &Which,
    who: &Who,
    work: impl AsyncFnOnce(&Desk) -> Result<T, Problem>,
) -> Result<T, Problem> {
    at(Desk::open_connected(which).await?, who, work).await
}

/// The same for papers: nothing that a provider has to hear of.
pub async fn at_back_desk<T>(
    which: &Which,
    who: &Who,
    work: impl AsyncFnOnce(&Desk) -> Result<T, Problem>,
) -> Result<T, Problem> {
    at(Desk::open(which).await?, who, work).await
}

async fn at<T>(desk: Desk, who: &Who, work: impl AsyncFnOnce(&Desk) -> Result<T, Problem>) -> Result<T, Problem> {
    let done = match desk.let_in(who).await {
        Ok(()) => work(&desk).await,
        Err(problem) => Err(problem),
    };
    desk.close().await;
    done
}

/// The same for settings and secrets. Where nobody works in this ledger yet, a parcel is being set up: nobody can be asked, and
/// nobody's journal would say who it was, so the work is done without a desk.
pub async fn at_desk_if_staffed<T>(
    which: &Which,
    who: &Who,
    guarded: Guarded,
    work: impl AsyncFnOnce(Option<&Desk>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let Some(desk) = asked_desk(which, guarded).await? else {
        may_be_unstaffed(which, guarded)?;
        return work(None).await;
    };
    let done = match desk.let_in_if_staffed(who).await {
        Ok(true) => work(Some(&desk)).await,
        Ok(false) => match may_be_unstaffed(which, guarded) {
            Ok(()) => work(None).await,
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    desk.close().await;
    done
}

/// What people are asked about before it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    Settings,
    /// Their keychain is this user's, whatever folder is named.
    Secrets,
}

/// The desk whose people are asked; none where there is no ledger.
async fn asked_desk(which: &Which, guarded: Guarded) -> Result<Option<Desk>, Problem> {
    if let Some(own) = platforms_own(which, guarded)? {
        let desk = Desk::open(&own).await?;
        if !desk.is_unstaffed().await? {
            say::tell(format!(
                "this changes what the till in {} works with: its people are asked",
                own.folder()?.display()
            ));
            return Ok(Some(desk));
        }
        desk.close().await;
    }
    Ok(if which.has_ledger()? { Some(Desk::open(which).await?) } else { None })
}

/// The platform's own till, where a folder was named beside what belongs to that till: nobody gets round its people by naming
/// a folder in which nobody works, or only they do.
fn platforms_own(which: &Which, guarded: Guarded) -> Result<Option<Which>, Problem> {
    let changes_its_own = match guarded {
        Guarded::Settings => which.place.config.is_none(),
        Guarded::Secrets => true,
    };
    if which.place.data_dir.is_none() || !changes_its_own {
        return Ok(None);
    }
    let mode = Some(Till::find(which)?.mode);
    let own = Which { mode, place: Place { data_dir: None, config: None, ..which.place } };
    if own.place.paths().is_err() {
        // A platform without a home has no till of its own.
        return Ok(None);
    }
    Ok((own.folder()? != which.folder()? && own.has_ledger()?).then_some(own))
}

/// A folder that was named for the ledger alone says nothing about who may change the platform's own settings.
fn may_be_unstaffed(which: &Which, guarded: Guarded) -> Result<(), Problem> {
    match guarded {
        Guarded::Settings if which.place.data_dir.is_some() && which.place.config.is_none() => {
            Err(Problem::new("first_manager_missing"))
        }
        Guarded::Settings | Guarded::Secrets => Ok(()),
    }
}

fn found(which: &Which) -> Result<(Settings, Paths), Problem> {
    let till = Till::find(which)?;
    Ok((till.settings_in_its_mode(), till.paths))
}

impl Desk {
    /// Nobody is at it yet, and no provider hears of it.
    pub async fn open(which: &Which) -> Result<Desk, Problem> {
        let (settings, paths) = found(which)?;
        let till = opening::open_unconnected(&paths, settings).await?;
        Ok(Desk { till, paths })
    }

    /// Nobody is at it yet; its lines go up.
    async fn open_connected(which: &Which) -> Result<Desk, Problem> {
        let (settings, paths) = found(which)?;
        let till = opening::open(&paths, settings).await?;
        Ok(Desk { till, paths })
    }

    /// Closes the till. What was done is done: a Ctrl-C only ends the waiting for what the next start can do as well.
    pub async fn close(&self) {
        let mut ctrl_c = CtrlC::listen();
        tokio::select! {
            () = self.office.close() => {}
            () = ctrl_c.pressed() => {}
        }
    }

    /// Whether nobody works in this ledger yet.
    pub async fn is_unstaffed(&self) -> Result<bool, Problem> {
        self.handle.look(|scene| scene.till.store().people.is_empty()).await
    }

    async fn let_in(&self, who: &Who) -> Result<(), Problem> {
        if who.practise {
            return self.handle.wish(Wish::Practise).await;
        }
        if self.is_unstaffed().await? {
            return Err(Problem::new("first_manager_missing"));
        }
        let name = who.operator.clone().ok_or_else(|| Problem::new("operator_missing"))?;
        let pin = self.pin_of(&name).await?;
        self.handle.wish(Wish::SignIn { name, pin }).await.map_err(without_promise)
    }

    /// Somebody's PIN. Whoever has to wait after too many wrong ones waits here: each start begins the wait anew, so another
    /// run would wait for as long, whatever the clock shows.
    async fn pin_of(&self, name: &str) -> Result<Secret<String>, Problem> {
        let mut ctrl_c = CtrlC::listen();
        let mut is_told = false;
        while let Some(left) = self.locked_for(name).await? {
            if !is_told {
                let seconds = left.as_millis().div_ceil(1_000);
                say::tell(format!(
                    "too many wrong PINs: {name} waits {seconds} s, then the PIN is asked for. Ctrl-C ends it; whoever \
                     begins again waits from the beginning"
                ));
                is_told = true;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = ctrl_c.pressed() => return Err(called_off()),
            }
        }
        drop(ctrl_c);
        asking::pin(name).await
    }

    /// How long somebody has to wait still.
    async fn locked_for(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let name = name.to_owned();
        let look = move |scene: &Scene<'_>| {
            let operator = scene.till.store().people.find(&name)?;
            let until_ms = scene.till.locked_until_ms(operator, scene.now)?;
            u64::try_from(until_ms - scene.now.utc_ms).ok().map(Duration::from_millis)
        };
        self.handle.look(look).await
    }

    /// Whether somebody was let in, and may change settings.
    async fn let_in_if_staffed(&self, who: &Who) -> Result<bool, Problem> {
        let nobody_named = who.operator.is_none() && !who.practise;
        if nobody_named && self.is_unstaffed().await? {
            return Ok(false);
        }
        self.let_in(who).await?;
        self.permitted(Permission::Settings, &Approval::nobody()).await?;
        Ok(true)
    }

    /// Waits until the journal was looked at enough to take money.
    pub async fn ready_for_money(&self) -> Result<(), Problem> {
        let began = Instant::now();
        let is_checking = |scene: &Scene<'_>| scene.till.fault().is_some_and(|fault| fault.code == "journal_checking");
        while self.handle.look(is_checking).await? {
            if began.elapsed() > CHECKS_MAX {
                return Err(Problem::new("journal_checking"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Has it done in the name of whoever is at the desk; asks for the approver's PIN only where the till wants one.
    pub async fn done(&self, deed: Deed, approval: &Approval) -> Result<(), Problem> {
        let alone = self.handle.wish(Wish::Do { deed: deed.clone(), approver: None }).await;
        match (alone, &approval.approver) {
            (Err(problem), Some(name)) if problem.code == "approval_required" => {
                let approver = Approver { name: name.clone(), pin: self.pin_of(name).await? };
                self.handle.wish(Wish::Do { deed, approver: Some(approver) }).await.map_err(without_promise)
            }
            (alone, _) => alone,
        }
    }

    /// The same about a payment.
    pub async fn ask(&self, ask: Ask, approval: &Approval) -> Result<(), Problem> {
        self.done(Deed::Ask(ask), approval).await
    }

    /// A payment as it stands, an old one too.
    pub async fn payment(&self, id: PaymentId) -> Result<Payment, Problem> {
        self.handle.recall(id).await?;
        let found = self.handle.look(move |scene| scene.till.book().payment(id).cloned()).await?;
        found.ok_or_else(|| Problem::new("payment_not_found"))
    }

    /// Whether something may be done that the till itself does not do.
    pub async fn permitted(&self, permission: Permission, approval: &Approval) -> Result<(), Problem> {
        self.done(Deed::Permit(permission), approval).await
    }

    /// Writes down what was done.
    pub async fn note(&self, event: StoreEvent) -> Result<(), Problem> {
        self.handle.wish(Wish::Note(event)).await
    }
}

/// Another start begins the wait anew: the time at which this one would have ended it helps nobody.
fn without_promise(mut problem: Problem) -> Problem {
    if problem.code == "pin_locked" {
        problem.fields.remove("until_ms");
    }
    problem
}
