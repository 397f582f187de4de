//! How well faces are found: a folder of pictures with the number of faces that somebody counted in
//! each.
//!
//! `expected.csv` in the folder has a line for each picture: its file name, a comma, how many faces
//! it shows. What the workers find is compared with that, by number; the contact sheet shows where.

mod sheet;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    client::{Settings, Worker, WorkerError},
    failure::Failure,
    findings::{Findings, Wants},
    header,
    limits::Limits,
    picture::Picture,
};

/// One picture's result.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file's name.
    pub name: String,
    /// Faces that are there.
    pub expected: usize,
    /// Findings, or why there are none.
    pub found: Result<Findings, Failure>,
    /// From asking the worker to its answer.
    pub took: Duration,
}

/// A folder's result.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order of their names.
    pub rows: Vec<Row>,
    /// Most memory that the worker had resident, in KiB.
    pub memory: u64,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file or the folder cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A line of `expected.csv` is not a name, a comma, a number.
    #[error("expected.csv, line {0}: not a file name, a comma, a number")]
    Line(usize),
    /// The worker is gone.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The contact sheet cannot be written.
    #[error("the contact sheet: {0}")]
    Sheet(#[from] image::ImageError),
}

impl Row {
    /// Faces that both detectors found.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.found.as_ref().ok().and_then(|found| found.faces.as_ref()).map_or(0, crate::faces::Faces::agreed)
    }
}

impl Report {
    /// Faces that are there.
    #[must_use]
    pub fn expected(&self) -> usize {
        self.rows.iter().map(|row| row.expected).sum()
    }

    /// Faces that were found and are there, by number.
    #[must_use]
    pub fn right(&self) -> usize {
        self.rows.iter().map(|row| row.agreed().min(row.expected)).sum()
    }

    /// Faces that were found and are not there.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.rows.iter().map(|row| row.agreed().saturating_sub(row.expected)).sum()
    }

    /// Of the faces that were found, the share that is there, 0 to 1.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right(), self.right() + self.wrong())
    }

    /// Of the faces that are there, the share that was found, 0 to 1.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right(), self.expected())
    }

    /// The highest score of nudity.
    #[must_use]
    pub fn nudest(&self) -> f32 {
        let scores = self.rows.iter().filter_map(|row| row.found.as_ref().ok()?.nudity);
        scores.fold(0.0, f32::max)
    }

    fn time(&self, part: f64) -> Duration {
        let mut times: Vec<Duration> = self.rows.iter().map(|row| row.took).collect();
        times.sort_unstable();
        times.get(((times.len().max(1) - 1) as f64 * part) as usize).copied().unwrap_or_default()
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:40} {:>8} {:>6} {:>8} {:>8}", "picture", "expected", "found", "nudity", "ms")?;
        for row in &self.rows {
            let nudity = row.found.as_ref().ok().and_then(|found| found.nudity);
            let nudity = nudity.map_or("-".to_owned(), |score| format!("{score:.3}"));
            let ms = row.took.as_secs_f64() * 1e3;
            writeln!(
                formatter,
                "{:40} {:>8} {:>6} {nudity:>8} {ms:>8.1}",
                row.name,
                row.expected,
                row.agreed()
            )?;
            if let Err(failure) = &row.found {
                writeln!(formatter, "    {failure}")?;
            }
        }
        let ms = |part| self.time(part).as_secs_f64() * 1e3;
        write!(
            formatter,
            "{} pictures: precision {:.4}, recall {:.4} ({} of {}, {} wrong), nudity at most {:.3}; \
             {:.0} ms in the middle, {:.0} ms p99, {:.1} pictures/s; {} MB",
            self.rows.len(),
            self.precision(),
            self.recall(),
            self.right(),
            self.expected(),
            self.wrong(),
            self.nudest(),
            ms(0.5),
            ms(0.99),
            self.rows.len() as f64
                / self.rows.iter().map(|row| row.took.as_secs_f64()).sum::<f64>().max(1e-9),
            self.memory / 1024
        )
    }
}

/// Looks at every picture that `expected.csv` of a folder names, and draws the contact sheet if it
/// is to be drawn.
///
/// # Errors
/// When a file cannot be read or written, or a worker does not answer.
pub fn evaluate(
    folder: &Path,
    settings: &Settings,
    wants: Wants,
    sheet: Option<&Path>,
) -> Result<Report, EvalError> {
    let read = |path: PathBuf| std::fs::read(&path).map_err(|error| EvalError::File(path, error));
    let expected = expected(&String::from_utf8_lossy(&read(folder.join("expected.csv"))?))?;
    let mut worker = Worker::start(settings)?;
    let mut report = Report::default();
    let mut drawn = sheet.map(|_| sheet::Sheet::new(expected.len()));
    for (name, expected) in expected {
        let bytes = read(folder.join(&name))?;
        let picture = drawn.as_ref().and_then(|_| {
            let header = header::look(&bytes, &Limits::default()).ok()?;
            Picture::decode(&bytes, &header, &Limits::default()).ok()
        });
        let start = Instant::now();
        let answer = worker.look(bytes, wants, Duration::from_secs(30))?;
        let took = start.elapsed();
        report.memory = report.memory.max(answer.memory);
        if let Some(drawn) = &mut drawn {
            drawn.add(picture.as_ref(), answer.found.as_ref().ok());
        }
        report.rows.push(Row { name, expected, found: answer.found, took });
    }
    if let (Some(drawn), Some(path)) = (drawn, sheet) {
        std::fs::write(path, drawn.png()?).map_err(|error| EvalError::File(path.to_owned(), error))?;
    }
    Ok(report)
}

fn expected(csv: &str) -> Result<BTreeMap<String, usize>, EvalError> {
    let lines = csv.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let (name, faces) = line.rsplit_once(',').ok_or(EvalError::Line(at + 1))?;
            Ok((name.trim().to_owned(), faces.trim().parse().map_err(|_| EvalError::Line(at + 1))?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_commas() {
        let read = expected("one.jpg,1\n\nb, two.png , 0\n").unwrap();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), [("b, two.png".into(), 0), ("one.jpg".into(), 1)]);
        assert!(matches!(expected("one.jpg,1\ntwo"), Err(EvalError::Line(2))));
        assert!(matches!(expected("one.jpg,many"), Err(EvalError::Line(1))));
    }
}
