//! The rules of the house that no compiler checks. Each says what to do about a finding.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that no person wrote, or that no commit holds.
const NOT_OURS: &[&str] =
    &[".git", ".tools", "cache", "dist", "dist-fake", "gen", "node_modules", "paraglide", "target", "test-results"];
const TEXT: &[&str] = &[
    "css", "html", "json", "lock", "md", "patch", "rs", "sh", "sql", "svelte", "svg", "toml", "ts", "js", "txt", "yml",
];
const BANNED_CRATES: &[&str] = &["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"];
const LINES_MAX: usize = 500;
const TEST_LINES_MAX: usize = 700;
const RULE_NUMBER_MAX: u32 = 63;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("this package lies two folders deep")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every text file of ours below a folder, as (path from the root, text), in order.
fn texts(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(dir) = folders.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if is_text(&path)
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.push((path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn is_text(path: &Path) -> bool {
    match path.extension() {
        Some(ending) => TEXT.iter().any(|text| ending == *text),
        // Scripts of .ci, Makefile, dot files.
        None => true,
    }
}

fn rust(folder: &str) -> Vec<(String, String)> {
    texts(folder).into_iter().filter(|(path, _)| path.ends_with(".rs")).collect()
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.split('/').any(|part| part == "tests" || part.ends_with("tests.rs") || part.contains(".test."))
        || path.contains(".walk.")
}

/// The code of a file before its tests, without comments.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    product.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn assert_none(wrongs: &[String], what_to_do: &str) {
    assert!(wrongs.is_empty(), "{what_to_do}\n  {}", wrongs.join("\n  "));
}

/// The keys of all `…dependencies` tables of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in read(manifest).lines() {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
        } else if inside && let Some((name, _)) = line.split_once(['=', '.']) {
            names.insert(name.trim().to_owned());
        }
    }
    names.retain(|name| !name.starts_with('#') && !name.contains(' '));
    names
}

// ---- who may know whom ----------------------------------------------------------------------------------------------

#[test]
fn core_has_no_crate_that_could_do_something() {
    let forbidden =
        ["axum", "fastrand", "hyper", "keyring", "rand", "reqwest", "rusqlite", "tauri", "tokio", "tracing"];
    let of_core = dependencies("src-tauri/core/Cargo.toml");
    assert!(of_core.contains("serde_json"), "the manifest of core was not understood");
    let wrongs: Vec<String> =
        of_core.into_iter().filter(|name| forbidden.iter().any(|f| name.starts_with(f)) || is_ours(name)).collect();
    assert_none(&wrongs, "core decides and does nothing: these dependencies belong to engine");
}

fn is_ours(name: &str) -> bool {
    name.starts_with("checkstand")
}

#[test]
fn engine_does_not_know_the_window() {
    let wrongs: Vec<String> = dependencies("src-tauri/engine/Cargo.toml")
        .into_iter()
        .filter(|name| name.starts_with("tauri") || name.starts_with("specta") || name == "checkstand")
        .collect();
    assert_none(&wrongs, "only src-tauri/src knows Tauri");
}

#[test]
fn the_far_end_knows_nothing_of_core_but_plain_data() {
    let mut wrongs = Vec::new();
    let mut seen = 0;
    for (path, text) in rust("src-tauri/simulator/src") {
        for rest in code(&text).split("checkstand_core").skip(1) {
            seen += 1;
            let module = words(rest).next().unwrap_or_default().to_owned();
            if !rest.starts_with("::") || !["message", "secret"].contains(&module.as_str()) {
                wrongs.push(format!("{path}: checkstand_core::{module}"));
            }
        }
    }
    assert!(seen > 0, "the simulator speaks requests and replies of core");
    assert_none(
        &wrongs,
        "a simulator that shares the product's shapes cannot catch a wrong one: use message and secret only",
    );
}

#[test]
fn the_two_providers_never_import_each_other() {
    let mut wrongs = Vec::new();
    for (path, text) in rust("src-tauri/core/src/provider") {
        let others = if path.contains("provider/mispay") { ["multipay", "MultiPay"] } else { ["mispay", "MisPay"] };
        wrongs.extend(words(&code(&text)).filter(|word| others.contains(word)).map(|word| format!("{path}: {word}")));
    }
    assert_none(&wrongs, "what two providers share goes to provider.rs");
}

#[test]
fn core_names_no_module_above_the_one_that_uses_it() {
    // What each module of core may import, beside itself. A new arrow is a decision: write it here with its commit.
    let arrows: &[(&str, &[&str])] = &[
        ("secret", &[]),
        ("loose", &[]),
        ("agenda", &[]),
        ("problem", &[]),
        ("money", &[]),
        ("payment", &["money"]),
        ("people", &["money", "problem", "secret"]),
        ("shift", &["money", "payment"]),
        ("store", &["money", "people", "shift"]),
        ("message", &["payment", "people", "secret"]),
        ("ask", &["message", "money", "payment", "people", "secret", "store"]),
        ("limits", &["ask", "money", "problem"]),
        ("book", &["payment", "shift", "store"]),
        ("provider", &["agenda", "book", "loose", "message", "money", "payment", "problem", "secret"]),
        (
            "till",
            &[
                "ask", "book", "limits", "message", "money", "payment", "people", "problem", "provider", "secret",
                "shift", "store",
            ],
        ),
    ];
    let mut wrongs = Vec::new();
    for (path, text) in rust("src-tauri/core/src") {
        let module = path.trim_start_matches("src-tauri/core/src/").split(['/', '.']).next().unwrap_or_default();
        let Some((_, allowed)) = arrows.iter().find(|(name, _)| *name == module) else {
            assert!(module == "lib" || is_test(&path), "{path}: say in this test what the module {module} may import");
            continue;
        };
        for rest in code(&text).split("crate::").skip(1) {
            let used = words(rest).next().unwrap_or_default();
            if used != module && !allowed.contains(&used) {
                wrongs.push(format!("{path}: crate::{used}"));
            }
        }
    }
    assert_none(&wrongs, "an arrow that docs/ARCHITECTURE.md does not have");
}

// ---- what the code may not hold -------------------------------------------------------------------------------------

#[test]
fn money_never_meets_a_float() {
    let mut files = rust("src-tauri/core/src");
    files.extend(rust("src-tauri/engine/src").into_iter().filter(|(path, _)| path.contains("ledger")));
    files.extend(rust("src-tauri/simulator/src"));
    let mut wrongs = Vec::new();
    for (path, text) in files {
        wrongs.extend(
            words(&code(&text)).filter(|word| ["f32", "f64"].contains(word)).map(|word| format!("{path}: {word}")),
        );
    }
    assert_none(&wrongs, "money is whole minor units");
}

#[test]
fn the_product_never_unwraps() {
    let wrongs: Vec<String> = rust("src-tauri")
        .into_iter()
        .filter(|(path, text)| !is_test(path) && code(text).contains(".unwrap()"))
        .map(|(path, _)| path)
        .collect();
    assert_none(&wrongs, "return the error, or `expect` with the reason why it holds");
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut wrongs = Vec::new();
    for (path, text) in ["src-tauri", "ui", "tests"].into_iter().flat_map(texts) {
        let counts = [".rs", ".ts", ".svelte"].iter().any(|ending| path.ends_with(ending));
        let most = if is_test(&path) { TEST_LINES_MAX } else { LINES_MAX };
        let lines = text.lines().count();
        if counts && !path.ends_with("bindings.ts") && lines > most {
            wrongs.push(format!("{path}: {lines} of {most} lines"));
        }
    }
    assert_none(&wrongs, "a file that is too long holds two things: give the second its own");
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    // Put together, so that this file does not find itself.
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("C:\\Us", "ers")];
    let mut wrongs = Vec::new();
    for (path, text) in texts("") {
        for (number, line) in text.lines().enumerate() {
            if paths.iter().any(|machine| line.contains(machine)) {
                wrongs.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_none(&wrongs, "a path of one machine means nothing on another");
}

#[test]
fn dependencies_come_from_the_public_registries() {
    let mut wrongs = Vec::new();
    for line in read("Cargo.lock").lines().filter_map(|line| line.strip_prefix("source = ")) {
        if line != r#""registry+https://github.com/rust-lang/crates.io-index""# {
            wrongs.push(format!("Cargo.lock: {line}"));
        }
    }
    for (path, text) in texts("ui").into_iter().filter(|(path, _)| path.ends_with("package-lock.json")) {
        for line in text.lines().filter(|line| line.contains(r#""resolved":"#)) {
            if !line.contains(r#""https://registry.npmjs.org/"#) {
                wrongs.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    for (path, text) in texts("").into_iter().filter(|(path, _)| path.ends_with(".npmrc") || path.contains(".cargo/")) {
        wrongs.extend(text.lines().filter(|line| line.contains("://")).map(|line| format!("{path}: {line}")));
    }
    assert_none(&wrongs, "everyone who clones this must be able to fetch it");
}

#[test]
fn banned_crates_are_not_in_the_lock_file() {
    let lock = read("Cargo.lock");
    assert!(lock.contains("name = \"serde_json\""), "the lock file was not understood");
    let wrongs: Vec<String> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = ")?.trim_matches('"').into())
        .filter(|name| BANNED_CRATES.contains(name))
        .map(str::to_owned)
        .collect();
    assert_none(&wrongs, "deny.toml says why");
    let deny = read("deny.toml");
    for name in BANNED_CRATES.iter().filter(|name| **name != "openssl") {
        assert!(deny.contains(&format!("\"{name}\"")), "deny.toml does not ban {name}");
    }
}

#[test]
fn serde_json_keeps_numbers_as_it_does_by_default() {
    // With `arbitrary_precision`, wherever it is switched on, this keeps its digits.
    let number: Value = serde_json::from_str("0.1000000000000000000000000000001").unwrap();
    assert_eq!(number.to_string(), "0.1");
    let wrongs: Vec<String> = texts("")
        .into_iter()
        .filter(|(path, text)| path.ends_with("Cargo.toml") && text.contains("arbitrary_precision"))
        .map(|(path, _)| path)
        .collect();
    assert_none(&wrongs, "deny.toml says why");
}

// ---- what tests and docs promise ------------------------------------------------------------------------------------

#[test]
fn a_test_that_names_a_rule_names_one_that_exists() {
    let mut wrongs = Vec::new();
    for (path, text) in rust("tests").into_iter().chain(rust("src-tauri")) {
        for name in text.split("fn r").skip(1).filter_map(|rest| words(rest).next()) {
            let Some((number, rest)) = name.split_once('_') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            if !(1..=RULE_NUMBER_MAX).contains(&number) || rest.is_empty() {
                wrongs.push(format!("{path}: r{name}"));
            }
        }
    }
    assert_none(&wrongs, "the rules are numbered 1 to 63");
}

#[test]
fn every_sample_of_the_papers_is_read_by_a_test() {
    let Ok(test) = fs::read_to_string(root().join("tests/papers.rs")) else {
        panic!("tests/papers.rs reads the samples of tests/papers")
    };
    let index = read("tests/papers/README.md");
    let mut wrongs = Vec::new();
    for (path, _) in texts("tests/papers") {
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_sample = name.ends_with(".json") || name.ends_with(".txt");
        if is_sample && !test.contains(name) {
            wrongs.push(format!("{name} is not named in tests/papers.rs"));
        }
        let stem = name.split('.').next().unwrap_or_default();
        let tail = stem.rsplit_once('-').map_or(stem, |(_, tail)| tail);
        if is_sample && !index.contains(stem) && !index.contains(&format!("-{tail}")) {
            wrongs.push(format!("{name} is not named in tests/papers/README.md"));
        }
    }
    assert_none(&wrongs, "a sample that nobody reads proves nothing");
}

#[test]
fn planted_bugs_are_numbered_without_gaps_and_say_what_they_break() {
    let patches: Vec<(String, String)> =
        texts("tests/planted").into_iter().filter(|(path, _)| path.ends_with(".patch")).collect();
    assert!(patches.len() >= 40, "a test suite that finds no planted bug is not known to find any");
    let mut with_every_check = BTreeSet::new();
    for (index, (path, text)) in patches.iter().enumerate() {
        let name = path.rsplit('/').next().unwrap_or_default();
        assert!(name.starts_with(&format!("{:02}-", index + 1)), "{name}: expected number {:02}", index + 1);
        assert!(text.starts_with("Subject: "), "{name}: the first line names the rule that the bug breaks");
        let headers: Vec<(&str, &str)> =
            text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": ")).collect();
        let header = |wanted: &str| headers.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
        let known = |(key, value): &(&str, &str)| match *key {
            "Subject" | "Filter" => !value.is_empty(),
            "Found-by" => *value == "chaos",
            "Tests" => ["engine", "hostile"].contains(value),
            "Ci" => *value == "yes",
            _ => false,
        };
        let strange: Vec<_> = headers.iter().filter(|header| !known(header)).collect();
        assert!(strange.is_empty(), "{name}: tests/planted/run.sh does not understand {strange:?}");
        let elsewhere = header("Tests");
        assert!(elsewhere.is_none() || header("Filter").is_some(), "{name}: which tests, or parsers, look for it");
        assert!(elsewhere.is_none() || header("Found-by").is_none(), "{name}: the seeds know the core only");
        let touched = text.lines().filter(|line| line.starts_with("+++ ")).collect::<Vec<_>>();
        let may_touch = |line: &&str| {
            let of = |room: &str| line.starts_with(&format!("+++ b/src-tauri/{room}/src/"));
            of("core") || (elsewhere.is_some() && of("engine"))
        };
        assert!(!touched.is_empty() && touched.iter().all(may_touch), "{name}: bugs are planted in the product only");
        if header("Ci").is_some() {
            with_every_check.insert(header("Tests").unwrap_or("till"));
        }
    }
    assert_eq!(with_every_check.len(), 2, "every check plants bugs in core and in the engine");
}

/// The variants of a public enum of core, in snake case.
fn variants(path: &str, name: &str) -> Vec<String> {
    let text = read(path);
    let body =
        text.split(&format!("pub enum {name} {{\n")).nth(1).unwrap_or_else(|| panic!("{path} has no enum {name}"));
    let body = body.split("\n}\n").next().unwrap_or_default();
    let at_first_level = body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
    let names = at_first_level.map(str::trim).filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.map(|line| snake(words(line).next().unwrap_or_default())).collect()
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[test]
fn every_state_reason_flag_and_event_stands_in_the_architecture() {
    let doc = read("docs/ARCHITECTURE.md");
    let mut wrongs = Vec::new();
    let mut seen = 0;
    let of_payments = ["State", "Doubt", "Ending", "Flag", "Event"].map(|name| ("payment.rs", name));
    for (file, name) in of_payments.into_iter().chain([("store.rs", "StoreEvent"), ("people.rs", "Permission")]) {
        for variant in variants(&format!("src-tauri/core/src/{file}"), name) {
            seen += 1;
            if !doc.contains(&format!("`{variant}`")) {
                wrongs.push(format!("{name}: `{variant}`"));
            }
        }
    }
    assert!(seen > 40, "only {seen} variants were found: the enums have moved");
    assert_none(&wrongs, "docs/ARCHITECTURE.md explains each of them; these are missing");
}

#[test]
fn every_assumption_has_a_row_with_its_file() {
    let doc = read("docs/PROVIDERS.md");
    let mut wrongs = Vec::new();
    let mut seen = 0;
    for (path, text) in rust("src-tauri/core/src").into_iter().chain(rust("src-tauri/engine/src")) {
        let assumed = text.matches("// Assumed").count();
        seen += assumed;
        let short = path.trim_start_matches("src-tauri/");
        let rows = doc.lines().filter(|line| line.starts_with('|') && line.contains(&format!("`{short}`"))).count();
        if rows < assumed {
            wrongs.push(format!("{short}: {assumed} marks, {rows} rows"));
        }
    }
    assert!(seen > 0, "the marks have changed their spelling");
    assert_none(&wrongs, "docs/PROVIDERS.md has a row for each `// Assumed`");
}

#[test]
fn every_world_switch_stands_with_its_question() {
    let doc = read("docs/PROVIDERS.md");
    let text = read("src-tauri/simulator/src/world.rs");
    let body = text.split("pub struct World {\n").nth(1).and_then(|rest| rest.split("\n}\n").next()).unwrap();
    let fields: Vec<&str> =
        body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next()).collect();
    assert!(fields.len() > 30, "the switches have moved");
    let wrongs: Vec<String> =
        fields.into_iter().filter(|field| !doc.contains(&format!("`{field}`"))).map(str::to_owned).collect();
    assert_none(&wrongs, "docs/PROVIDERS.md names the switch of each open question");
}

#[test]
fn every_problem_code_stands_in_the_catalogue() {
    let doc = read("docs/OPERATING.md");
    let mut codes = BTreeSet::new();
    for (_, text) in rust("src-tauri").into_iter().filter(|(path, _)| !is_test(path)) {
        let said = text.split("Problem::new(\"").skip(1).filter_map(|rest| rest.split('"').next());
        codes.extend(said.map(str::to_owned));
    }
    assert!(codes.len() > 60, "only {} codes were found: problems are made in another way", codes.len());
    for (_, text) in texts("ui/src/components").into_iter().filter(|(path, _)| path.contains("/problems")) {
        let keys = text.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "));
        let entries = keys.filter(|(_, rest)| rest.starts_with('['));
        codes.extend(entries.map(|(code, _)| code.to_owned()));
    }
    let wrongs: Vec<String> = codes.into_iter().filter(|code| !doc.contains(&format!("`{code}`"))).collect();
    assert_none(&wrongs, "docs/OPERATING.md tells of each code what happened, whether money was taken, and what to do");
}

#[test]
fn the_docs_point_at_things_that_exist() {
    let mut wrongs = Vec::new();
    for doc in ["README.md", "docs/ARCHITECTURE.md", "docs/OPERATING.md", "docs/PROVIDERS.md", "docs/STYLE.md"] {
        let text = read(doc);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let base = root().join(doc);
            let base = base.parent().unwrap();
            if !target.is_empty() && !target.contains("://") && !base.join(target).exists() {
                wrongs.push(format!("{doc}: {target}"));
            }
        }
        // Paths in code marks; in the tables the rooms stand without src-tauri.
        for path in text.split('`').skip(1).step_by(2).filter(|mark| mark.contains('/') && mark.ends_with(".rs")) {
            let is_there = root().join(path).exists() || root().join("src-tauri").join(path).exists();
            if !is_there && !path.contains(['<', '…', ' ']) {
                wrongs.push(format!("{doc}: {path}"));
            }
        }
    }
    assert_none(&wrongs, "a link to nowhere");
}
