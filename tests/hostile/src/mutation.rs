//! Bytes nobody should send, made from bytes that somebody does: by chance from a seed, and all of the large ones.

use crate::seeds::TRICKS;

/// How deep, long or many the large ones are.
const LARGE: usize = 100_000;

/// One message by chance.
pub fn mutated(seeds: &[Vec<u8>], chance: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = seeds[chance.usize(0..seeds.len())].clone();
    for _ in 0..chance.u32(1..=4) {
        let other = &seeds[chance.usize(0..seeds.len())];
        once(&mut bytes, other, chance);
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, other: &[u8], chance: &mut fastrand::Rng) {
    let at = chance.usize(0..=bytes.len());
    let end = (at + chance.usize(0..=16)).min(bytes.len());
    let trick = TRICKS[chance.usize(0..TRICKS.len())].as_bytes();
    match chance.u32(0..9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << chance.u32(0..8),
        1 if at < bytes.len() => bytes[at] = chance.u8(..),
        2 => bytes.insert(at, chance.u8(..)),
        3 => _ = bytes.splice(at..end, []),
        4 => {
            let again = bytes[at..end].to_vec();
            _ = bytes.splice(at..at, again);
        }
        5 => _ = bytes.splice(at..end, trick.iter().copied()),
        6 => {
            let from = chance.usize(0..=other.len());
            let to = (from + chance.usize(0..=64)).min(other.len());
            _ = bytes.splice(at..end, other[from..to].iter().copied());
        }
        _ => {
            let values = values(bytes);
            if !values.is_empty() {
                let (begin, end) = values[chance.usize(0..values.len())];
                let theirs = self::values(other);
                let new = match chance.bool() && !theirs.is_empty() {
                    true => {
                        let (from, to) = theirs[chance.usize(0..theirs.len())];
                        other[from..to].to_vec()
                    }
                    false => trick.to_vec(),
                };
                _ = bytes.splice(begin..end, new);
            }
        }
    }
}

/// Where values stand behind a `:` or a `=`: texts, and everything else up to the next sign that ends a value.
fn values(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for at in (0..bytes.len()).filter(|at| matches!(bytes[*at], b':' | b'=')) {
        let blanks = bytes[at + 1..].iter().take_while(|byte| **byte == b' ').count();
        let begin = at + 1 + blanks;
        let rest = &bytes[begin..];
        let length = match rest.first() {
            Some(b'"') => rest[1..].iter().position(|byte| *byte == b'"').map(|length| length + 2),
            _ => rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b'\n')),
        };
        found.push((begin, begin + length.unwrap_or(rest.len())));
    }
    found
}

/// How many tricks each value shares with its neighbours, so that a replay is short.
const TRICKS_SHARED_BY: usize = 3;

/// Each value of a message replaced by tricks in turn, and by something that is large.
pub fn tricky(seed: &[u8]) -> Vec<Vec<u8>> {
    let large = large_values();
    let mut all = Vec::new();
    for (index, (begin, end)) in values(seed).into_iter().enumerate() {
        let turn = index + seed.len();
        let tricks = TRICKS.into_iter().skip(turn % TRICKS_SHARED_BY).step_by(TRICKS_SHARED_BY);
        for new in tricks.chain([large[turn % large.len()].as_str()]) {
            all.push([&seed[..begin], new.as_bytes(), &seed[end..]].concat());
        }
    }
    all
}

fn large_values() -> Vec<String> {
    vec![
        "[".repeat(LARGE),
        "{\"a\":".repeat(LARGE / 5),
        format!("[{}1]", "1,".repeat(LARGE)),
        format!("[{}[]]", "[],".repeat(LARGE / 2)),
        format!("\"{}\"", "x".repeat(LARGE)),
        format!("\"{}\"", "\\u0041".repeat(LARGE / 3)),
        "9".repeat(LARGE),
        format!("1e{}", "9".repeat(LARGE)),
        format!("0.{}1", "0".repeat(LARGE)),
        format!("{{{}\"z\":1}}", (0..LARGE / 6).map(|n| format!("\"k{n}\":1,")).collect::<String>()),
    ]
}

/// Large ones that need no seed.
pub fn large(bytes_max: usize) -> Vec<Vec<u8>> {
    let texts = [
        "0".to_owned(),
        "0[".repeat(LARGE),
        format!("0{}", "[".repeat(LARGE)),
        format!("0{}", "{\"a\":".repeat(LARGE)),
        "[".repeat(bytes_max),
        "(".repeat(bytes_max),
        " ".repeat(bytes_max),
        "9".repeat(bytes_max),
        "-".repeat(bytes_max),
        "\u{feff}".repeat(bytes_max / 3),
        "\"".repeat(bytes_max),
        "\\".repeat(bytes_max),
        ",1".repeat(bytes_max / 2),
        "1.".repeat(bytes_max / 2),
        format!("\"{}\"", "x".repeat(bytes_max)),
        format!("[{}]", "1,".repeat(bytes_max / 2 - 2)),
        format!("[{}1]", "[],".repeat(bytes_max / 3 - 1)),
        format!("a{}=1", ".a".repeat(bytes_max / 2 - 2)),
        format!("[a{}]", ".a".repeat(bytes_max / 2 - 2)),
        "[a]\n[[a.b]]\n".repeat(bytes_max / 12),
        format!("a={}", "[".repeat(bytes_max - 2)),
        format!("a={}", "{a=".repeat(bytes_max / 3 - 1)),
        (0..bytes_max / 16).map(|n| format!("k{n} = {n}\n")).collect(),
        "-----BEGIN CERTIFICATE-----\n".repeat(bytes_max / 28),
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", "A".repeat(bytes_max - 64)),
        "\u{0}".repeat(bytes_max),
    ];
    let mut all: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    all.push(vec![0xff; bytes_max]);
    all.push([&b"\xff\xfe"[..], &b"{\0}\0".repeat(1_000)].concat());
    all
}
