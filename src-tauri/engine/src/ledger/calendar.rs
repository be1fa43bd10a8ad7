//! The store's calendar: which business day a moment belongs to.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The time zone of a store that has set none.
const ZONE: &str = "UTC";

/// A time zone, and when a day begins in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone_name: String,
    zone: TimeZone,
    cutoff_min: u32,
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar::new(ZONE, 0)
    }
}

impl Calendar {
    /// The calendar of an IANA time zone, in which a business day begins so many minutes after midnight. A zone that this
    /// machine does not know counts as UTC.
    pub fn new(zone: &str, cutoff_min: u32) -> Calendar {
        let known = TimeZone::get(zone).unwrap_or_else(|error| {
            tracing::warn!(zone, %error, "an unknown time zone; days are counted in UTC");
            TimeZone::UTC
        });
        Calendar { zone_name: zone.to_owned(), zone: known, cutoff_min }
    }

    /// The zone's name, as set.
    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    /// Minutes after midnight at which a day begins.
    pub fn cutoff_min(&self) -> u32 {
        self.cutoff_min
    }

    /// The business day, `YYYY-MM-DD`, of a moment in UTC milliseconds: the local date, or the one before where the local
    /// clock shows less than the cutoff. So a day may be 23 or 25 hours long.
    pub fn day(&self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(self.zone.clone()).datetime();
        let since_midnight = local.duration_since(local.date().to_datetime(jiff::civil::Time::midnight()));
        let date = if since_midnight < SignedDuration::from_mins(i64::from(self.cutoff_min)) {
            local.date().checked_sub(1.day()).unwrap_or(local.date())
        } else {
            local.date()
        };
        date.to_string()
    }

    /// The beginning of the local hour of a moment, both in UTC milliseconds. The hour that a clock shows twice counts twice.
    pub fn hour_ms(&self, at_ms: i64) -> i64 {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(self.zone.clone());
        let past_ms = i64::from(local.minute()) * 60_000
            + i64::from(local.second()) * 1_000
            + i64::from(local.subsec_nanosecond()) / 1_000_000;
        at_ms - past_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_millisecond()
    }

    #[test]
    fn r50_a_business_day_begins_at_the_cutoff_on_the_stores_own_clock() {
        let riyadh = Calendar::new("Asia/Riyadh", 4 * 60);
        assert_eq!(riyadh.day(ms("2026-03-05T00:59:59.999Z")), "2026-03-04", "3:59 in Riyadh");
        assert_eq!(riyadh.day(ms("2026-03-05T01:00:00Z")), "2026-03-05", "4:00 in Riyadh");
        assert_eq!(Calendar::default().day(ms("2026-03-05T23:59:59Z")), "2026-03-05");
    }

    #[test]
    fn r50_days_of_23_and_25_hours_are_one_day_each() {
        let oslo = Calendar::new("Europe/Oslo", 3 * 60);
        let hours = |from: &str, to: &str| (ms(to) - ms(from)) / 3_600_000;
        // 29 March 2026: 2:00 becomes 3:00, so its business day begins an hour early.
        let (spring, after) = ("2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z");
        assert_eq!(
            (oslo.day(ms(spring) - 1), oslo.day(ms(spring))),
            ("2026-03-28".to_owned(), "2026-03-29".to_owned())
        );
        assert_eq!((oslo.day(ms(after) - 1), oslo.day(ms(after))), ("2026-03-29".to_owned(), "2026-03-30".to_owned()));
        assert_eq!(hours("2026-03-28T02:00:00Z", spring), 23);
        // 25 October 2026: 3:00 becomes 2:00, and 2:30 comes twice.
        for at in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(oslo.day(ms(at)), "2026-10-24");
        }
        assert_eq!(oslo.day(ms("2026-10-25T02:00:00Z")), "2026-10-25");
        assert_eq!(hours("2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z"), 25);
    }

    #[test]
    fn an_unknown_zone_counts_as_utc_and_hours_begin_on_the_local_clock() {
        assert_eq!(Calendar::new("Mars/Olympus", 0).day(ms("2026-03-05T23:00:00Z")), "2026-03-05");
        let kathmandu = Calendar::new("Asia/Kathmandu", 0);
        assert_eq!(kathmandu.hour_ms(ms("2026-03-05T10:20:30.5Z")), ms("2026-03-05T10:15:00Z"));
    }
}
