use super::paths::Paths;
use super::*;
use checkstand_core::problem::Problem;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// What loading this text answers.
fn load_text(text: &str) -> Result<Settings, SettingsError> {
    let dir = folder();
    let path = dir.path().join("settings.toml");
    std::fs::write(&path, text).expect("a file");
    load(&path)
}

/// The line, the key and the words of a broken file.
fn broken(text: &str) -> (usize, String, String) {
    match load_text(text) {
        Err(SettingsError::Broken { line, key, what, .. }) => (line, key, what),
        other => panic!("not broken: {other:?}"),
    }
}

fn codes(settings: &Settings) -> Vec<(&'static str, String)> {
    let field = |problem: &Problem| problem.fields.get("field").cloned().unwrap_or_default();
    settings.validate().iter().map(|problem| (problem.code, field(problem))).collect()
}

fn live() -> Settings {
    let mut settings = Settings { mode: Mode::Live, store: "Corner shop".to_owned(), ..Settings::default() };
    settings.mispay.base_url = "https://api.mispay.co/v1/in-store".to_owned();
    settings.multipay.token_url = "https://apm.payex.com/authorization/oauth/token".to_owned();
    settings.multipay.socket_url = "wss://apm.payex.com/ws".to_owned();
    settings.multipay.terminal_id = "T-17".to_owned();
    settings.multipay.amount_unit_confirmed = Confirmed::Minor;
    settings
}

#[test]
fn a_first_start_is_training_with_nothing_to_reach() {
    let settings = load(&folder().path().join("none.toml")).expect("defaults");
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.mode, Mode::Training);
    assert_eq!(
        [settings.mispay_base_url(), settings.multipay_token_url(), settings.multipay_socket_url()],
        ["", "", ""]
    );
    assert_eq!((settings.mispay.code_digits_min, settings.mispay.code_digits_max), (4, 12));
    assert_eq!(codes(&settings), []);
}

#[test]
fn test_mode_knows_the_test_systems_and_live_knows_none() {
    let settings = load_text("mode = \"test\"").expect("settings");
    assert_eq!(settings.mispay_base_url(), "https://api-sandbox.mispay.dev/v1/in-store");
    assert_eq!(settings.multipay_token_url(), "https://apm.dev.payex.com/authorization/oauth/token");
    assert_eq!(settings.multipay_socket_url(), "wss://apm.dev.payex.com/ws");
    assert_eq!(codes(&settings), []);
    let settings = load_text("mode = \"live\"").expect("settings");
    assert_eq!(settings.mispay_base_url(), "");
    assert_eq!(settings.multipay_socket_url(), "");
}

#[test]
fn what_was_saved_is_loaded() {
    let dir = folder();
    let path = dir.path().join("deeper/settings.toml");
    let mut settings = live();
    settings.mispay.refund_verb = Verb::Post;
    settings.multipay.flow = Verb::Get;
    settings.multipay.amount_unit = AmountUnit::Decimal;
    settings.multipay.partial_refunds = true;
    settings.extra_root_ca = Some("/etc/test-root.pem".into());
    let limits = AmountLimits { min: "1.00".to_owned(), max: "3000.00".to_owned(), confirm_above: String::new() };
    settings.limits.insert("SAR".to_owned(), limits);
    save(&path, &settings).expect("saved");
    assert_eq!(load(&path).expect("loaded"), settings);
    save(&path, &Settings::default()).expect("saved again");
    assert_eq!(load(&path).expect("loaded again"), Settings::default());
    let names: Vec<_> = std::fs::read_dir(path.parent().expect("a folder")).expect("a list").collect();
    assert_eq!(names.len(), 1, "nothing but the settings stays behind");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.contains("contract = \"instore-2023\""), "{text}");
}

#[test]
fn blanks_and_slashes_at_the_ends_are_dropped() {
    let settings =
        load_text("store = \" Corner \"\n[mispay]\nbase_url = \" https://example.com/v1/ \"\n").expect("settings");
    assert_eq!(settings.store, "Corner");
    assert_eq!(settings.mispay.base_url, "https://example.com/v1");
    let odd = load_text("version = 2\n[mispay]\nbase_url = \" https://127.0.0.1/pay / / \"\n").expect("it is read");
    assert_eq!(odd.mispay.base_url, "https://127.0.0.1/pay");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let (line, key, what) = broken("mode = \"test\"\n\n[mispay]\nbase_ulr = \"https://example.com\"\n");
    assert_eq!((line, key.as_str()), (4, "mispay.base_ulr"));
    assert!(what.contains("unknown field `base_ulr`"), "{what}");
    assert_eq!(broken("app_secret = \"x\"").1, "app_secret");
    assert_eq!(broken("[printer]\nname = \"x\"").1, "printer");
}

#[test]
fn a_wrong_type_is_named_with_its_line() {
    let (line, key, what) = broken("store = \"a\"\n[mispay]\ncode_digits_min = \"four\"\n");
    assert_eq!((line, key.as_str()), (3, "mispay.code_digits_min"));
    assert!(what.contains("invalid type"), "{what}");
    assert_eq!(broken("[multipay]\npartial_refunds = 1\n").1, "multipay.partial_refunds");
    assert_eq!(broken("[mispay]\ncode_life_min = -1\n").1, "mispay.code_life_min");
    assert_eq!(broken("mode = \"production\"\n").1, "mode");
    assert_eq!(broken("[mispay]\ncontract = \"instore-2031\"\n").1, "mispay.contract");
}

#[test]
fn a_half_written_file_is_broken_and_stays_as_it_is() {
    let dir = folder();
    let path = dir.path().join("settings.toml");
    save(&path, &live()).expect("saved");
    let whole = std::fs::read_to_string(&path).expect("text");
    let at = whole.find("socket_url").expect("the key") + "socket_url = \"ws".len();
    let half = &whole[..at];
    std::fs::write(&path, half).expect("a file");
    match load(&path) {
        Err(SettingsError::Broken { line, key, .. }) => {
            assert_eq!((line, key.as_str()), (half.lines().count(), "multipay.socket_url"));
        }
        other => panic!("not broken: {other:?}"),
    }
    assert_eq!(std::fs::read_to_string(&path).expect("text"), half);
    for nothing in ["", "\n", " \n\n"] {
        std::fs::write(&path, nothing).expect("a file");
        assert!(matches!(load(&path), Err(SettingsError::Broken { line: 1, .. })), "an empty file is no training");
    }
}

#[test]
fn what_is_no_text_or_too_much_of_it_is_refused() {
    let dir = folder();
    let path = dir.path().join("settings.toml");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).expect("a file");
    assert!(matches!(load(&path), Err(SettingsError::File { .. })));
    std::fs::write(&path, "#".repeat(70_000)).expect("a file");
    assert!(matches!(load(&path), Err(SettingsError::File { .. })));
}

#[test]
fn a_failed_save_leaves_the_old_file_alone() {
    let dir = folder();
    let file = dir.path().join("settings.toml");
    save(&file, &live()).expect("saved");
    // A folder that is a file: nothing can be made in it, whoever asks.
    let inside = file.join("settings.toml");
    assert!(matches!(save(&inside, &Settings::default()), Err(SettingsError::File { .. })));
    assert_eq!(load(&file).expect("loaded"), live());
    // A target that cannot be replaced: the new text was written beside it and is gone again.
    let folder = dir.path().join("taken");
    std::fs::create_dir_all(folder.join("inner")).expect("folders");
    assert!(matches!(save(&folder, &Settings::default()), Err(SettingsError::File { .. })));
    assert_eq!(std::fs::read_dir(dir.path()).expect("a list").count(), 2);
}

/// Whoever has the old file open goes on reading the old settings: the file was replaced, not written over.
#[cfg(unix)]
#[test]
fn a_save_replaces_the_file_as_a_whole() {
    let dir = folder();
    let path = dir.path().join("settings.toml");
    save(&path, &live()).expect("saved");
    let before = std::fs::read_to_string(&path).expect("text");
    let mut old = std::fs::File::open(&path).expect("the old file");
    save(&path, &Settings::default()).expect("saved again");
    let mut seen = String::new();
    old.read_to_string(&mut seen).expect("text");
    assert_eq!(seen, before);
    assert_eq!(load(&path).expect("loaded"), Settings::default());
}

#[test]
fn the_rules_for_urls() {
    let table = [
        (Mode::Test, "https://example.com/v1", ""),
        (Mode::Test, "https://[2001:db8::1]:8443/v1", ""),
        (Mode::Test, "http://127.0.0.1:4010/v1", ""),
        (Mode::Test, "http://127.8.9.10/v1", ""),
        (Mode::Test, "http://[::1]:4010", ""),
        (Mode::Test, "http://localhost:4010", ""),
        (Mode::Test, "HTTP://LOCALHOST:4010", ""),
        (Mode::Test, "http://example.com", "not_encrypted"),
        (Mode::Test, "http://localhost.example.com", "not_encrypted"),
        (Mode::Test, "http://127.0.0.1.example.com", "not_encrypted"),
        (Mode::Test, "http://128.0.0.1", "not_encrypted"),
        (Mode::Test, "http://0.0.0.0", "not_encrypted"),
        (Mode::Test, "http://[::ffff:127.0.0.1]", "not_encrypted"),
        (Mode::Test, "wss://example.com", "wrong_scheme"),
        (Mode::Test, "ftp://example.com", "wrong_scheme"),
        (Mode::Test, "file:///etc/passwd", "not_a_url"),
        (Mode::Test, "example.com/v1", "not_a_url"),
        (Mode::Test, "https://", "not_a_url"),
        (Mode::Test, "https://exa\tmple.com", "not_a_url"),
        (Mode::Test, "https:\\\\example.com", "not_a_url"),
        (Mode::Test, "https://user:word@example.com", "credentials"),
        (Mode::Test, "https://user@example.com", "credentials"),
        (Mode::Test, "https://@example.com", "credentials"),
        (Mode::Test, "http://localhost@example.com", "not_encrypted"),
        (Mode::Test, "https://example.com/v1?key=1", "query"),
        (Mode::Test, "https://example.com/v1?", "query"),
        (Mode::Test, "https://example.com/v1#top", "query"),
        (Mode::Test, "https://api.mispay.co/v1/in-store", "live_host"),
        (Mode::Test, "https://API.MISPAY.CO./v1", "live_host"),
        (Mode::Test, "https://api-sandbox.mispay.dev/v1/in-store", ""),
        (Mode::Live, "https://api.mispay.co/v1/in-store", ""),
        (Mode::Live, "https://api-sandbox.mispay.dev/v1/in-store", "test_host"),
        (Mode::Live, "https://apm.dev.payex.com:443/x", "test_host"),
        (Mode::Live, "http://api.mispay.co", "not_encrypted"),
        (Mode::Live, "http://127.0.0.1:4010", "test_host"),
        (Mode::Live, "https://localhost/v1", "test_host"),
        (Mode::Live, "https://[::1]:4010", "test_host"),
    ];
    for (mode, url, why) in table {
        let mut settings = Settings { mode, ..Settings::default() };
        settings.mispay.base_url = url.to_owned();
        let problems = settings.validate();
        let found = problems.first().and_then(|problem| problem.fields.get("why")).map_or("", String::as_str);
        assert_eq!(found, why, "{mode:?} {url}");
        assert!(problems.iter().all(|problem| problem.code == "url_not_allowed"), "{mode:?} {url}");
    }
}

#[test]
fn the_rules_for_socket_urls() {
    for (url, why) in [
        ("wss://example.com/ws", ""),
        ("ws://127.0.0.1:4011/ws", ""),
        ("ws://example.com/ws", "not_encrypted"),
        ("https://example.com/ws", "wrong_scheme"),
        ("wss://user:word@example.com/ws", "credentials"),
        ("wss://example.com/ws?token=1", "query"),
    ] {
        let mut settings = Settings { mode: Mode::Test, ..Settings::default() };
        settings.multipay.socket_url = url.to_owned();
        let problems = settings.validate();
        let found = problems.first().and_then(|problem| problem.fields.get("why")).map_or("", String::as_str);
        assert_eq!(found, why, "{url}");
    }
}

#[test]
fn the_rules_for_numbers_and_names() {
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        codes(&settings).into_iter().map(|(_, field)| field).collect::<Vec<_>>()
    };
    assert_eq!(with(|s| (s.mispay.code_digits_min, s.mispay.code_digits_max) = (3, 20)), [""; 0]);
    assert_eq!(with(|s| (s.mispay.code_digits_min, s.mispay.code_digits_max) = (6, 6)), [""; 0]);
    assert_eq!(with(|s| s.mispay.code_digits_min = 2), ["mispay.code_digits_min"]);
    assert_eq!(with(|s| s.mispay.code_digits_max = 21), ["mispay.code_digits_max"]);
    assert_eq!(with(|s| s.mispay.code_digits_min = 13), ["mispay.code_digits_max"]);
    assert_eq!(with(|s| s.mispay.code_life_min = 0), ["mispay.code_life_min"]);
    assert_eq!(with(|s| s.terminal = " ".to_owned()), ["terminal"]);
    assert_eq!(with(|s| s.store = "a\nb".to_owned()), ["store"]);
    assert_eq!(with(|s| s.store = "س".repeat(64)), [""; 0]);
    assert_eq!(with(|s| s.store = "س".repeat(65)), ["store"]);
    assert_eq!(with(|s| s.multipay.terminal_id = "a b".to_owned()), ["multipay.terminal_id"]);
}

#[test]
fn live_needs_a_person_to_confirm_the_unit_of_amounts() {
    let mut settings = live();
    assert_eq!(codes(&settings), []);
    for unseen in [Confirmed::None, Confirmed::Decimal] {
        settings.multipay.amount_unit_confirmed = unseen;
        assert_eq!(codes(&settings), [("amount_unit_unconfirmed", "multipay.amount_unit".to_owned())]);
    }
    settings.mode = Mode::Training;
    assert_eq!(codes(&settings), []);
    settings.mode = Mode::Live;
    settings.multipay = MultipaySettings::default();
    assert_eq!(codes(&settings), []);
}

#[test]
fn arguments_replace_both_places() {
    let paths = Paths::find(Some("/srv/till".into()), Some("/etc/till.toml".into())).expect("paths");
    assert_eq!(paths.settings(), Path::new("/etc/till.toml"));
    assert_eq!(paths.ledger(Mode::Live), Path::new("/srv/till/checkstand/live"));
    if let Ok(paths) = Paths::find(None, None) {
        assert!(paths.settings().ends_with("checkstand/settings.toml"));
        assert!(paths.ledger(Mode::Training).ends_with("checkstand/training"));
    }
}

#[test]
fn a_file_of_the_first_format_is_understood_and_written_in_this_one() {
    let old = "mode = \"test\"\n[multipay]\namount_unit = \"decimal\"\namount_unit_confirmed = true\n";
    let settings = load_text(old).expect("settings");
    assert_eq!((settings.version, settings.multipay.amount_unit_confirmed), (FORMAT, Confirmed::Decimal));
    assert!(settings.multipay.is_unit_confirmed());
    assert_eq!((settings.multipay.heartbeat_s, settings.language.as_str()), (10, "en"), "what is new has its default");
    let text = text(&settings).expect("text");
    assert!(text.contains("version = 2\n") && text.contains("amount_unit_confirmed = \"decimal\"\n"), "{text}");
    let unconfirmed = load_text("[multipay]\namount_unit_confirmed = false\n").expect("settings");
    assert_eq!(unconfirmed.multipay.amount_unit_confirmed, Confirmed::None);
    assert_eq!(broken("[multipay]\namount_unit_confirmed = \"cents\"\n").1, "multipay.amount_unit_confirmed");
}

#[test]
fn a_file_of_a_newer_version_is_not_guessed_at() {
    let newer = load_text("version = 3\nmode = \"live\"\nsomething_new = true\n");
    assert!(matches!(newer, Err(SettingsError::Newer { format: 3, .. })), "{newer:?}");
}

#[test]
fn the_rules_for_limits_and_for_what_is_refused_in_live() {
    let limited = |currency: &str, min: &str, max: &str, confirm_above: &str| {
        let [min, max, confirm_above] = [min, max, confirm_above].map(str::to_owned);
        let mut settings = Settings::default();
        settings.limits.insert(currency.to_owned(), AmountLimits { min, max, confirm_above });
        let limit = |problem: Problem| problem.fields.get("limit").cloned().unwrap_or_default();
        settings.validate().into_iter().map(limit).collect::<Vec<_>>()
    };
    assert_eq!(limited("SAR", "200.00", "3000", "1000.5"), [""; 0]);
    assert_eq!(limited("SAR", "", "", ""), [""; 0]);
    assert_eq!(limited("SAR", "0", "", ""), ["min"]);
    assert_eq!(limited("SAR", "two", "", ""), ["min"]);
    assert_eq!(limited("SAR", "", "10.001", ""), ["max"]);
    assert_eq!(limited("SAR", "20", "10", ""), ["max"]);
    assert_eq!(limited("NOK", "", "", "-1"), ["confirm_above"]);
    assert_eq!(limited("GBP", "", "10", ""), ["currency"]);
    let mut settings = live();
    (settings.extra_root_ca, settings.record_wire) = (Some("/etc/test-root.pem".into()), true);
    let refused = ["extra_root_ca", "record_wire"].map(|field| ("not_in_live", field.to_owned()));
    assert_eq!(codes(&settings), refused);
    settings.mode = Mode::Test;
    // The other way round: a live host is none for the test mode.
    assert_eq!(codes(&settings), [("url_not_allowed", "mispay.base_url".to_owned())]);
    settings.mispay.base_url.clear();
    assert_eq!(codes(&settings), []);
}
