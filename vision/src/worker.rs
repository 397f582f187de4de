//! The process that looks at pictures: what `nameless face-worker` runs.
//!
//! It loads the models, locks itself up, says which layers hold, and then answers one request after
//! the other until its input ends. It has to be the whole process: its first thread, before any
//! other is started, with an environment of nothing but `ORT_DISABLE_TELEMETRY=1`.
//! [`Settings::command`](crate::client::Settings::command) starts it so.

use std::{
    io::{Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
};

use crate::{
    bench,
    failure::Failure,
    findings::{Findings, Wants},
    inspect::Inspector,
    limits::Limits,
    models::Folder,
    protocol::{Answer, FrameError, Frames, Hello, Request},
    sandbox::{self, Demand, Layers},
};

/// Pictures that a worker looks at in its life. A fresh process has lost what the last one was
/// tricked into.
pub const PICTURES: u32 = 5_000;
/// Its exit code when it will not work: the first words say why.
pub const REFUSED: u8 = 78;
/// Its exit code when the engine says what no engine says.
pub const MALFORMED: u8 = 65;

/// What the worker is told on its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Folder of the models and the runtime.
    pub models: PathBuf,
    /// What to do where a layer does not hold.
    pub demand: Demand,
    /// Process id of the engine.
    pub parent: Option<u32>,
    /// Instead of looking at pictures it measures itself, for so many rounds, and ends.
    pub measure: Option<u32>,
}

impl Arguments {
    /// As they stand on the command line, behind the name of the subcommand.
    #[must_use]
    pub fn to_command_line(&self) -> Vec<std::ffi::OsString> {
        let mut line = vec!["--models".into(), self.models.clone().into_os_string()];
        line.extend(["--sandbox".into(), self.demand.to_string().into()]);
        line.extend(
            self.parent.into_iter().flat_map(|parent| ["--parent".into(), parent.to_string().into()]),
        );
        line.extend(
            self.measure.into_iter().flat_map(|rounds| ["--measure".into(), rounds.to_string().into()]),
        );
        line
    }

    /// Reads them back.
    ///
    /// # Errors
    /// One line that says what is wrong.
    pub fn from_command_line(line: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, String> {
        let (mut models, mut demand, mut parent, mut measure) = (None, Demand::default(), None, None);
        let mut line = line.into_iter();
        while let Some(name) = line.next() {
            let value = line.next().ok_or_else(|| format!("{} needs a value", name.display()))?;
            let text = || value.to_str().ok_or("not UTF-8").map(str::to_owned);
            match name.to_str() {
                Some("--models") => models = Some(PathBuf::from(&value)),
                Some("--sandbox") => demand = text()?.parse()?,
                Some("--parent") => parent = Some(text()?.parse().map_err(|_| "--parent is no process id")?),
                Some("--measure") => measure = Some(text()?.parse().map_err(|_| "--measure is no number")?),
                _ => return Err(format!("unknown argument {}", name.display())),
            }
        }
        Ok(Self { models: models.ok_or("--models is missing")?, demand, parent, measure })
    }
}

/// Runs the worker on standard input and output until its input ends.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    // A panic's message could quote what is in a picture, and goes nowhere here: the answer says
    // that there was one.
    std::panic::set_hook(Box::new(|_| {}));
    let mut layers = Layers::default();
    sandbox::before_loading(&mut layers);
    let loaded = Inspector::load(&Folder::new(&arguments.models), Limits::default());
    sandbox::after_loading(&mut layers, arguments.parent);
    let refuses = match (&loaded, arguments.demand) {
        (Err(error), _) => Some(error.to_string()),
        (Ok(_), Demand::Require) if layers.missing().next().is_some() => {
            Some("a layer of the sandbox does not hold".to_owned())
        }
        (Ok(_), _) => None,
    };
    let hello = Hello { layers, refuses };
    let refused = hello.refuses.is_some();
    let mut output = std::io::stdout().lock();
    let said = hello.encode().is_ok_and(|bytes| say(&mut output, &bytes));
    match loaded {
        Ok(mut inspector) if said && !refused && arguments.measure.is_some() => {
            let rounds = arguments.measure.unwrap_or_default();
            let figures = bench::run(&mut inspector, rounds).ok();
            let told = figures.and_then(|figures| serde_json::to_vec(&figures).ok());
            let said = told.is_some_and(|figures| say(&mut output, &figures));
            if said { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(mut inspector) if said && !refused => {
            let look = |picture: &[u8], wants| inspector.inspect(picture, wants);
            serve(&mut std::io::stdin().lock(), &mut output, look)
        }
        _ => ExitCode::from(REFUSED),
    }
}

fn say(output: &mut impl Write, bytes: &[u8]) -> bool {
    output.write_all(bytes).and_then(|()| output.flush()).is_ok()
}

fn serve(
    input: &mut impl Read,
    output: &mut impl Write,
    mut look: impl FnMut(&[u8], Wants) -> Result<Findings, Failure>,
) -> ExitCode {
    let mut frames = Frames::of_engine();
    let mut chunk = vec![0; 256 << 10];
    let (mut served, mut last) = (0, false);
    loop {
        match input.read(&mut chunk) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(length) => frames.push(&chunk[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return ExitCode::from(MALFORMED),
        }
        while let Some(frame) = frames.next() {
            let answered = frame.and_then(|frame| {
                // Behind a first look it stays: the rest may be wanted.
                let is_first = matches!(Request::decode(&frame), Ok((_, Wants::HASH, _)));
                served += u32::from(!is_first);
                last = served >= PICTURES && !is_first;
                answer(&frame, last, &mut look)
            });
            match answered {
                Ok(bytes) if say(output, &bytes) && !last => {}
                Ok(_) => return ExitCode::SUCCESS,
                Err(_) => return ExitCode::from(MALFORMED),
            }
        }
    }
}

fn answer(
    frame: &crate::protocol::Frame,
    last: bool,
    look: &mut impl FnMut(&[u8], Wants) -> Result<Findings, Failure>,
) -> Result<Vec<u8>, FrameError> {
    let (id, wants, picture) = Request::decode(frame)?;
    // Decoders still panic on crafted files. The models are as they were: a run leaves nothing in
    // them.
    let found = catch_unwind(AssertUnwindSafe(|| look(picture, wants))).unwrap_or(Err(Failure::Panicked));
    let answer = Answer { id, found, memory: memory(), last };
    // Too long only with a crowd that no policy asks for.
    answer.encode().or_else(|_| Answer { found: Err(Failure::Broken), ..answer }.encode())
}

/// Most memory that was ever resident, in KiB.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| u64::try_from(usage.max_rss()).unwrap_or(0))
}

/// Most memory that was ever resident, in KiB. Unknown here.
#[cfg(not(target_os = "linux"))]
fn memory() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Refusal;

    fn request(id: u64, picture: &[u8]) -> Vec<u8> {
        Request { id, wants: Wants::ALL, picture: picture.to_vec() }.encode().unwrap()
    }

    /// Id, whether it was the last, what was found.
    type Told = (u64, bool, Result<Findings, Failure>);

    fn served(
        input: &[u8],
        look: impl FnMut(&[u8], Wants) -> Result<Findings, Failure>,
    ) -> (ExitCode, Vec<Told>) {
        let mut output = Vec::new();
        let code = serve(&mut &input[..], &mut output, look);
        let mut frames = Frames::of_worker();
        frames.push(&output);
        let answers = std::iter::from_fn(|| frames.next()).map(|frame| {
            let answer = Answer::decode(&frame.unwrap()).unwrap();
            (answer.id, answer.last, answer.found)
        });
        (code, answers.collect())
    }

    #[test]
    fn a_panic_is_an_answer_and_the_next_picture_is_looked_at() {
        let input = [request(1, b"bad"), request(2, b"good")].concat();
        let (code, answers) = served(&input, |picture, _| {
            assert_ne!(picture, b"bad");
            Err(Failure::Refused(Refusal::UnknownFormat))
        });
        assert_eq!(code, ExitCode::SUCCESS);
        let refused = Failure::Refused(Refusal::UnknownFormat);
        assert_eq!(answers, [(1, false, Err(Failure::Panicked)), (2, false, Err(refused))]);
    }

    #[test]
    fn nonsense_ends_it() {
        let (code, answers) =
            served(&[request(1, b"one"), vec![9; 64]].concat(), |_, _| Err(Failure::Broken));
        assert_eq!((code, answers.len()), (ExitCode::from(MALFORMED), 1));
    }

    #[test]
    fn it_retires_in_order() {
        let input: Vec<u8> = (0..u64::from(PICTURES) + 1).flat_map(|id| request(id, b"")).collect();
        let (code, answers) = served(&input, |_, _| Err(Failure::Broken));
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(answers.len(), PICTURES as usize);
        assert!(answers.iter().enumerate().all(|(at, (_, last, _))| *last == (at + 1 == PICTURES as usize)));
    }

    #[test]
    fn arguments_come_back() {
        let arguments =
            Arguments { models: "a folder".into(), demand: Demand::Best, parent: Some(12), measure: Some(3) };
        assert_eq!(Arguments::from_command_line(arguments.to_command_line()), Ok(arguments));
        for bad in [&["--models"][..], &[], &["--models", "x", "--sandbox", "off"], &["--other", "x"]] {
            assert!(Arguments::from_command_line(bad.iter().map(Into::into)).is_err());
        }
    }
}
