//! `nameless face-eval`: how well faces are found in a folder of one's own.

use super::settings::Settings;
use super::{missing_models, worker};
use crate::config::Config;
use anyhow::bail;
use clap::Args;
use nameless_vision::eval;
use nameless_vision::findings::Wants;
use std::path::PathBuf;

/// Measures how well faces are found in pictures of your own.
///
/// Prints precision, recall and time, a line for each picture before that. A worker looks at them,
/// locked up as ever; nothing is kept.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct FaceEval {
    /// A folder of pictures with an `expected.csv` in it: a line of `file,faces` for each.
    folder: PathBuf,
    /// Draws every picture with its boxes and scores into this PNG.
    #[arg(long)]
    sheet: Option<PathBuf>,
}

impl FaceEval {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let settings = Settings::of(config);
        if let Some(missing) = missing_models(&settings) {
            bail!("{missing}");
        }
        let worker = worker(&settings, None)?;
        let FaceEval { folder, sheet } = self;
        let measured = tokio::task::spawn_blocking(move || {
            eval::evaluate(&folder, &worker, Wants::ALL, sheet.as_deref())
        });
        Ok(format!("{}\n", measured.await??))
    }
}
