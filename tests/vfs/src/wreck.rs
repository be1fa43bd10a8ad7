//! What a disk holds after its power was cut: everything that was synced, and of what was not, whatever chance leaves.

use crate::content::Content;
use crate::disk::{FileId, Image, Op};
use std::collections::BTreeMap;

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All of it is there: the process died, the machine did not.
    KeepAll,
    /// Nothing of it is there.
    DropAll,
    /// Some of the writes are there, whole, in whatever order the disk chose.
    KeepSome,
    /// Of each write some sectors of 512 bytes are there; where the file grew, what is missing may be anything.
    Tear512,
    /// The same in blocks of 4 KiB.
    Tear4096,
}

impl Cut {
    /// All of them.
    pub const ALL: [Cut; 5] = [Cut::DropAll, Cut::KeepSome, Cut::Tear512, Cut::Tear4096, Cut::KeepAll];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nobody has asked for it to be kept, or the answer is not there.
    Waiting,
    /// A sync of it failed; no later one keeps it.
    Adrift,
    /// It is kept, but lies behind something adrift.
    Kept,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    SetLen(usize),
}

impl Change {
    fn apply(&self, content: &mut Content) {
        match self {
            Change::Write { at, bytes } => content.write(*at, bytes),
            Change::SetLen(len) => content.set_len(*len),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct File {
    kept: Content,
    changes: Vec<(Standing, Change)>,
}

impl File {
    fn sync(&mut self) {
        for (standing, _) in self.changes.iter_mut().filter(|(standing, _)| *standing == Standing::Waiting) {
            *standing = Standing::Kept;
        }
        // What lies before the first that is adrift can be settled for good.
        let settled = self.changes.iter().take_while(|(standing, _)| *standing == Standing::Kept).count();
        for (_, change) in self.changes.drain(..settled) {
            change.apply(&mut self.kept);
        }
    }
}

enum NameChange {
    Create(String, FileId),
    Delete(String),
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        match self {
            NameChange::Create(name, file) => _ = names.insert(name.clone(), *file),
            NameChange::Delete(name) => _ = names.remove(name),
        }
    }
}

/// A disk whose log is played operation by operation; after each the power can be cut.
#[derive(Default)]
pub struct Wreck {
    files: BTreeMap<FileId, File>,
    names: BTreeMap<String, FileId>,
    name_changes: Vec<NameChange>,
}

impl Wreck {
    /// Begins with what is known to be kept.
    pub fn with(image: &Image) -> Wreck {
        let file = |content: &Content| File { kept: content.clone(), changes: Vec::new() };
        Wreck {
            files: image.files.iter().map(|(id, content)| (*id, file(content))).collect(),
            names: image.names.clone(),
            name_changes: Vec::new(),
        }
    }

    /// Plays one operation.
    pub fn play(&mut self, op: &Op) {
        match op {
            Op::Create { name, file } => {
                self.files.entry(*file).or_default();
                self.name_changes.push(NameChange::Create(name.clone(), *file));
            }
            Op::Delete { name } => self.name_changes.push(NameChange::Delete(name.clone())),
            Op::Write { file, at, bytes } => {
                let change = Change::Write { at: *at, bytes: bytes.clone() };
                self.file(*file).changes.push((Standing::Waiting, change));
            }
            Op::SetLen { file, len } => self.file(*file).changes.push((Standing::Waiting, Change::SetLen(*len))),
            Op::Sync { file } => self.file(*file).sync(),
            Op::SyncFailed { file } => {
                let waiting =
                    self.file(*file).changes.iter_mut().filter(|(standing, _)| *standing == Standing::Waiting);
                for (standing, _) in waiting {
                    *standing = Standing::Adrift;
                }
            }
            Op::SyncNames => {
                for change in self.name_changes.drain(..) {
                    change.apply(&mut self.names);
                }
            }
        }
    }

    /// How many writes and other changes are not kept yet.
    pub fn waiting(&self) -> usize {
        self.name_changes.len() + self.files.values().map(|file| file.changes.len()).sum::<usize>()
    }

    /// What the disk holds if the power is cut now.
    pub fn cut(&self, cut: Cut, chance: &mut fastrand::Rng) -> Image {
        // Some cuts keep nearly all, some nearly nothing.
        let odds = chance.u32(1..10);
        let keeps = |chance: &mut fastrand::Rng| match cut {
            Cut::KeepAll => true,
            Cut::DropAll => false,
            Cut::KeepSome | Cut::Tear512 | Cut::Tear4096 => chance.u32(0..10) < odds,
        };
        let mut image = Image { names: self.names.clone(), files: BTreeMap::new() };
        for change in &self.name_changes {
            if keeps(chance) {
                change.apply(&mut image.names);
            }
        }
        for file in image.names.values() {
            let Some(state) = self.files.get(file) else { continue };
            let mut content = state.kept.clone();
            for (standing, change) in &state.changes {
                let sector = match cut {
                    Cut::Tear512 => Some(512),
                    Cut::Tear4096 => Some(4_096),
                    Cut::KeepAll | Cut::DropAll | Cut::KeepSome => None,
                };
                match (standing, change, sector) {
                    (Standing::Kept, change, _) => change.apply(&mut content),
                    (_, Change::Write { at, bytes }, Some(sector)) => {
                        tear(&mut content, *at, bytes, sector, odds, chance);
                    }
                    (_, change, _) => {
                        if keeps(chance) {
                            change.apply(&mut content);
                        }
                    }
                }
            }
            image.files.insert(*file, content);
        }
        image
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.entry(file).or_default()
    }
}

/// Writes some sectors of `bytes`. Where the file grows, its length may be kept without what was written there.
fn tear(content: &mut Content, at: usize, bytes: &[u8], sector: usize, odds: u32, chance: &mut fastrand::Rng) {
    let mut done = 0;
    while done < bytes.len() {
        let place = at + done;
        let count = (sector - place % sector).min(bytes.len() - done);
        if chance.u32(0..10) < odds {
            fill_up_to(content, place, chance);
            content.write(place, &bytes[done..done + count]);
        } else if place + count > content.len() && chance.bool() {
            fill_up_to(content, place + count, chance);
        }
        done += count;
    }
}

/// Lengthens a file with zeros, or with what lay on the disk before.
fn fill_up_to(content: &mut Content, len: usize, chance: &mut fastrand::Rng) {
    let from = content.len();
    if from >= len {
        return;
    }
    if chance.bool() {
        content.set_len(len);
    } else {
        let mut old = vec![0; len - from];
        chance.fill(&mut old);
        content.write(from, &old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(file: u64, at: usize, byte: u8) -> Op {
        Op::Write { file, at, bytes: vec![byte; 4] }
    }

    fn played(ops: &[Op]) -> Wreck {
        let mut wreck = Wreck::default();
        ops.iter().for_each(|op| wreck.play(op));
        wreck
    }

    #[test]
    fn what_was_synced_is_kept_and_nothing_else() {
        let create = Op::Create { name: "a".to_owned(), file: 0 };
        let wreck = played(&[create, Op::SyncNames, write(0, 0, 1), Op::Sync { file: 0 }, write(0, 4, 2)]);
        let mut chance = fastrand::Rng::with_seed(1);
        let bytes = |image: Image| image.file("a").map(Content::to_vec);
        assert_eq!(bytes(wreck.cut(Cut::DropAll, &mut chance)), Some(vec![1; 4]));
        assert_eq!(bytes(wreck.cut(Cut::KeepAll, &mut chance)), Some(vec![1, 1, 1, 1, 2, 2, 2, 2]));
    }

    #[test]
    fn a_synced_file_whose_name_was_not_is_lost() {
        let wreck = played(&[Op::Create { name: "a".to_owned(), file: 0 }, write(0, 0, 1), Op::Sync { file: 0 }]);
        assert!(wreck.cut(Cut::DropAll, &mut fastrand::Rng::with_seed(1)).file("a").is_none());
    }

    #[test]
    fn what_a_failed_sync_left_adrift_is_not_kept_by_a_later_one() {
        let create = Op::Create { name: "a".to_owned(), file: 0 };
        let (failed, synced) = (Op::SyncFailed { file: 0 }, Op::Sync { file: 0 });
        let wreck = played(&[create, Op::SyncNames, write(0, 0, 1), failed, write(0, 4, 2), synced]);
        let image = wreck.cut(Cut::DropAll, &mut fastrand::Rng::with_seed(1));
        assert_eq!(image.file("a").map(Content::to_vec), Some(vec![0, 0, 0, 0, 2, 2, 2, 2]));
    }
}
