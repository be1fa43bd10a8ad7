//! Locks between the connections of this process, as SQLite's own file systems keep them between processes.

/// How far one connection has locked a file. The order is SQLite's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Not at all.
    #[default]
    None,
    /// It reads.
    Shared,
    /// It will write; others may read.
    Reserved,
    /// It waits for the readers to leave.
    Pending,
    /// It writes, alone.
    Exclusive,
}

/// Somebody else holds what was asked for.
#[derive(Debug)]
pub(crate) struct Busy;

/// All locks on one file.
#[derive(Debug, Default)]
pub(crate) struct FileLocks {
    shared: u32,
    reserved: bool,
    pending: bool,
}

impl FileLocks {
    /// Takes `level` for a connection that holds `held`.
    pub(crate) fn lock(&mut self, held: &mut Level, level: Level) -> Result<(), Busy> {
        if *held >= level {
            return Ok(());
        }
        match level {
            Level::None => {}
            Level::Shared => {
                if self.pending {
                    return Err(Busy);
                }
                self.shared += 1;
            }
            Level::Reserved => {
                if self.reserved {
                    return Err(Busy);
                }
                self.reserved = true;
            }
            Level::Pending | Level::Exclusive => {
                if *held < Level::Pending {
                    if self.pending || (self.reserved && *held < Level::Reserved) {
                        return Err(Busy);
                    }
                    self.pending = true;
                    self.reserved = true;
                    *held = Level::Pending;
                }
                if self.shared > 1 {
                    return Err(Busy);
                }
            }
        }
        *held = level;
        Ok(())
    }

    /// Goes back to `level`, which is [`Level::Shared`] or [`Level::None`].
    pub(crate) fn unlock(&mut self, held: &mut Level, level: Level) {
        if *held <= level {
            return;
        }
        if *held >= Level::Reserved {
            self.reserved = false;
        }
        if *held >= Level::Pending {
            self.pending = false;
        }
        if level == Level::None {
            self.shared -= 1;
        }
        *held = level;
    }

    /// Whether somebody is about to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved
    }
}

/// Locks on the memory that the connections to one log share.
pub(crate) const SLOTS: usize = 8;

/// What one connection holds of them, a bit a slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotsHeld {
    shared: u8,
    exclusive: u8,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct SlotLocks {
    shared: [u32; SLOTS],
    exclusive: [bool; SLOTS],
}

impl SlotLocks {
    pub(crate) fn lock_shared(&mut self, held: &mut SlotsHeld, slots: std::ops::Range<usize>) -> Result<(), Busy> {
        if slots.clone().any(|slot| self.exclusive[slot]) {
            return Err(Busy);
        }
        for slot in slots {
            if held.shared & (1 << slot) == 0 {
                self.shared[slot] += 1;
                held.shared |= 1 << slot;
            }
        }
        Ok(())
    }

    pub(crate) fn lock_exclusive(&mut self, held: &mut SlotsHeld, slots: std::ops::Range<usize>) -> Result<(), Busy> {
        let taken = |slot: usize| {
            let own = u32::from(held.shared & (1 << slot) != 0);
            let mine = held.exclusive & (1 << slot) != 0;
            !mine && (self.exclusive[slot] || self.shared[slot] > own)
        };
        if slots.clone().any(taken) {
            return Err(Busy);
        }
        for slot in slots {
            self.exclusive[slot] = true;
            held.exclusive |= 1 << slot;
        }
        Ok(())
    }

    pub(crate) fn unlock(&mut self, held: &mut SlotsHeld, slots: std::ops::Range<usize>) {
        for slot in slots {
            if held.shared & (1 << slot) != 0 {
                self.shared[slot] -= 1;
                held.shared &= !(1 << slot);
            }
            if held.exclusive & (1 << slot) != 0 {
                self.exclusive[slot] = false;
                held.exclusive &= !(1 << slot);
            }
        }
    }
}
