//! The settings: one TOML file that a person may edit, read at start and replaced as a whole. No secret is ever in it.

mod older;
pub mod paths;
mod rules;

#[cfg(test)]
mod tests;

pub use rules::{LANGUAGES, MULTIPAY_CURRENCIES, known_hosts};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A settings file larger than this is none of ours.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The format of the file that this program writes. It reads all before it, and none behind it.
pub const FORMAT: u32 = 2;

/// Which money moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// None: the far ends are simulated in this process.
    #[default]
    Training,
    /// Play money, at the providers' test systems.
    Test,
    /// Money.
    Live,
}

impl Mode {
    /// The mode's word, in files and folders.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Training => "training",
            Mode::Test => "test",
            Mode::Live => "live",
        }
    }

    /// The mode behind its word.
    pub fn parse(name: &str) -> Option<Mode> {
        [Mode::Training, Mode::Test, Mode::Live].into_iter().find(|mode| mode.name() == name)
    }
}

/// Everything that can be set. What a file leaves out has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The file's format. A file of the first format names none.
    #[serde(default = "older::first_format")]
    pub version: u32,
    /// Chosen at start, never per payment.
    pub mode: Mode,
    /// The store's name, on receipts.
    pub store: String,
    /// This till's name, in each entry of the ledger.
    pub terminal: String,
    /// The store's time zone, by its IANA name. Empty: the machine's.
    pub zone: String,
    /// A business day begins so many minutes after midnight.
    pub day_cutoff_min: u32,
    /// Whoever is signed in is signed out after so many minutes without a touch; 0: never.
    pub lock_after_min: u32,
    /// What the screens speak, by its ISO 639-1 code; one of [`LANGUAGES`].
    pub language: String,
    /// A PEM file with root certificates to trust besides the system's own. For test hosts: refused in Live.
    pub extra_root_ca: Option<PathBuf>,
    /// Everything on the wires is written to a file, without its secrets. For the first day on a test system: refused in Live.
    pub record_wire: bool,
    /// How much a sale may be, by ISO 4217 currency.
    pub limits: BTreeMap<String, AmountLimits>,
    /// MIS Pay In-Store.
    pub mispay: MispaySettings,
    /// PayEx MultiPay.
    pub multipay: MultipaySettings,
}

/// How much a sale in one currency may be: decimal text such as `200.00`. Empty: no such limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmountLimits {
    /// No less than this.
    pub min: String,
    /// No more than this.
    pub max: String,
    /// More than this is asked about once more before it is charged.
    pub confirm_above: String,
}

/// MIS Pay's paper, and what it leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MispaySettings {
    /// Without a slash at its end. Empty: the known one of the mode; see [`Settings::mispay_base_url`].
    pub base_url: String,
    /// Which paper is followed.
    pub contract: MispayContract,
    /// How a refund is asked for.
    pub refund_verb: Verb,
    /// The fewest digits of a customer's code.
    pub code_digits_min: u32,
    /// The most digits of a customer's code.
    pub code_digits_max: u32,
    /// How long a customer's code works, in minutes.
    pub code_life_min: u32,
    /// How long a customer usually has to approve, in minutes: the deadline that the cashier sees. No payment ends by it.
    pub window_min: u32,
    /// Details exist only for completed purchases, so that a purchase number that is ours proves payment.
    // Assumed: they may exist earlier, as the paper says nothing about it.
    pub details_only_when_completed: bool,
}

/// The papers of MIS Pay that this till can follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MispayContract {
    /// The In-Store paper of 2023.
    #[default]
    #[serde(rename = "instore-2023")]
    Instore2023,
}

impl MispayContract {
    /// Its name, in the file.
    pub fn name(self) -> &'static str {
        match self {
            MispayContract::Instore2023 => "instore-2023",
        }
    }
}

/// An HTTP method; for MultiPay, who makes the payment id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// PayEx's paper, and what it leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultipaySettings {
    /// The whole URL. Empty: the known one of the mode; see [`Settings::multipay_token_url`].
    pub token_url: String,
    /// ws or wss. Empty: the known one of the mode; see [`Settings::multipay_socket_url`].
    pub socket_url: String,
    /// What PayEx calls this till.
    pub terminal_id: String,
    /// `post`: the till makes the payment id; `get`: the provider does.
    pub flow: Verb,
    /// The currency that is offered first: NOK, SEK, EUR or USD.
    pub currency: String,
    /// How long a customer usually has to approve, in minutes: the deadline that the cashier sees. No payment ends by it.
    pub window_min: u32,
    /// A ping leaves so often, in seconds; a line that is silent for two and a half times as long is dead.
    pub heartbeat_s: u32,
    /// How amounts are written on the wire.
    pub amount_unit: AmountUnit,
    /// The unit that a person has seen to be right: the phone showed what the till had charged. Another unit must be seen
    /// again. Needed before Live: a wrong one charges a hundredfold.
    #[serde(deserialize_with = "older::unit_or_yes", skip_serializing_if = "Confirmed::is_none")]
    pub amount_unit_confirmed: Confirmed,
    /// Whether a refund may be of less than all.
    pub partial_refunds: bool,
}

/// How amounts are written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmountUnit {
    /// `20105`
    Minor,
    /// `201.05`
    Decimal,
}

/// Which unit of amounts a person has seen to be right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirmed {
    /// None yet.
    #[default]
    None,
    /// Minor units.
    Minor,
    /// Decimals.
    Decimal,
    /// Whichever stands beside it: the word of the first format, gone once the file was loaded.
    Present,
}

impl Confirmed {
    fn is_none(&self) -> bool {
        *self == Confirmed::None
    }
}

impl From<AmountUnit> for Confirmed {
    fn from(unit: AmountUnit) -> Confirmed {
        match unit {
            AmountUnit::Minor => Confirmed::Minor,
            AmountUnit::Decimal => Confirmed::Decimal,
        }
    }
}

impl MultipaySettings {
    /// Whether a person has seen that this unit is right.
    pub fn is_unit_confirmed(&self) -> bool {
        self.amount_unit_confirmed == Confirmed::from(self.amount_unit)
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            version: FORMAT,
            mode: Mode::default(),
            store: String::new(),
            terminal: "till-1".to_owned(),
            zone: String::new(),
            day_cutoff_min: 0,
            lock_after_min: 5,
            language: "en".to_owned(),
            extra_root_ca: None,
            record_wire: false,
            limits: BTreeMap::new(),
            mispay: MispaySettings::default(),
            multipay: MultipaySettings::default(),
        }
    }
}

impl Default for MispaySettings {
    fn default() -> MispaySettings {
        MispaySettings {
            base_url: String::new(),
            contract: MispayContract::default(),
            refund_verb: Verb::Get,
            code_digits_min: 4,
            code_digits_max: 12,
            code_life_min: 15,
            window_min: 15,
            details_only_when_completed: false,
        }
    }
}

impl Default for MultipaySettings {
    fn default() -> MultipaySettings {
        MultipaySettings {
            token_url: String::new(),
            socket_url: String::new(),
            terminal_id: String::new(),
            flow: Verb::Post,
            currency: "NOK".to_owned(),
            window_min: 10,
            heartbeat_s: 10,
            amount_unit: AmountUnit::Minor,
            amount_unit_confirmed: Confirmed::None,
            partial_refunds: false,
        }
    }
}

/// Why settings cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not ours to read, or the disk fails. Whoever looks after this machine can mend it.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that cannot be understood. Whoever edited it can mend it; nothing was changed.
    #[error("{}, line {line}, {key}: {what}", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The setting, with its section: `mispay.base_url`; empty where the line names none.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A newer version of this program wrote the file. Whoever installs it can mend it; nothing was changed.
    #[error("{} was written by a newer version: its format is {format}, and this one knows {FORMAT}", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// The settings cannot be written as TOML. Our own mistake.
    #[error("the settings cannot be written: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl SettingsError {
    /// Its text is in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            SettingsError::File { .. } | SettingsError::Broken { .. } | SettingsError::Unwritable(_) => {
                "settings_invalid"
            }
            SettingsError::Newer { .. } => "settings_newer",
        }
    }
}

/// The names of the settings that differ: `mispay.base_url`.
pub fn changes(old: &Settings, new: &Settings) -> Vec<String> {
    let table = |settings| toml::Table::try_from(settings).unwrap_or_default();
    differing(&table(old), &table(new))
}

/// One setting that differs, as it stands in both files; empty where it stands in neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// With its section: `mispay.base_url`.
    pub name: String,
    /// In the old settings.
    pub from: String,
    /// In the new ones.
    pub to: String,
}

/// What differs between two settings, in words of the file.
pub fn differences(old: &Settings, new: &Settings) -> Vec<Difference> {
    let table = |settings| toml::Table::try_from(settings).unwrap_or_default();
    let (before, after) = (table(old), table(new));
    let said = |table: &toml::Table, name: &str| {
        let mut parts = name.split('.');
        let first = parts.next().and_then(|part| table.get(part));
        let value = parts.fold(first, |value, part| value?.get(part));
        value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
    };
    let each = |name: String| Difference { from: said(&before, &name), to: said(&after, &name), name };
    changes(old, new).into_iter().map(each).collect()
}

fn differing(old: &toml::Table, new: &toml::Table) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nothing = toml::Value::Table(toml::Table::new());
    let mut found = Vec::new();
    for name in names {
        match (old.get(name), new.get(name)) {
            (before, after) if before == after => {}
            (Some(toml::Value::Table(_)) | None, Some(toml::Value::Table(_)) | None) => {
                let inner =
                    |table: &toml::Table| table.get(name).unwrap_or(&nothing).as_table().cloned().unwrap_or_default();
                found.extend(differing(&inner(old), &inner(new)).into_iter().map(|key| format!("{name}.{key}")));
            }
            _ => found.push(name.clone()),
        }
    }
    found
}

/// Reads the settings. Where there is no file, they are the defaults: training.
///
/// # Errors
/// [`SettingsError::File`] or [`SettingsError::Broken`]. A broken file is never taken for a missing one.
pub fn load(path: &Path) -> Result<Settings, SettingsError> {
    let failed = |source| SettingsError::File { path: path.to_owned(), source };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "larger than settings are")));
    }
    read(&text, path)
}

/// Reads settings from a file's text. `path` is for what is said about it only.
///
/// # Errors
/// [`SettingsError::Broken`] or [`SettingsError::Newer`].
pub fn read(text: &str, path: &Path) -> Result<Settings, SettingsError> {
    if let Some(format) = older::format_of(text).filter(|format| *format > FORMAT) {
        return Err(SettingsError::Newer { path: path.to_owned(), format });
    }
    // What was cut off at its very beginning must not turn a shop into training.
    if text.trim().is_empty() {
        let what = "it is empty; remove it to begin anew".to_owned();
        return Err(SettingsError::Broken { path: path.to_owned(), line: 1, key: String::new(), what });
    }
    let settings: Settings = toml::from_str(text).map_err(|error| {
        let (line, key) = place(text, error.span().map_or(0, |span| span.start));
        SettingsError::Broken { path: path.to_owned(), line, key, what: error.message().to_owned() }
    })?;
    Ok(settings.in_this_format().tidied())
}

/// The settings as the text of a file.
///
/// # Errors
/// [`SettingsError::Unwritable`].
pub fn text(settings: &Settings) -> Result<String, SettingsError> {
    Ok(toml::to_string_pretty(&settings.clone().tidied())?)
}

/// Replaces the settings file as a whole: after a crash there is either the old one or the new one. Validate first.
///
/// # Errors
/// [`SettingsError::File`]; the old file is then as it was.
pub fn save(path: &Path, settings: &Settings) -> Result<(), SettingsError> {
    let text = text(settings)?;
    replace(path, text.as_bytes()).map_err(|source| SettingsError::File { path: path.to_owned(), source })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    paths::make_dir(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    paths::sync_dir(dir)
}

/// The line of a place in the file, from 1, and the setting that stands there.
fn place(text: &str, at: usize) -> (usize, String) {
    let before = text.get(..at).unwrap_or(text);
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or("").trim();
    let heading =
        |line: &str| line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim).map(str::to_owned);
    if let Some(section) = heading(line) {
        return (number + 1, section);
    }
    let key = line.split('=').next().unwrap_or("").trim();
    let section = text.lines().take(number).filter_map(|line| heading(line.trim())).last();
    (number + 1, section.map_or(key.to_owned(), |section| format!("{section}.{key}")))
}
