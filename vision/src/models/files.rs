//! The files that `scripts/models.sh` puts into a folder, each known by its hash: what is in there
//! runs in the worker before it has locked itself up.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Why there is no model to run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{0} cannot be read ({1}); scripts/models.sh FOLDER fetches it")]
    Missing(&'static str, std::io::ErrorKind),
    /// A file is not the one that this version was made for.
    #[error("{0} is another file than expected; scripts/models.sh FOLDER fetches the right one")]
    Different(&'static str),
    /// The runtime would report home.
    #[error("ORT_DISABLE_TELEMETRY=1 has to be in the environment before the runtime is loaded")]
    Telemetry,
    /// The runtime does not load or refuses a model.
    #[error("the model runtime: {0}")]
    Runtime(String),
}

/// A file with its name in the folder and its hash.
pub(super) struct Pinned {
    name: &'static str,
    sha256: &'static str,
}

pub(super) const YUNET: Pinned =
    Pinned { name: "yunet.onnx", sha256: "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4" };
pub(super) const CENTERFACE: Pinned = Pinned {
    name: "centerface.onnx",
    sha256: "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
};
pub(super) const OPEN_NSFW: Pinned = Pinned {
    name: "open-nsfw.onnx",
    sha256: "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
};
/// ONNX Runtime 1.28.0: the last that holds no telemetry.
#[cfg(target_arch = "aarch64")]
pub(super) const RUNTIME: Pinned = Pinned {
    name: "libonnxruntime.so",
    sha256: "23a37c2994bc273e1d59a4f49af6cba5bf1cfbc29f04907ec27df375aba50a7d",
};
/// ONNX Runtime 1.28.0: the last that holds no telemetry.
#[cfg(not(target_arch = "aarch64"))]
pub(super) const RUNTIME: Pinned = Pinned {
    name: "libonnxruntime.so",
    sha256: "aa4079d18f4ea7a5f3a94d80cd4bbe0f2740436626622d64d793803a20381083",
};

/// A folder with the models and the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder that `scripts/models.sh` filled.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether every file is there, by name only: what `check-config` can ask cheaply. The worker
    /// compares hashes.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        [YUNET, CENTERFACE, OPEN_NSFW, RUNTIME].iter().all(|file| self.0.join(file.name).is_file())
    }

    /// Reads a file and compares its hash.
    pub(super) fn read(&self, file: &Pinned) -> Result<Vec<u8>, LoadError> {
        let bytes = std::fs::read(self.0.join(file.name))
            .map_err(|error| LoadError::Missing(file.name, error.kind()))?;
        if hex(&Sha256::digest(&bytes)) == file.sha256 {
            Ok(bytes)
        } else {
            Err(LoadError::Different(file.name))
        }
    }

    /// The path of a file whose hash was compared.
    pub(super) fn checked(&self, file: &Pinned) -> Result<PathBuf, LoadError> {
        self.read(file)?;
        let path = self.0.join(file.name);
        path.canonicalize().map_err(|error| LoadError::Missing(file.name, error.kind()))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
