//! A terminal report as one HTML file that needs nothing else: for the archive, for printing, for "print to PDF".

use super::MoneyView;
use super::report::ReportView;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write;

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:52rem;color:#111}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;border-bottom:1px solid #ccc;text-align:start}\
.n{text-align:end;font-variant-numeric:tabular-nums}.mode{border:3px solid #111;padding:.4rem;font-weight:700;text-align:center}\
code{overflow-wrap:anywhere}";

/// The report as a page. Times are in `zone`.
pub fn report_html(report: &ReportView, zone: &TimeZone) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    _ = write_page(&mut page, report, zone);
    page
}

fn write_page(page: &mut String, report: &ReportView, zone: &TimeZone) -> std::fmt::Result {
    let title = match report.closed_at_ms {
        Some(_) => format!("Terminal report {}", report.number),
        None => format!("Interim report, shift {}", report.number),
    };
    write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style>"
    )?;
    let mode = report.mode.name();
    if mode != "live" {
        write!(page, "<p class=\"mode\">{} &ndash; NO REAL MONEY</p>", mode.to_uppercase())?;
    }
    write!(page, "<h1>{title}</h1><p>{}, till {}. ", escaped(&report.store), escaped(&report.terminal))?;
    write!(page, "Opened {} by {}. ", time(report.opened_at_ms, zone), escaped(&report.opened_by))?;
    if let (Some(at_ms), Some(by)) = (report.closed_at_ms, &report.closed_by) {
        write!(page, "Closed {} by {}. ", time(at_ms, zone), escaped(by))?;
    }
    write!(page, "This is not a fiscal receipt.</p>")?;
    write_rows(page, report)?;
    write_carried(page, report, zone)?;
    write!(page, "<h2>Since this ledger began</h2><p>{}</p>", list(report.running.iter().map(money)))?;
    if let Some(anchor) = &report.anchor {
        write!(page, "<p>Journal entry {}, hash <code>{}</code></p>", anchor.number, anchor.hash)?;
    }
    writeln!(page, "</html>")
}

fn write_rows(page: &mut String, report: &ReportView) -> std::fmt::Result {
    if report.rows.is_empty() {
        return write!(page, "<p>Nothing was paid or refunded.</p>");
    }
    write!(
        page,
        "<table><tr><th>Provider<th>Cashier<th class=n>Count<th class=n>Paid<th class=n>Refunded<th class=n>Returned<th class=n>Net</tr>"
    )?;
    for row in &report.rows {
        write!(
            page,
            "<tr><td>{}<td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}</tr>",
            row.provider.label(),
            escaped(&row.operator),
            row.paid_count,
            money(&row.paid),
            money(&row.refunded),
            money(&row.returned),
            money(&row.net)
        )?;
    }
    for sum in &report.sums {
        let (paid, refunded, net) = (money(&sum.paid), money(&sum.refunded), money(&sum.net));
        write!(page, "<tr><th colspan=2>All in {}", sum.currency.code())?;
        write!(
            page,
            "<th class=n>{}<th class=n>{paid}<th class=n>{refunded}<th><th class=n>{net}</tr>",
            sum.paid_count
        )?;
    }
    write!(page, "</table>")
}

fn write_carried(page: &mut String, report: &ReportView, zone: &TimeZone) -> std::fmt::Result {
    write!(page, "<h2>Carried over, not settled</h2>")?;
    if report.carried.is_empty() {
        return write!(page, "<p>None.</p>");
    }
    write!(page, "<table><tr><th>Reference<th>Since<th>State<th>Payment<th class=n>Amount</tr>")?;
    for carried in &report.carried {
        write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td><code>{}</code><td class=n>{}</tr>",
            escaped(&carried.reference),
            time(carried.opened_at_ms, zone),
            carried.state.label(),
            carried.payment,
            money(&carried.money)
        )?;
    }
    write!(page, "</table>")
}

fn money(money: &MoneyView) -> String {
    money.text()
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "Nothing.".to_owned() } else { items.join(", ") }
}

fn time(at_ms: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
