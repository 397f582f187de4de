//! ONNX Runtime: one environment a process, one thread, nothing sent anywhere.

use ort::{
    environment::Environment,
    ep::CPU,
    session::{SessionOutputs, builder::GraphOptimizationLevel},
    value::TensorRef,
};

use super::files::{Folder, LoadError, RUNTIME};

/// The loaded library. There can be one in a process.
pub struct Runtime(Environment);

/// A model that is ready to run.
pub struct Session {
    session: ort::session::Session,
    input: &'static str,
}

impl Runtime {
    /// Loads the library of a folder.
    ///
    /// # Errors
    /// When the environment lacks `ORT_DISABLE_TELEMETRY=1`, or the library is missing, different
    /// or does not load.
    pub fn open(folder: &Folder) -> Result<Self, LoadError> {
        // From 1.29 on it starts to report while it is being loaded; the builder's own switch comes
        // too late for that. The pinned version has none of it. Whoever pins another is safe all
        // the same.
        if std::env::var_os("ORT_DISABLE_TELEMETRY").is_none_or(|value| value != "1") {
            return Err(LoadError::Telemetry);
        }
        let path = folder.checked(&RUNTIME)?;
        let builder = ort::init_from(path).map_err(|error| LoadError::Runtime(error.to_string()))?;
        builder.with_name("vision").with_telemetry(false).build().map(Self).map_err(told)
    }

    /// Makes a model ready.
    ///
    /// # Errors
    /// When the runtime refuses it.
    pub fn session(&self, model: &[u8], input: &'static str) -> Result<Session, LoadError> {
        let builder = ort::session::Session::builder(&self.0).map_err(told)?;
        let builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(told)?;
        let builder = builder.with_intra_threads(1).map_err(told)?.with_inter_threads(1).map_err(told)?;
        let builder = builder.with_intra_op_spinning(false).map_err(told)?;
        // The arena keeps what the largest picture took, for each model: 50 MB of a worker's 240.
        // Without it a run costs the same.
        let cpu = CPU::default().with_arena_allocator(false).build();
        let mut builder = builder.with_execution_providers([cpu]).map_err(told)?;
        let session = builder.commit_from_memory(model).map_err(told)?;
        Ok(Session { session, input })
    }
}

fn told<Whose>(error: ort::Error<Whose>) -> LoadError {
    LoadError::Runtime(error.to_string())
}

/// What a run gave, to be asked by name.
pub struct Ran<'a>(SessionOutputs<'a>);

impl Session {
    /// Runs the model.
    ///
    /// # Errors
    /// When the runtime says so: the shape does not fit, or memory ran out.
    pub fn run(&mut self, shape: [usize; 4], values: &[f32]) -> Result<Ran<'_>, ort::Error> {
        let tensor = TensorRef::from_array_view((shape, values))?;
        self.session.run(ort::inputs![self.input => tensor]).map(Ran)
    }
}

impl Ran<'_> {
    /// An output's numbers. Empty when there is none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> &[f32] {
        self.0
            .get(name)
            .and_then(|value| value.try_extract_tensor::<f32>().ok())
            .map_or(&[], |(_, numbers)| numbers)
    }
}
