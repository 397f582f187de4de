//! Two filters of system calls, one upon the other; the sterner answer counts.
//!
//! The first kills for what no decoder has ever a reason to try: whoever does has taken the worker
//! over. The second has the short list of what decoding and inferring need, found by tracing them;
//! all else fails with EPERM, so that a library that asks for something harmless in a new version
//! does not die of it.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};

use super::State;

/// Killed for.
const DEADLY: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_mount,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
];

/// Needed: reading requests, writing answers, memory, waiting for a lock, the clock, ending.
const NEEDED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_getcpu,
    libc::SYS_sched_yield,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Needed for memory, and never to make some of it code.
const NEEDED_WITHOUT_CODE: &[i64] = &[libc::SYS_mmap, libc::SYS_mprotect];

/// Forbids what is killed for, for good and for every thread.
///
/// # Errors
/// When the kernel has no seccomp, or refuses.
pub fn forbid_deadly() -> Result<State, String> {
    let deadly = DEADLY.iter().map(|&call| (call, Vec::new())).collect();
    apply(deadly, SeccompAction::Allow, SeccompAction::KillProcess)?;
    Ok(State::Holds)
}

/// Forbids what is not needed, for good and for every thread.
///
/// # Errors
/// When the kernel has no seccomp, or refuses.
pub fn forbid_others() -> Result<State, String> {
    let mut needed: Rules = NEEDED.iter().map(|&call| (call, Vec::new())).collect();
    for &call in NEEDED_WITHOUT_CODE {
        let code = libc::PROT_EXEC as u64;
        let rule = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(code), 0)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(|error| error.to_string())?;
        needed.insert(call, vec![rule]);
    }
    apply(needed, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)?;
    Ok(State::Holds)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn apply(rules: Rules, others: SeccompAction, listed: SeccompAction) -> Result<(), String> {
    let machine: TargetArch =
        std::env::consts::ARCH.try_into().map_err(|_| "not for this machine".to_owned())?;
    let filter = SeccompFilter::new(rules, others, listed, machine).map_err(|error| error.to_string())?;
    let program: BpfProgram =
        filter.try_into().map_err(|error: seccompiler::BackendError| error.to_string())?;
    apply_filter_all_threads(&program).map_err(|error| error.to_string())
}
