//! What this process uses, from /proc, under the names that every exporter gives it.

use super::exposition::Page;
use std::fs;

/// Linux tells CPU times in hundredths of a second, on every architecture.
const TICKS: f64 = 100.0;

/// Writes memory, CPU time and open files. What this kernel does not tell is left out.
pub(super) fn write(page: &mut Page) {
    if let Some(resident) = resident() {
        page.gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.", resident);
    }
    if let Some(cpu) = cpu() {
        page.counter("process_cpu_seconds", "CPU time that this process has used.", cpu);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Files and sockets that are open.", files.count());
    }
}

fn resident() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

fn cpu() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in brackets and may hold anything.
    let rest = text.get(text.rfind(')')? + 2..)?;
    let mut fields = rest.split(' ').skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 / TICKS)
}
