//! What goes wrong on the disk, and when.

/// What a call answers instead of doing its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// ENOSPC: a file cannot grow. The first half of what was to be written is there all the same.
    NoSpace,
    /// EIO at a write, and again half of it is there.
    WriteError,
    /// EIO at a read.
    ReadError,
    /// A read ends early, and the rest is zeros.
    ShortRead,
    /// A sync fails. What it should have kept may be lost even if a later sync succeeds: the system takes it for written.
    SyncError,
    /// EIO where a file is cut.
    TruncateError,
    /// The file system has become one that can only be read.
    ReadOnly,
    /// A file cannot be opened.
    OpenError,
    /// A file cannot be deleted.
    DeleteError,
    /// A lock cannot be had, for another reason than that somebody has it.
    LockError,
    /// The memory that connections share cannot be had.
    SharedMemoryError,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 11] = [
        Fault::NoSpace,
        Fault::WriteError,
        Fault::ReadError,
        Fault::ShortRead,
        Fault::SyncError,
        Fault::TruncateError,
        Fault::ReadOnly,
        Fault::OpenError,
        Fault::DeleteError,
        Fault::LockError,
        Fault::SharedMemoryError,
    ];

    /// Whether this kind of call can fail so.
    pub(crate) fn hits(self, call: Call) -> bool {
        match self {
            Fault::NoSpace => matches!(call, Call::Grow),
            Fault::WriteError => matches!(call, Call::Write | Call::Grow),
            Fault::ReadError | Fault::ShortRead => call == Call::Read,
            Fault::SyncError => call == Call::Sync,
            Fault::TruncateError => call == Call::Truncate,
            Fault::ReadOnly => {
                matches!(call, Call::Write | Call::Grow | Call::Truncate | Call::OpenToWrite | Call::Delete)
            }
            Fault::OpenError => matches!(call, Call::OpenToWrite | Call::OpenToRead),
            Fault::DeleteError => call == Call::Delete,
            Fault::LockError => call == Call::Lock,
            Fault::SharedMemoryError => call == Call::MapMemory,
        }
    }
}

/// What SQLite asks a disk for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    OpenToWrite,
    OpenToRead,
    Read,
    /// Over what is there.
    Write,
    /// Behind the end.
    Grow,
    Truncate,
    Sync,
    Delete,
    Lock,
    MapMemory,
}

/// One fault, at some of the calls that it can hit.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What goes wrong.
    pub fault: Fault,
    /// So many of these calls go well first.
    pub after: u64,
    /// So many fail then; all later ones go well again.
    pub times: u64,
}

/// The plan, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: Option<Plan>,
    seen: u64,
    hits: u64,
}

impl Faults {
    pub(crate) fn plan(&mut self, plan: Option<Plan>) {
        *self = Faults { plan, seen: 0, hits: 0 };
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// What goes wrong with this call, if anything.
    pub(crate) fn at(&mut self, call: Call) -> Option<Fault> {
        let plan = self.plan.filter(|plan| plan.fault.hits(call))?;
        self.seen += 1;
        if self.seen <= plan.after || self.seen - plan.after > plan.times {
            return None;
        }
        self.hits += 1;
        Some(plan.fault)
    }
}
