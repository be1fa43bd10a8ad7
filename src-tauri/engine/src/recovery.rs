//! A manager's forgotten PIN. Somebody with the machine's administrator rights leaves a file where only they can write; while
//! it is there, the manager that it names may choose a new PIN. The journal keeps the file's token, so that it works once.

use std::path::{Path, PathBuf};

/// Longer files are none of an administrator's.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// What an administrator left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The manager.
    pub name: String,
    /// Anything that was not used before.
    pub token: String,
}

/// Where the file lies: a folder that ordinary users cannot write to.
pub fn default_path() -> PathBuf {
    #[cfg(target_os = "windows")]
    let folder = PathBuf::from(std::env::var_os("ProgramData").unwrap_or_else(|| "C:\\ProgramData".into()));
    #[cfg(target_os = "macos")]
    let folder = PathBuf::from("/Library/Application Support");
    #[cfg(not(any(target_os = "windows", target_os = "macos")))]
    let folder = PathBuf::from("/etc");
    folder.join("checkstand").join("recover")
}

/// Reads the file: the manager's name on the first line, a token on the second. `None` where there is none, and where
/// anybody but an administrator could have written it.
pub fn read(path: &Path) -> Option<Recovery> {
    let file = std::fs::symlink_metadata(path).ok()?;
    if !file.is_file() || file.len() > FILE_BYTES_MAX {
        tracing::warn!(path = %path.display(), "the recovery file is none");
        return None;
    }
    if !is_administrators(path) {
        tracing::warn!(path = %path.display(), "others than an administrator could have written the recovery file");
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (name, token) = (lines.next()?.to_owned(), lines.next()?.to_owned());
    Some(Recovery { name, token })
}

/// Whether the file and its folder belong to root, and nobody else may write to either.
#[cfg(unix)]
fn is_administrators(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_roots =
        |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|found| found.uid() == 0 && found.mode() & 0o022 == 0);
    is_roots(path) && path.parent().is_some_and(is_roots)
}

/// Whose a file is cannot be told on Windows without unsafe code, so nothing is believed there: another manager sets the PIN.
#[cfg(not(unix))]
fn is_administrators(_path: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("recover");
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        (folder, path)
    }

    fn is_root() -> bool {
        let (_folder, path) = file("", 0o600);
        std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).expect("a file")) == 0
    }

    #[test]
    fn an_administrators_file_names_a_manager_and_a_token() {
        let (_folder, path) = file("\n Huda \n 2026-11-24 ticket 17\n", 0o644);
        let expected = Recovery { name: "Huda".to_owned(), token: "2026-11-24 ticket 17".to_owned() };
        assert_eq!(read(&path), is_root().then_some(expected), "whoever is not root writes no such file");
    }

    #[test]
    fn a_file_that_others_could_have_written_counts_for_nothing() {
        for mode in [0o666, 0o620, 0o602] {
            let (_folder, path) = file("Huda\ntoken", mode);
            assert_eq!(read(&path), None, "{mode:o}");
        }
        let (folder, path) = file("Huda\ntoken", 0o644);
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("permissions");
        assert_eq!(read(&path), None, "a folder for everybody");
        assert_eq!(read(&folder.path().join("nothing")), None);
        for text in ["", "Huda", "Huda\n\n  \n"] {
            let (_folder, path) = file(text, 0o644);
            assert_eq!(read(&path), None, "{text:?}");
        }
        let (folder, path) = file("Huda\ntoken", 0o644);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        assert_eq!(read(&link), None, "a link");
    }
}
