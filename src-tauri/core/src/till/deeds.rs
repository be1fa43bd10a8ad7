//! What people do at the till: which permission each deed needs, and what it comes to once it may be done.

use super::desk::{Came, Cleared, Job, Noting, Session};
use super::{Step, Till, counter, finish};
use crate::ask::{Ask, Deed, PinCheck, Wish};
use crate::message::Now;
use crate::money::AMOUNT_MINOR_MAX;
use crate::payment::{PaymentId, RefundCause};
use crate::people::{Access, Permission, PinDigest, Role};
use crate::problem::Problem;
use crate::provider::Out;
use crate::shift::{Carried, Report};
use crate::store::{SignOutCause, StoreEvent};

impl Till {
    pub(super) fn wished(&mut self, wish: Wish, now: Now) -> Step {
        let mut noting = Noting::default();
        let came = match wish {
            Wish::Do { deed, approver } => match self.clear(deed, approver, now, &mut noting) {
                Ok(Cleared::Now { deed, who, approved_by }) => {
                    return self.carry(deed, &who, approved_by.as_deref(), None, noting, now);
                }
                Ok(Cleared::Waits(job)) => Ok(Came::Waits(job)),
                Err(problem) => Err(problem),
            },
            wish => self.wish(wish, now, &mut noting),
        };
        step(noting, came, None)
    }

    pub(super) fn pin_checked(&mut self, number: u64, check: PinCheck, now: Now) -> Step {
        let Some(job) = self.desk.take_job(number) else { return Step::default() };
        let mut noting = Noting::default();
        if let Err(problem) = self.check(&job, check, now) {
            return step(noting, Err(problem), Some(number));
        }
        match job {
            Job::SignIn { name } => {
                self.sign_in(&name, now, &mut noting);
                step(noting, Ok(Came::Done), Some(number))
            }
            Job::Approve { deed, who, approver, permission } => {
                if self.desk.who.as_ref() != Some(&who) {
                    return step(noting, Err(Problem::new("not_signed_in")), Some(number));
                }
                noting.note(&who.name, StoreEvent::Approved { by: approver.clone(), permission }, now);
                self.carry(deed, &who, Some(&approver), Some(number), noting, now)
            }
            Job::FirstManager { .. } | Job::Recover { .. } | Job::AddOperator { .. } | Job::SetPin { .. } => {
                unreachable!("refused by the check")
            }
        }
    }

    pub(super) fn pin_hashed(&mut self, number: u64, digest: Option<PinDigest>, now: Now) -> Step {
        let Some(job) = self.desk.take_job(number) else { return Step::default() };
        let mut noting = Noting::default();
        let done = match digest {
            Some(digest) => self.hashed(job, digest, now, &mut noting),
            None => Err(Problem::new("storage_failed")),
        };
        step(noting, done.map(|()| Came::Done), Some(number))
    }

    /// The permission that a deed needs of somebody; `None` where everybody who is signed in may do it.
    pub(super) fn permission_for(&self, deed: &Deed, who: &Session) -> Option<Permission> {
        match deed {
            Deed::Ask(Ask::Sell(sale)) => sale.override_by.is_some().then_some(Permission::Override),
            Deed::Ask(Ask::Refund(refund)) => {
                let (limit, money) = (self.store.people.refund_limit(refund.money.currency), refund.money);
                let before_minor =
                    self.store.shift.as_ref().map_or(0, |shift| shift.totals.refunded_minor(&who.name, money.currency));
                let within =
                    money.minor <= limit.each_minor && before_minor.saturating_add(money.minor) <= limit.shift_minor;
                Some(if within { Permission::RefundWithinLimit } else { Permission::RefundAboveLimit })
            }
            Deed::Ask(Ask::Settle { .. }) => Some(Permission::Settle),
            Deed::Ask(Ask::Acknowledge(_)) => Some(Permission::Acknowledge),
            Deed::Ask(
                Ask::Cancel(_)
                | Ask::Park(_)
                | Ask::CheckNow(_)
                | Ask::CheckNumber { .. }
                | Ask::CustomerSays { .. }
                | Ask::LookNow,
            )
            | Deed::OpenShift => None,
            Deed::CloseShift => Some(Permission::CloseShift),
            Deed::AddOperator { .. }
            | Deed::SetRole { .. }
            | Deed::SetPin { .. }
            | Deed::RemoveOperator { .. }
            | Deed::UnlockOperator { .. }
            | Deed::SetAccess { .. }
            | Deed::SetLimit { .. } => Some(Permission::Operators),
            Deed::Permit(permission) => Some(*permission),
        }
    }

    /// Does what may be done. `number` is the job that it waited for.
    fn carry(
        &mut self,
        deed: Deed,
        who: &Session,
        approved_by: Option<&str>,
        number: Option<u64>,
        mut noting: Noting,
        now: Now,
    ) -> Step {
        let deed = match deed {
            Deed::Ask(ask) => {
                let responsible = approved_by.unwrap_or(&who.name);
                return self.carry_ask(signed(ask, responsible, approved_by), who, number, noting, now);
            }
            deed => deed,
        };
        let came = self.carry_deed(deed, who, number, &mut noting, now);
        step(noting, came, number)
    }

    fn carry_ask(&mut self, ask: Ask, who: &Session, number: Option<u64>, noting: Noting, now: Now) -> Step {
        let opens = opened_by(&ask).filter(|id| self.book.payment(*id).is_none());
        let next_shift = self.store.last_shift + 1;
        let needs_shift = opens.is_some() && self.store.shift.is_none();
        let (mut step, notices) = {
            let Till { book, mispay, multipay, terms, .. } = self;
            let mut out = Out::new(book, &who.name, now);
            let problem = counter::answer(ask, terms, mispay, multipay, now, &mut out).err();
            finish(out, problem)
        };
        self.note(notices, now);
        match (number, &step.problem) {
            (_, None) => {}
            (None, Some(_)) => return step,
            // The approval was given all the same, and stands in the journal.
            (Some(number), Some(problem)) => {
                step.answers.push((number, Err(problem.clone())));
                return Step { record: noting.record, problem: None, ..step };
            }
        }
        let mut noting = noting;
        if needs_shift && !step.record.is_empty() {
            noting.note(&who.name, StoreEvent::ShiftOpened { number: next_shift }, now);
        }
        noting.record.append(&mut step.record);
        step.record = noting.record;
        step.opens = opens;
        step.repaint |= !step.record.is_empty();
        step.answers.extend(number.map(|number| (number, Ok(()))));
        step
    }

    fn carry_deed(
        &mut self,
        deed: Deed,
        who: &Session,
        number: Option<u64>,
        noting: &mut Noting,
        now: Now,
    ) -> Result<Came, Problem> {
        let by = who.name.as_str();
        match deed {
            Deed::Ask(_) => unreachable!("asked of the payments before"),
            Deed::Permit(_) => {}
            Deed::OpenShift => match &self.store.shift {
                Some(shift) => return Err(Problem::new("shift_open").with("number", shift.number)),
                None => noting.note(by, StoreEvent::ShiftOpened { number: self.store.last_shift + 1 }, now),
            },
            Deed::CloseShift => {
                let report = self.report().ok_or_else(|| Problem::new("shift_not_open"))?;
                noting.note(by, StoreEvent::ShiftClosed { number: self.store.last_shift, report }, now);
            }
            Deed::AddOperator { name, role, pin } => {
                let name = self.store.people.check_new_name(&name)?;
                let job = Job::AddOperator { by: by.to_owned(), name, role };
                return self.hash(job, number, &pin, noting);
            }
            Deed::SetPin { name, pin } => {
                let name = self.operator(&name)?.name.clone();
                return self.hash(Job::SetPin { by: by.to_owned(), name }, number, &pin, noting);
            }
            Deed::SetRole { name, role } => {
                let name = self.operator(&name)?.name.clone();
                if role != Role::Manager && self.store.people.is_last_manager(&name) {
                    return Err(Problem::new("last_manager").with("name", name));
                }
                noting.note(by, StoreEvent::RoleSet { name, role }, now);
            }
            Deed::RemoveOperator { name } => {
                let name = self.operator(&name)?.name.clone();
                if self.store.people.is_last_manager(&name) {
                    return Err(Problem::new("last_manager").with("name", name));
                }
                noting.note(by, StoreEvent::OperatorRemoved { name: name.clone() }, now);
                if name == by {
                    noting.note(by, StoreEvent::SignedOut { name, why: SignOutCause::Changed }, now);
                }
            }
            Deed::UnlockOperator { name } => {
                let name = self.operator(&name)?.name.clone();
                noting.note(by, StoreEvent::PinUnlocked { name }, now);
            }
            Deed::SetAccess { role, permission, access } => {
                // Without these nobody could take any of it back.
                let is_fixed =
                    role == Role::Manager && matches!(permission, Permission::Operators | Permission::Settings);
                if is_fixed && access != Access::Allowed {
                    return Err(Problem::new("not_allowed").with("permission", permission.name()));
                }
                noting.note(by, StoreEvent::AccessSet { role, permission, access }, now);
            }
            Deed::SetLimit { currency, limit } => {
                let allowed = 0..=AMOUNT_MINOR_MAX;
                if !allowed.contains(&limit.each_minor) || !allowed.contains(&limit.shift_minor) {
                    return Err(Problem::new("amount_too_large"));
                }
                let (each_minor, shift_minor) = (limit.each_minor, limit.shift_minor);
                noting.note(by, StoreEvent::RefundLimitSet { currency, each_minor, shift_minor }, now);
            }
        }
        Ok(Came::Done)
    }

    /// The report of the open shift as it stands now; `None` where none is open.
    pub fn report(&self) -> Option<Report> {
        let shift = self.store.shift.as_ref()?;
        let mut carried: Vec<Carried> = self
            .book
            .unsettled()
            .map(|payment| Carried {
                payment: payment.id,
                reference: payment.opening.reference.clone(),
                state: payment.state,
                money: payment.opening.money,
                opened_at_ms: payment.opened_at_ms,
            })
            .collect();
        carried.sort_by_key(|carried| (carried.opened_at_ms, carried.payment));
        Some(Report {
            opened_at_ms: shift.opened_at_ms,
            opened_by: shift.opened_by.clone(),
            rows: shift.totals.rows(),
            carried,
            running: self.store.running(),
        })
    }
}

/// The payment that a wish may open.
fn opened_by(ask: &Ask) -> Option<PaymentId> {
    match ask {
        Ask::Sell(sale) => Some(sale.id),
        Ask::Refund(refund) => Some(refund.id),
        Ask::Cancel(_)
        | Ask::Park(_)
        | Ask::CheckNow(_)
        | Ask::CheckNumber { .. }
        | Ask::CustomerSays { .. }
        | Ask::Settle { .. }
        | Ask::Acknowledge(_)
        | Ask::LookNow => None,
    }
}

/// The wish with the names of those who answer for it.
fn signed(ask: Ask, responsible: &str, approved_by: Option<&str>) -> Ask {
    match ask {
        Ask::Sell(mut sale) => {
            if let Some(approval) = &mut sale.override_by {
                responsible.clone_into(&mut approval.by);
            }
            Ask::Sell(sale)
        }
        Ask::Refund(mut refund) => {
            refund.cause = RefundCause { reason: refund.cause.reason, approved_by: approved_by.map(str::to_owned) };
            Ask::Refund(refund)
        }
        Ask::Settle { payment, verdict, mut approval } => {
            responsible.clone_into(&mut approval.by);
            Ask::Settle { payment, verdict, approval }
        }
        ask => ask,
    }
}

/// `number` is the job that it waited for: its answer goes to whoever waits.
fn step(noting: Noting, came: Result<Came, Problem>, number: Option<u64>) -> Step {
    let repaint = !noting.record.is_empty();
    let mut step = Step { record: noting.record, act: noting.act, repaint, ..Step::default() };
    match (came, number) {
        (Ok(Came::Waits(job)), _) => step.waits = Some(job),
        (Ok(Came::Done), Some(number)) => step.answers.push((number, Ok(()))),
        (Ok(Came::Done), None) => {}
        (Err(problem), Some(number)) => step.answers.push((number, Err(problem))),
        (Err(problem), None) => return Step { problem: Some(problem), ..Step::default() },
    }
    step
}
