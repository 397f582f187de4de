//! What a worker may still take: set when the models are loaded, so counted from there.

use nix::sys::resource::{Resource, setrlimit};

use super::State;

/// Address space beyond what the models took, in bytes: a decoded picture of the largest size in
/// the widest form, what is made of it, and what the models work in.
const MEMORY: u64 = 768 << 20;
/// Seconds of CPU in its whole life; it retires long before (see `worker::PICTURES`).
const CPU: u64 = 3_600;
/// Standard input, output, error, and none beside.
const DESCRIPTORS: u64 = 3;

pub(super) fn set() -> Result<State, String> {
    let mapped = mapped().ok_or("its size is unknown")?;
    for (resource, limit) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_AS, mapped + MEMORY),
        (Resource::RLIMIT_CPU, CPU),
        // Of files; pipes have none.
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NPROC, 0),
        (Resource::RLIMIT_MEMLOCK, 0),
    ] {
        setrlimit(resource, limit, limit).map_err(|error| format!("{resource:?}: {error}"))?;
    }
    Ok(State::Holds)
}

/// No further descriptor. The last limit to be set: what comes before it opens some.
pub(super) fn no_more_descriptors() -> Result<(), String> {
    setrlimit(Resource::RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS).map_err(|error| error.to_string())
}

/// Bytes of address space in use. An allocator may have reserved much more than it uses.
fn mapped() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    Some(kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}
