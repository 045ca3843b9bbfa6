//! `threat_indicator._internal`: the scorer as a Python module. What Python's users see is written in
//! Python, in `python/threat_indicator`, over this.
//!
//! # Layout
//!
//! - `scorer`: the class `Scorer`: a column of Python objects in, columns of fields out.
//! - `rows`: what a Python object is as a row: a text, or what is wrong with it.
//! - `fields`: verdicts as columns of Python objects.
//! - `engine`: all that is asked of the crate `scorer`.
//! - `explain`: which words moved a score.
//! - `error`: what is raised.

mod engine;
mod error;
mod explain;
mod fields;
mod rows;
mod scorer;

use pyo3::prelude::*;

/// The part of `threat_indicator` that is written in Rust.
// No state that threads share without a lock: a Python without a global lock may leave it out here, too.
#[pymodule(gil_used = false)]
mod _internal {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::error::ModelError;
    #[pymodule_export]
    use crate::scorer::Scorer;

    /// A text as the model is given it: links, handles, look-alike letters and the like made uniform.
    #[pyfunction]
    fn normalise(text: &str) -> String {
        crate::engine::normalise(text)
    }

    /// Raises a `ValueError` for a precision that does not exist.
    #[pyfunction]
    fn check_precision(name: &str) -> PyResult<()> {
        crate::engine::precision(name)?;
        Ok(())
    }

    /// The SHA-256 that names a checkpoint, of the weights that its folder records, read without opening them.
    #[pyfunction]
    fn model_hash(path: std::path::PathBuf) -> PyResult<String> {
        Ok(crate::engine::model_hash(&path)?)
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
