//! What a bench has found: as a table, as JSON, as one HTML page.

mod chart;
mod html;
mod table;

pub use chart::Chart;
pub use table::{Cell, Table};

use super::args::Output;
use super::cores::Cores;
use super::procfs;
use super::verdict::Reason;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Version of the JSON's form; grows when a field changes its meaning.
const FORMAT: u32 = 1;

/// One bench's result.
pub struct Report {
    bench: &'static str,
    settings: Map<String, Value>,
    machine: Value,
    notes: Vec<String>,
    /// What it concerns, and why.
    void: Vec<(String, Reason)>,
    tables: Vec<Table>,
    charts: Vec<Chart>,
    data: Map<String, Value>,
}

impl Report {
    /// Nothing found yet.
    pub fn new(bench: &'static str, output: &Output, cores: &Cores) -> Report {
        let mut report = Report {
            bench,
            settings: Map::new(),
            machine: machine(cores),
            notes: Vec::new(),
            void: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            data: Map::new(),
        };
        report.setting("seed", output.seed);
        if cfg!(debug_assertions) {
            report.note("This is a debug build: its figures say nothing about speed.".to_owned());
        }
        if let Some(note) = cores.note() {
            report.note(note);
        }
        report
    }

    /// How it was measured.
    pub fn setting(&mut self, name: &str, value: impl Serialize) {
        // Plain values always serialise.
        self.settings.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
    }

    /// What a reader should know.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Why `what` does not count.
    pub fn void(&mut self, what: String, reason: Reason) {
        self.void.push((what, reason));
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds a chart.
    pub fn chart(&mut self, chart: Chart) {
        self.charts.push(chart);
    }

    /// Adds figures for JSON.
    pub fn data(&mut self, name: &str, value: Value) {
        self.data.insert(name.to_owned(), value);
    }

    /// Whether anything of it does not count.
    pub fn is_void(&self) -> bool {
        !self.void.is_empty()
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            text.push_str(&table.text());
        }
        // Writing to a String cannot fail.
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        for (what, reason) in &self.void {
            let _ = writeln!(text, "VOID ({what}): {reason}");
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Result<String> {
        let void: Vec<Value> = self
            .void
            .iter()
            .map(|(what, reason)| {
                let mut value = reason.json();
                value["run"] = what.as_str().into();
                value
            })
            .collect();
        let mut value = json!({
            "format": FORMAT,
            "bench": self.bench,
            "version": env!("CARGO_PKG_VERSION"),
            "debug_build": cfg!(debug_assertions),
            "finished_unix": unix_seconds(),
            "machine": self.machine,
            "settings": self.settings,
            "notes": self.notes,
            "void": self.is_void(),
            "void_reasons": void,
        });
        if let Value::Object(value) = &mut value {
            value.extend(self.data.clone());
        }
        serde_json::to_string_pretty(&value).map(|text| text + "\n")
    }

    /// For people, with charts.
    pub fn html(&self) -> String {
        html::page(self)
    }
}

fn unix_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// What the figures depend on. Nothing that names the machine or its owner.
fn machine(cores: &Cores) -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo");
    let model =
        model.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':')).map(|(_, m)| m.trim());
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    let logical = read("/proc/cpuinfo").lines().filter(|l| l.starts_with("processor")).count();
    json!({
        "cpu": model,
        "cores": logical,
        "memory_bytes": memory.map(|kib| kib * 1024),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        // Journals and servers that are started lie there, and wait for its disk.
        "filesystem": procfs::filesystem(&std::env::temp_dir()),
        "pinning": cores.describe(),
    })
}
