//! Python exceptions.

use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::{PyErr, create_exception};

use crate::engine::EngineError;

create_exception!(
    threat_indicator,
    ModelError,
    PyException,
    "The model is missing, damaged or of another version; the message names the file."
);

impl From<EngineError> for PyErr {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Model(message) => ModelError::new_err(message),
            EngineError::Option(message) => PyValueError::new_err(message),
            EngineError::Fault(message) => PyRuntimeError::new_err(message),
        }
    }
}
