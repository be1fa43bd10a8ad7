//! What a process that holds secrets denies itself: a core dump would write them to a disk.

/// No core dump of this process or of those it starts, and no debugger of the same user. Called first thing in `main`.
#[cfg(target_os = "linux")]
pub fn forbid_core_dumps() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // A system that refuses is no reason to stop a till.
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be switched off");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "the process stays dumpable");
    }
}

/// Elsewhere a process leaves no core dump unless somebody has asked for one as an administrator.
#[cfg(not(target_os = "linux"))]
pub fn forbid_core_dumps() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_process_that_forbade_it_may_dump_nothing() {
        super::forbid_core_dumps();
        let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux has it");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
        assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
        let dumpable = rustix::process::dumpable_behavior().expect("Linux tells it");
        assert_eq!(dumpable, rustix::process::DumpableBehavior::NotDumpable);
    }
}
