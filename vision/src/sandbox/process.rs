//! What a process is: its environment, descriptors, threads, user, parent.

use nix::{
    sys::{prctl, signal::Signal},
    unistd,
};

use super::State;

/// The user and group that nobody is.
const NOBODY: u32 = 65_534;
/// How far it stands back: of a core that both want it has a tenth, and chats the rest. At the
/// lowest priority it would have a seventieth, and no photo would be looked at in time on a machine
/// that is always busy.
const BACK: i32 = 10;
/// All that may be in the environment.
const QUIET: &str = "ORT_DISABLE_TELEMETRY";

pub(super) fn environment() -> Result<State, String> {
    // Names only: what they hold is a secret.
    let others: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| name != QUIET).collect();
    match others.len() {
        0 => Ok(State::Holds),
        count => Err(format!("{count} variables, {} among them", others[0].display())),
    }
}

/// Lets others go first on the processor: a photo can wait, chats cannot. Of no weight for safety,
/// so it is no layer; a process may always lower itself.
pub(super) fn step_back() {
    let _ = rustix::process::nice(BACK);
}

/// Closes what the engine left open. It is all close-on-exec, unless a library of it or whoever
/// started it forgot.
pub(super) fn descriptors() -> Result<State, String> {
    let open = || -> Result<Vec<i32>, String> {
        let listed = std::fs::read_dir("/proc/self/fd").map_err(|error| error.to_string())?;
        let numbers = listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        Ok(numbers.filter(|&number| number > 2).collect())
    };
    // The listing itself is among them, and closed already: that one fails.
    for number in open()? {
        let _ = unistd::close(number);
    }
    match open()?.len() {
        // Again the listing's own.
        0 | 1 => Ok(State::Holds),
        more => Err(format!("{more} stay open")),
    }
}

pub(super) fn one_thread() -> Result<State, String> {
    let threads = std::fs::read_dir("/proc/self/task").map_err(|error| error.to_string())?.count();
    if threads == 1 { Ok(State::Holds) } else { Err(format!("{threads} threads")) }
}

pub(super) fn no_new_privileges() -> Result<State, String> {
    prctl::set_no_new_privs().map_err(|error| error.to_string())?;
    Ok(State::Holds)
}

/// Root becomes nobody, which takes every capability along. Who is not root stays who they are.
pub(super) fn drop_privileges() -> Result<State, String> {
    let told = |error: nix::Error| error.to_string();
    if unistd::geteuid().is_root() || unistd::getuid().is_root() {
        let (user, group) = (unistd::Uid::from_raw(NOBODY), unistd::Gid::from_raw(NOBODY));
        unistd::setgroups(&[]).map_err(told)?;
        unistd::setresgid(group, group, group).map_err(told)?;
        unistd::setresuid(user, user, user).map_err(told)?;
    }
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).map(str::trim);
    match effective {
        Some(none) if none.bytes().all(|digit| digit == b'0') => Ok(State::Holds),
        Some(some) => Err(format!("capabilities {some}")),
        None => Err("its capabilities are unknown".into()),
    }
}

pub(super) fn not_dumpable() -> Result<State, String> {
    prctl::set_dumpable(false).map_err(|error| error.to_string())?;
    Ok(State::Holds)
}

/// The kernel forgets this when the user changes, so it comes after that.
pub(super) fn dies_with(parent: Option<u32>) -> Result<State, String> {
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|error| error.to_string())?;
    let now = unistd::getppid().as_raw();
    match parent {
        // It may have died before the signal was asked for.
        Some(parent) if i64::from(parent) != i64::from(now) => {
            Err(format!("its parent is {now} instead of {parent}"))
        }
        Some(_) => Ok(State::Holds),
        None => Ok(State::Partly("its parent was not told".into())),
    }
}
