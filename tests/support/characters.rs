//! A file of back ends for tests: a model that a test scripts, at a price.

use super::app::Options;
use std::path::PathBuf;
use tempfile::TempDir;

/// The file, in a folder of its own.
pub struct BackEnds {
    folder: TempDir,
}

impl BackEnds {
    /// A back end for each address, and what a person may spend in a day.
    pub fn new(urls: &[&str], person: f64) -> BackEnds {
        let folder = TempDir::new().expect("a folder");
        let mut text = format!(
            "[day]\nperson = {person}\nall = 10\n[limits]\nminute = 1000\nhour = 10000\n\
             [help]\nconfirmed = \"a test\"\nru = \"звони 112\"\nen = \"call 112\"\n"
        );
        for (n, url) in urls.iter().enumerate() {
            text.push_str(&format!(
                "[[model]]\nname = \"model-{n}\"\nurl = \"{url}\"\nmodels = [\"m\"]\ncontext = 8192\n\
                 answer = 200\nprompt = 1\nreply = 2\ncap = 10\nplaces = 8\n"
            ));
        }
        std::fs::write(folder.path().join("backends.toml"), text).expect("the file is written");
        BackEnds { folder }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("backends.toml")
    }

    /// An application with it.
    pub fn options(&self) -> Options {
        Options::default().with("COMPANIONS", self.path().display())
    }
}
