//! Who is at the till, and what they may do. A wish passes here before anything is asked of the payments.
//!
//! PINs are checked and hashed outside the loop, so a wish may have to wait: its job is kept here and goes on when the
//! answer comes. The attempt is recorded before the check, so that a crash cannot give a try back.

use super::Till;
use crate::ask::{Approver, Deed, PinCheck, Wish};
use crate::book::{Entry, Fact};
use crate::message::{Act, Now};
use crate::people::{
    Access, Operator, PIN_TRIES_MAX, Permission, PinDigest, Purpose, Role, TRAINEE, lock_ms, read_new_pin, read_pin,
};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::store::{SignOutCause, StoreEvent};
use std::collections::BTreeMap;

/// Wishes that may wait for a PIN at once; more are refused.
const JOBS_MAX: usize = 16;

/// The desk. Volatile: after a restart nobody is signed in.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) who: Option<Session>,
    jobs: BTreeMap<u64, Job>,
    last_job: u64,
    /// Until when somebody has to wait, on the boot clock: no clock that can be set ends it sooner.
    locked: BTreeMap<String, i64>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// As in every entry.
    pub name: String,
    /// Decides what they may do.
    pub role: Role,
}

impl Session {
    /// Whether it is the trainee, who has no PIN and exists in training only.
    pub fn is_practising(&self) -> bool {
        self.name == TRAINEE
    }
}

/// What goes on when a PIN was checked or hashed.
#[derive(Debug)]
pub(super) enum Job {
    SignIn { name: String },
    Approve { deed: Deed, who: Session, approver: String, permission: Permission },
    FirstManager { name: String },
    Recover { name: String, token: String },
    AddOperator { by: String, name: String, role: Role },
    SetPin { by: String, name: String },
}

/// What a wish comes to at once.
pub(super) enum Came {
    /// It is done, and this is to be recorded.
    Done,
    /// It waits for a job.
    Waits(u64),
}

/// What a step about people records and does.
#[derive(Default)]
pub(super) struct Noting {
    pub(super) record: Vec<Entry>,
    pub(super) act: Vec<Act>,
}

impl Noting {
    pub(super) fn note(&mut self, operator: &str, event: StoreEvent, now: Now) {
        self.record.push(Entry { at_ms: now.utc_ms, operator: operator.to_owned(), fact: Fact::Store(event) });
    }
}

impl Desk {
    /// Takes in who came and went.
    pub(super) fn apply(&mut self, event: &StoreEvent, role_of: impl Fn(&str) -> Option<Role>) {
        match event {
            StoreEvent::SignedIn { name } => {
                let role = if name == TRAINEE { Some(Role::Manager) } else { role_of(name) };
                self.who = role.map(|role| Session { name: name.clone(), role });
            }
            StoreEvent::SignedOut { .. } => self.who = None,
            StoreEvent::RoleSet { name, role } => {
                if let Some(session) = self.who.as_mut().filter(|session| session.name == *name) {
                    session.role = *role;
                }
            }
            _ => {}
        }
    }

    /// Keeps a job, under the number under which somebody waits for it already.
    fn start_job(&mut self, job: Job, number: Option<u64>) -> Result<u64, Problem> {
        if self.jobs.len() >= JOBS_MAX {
            return Err(Problem::new("busy"));
        }
        let number = number.unwrap_or_else(|| {
            self.last_job += 1;
            self.last_job
        });
        self.jobs.insert(number, job);
        Ok(number)
    }

    /// The wish behind a job that waits for a PIN.
    pub(super) fn deed(&self, number: u64) -> Option<&Deed> {
        match self.jobs.get(&number)? {
            Job::Approve { deed, .. } => Some(deed),
            Job::SignIn { .. }
            | Job::FirstManager { .. }
            | Job::Recover { .. }
            | Job::AddOperator { .. }
            | Job::SetPin { .. } => None,
        }
    }

    pub(super) fn take_job(&mut self, number: u64) -> Option<Job> {
        self.jobs.remove(&number)
    }

    fn lock(&mut self, operator: &Operator, now: Now) {
        if let Some(ms) = lock_ms(operator.tries) {
            self.locked.insert(operator.name.clone(), now.boot_ms + ms);
        }
    }

    /// Until when somebody has to wait, in UTC milliseconds for people.
    pub(super) fn locked_until_ms(&self, operator: &Operator, now: Now) -> Option<i64> {
        let until_ms = self.locked.get(&operator.name).copied().filter(|until_ms| *until_ms > now.boot_ms)?;
        (operator.tries >= PIN_TRIES_MAX).then(|| now.utc_ms + until_ms - now.boot_ms)
    }
}

impl Till {
    /// After a start: nobody is signed in, and whoever had too many wrong PINs waits anew.
    pub(super) fn clear_desk(&mut self, now: Now) {
        self.desk = Desk::default();
        for operator in self.store.people.active() {
            self.desk.lock(operator, now);
        }
    }

    pub(super) fn wish(&mut self, wish: Wish, now: Now, noting: &mut Noting) -> Result<Came, Problem> {
        match wish {
            Wish::FirstManager { name, pin } => {
                self.check_first_start()?;
                let name = self.store.people.check_new_name(&name)?;
                self.hash(Job::FirstManager { name }, None, &pin, noting)
            }
            Wish::Recover { name, token, pin } => {
                self.check_recovery(&name, &token)?;
                self.hash(Job::Recover { name, token }, None, &pin, noting)
            }
            Wish::Practise if self.practice => {
                self.sign_in(TRAINEE, now, noting);
                Ok(Came::Done)
            }
            Wish::Practise => Err(Problem::new("mode_not_allowed").with("why", "not_training")),
            Wish::SignIn { name, pin } => {
                let operator = self.operator(&name)?;
                let name = operator.name.clone();
                self.try_pin(Job::SignIn { name: name.clone() }, &name, &pin, Purpose::SignIn, now, noting)
            }
            Wish::SignOut(why) => {
                if let Some(session) = &self.desk.who {
                    let name = session.name.clone();
                    noting.note(&name, StoreEvent::SignedOut { name: name.clone(), why }, now);
                }
                Ok(Came::Done)
            }
            Wish::Note(event) => {
                noting.note(&self.signed_in()?.name, event, now);
                Ok(Came::Done)
            }
            Wish::Do { .. } => unreachable!("deeds are looked at before"),
        }
    }

    /// Whether the deed may be done now; where it needs somebody's PIN, the check of that begins.
    pub(super) fn clear(
        &mut self,
        deed: Deed,
        approver: Option<Approver>,
        now: Now,
        noting: &mut Noting,
    ) -> Result<Cleared, Problem> {
        let who = self.signed_in()?.clone();
        let Some(permission) = self.permission_for(&deed, &who) else {
            return Ok(Cleared::Now { deed, who, approved_by: None });
        };
        match (self.store.people.access(who.role, permission), approver) {
            (Access::Allowed, _) => Ok(Cleared::Now { deed, who, approved_by: None }),
            (Access::Denied, _) => Err(Problem::new("not_allowed").with("permission", permission.name())),
            (Access::ApprovalRequired, None) => {
                Err(Problem::new("approval_required").with("permission", permission.name()))
            }
            (Access::ApprovalRequired, Some(approver)) => {
                let name = self.fit_approver(&approver.name, &who, permission)?;
                let job = Job::Approve { deed, who, approver: name.clone(), permission };
                match self.try_pin(job, &name, &approver.pin, Purpose::Approve, now, noting)? {
                    Came::Waits(job) => Ok(Cleared::Waits(job)),
                    Came::Done => unreachable!("a PIN is never checked at once"),
                }
            }
        }
    }

    /// A manager, another one than who asks, whose own permission is not denied.
    fn fit_approver(&self, name: &str, who: &Session, permission: Permission) -> Result<String, Problem> {
        let people = &self.store.people;
        let fits = people.find(name).filter(|operator| {
            operator.role == Role::Manager
                && operator.name != who.name
                && people.access(Role::Manager, permission) != Access::Denied
        });
        fits.map(|operator| operator.name.clone()).ok_or_else(|| Problem::new("approver_invalid").with("name", name))
    }

    fn try_pin(
        &mut self,
        job: Job,
        name: &str,
        pin: &Secret<String>,
        purpose: Purpose,
        now: Now,
        noting: &mut Noting,
    ) -> Result<Came, Problem> {
        let pin = read_pin(pin)?;
        let operator = self.operator(name)?;
        if let Some(until_ms) = self.desk.locked_until_ms(operator, now) {
            return Err(Problem::new("pin_locked").with("name", name).with("until_ms", until_ms));
        }
        let digest = operator.pin.clone().ok_or_else(|| Problem::new("pin_unusable").with("name", name))?;
        let by = self.desk.who.as_ref().map_or(name, |session| session.name.as_str());
        noting.note(by, StoreEvent::PinTried { name: name.to_owned(), purpose }, now);
        let job = self.desk.start_job(job, None)?;
        noting.act.push(Act::CheckPin { job, digest, pin });
        Ok(Came::Waits(job))
    }

    pub(super) fn hash(
        &mut self,
        job: Job,
        number: Option<u64>,
        pin: &Secret<String>,
        noting: &mut Noting,
    ) -> Result<Came, Problem> {
        let pin = read_new_pin(pin)?;
        let job = self.desk.start_job(job, number)?;
        noting.act.push(Act::HashPin { job, pin });
        Ok(Came::Waits(job))
    }

    /// A PIN was checked for this job: what is wrong where it was not right.
    pub(super) fn check(&mut self, job: &Job, check: PinCheck, now: Now) -> Result<(), Problem> {
        let name = match job {
            Job::SignIn { name } | Job::Approve { approver: name, .. } => name,
            Job::FirstManager { .. } | Job::Recover { .. } | Job::AddOperator { .. } | Job::SetPin { .. } => {
                return Err(Problem::new("internal").with("detail", "no PIN was to be checked"));
            }
        };
        let operator = self.operator(name)?.clone();
        match check {
            PinCheck::Right => Ok(()),
            PinCheck::Unusable => Err(Problem::new("pin_unusable").with("name", name)),
            PinCheck::Wrong => {
                self.desk.lock(&operator, now);
                Err(match self.desk.locked_until_ms(&operator, now) {
                    Some(until_ms) => Problem::new("pin_locked").with("name", name).with("until_ms", until_ms),
                    None => Problem::new("pin_wrong").with("left", PIN_TRIES_MAX.saturating_sub(operator.tries)),
                })
            }
        }
    }

    pub(super) fn sign_in(&self, name: &str, now: Now, noting: &mut Noting) {
        if let Some(before) = self.desk.who.as_ref().map(|session| session.name.clone()) {
            noting.note(&before, StoreEvent::SignedOut { name: before.clone(), why: SignOutCause::Followed }, now);
        }
        noting.note(name, StoreEvent::SignedIn { name: name.to_owned() }, now);
    }

    /// A PIN was hashed for this job.
    pub(super) fn hashed(&mut self, job: Job, digest: PinDigest, now: Now, noting: &mut Noting) -> Result<(), Problem> {
        let people = &self.store.people;
        match job {
            Job::FirstManager { name } => {
                self.check_first_start()?;
                let name = people.check_new_name(&name)?;
                noting.note(&name, StoreEvent::OperatorAdded { name: name.clone(), role: Role::Manager }, now);
                noting.note(&name, StoreEvent::PinSet { name: name.clone(), digest }, now);
                self.sign_in(&name, now, noting);
            }
            Job::Recover { name, token } => {
                self.check_recovery(&name, &token)?;
                noting.note(&name, StoreEvent::ManagerRecovered { name: name.clone(), token }, now);
                noting.note(&name, StoreEvent::PinSet { name: name.clone(), digest }, now);
                self.sign_in(&name, now, noting);
            }
            Job::AddOperator { by, name, role } => {
                let name = people.check_new_name(&name)?;
                noting.note(&by, StoreEvent::OperatorAdded { name: name.clone(), role }, now);
                noting.note(&by, StoreEvent::PinSet { name, digest }, now);
            }
            Job::SetPin { by, name } => {
                let name = self.operator(&name)?.name.clone();
                noting.note(&by, StoreEvent::PinSet { name, digest }, now);
            }
            Job::SignIn { .. } | Job::Approve { .. } => {
                return Err(Problem::new("internal").with("detail", "no PIN was to be hashed"));
            }
        }
        Ok(())
    }

    pub(super) fn signed_in(&self) -> Result<&Session, Problem> {
        self.desk.who.as_ref().ok_or_else(|| Problem::new("not_signed_in"))
    }

    pub(super) fn operator(&self, name: &str) -> Result<&Operator, Problem> {
        self.store.people.find(name).ok_or_else(|| Problem::new("operator_unknown").with("name", name))
    }

    fn check_first_start(&self) -> Result<(), Problem> {
        if self.store.people.is_empty() {
            Ok(())
        } else {
            Err(Problem::new("not_allowed").with("permission", "operators"))
        }
    }

    fn check_recovery(&self, name: &str, token: &str) -> Result<(), Problem> {
        let operator = self.operator(name)?;
        let fresh = !token.is_empty() && !self.store.people.was_recovered_by(token);
        if operator.role == Role::Manager && fresh {
            Ok(())
        } else {
            Err(Problem::new("not_allowed").with("permission", "operators"))
        }
    }
}

/// What became of a deed at the desk.
pub(super) enum Cleared {
    /// It may be done.
    Now { deed: Deed, who: Session, approved_by: Option<String> },
    /// It waits for a PIN.
    Waits(u64),
}
