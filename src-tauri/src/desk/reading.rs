//! What the window reads: payments, history, reports, the journal. Whoever reads is signed in.

use super::Desk;
use crate::views::{
    ActivityLine, ActivityPage, AnchorPoint, AnchorView, BackupView, BrokenView, Closing, HistoryChoices, HistoryPage,
    HistoryQuery, HourView, JournalView, Letterhead, PaymentDetail, PaymentView, ReportHead, ReportView, TimelineLine,
    history_page, history_row, payment_id, plain_fields, report_html, report_view, timeline_state,
};
use checkstand_core::money::Currency;
use checkstand_core::payment::PaymentId;
use checkstand_core::problem::Problem;
use checkstand_engine::guard::{JournalState, ListsState};
use checkstand_engine::ledger::history::{Cursor, Detail, ReportLine};
use checkstand_engine::ledger::{AnchorPlace, Row, hex};
use jiff::tz::TimeZone;

impl Desk {
    async fn signed_in(&self) -> Result<(), Problem> {
        let is_there = self.handle.look(|scene| scene.till.session().is_some()).await?;
        if is_there { Ok(()) } else { Err(Problem::new("not_signed_in")) }
    }

    /// One payment, as the till knows it; an old one is taken out of the journal first.
    pub async fn payment(&self, id: PaymentId) -> Result<PaymentView, Problem> {
        let frame = self.frame();
        self.handle.recall(id).await?;
        let view = self.handle.look(move |scene| PaymentView::of(scene, &frame, id)).await?;
        view.ok_or_else(|| Problem::new("payment_not_found"))
    }

    /// The currency of a payment.
    pub async fn currency_of(&self, id: PaymentId) -> Result<Currency, Problem> {
        self.handle.recall(id).await?;
        let look = move |scene: &checkstand_engine::engine::Scene<'_>| {
            scene.till.book().payment(id).map(|payment| payment.opening.money.currency)
        };
        self.handle.look(look).await?.ok_or_else(|| Problem::new("payment_not_found"))
    }

    pub async fn history(&self, query: HistoryQuery, from: Option<String>) -> Result<HistoryPage, Problem> {
        self.signed_in().await?;
        let query = query.read();
        let after = match from {
            None => None,
            Some(text) => Some(Cursor(text.parse().map_err(|_| Problem::new("id_invalid"))?)),
        };
        self.office
            .history(move |history| {
                let page = history.page(&query, after)?;
                let tallies = if after.is_none() { history.totals(&query)? } else { None };
                Ok(history_page(page, tallies.as_deref()))
            })
            .await
    }

    pub async fn history_choices(&self) -> Result<HistoryChoices, Problem> {
        self.signed_in().await?;
        let now_ms = self.handle.look(|scene| scene.now.utc_ms).await?;
        self.office
            .history(move |history| {
                let (choices, days) = (history.choices()?, history.days()?);
                let today = history.calendar()?.day(now_ms);
                Ok(HistoryChoices::of(choices, today, days.map(|(first, _)| first)))
            })
            .await
    }

    pub async fn payment_detail(&self, payment: &str) -> Result<PaymentDetail, Problem> {
        self.signed_in().await?;
        let id = payment_id(payment)?;
        let mut payment = self.payment(id).await?;
        let detail = self.office.history(move |history| history.detail(id)).await?;
        let detail = detail.ok_or_else(|| Problem::new("payment_not_found"))?;
        payment.terminal.clone_from(&detail.payment.terminal);
        Ok(PaymentDetail {
            payment,
            timeline: timeline(&detail),
            refunds: detail.refunds.iter().map(history_row).collect(),
            sale: detail.sale.as_ref().map(history_row),
            copies: i64::try_from(detail.printed.len()).unwrap_or_default(),
        })
    }

    /// Begins to write everything that matches to a file.
    pub fn export_history(&self, query: HistoryQuery, format: &str) -> Result<u64, Problem> {
        let format = match format {
            "csv" => checkstand_engine::ledger::export::Format::Csv,
            "json" => checkstand_engine::ledger::export::Format::Json,
            _ => return Err(Problem::new("export_failed").with("detail", format)),
        };
        self.office.start_export(query.read(), format)
    }

    /// A shift's report, or the open shift's as it stands now.
    pub async fn report(&self, number: Option<u32>) -> Result<ReportView, Problem> {
        self.signed_in().await?;
        let (number, report, closing) = match number {
            Some(number) => {
                let line = self.report_line(number).await?;
                let anchor = AnchorPoint { number: line.number, hash: hex(&line.hash) };
                (number, line.report, Some(Closing { at_ms: line.closed_at_ms, by: line.closed_by, anchor }))
            }
            None => {
                let open =
                    self.handle.look(|scene| scene.till.report().zip(Some(scene.till.store().last_shift))).await?;
                let (report, number) = open.ok_or_else(|| Problem::new("shift_not_open"))?;
                (number, report, None)
            }
        };
        let hours = self.office.history(move |history| history.shift_hours(number)).await?;
        let hours = hours.into_iter().filter(|hour| hour.sums.paid_count != 0).map(HourView::from).collect();
        Ok(report_view(number, &report, self.letterhead(), hours, closing))
    }

    async fn report_line(&self, number: u32) -> Result<ReportLine, Problem> {
        let found = self.office.history(move |history| history.report(number)).await?;
        found.ok_or_else(|| Problem::new("report_not_found").with("number", number))
    }

    fn letterhead(&self) -> Letterhead {
        let settings = &self.settings;
        Letterhead { store: settings.store.clone(), terminal: settings.terminal.clone(), mode: settings.mode.into() }
    }

    /// The last reports, newest first.
    pub async fn reports(&self) -> Result<Vec<ReportHead>, Problem> {
        self.signed_in().await?;
        let lines = self.office.history(|history| history.reports(None)).await?;
        Ok(lines.iter().map(ReportHead::from).collect())
    }

    /// Writes a report to a file; its path.
    pub async fn export_report(&self, number: Option<u32>, format: &str) -> Result<String, Problem> {
        let report = self.report(number).await?;
        let (zone, _) = self.settings.calendar();
        let text = match format {
            "html" => report_html(&report, &TimeZone::get(&zone).unwrap_or(TimeZone::UTC)),
            "json" => serde_json::to_string_pretty(&report)
                .map_err(|error| Problem::new("export_failed").with("detail", error))?,
            _ => return Err(Problem::new("export_failed").with("detail", format)),
        };
        let name = match number {
            Some(number) => format!("terminal-report-{number:06}.{format}"),
            None => format!("interim-report-{:06}.{format}", report.number),
        };
        Ok(self.office.keep_report(&name, &text).await?.display().to_string())
    }

    /// What people did, newest first.
    pub async fn activity(&self, from: Option<i64>, operator: Option<String>) -> Result<ActivityPage, Problem> {
        let before = from.map(Cursor);
        let page = self
            .office
            .history(move |history| match &operator {
                Some(operator) => history.activity_of(operator, before),
                None => history.activity(before),
            })
            .await?;
        let line = |row: &Row| ActivityLine {
            number: row.number,
            at_ms: row.at_ms,
            operator: row.operator.clone(),
            what: row.what.clone(),
            fields: plain_fields(&row.body),
            payment: row.payment.clone(),
        };
        Ok(ActivityPage { lines: page.lines.iter().map(line).collect(), next: page.next.map(|cursor| cursor.0) })
    }

    /// The journal's proof.
    pub async fn journal(&self) -> Result<JournalView, Problem> {
        let (guard, backups) = (self.office.guard(), self.office.backups()?);
        let anchor = guard.anchor().and_then(|state| {
            let kept_in = match state.place {
                AnchorPlace::Keychain => "keychain",
                AnchorPlace::BesideTheLedger => "file",
            };
            let anchor = state.anchored?;
            Some(AnchorView { number: anchor.tip.number, hash: hex(&anchor.tip.hash), kept_in, at_ms: anchor.at_ms })
        });
        let known = self.handle.look(|scene| scene.till.store().broken.clone()).await?;
        let found = match guard.journal() {
            JournalState::Broken(fault) => Some((fault.number, fault.what)),
            JournalState::Checking | JournalState::Sound => known,
        };
        Ok(JournalView {
            entries: guard.tip().number,
            hash: hex(&guard.tip().hash),
            anchor,
            checked_through: guard.checked_through(),
            lists_differ: guard.lists() == ListsState::Differ,
            accepted: Some(guard.accepted().number).filter(|number| *number > 0),
            state: if found.is_some() { crate::views::JournalWord::Broken } else { super::journal_word(&self.office) },
            broken: found.map(|(number, detail)| BrokenView { number, detail }),
            backups: backups.iter().map(BackupView::from).collect(),
        })
    }
}

/// A payment's own lines, with its refunds and papers where they happened.
fn timeline(detail: &Detail) -> Vec<TimelineLine> {
    let line = |what: &str, row: &Row| TimelineLine {
        number: row.number,
        at_ms: row.at_ms,
        operator: row.operator.clone(),
        what: what.to_owned(),
        state: timeline_state(&row.body),
        fields: plain_fields(&row.body),
    };
    let own = detail.lines.iter().map(|row| line(&row.what, row));
    let refunds = detail.openings.iter().map(|row| line("refund_opened", row));
    let papers = detail.printed.iter().map(|row| line(&row.what, row));
    let mut lines: Vec<TimelineLine> = own.chain(refunds).chain(papers).collect();
    lines.sort_by_key(|line| line.number);
    lines
}
