//! What the window wrote down when it was last opened: things about it that only it can know.

use crate::settings::paths::{Paths, make_dir};
use serde::{Deserialize, Serialize};

/// The file, beside the ledgers.
const FILE: &str = "last-start.json";

/// The window's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastStart {
    /// The program's version.
    pub version: String,
    /// The version of what draws its page.
    pub webview: String,
    /// When (UTC ms).
    pub at_ms: i64,
}

impl LastStart {
    /// The last one; `None` where there was none, or where it cannot be read.
    pub fn read(paths: &Paths) -> Option<LastStart> {
        serde_json::from_slice(&std::fs::read(paths.folder().join(FILE)).ok()?).ok()
    }

    /// Writes it down. A till that cannot is no worse for it.
    pub fn write(&self, paths: &Paths) {
        let text = serde_json::to_vec_pretty(self).expect("it is JSON");
        let folder = paths.folder();
        let written = make_dir(&folder).and_then(|()| std::fs::write(folder.join(FILE), text));
        if let Err(error) = written {
            tracing::warn!(%error, "the start could not be written down");
        }
    }
}
