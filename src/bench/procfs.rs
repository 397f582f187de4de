//! CPU time and memory of processes, from /proc.

use rustc_hash::FxHashMap;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::ops::{AddAssign, Sub};
use std::path::Path;
use std::time::Duration;

/// Linux tells times in /proc/PID/stat in hundredths of a second, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// What a process and its descendants have used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU time since their start, user and system, ended children included. Exact to the
    /// nanosecond as long as no thread has ended, else to about 10 ms per process.
    pub cpu: Duration,
    /// Resident memory now, bytes. Pages shared between the processes count once for each.
    pub resident: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.cpu += other.cpu;
        self.resident += other.resident;
    }
}

impl Sub for Usage {
    type Output = Duration;

    /// CPU time used since `earlier`.
    fn sub(self, earlier: Usage) -> Duration {
        self.cpu.saturating_sub(earlier.cpu)
    }
}

/// Kind of the file system that a folder lies on (`ext4`, `tmpfs`).
pub fn filesystem(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    kind_of(&folder, &fs::read_to_string("/proc/self/mountinfo").ok()?)
}

/// The same, by what the kernel says of mounts: later ones cover earlier ones.
fn kind_of(folder: &Path, mounts: &str) -> Option<String> {
    let mount = |line: &str| {
        let (mount, source) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?;
        let kind = source.split(' ').next()?;
        folder.starts_with(point).then(|| (point.len(), kind.to_owned()))
    };
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

/// One line of /proc/PID/stat.
struct Stat {
    parent: u32,
    own: Duration,
    ended_children: Duration,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let rest = text.get(text.rfind(')')? + 2..)?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n)?.parse::<u32>().ok().map(|t| TICK * t);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        ended_children: ticks(13)? + ticks(14)?,
    })
}

/// CPU time of the threads that run now.
fn of_threads(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_one = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    };
    tasks.filter_map(of_one).sum()
}

fn resident(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// The processes that a process has started, where the kernel lists them.
fn children(pid: u32) -> Option<Vec<u32>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut children = Vec::new();
    for task in tasks.flatten() {
        // A thread that has just ended has no list; one that never had one makes the answer
        // unknown.
        let list = match fs::read_to_string(task.path().join("children")) {
            Ok(list) => list,
            Err(_) if !task.path().exists() => continue,
            Err(_) => return None,
        };
        children.extend(list.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Some(children)
}

/// A process and all its descendants. Quick, as the load's core pays for it.
fn family(root: u32) -> Option<Vec<u32>> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(&pid) = all.get(next) {
        next += 1;
        if let Some(children) = children(pid) {
            all.extend(children);
        } else if stat(pid).is_some() {
            return None;
        }
    }
    Some(all)
}

/// What a process and all its descendants have used.
pub fn tree(root: u32) -> Usage {
    let mut usage = Usage::default();
    for pid in family(root).unwrap_or_else(|| family_by_parents(root)) {
        if let Some(stat) = stat(pid) {
            // Both are lower bounds: the one for its coarse steps, the other for threads that
            // ended.
            let cpu = stat.own.max(of_threads(pid)) + stat.ended_children;
            usage += Usage { cpu, resident: resident(pid) };
        }
    }
    usage
}

/// The same from the table of all processes.
fn family_by_parents(root: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: FxHashMap<u32, Stat> = pids.filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let belongs = |mut pid: u32| {
        // Bounded, as the table was not read in one moment.
        for _ in 0..100 {
            if pid == root {
                return true;
            }
            match all.get(&pid) {
                Some(stat) if stat.parent != 0 => pid = stat.parent,
                _ => return false,
            }
        }
        false
    };
    all.keys().copied().filter(|pid| belongs(*pid)).collect()
}

/// CPU time of this process, without its children.
pub fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let before = own_cpu();
        let mut n = 0u64;
        while own_cpu() - before < Duration::from_millis(30) {
            n = std::hint::black_box(n + 1);
        }
        let usage = tree(std::process::id());
        assert!(usage.cpu >= Duration::from_millis(20), "{usage:?}");
        assert!(usage.resident > 1 << 20, "{usage:?}");
    }

    #[test]
    fn the_nearest_mount_says_what_kind_of_file_system() {
        let mounts = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            30 22 0:26 / /tmp rw,nosuid shared:5 - tmpfs tmpfs rw\n\
            31 30 0:27 / /tmp/deep rw - xfs /dev/vdb rw\n\
            40 30 0:31 / /tmp/deep rw - btrfs /dev/vdc rw\n";
        let kind = |folder: &str| kind_of(Path::new(folder), mounts);
        assert_eq!(kind("/var/lib").as_deref(), Some("ext4"));
        assert_eq!(kind("/tmp/one").as_deref(), Some("tmpfs"));
        assert_eq!(kind("/tmpfile").as_deref(), Some("ext4"));
        assert_eq!(kind("/tmp/deep/er").as_deref(), Some("btrfs"), "the last one covers the others");
        assert_eq!(kind_of(Path::new("/var"), "no mount"), None);
        assert!(filesystem(&std::env::temp_dir()).is_some());
    }

    #[test]
    fn children_belong_to_their_tree() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep runs");
        let of_child = tree(child.id());
        let of_all = tree(std::process::id());
        let slow = family_by_parents(std::process::id());
        assert!(slow.contains(&child.id()), "{slow:?}");
        let _ = child.kill();
        let _ = child.wait();
        assert!(of_child.resident > 0);
        assert!(of_all.resident > of_child.resident);
    }
}
