//! Prometheus's text format: what a figure is called, what it says, its values.

use nameless_actors::kernel::latency::Noted;
use std::fmt::{Display, Write};

/// Bounds of a histogram, as powers of two of a microsecond: 128 us to 67 s.
const POWERS: std::ops::RangeInclusive<u32> = 7..=26;

/// What a page is written into. A figure is said once: its values stand together, as the format
/// wants it.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// A number that only grows. `_total` is added to its name.
    pub(super) fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        let name = format!("{name}_total");
        self.head(&name, help, "counter");
        self.line(&name, "", value);
    }

    /// A level.
    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "gauge");
        self.line(name, "", value);
    }

    /// The begin of a figure with labels; its values follow with [`Page::labelled`].
    pub(super) fn head(&mut self, name: &str, help: &str, kind: &str) {
        // A counter's documentation may run over lines; the format's must not.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\\\");
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP nameless_{name} {help}\n# TYPE nameless_{name} {kind}\n");
    }

    /// A value of a figure, by its label.
    pub(super) fn labelled(&mut self, name: &str, label: (&str, &str), value: impl Display) {
        self.labels(name, &[label], value);
    }

    /// The same, by several labels.
    pub(super) fn labels(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let escaped = |of: &str| of.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let said: Vec<String> =
            labels.iter().map(|(label, of)| format!("{label}=\"{}\"", escaped(of))).collect();
        self.line(name, &format!("{{{}}}", said.join(",")), value);
    }

    /// Durations, in seconds. `_seconds` is added to the name.
    pub(super) fn histogram(&mut self, name: &str, help: &str, noted: &Noted) {
        let name = format!("{name}_seconds");
        self.head(&name, help, "histogram");
        for power in POWERS {
            let bound = (1u64 << power) as f64 / 1e6;
            self.line(&format!("{name}_bucket"), &format!("{{le=\"{bound}\"}}"), noted.below(power));
        }
        let count = noted.count();
        self.line(&format!("{name}_bucket"), "{le=\"+Inf\"}", count);
        self.line(&format!("{name}_sum"), "", noted.sum().as_secs_f64());
        self.line(&format!("{name}_count"), "", count);
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "nameless_{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_actors::kernel::latency::Latency;
    use std::time::Duration;

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let mut page = Page::default();
        page.counter("relayed", "Messages\n  passed on.", 3);
        page.head("info", "Back\\slash.", "gauge");
        page.labelled("info", ("version", "a\"b\\c\nd"), 1);
        assert_eq!(
            page.finish(),
            "# HELP nameless_relayed_total Messages passed on.\n# TYPE nameless_relayed_total counter\n\
             nameless_relayed_total 3\n# HELP nameless_info Back\\\\slash.\n# TYPE nameless_info gauge\n\
             nameless_info{version=\"a\\\"b\\\\c\\nd\"} 1\n"
        );
    }

    #[test]
    fn buckets_hold_all_below_their_bound() {
        let latency = Latency::default();
        for ms in [0, 1, 3, 200_000] {
            latency.record(Duration::from_millis(ms));
        }
        let mut page = Page::default();
        page.histogram("wait", "A wait.", &latency.noted());
        let page = page.finish();
        for line in [
            "nameless_wait_seconds_bucket{le=\"0.000128\"} 1\n",
            "nameless_wait_seconds_bucket{le=\"0.001024\"} 2\n",
            "nameless_wait_seconds_bucket{le=\"0.004096\"} 3\n",
            "nameless_wait_seconds_bucket{le=\"67.108864\"} 3\n",
            "nameless_wait_seconds_bucket{le=\"+Inf\"} 4\n",
            "nameless_wait_seconds_count 4\n",
        ] {
            assert!(page.contains(line), "{line}{page}");
        }
    }
}
