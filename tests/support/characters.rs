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

    /// As it is, with adult mode allowed, at these back ends by number.
    pub fn adult(self, at: &[usize]) -> BackEnds {
        let text = std::fs::read_to_string(self.path()).expect("the file is read");
        let mut text = format!("adult = true\n{text}");
        for n in at {
            let name = format!("name = \"model-{n}\"\n");
            text = text.replace(&name, &format!("{name}adult = true\n"));
        }
        std::fs::write(self.path(), text).expect("the file is written");
        self
    }

    /// As it is, with somebody who draws at this price, in adult mode too if that is allowed by
    /// then.
    pub fn drawing(self, url: &str, dialect: &str, price: f64) -> BackEnds {
        let text = std::fs::read_to_string(self.path()).expect("the file is read");
        let mut text = text.replace("[day]\n", "[day]\npictures = 5\n");
        let url = if dialect == "openai" { format!("{url}/v1") } else { url.to_owned() };
        let price = match price > 0.0 {
            true => format!("price = {price}\ncap = 10"),
            false => "free = true".to_owned(),
        };
        text.push_str(&format!(
            "[[image]]\nname = \"maker\"\nurl = \"{url}\"\ndialect = \"{dialect}\"\n{price}\n"
        ));
        if dialect == "comfyui" {
            let workflow = self.folder.path().join("workflow.json");
            let nodes = r#"{"6":{"class_type":"CLIPTextEncode","inputs":{"text":"{{prompt}}"}},
                "3":{"class_type":"KSampler","inputs":{"seed":"{{seed}}","positive":["6",0]}}}"#;
            std::fs::write(&workflow, nodes).expect("the workflow is written");
            text.push_str(&format!("workflow = {:?}\n", workflow.display().to_string()));
        }
        std::fs::write(self.path(), text).expect("the file is written");
        self
    }

    /// As it is, with somebody who makes vectors of eight numbers, and what else is said of it.
    pub fn embedding(self, url: &str, more: &str) -> BackEnds {
        let mut text = std::fs::read_to_string(self.path()).expect("the file is read");
        text.push_str(&format!(
            "[embedding]\nname = \"meaning\"\nurl = \"{url}\"\nmodel = \"small\"\ndimensions = 8\nprice = 1\n\
             cap = 10\n{more}\n"
        ));
        std::fs::write(self.path(), text).expect("the file is written");
        self
    }

    /// As it is, with so many pictures a day and person.
    pub fn limit(self, pictures: usize) -> BackEnds {
        let text = std::fs::read_to_string(self.path()).expect("the file is read");
        let text = text.replace("[limits]\n", &format!("[limits]\npictures = {pictures}\n"));
        std::fs::write(self.path(), text).expect("the file is written");
        self
    }

    /// As it is, with one text in place of another.
    pub fn changed(self, from: &str, to: &str) -> BackEnds {
        let text = std::fs::read_to_string(self.path()).expect("the file is read");
        assert!(text.contains(from), "no {from} in {text}");
        std::fs::write(self.path(), text.replace(from, to)).expect("the file is written");
        self
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
