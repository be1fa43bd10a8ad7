//! Hostile answers: everything that is read from outside, fed with bytes that nobody should send. Each message may take 100 ms
//! and 4 MiB, none may make the till panic, and none may make a payment plainly paid that an independent reader finds no proof
//! for.
//!
//! In reading order: this file, the list; [`parsers`]; [`waiting`], tills that wait for an answer; [`judge`], the independent
//! reader; [`scenario`], a short day; [`seeds`] and [`mutation`], where bytes come from; [`measure`], what they cost.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../../world/mod.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "the shop is shared with the stories, which use more of it"
)]
mod world;

pub mod judge;
pub mod measure;
pub mod mutation;
pub mod parsers;
pub mod scenario;
pub mod seeds;
pub mod waiting;

use seeds::Kind;
use std::time::Duration;

/// Something that reads bytes from outside.
pub struct Parser {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// Reads them. Panics where something that must hold does not.
    pub run: fn(&[u8]),
    /// What it is used to read.
    pub kind: Kind,
    /// The longest bytes that a guided run tries; replays try the longest that can arrive.
    pub guided_bytes_max: usize,
    /// Whether one message must keep within the limits of [`measure`]. A day is many messages.
    pub is_measured: bool,
}

const fn parser(name: &'static str, run: fn(&[u8]), kind: Kind, guided_bytes_max: usize) -> Parser {
    Parser { name, run, kind, guided_bytes_max, is_measured: true }
}

/// All of them.
pub const PARSERS: [Parser; 23] = [
    parser("mispay-answer", parsers::mispay_answer, Kind::MispayHttp, 768),
    parser("mispay-token", parsers::mispay_token, Kind::Token, 512),
    parser("jwt-life", parsers::jwt_life, Kind::Token, 256),
    parser("multipay-message", parsers::multipay_message, Kind::MultipayText, 768),
    parser("multipay-token", parsers::multipay_token, Kind::MultipayHttp, 256),
    parser("amount-decimal", parsers::amount_decimal, Kind::Amount, 48),
    parser("amount-typed", parsers::amount_typed, Kind::Amount, 48),
    parser("payment-code", parsers::payment_code, Kind::Amount, 64),
    parser("date-header", parsers::date_header, Kind::Date, 64),
    parser("settings-file", parsers::settings_file, Kind::Settings, 768),
    parser("journal-line", parsers::journal_line, Kind::Journal, 512),
    parser("anchor", parsers::anchor, Kind::Anchor, 384),
    parser("root-certificates", parsers::root_certificates, Kind::Pem, 1024),
    parser("redactor", parsers::redactor, Kind::MultipayText, 512),
    parser("waiting-mispay-status", waiting::mispay_status, Kind::MispayHttp, 512),
    parser("waiting-mispay-details", waiting::mispay_details, Kind::MispayHttp, 512),
    parser("waiting-mispay-purchase", waiting::mispay_purchase, Kind::MispayHttp, 512),
    parser("waiting-mispay-refund", waiting::mispay_refund, Kind::MispayHttp, 512),
    parser("waiting-mispay-refund-proof", waiting::mispay_refund_proof, Kind::MispayHttp, 512),
    parser("waiting-multipay-sale-minor", waiting::multipay_sale_minor, Kind::MultipayText, 768),
    parser("waiting-multipay-sale-decimal", waiting::multipay_sale_decimal, Kind::MultipayText, 768),
    parser("waiting-multipay-refund", waiting::multipay_refund, Kind::MultipayText, 768),
    Parser { is_measured: false, ..parser("day", scenario::day, Kind::Day, 1024) },
];

impl Parser {
    /// The parser of a name.
    pub fn named(name: &str) -> Option<&'static Parser> {
        static ALL: [Parser; 23] = PARSERS;
        ALL.iter().find(|parser| parser.name == name)
    }

    /// Reads one message and says what it cost.
    ///
    /// # Panics
    /// Where something that must hold does not, or the message takes too much.
    pub fn read(&self, data: &[u8], time_max: Duration) -> measure::Cost {
        if self.is_measured {
            measure::measure(time_max, || (self.run)(data))
        } else {
            (self.run)(data);
            measure::Cost::default()
        }
    }
}
