//! The class `Scorer`: a column of Python objects in, columns of fields out.

use std::path::{Path, PathBuf};
use std::str::from_utf8;

use checkpoint::Other;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use scorer::Asked;

use crate::engine::{Engine, EngineError};
use crate::explain::by_word;
use crate::fields::{Columns, Fields, decimal};
use crate::rows::{Row, RowError, row};

/// Rows that are copied out of Python and scored together. Few enough for their copies to be small, and
/// for Ctrl-C to be heard; enough for all threads to have work. Scores do not depend on it.
const ROWS_IN_A_CHUNK: usize = 2048;

/// An open model. Threads may share it; a forked child must open its own.
#[pyclass(frozen, module = "threat_indicator._internal")]
pub(crate) struct Scorer {
    engine: Engine,
    folder: PathBuf,
    max_bytes: usize,
}

#[pymethods]
impl Scorer {
    #[new]
    fn open(
        py: Python<'_>,
        folder: PathBuf,
        precision: &str,
        threads: Option<usize>,
        max_bytes: usize,
    ) -> PyResult<Self> {
        let engine = py.detach(|| Engine::open(&folder, precision, threads))?;
        Ok(Self { engine, folder, max_bytes })
    }

    /// The process that opened it.
    #[getter]
    fn process(&self) -> u32 {
        self.engine.process()
    }

    /// The fields of each object of a list, in its order.
    fn columns<'py>(&self, py: Python<'py>, rows: &Bound<'py, PyList>) -> PyResult<Columns<'py>> {
        let fields = Fields::new(py);
        let mut start = 0;
        loop {
            // The list is the caller's, who may change it meanwhile: what is there is scored.
            let chunk = rows.get_slice(start, start + ROWS_IN_A_CHUNK);
            if chunk.is_empty() {
                return Ok(fields.into_columns());
            }
            let rows: Vec<Row<'py>> =
                chunk.iter().map(|object| row(&object, self.max_bytes)).collect();
            self.add(py, &rows, &fields)?;
            py.check_signals()?;
            start += ROWS_IN_A_CHUNK;
        }
    }

    /// The words of a text and what each adds to its logit.
    fn explain(&self, py: Python<'_>, text: &str) -> PyResult<Vec<(String, f32)>> {
        Ok(py.detach(|| by_word(&self.engine, text))?)
    }

    /// Facts about the model, and the options it was opened with.
    fn model_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (engine, manifest) = (&self.engine, self.engine.manifest());
        let (config, calibration) = (&manifest.config, &manifest.calibration);
        let info = PyDict::new(py);
        info.set_item("name", &config.name)?;
        info.set_item("version", &config.version)?;
        info.set_item("sha256", manifest.sha256())?;
        info.set_item("languages", manifest.languages())?;
        info.set_item("max_length", config.max_length)?;
        info.set_item("threshold", decimal(calibration.threshold))?;
        info.set_item("review", decimal(calibration.bands.review))?;
        info.set_item("priority_review", decimal(calibration.bands.priority_review))?;
        info.set_item("normaliser_version", text::NORMALISER_VERSION)?;
        info.set_item("path", path_as_str(&self.folder))?;
        info.set_item("precision", engine.precision().to_string())?;
        info.set_item("threads", engine.threads())?;
        info.set_item("max_bytes", self.max_bytes)?;
        let others = PyList::empty(py);
        for Other { manifest, .. } in &manifest.others {
            let other = PyDict::new(py);
            other.set_item("name", &manifest.config.name)?;
            other.set_item("version", &manifest.config.version)?;
            other.set_item("sha256", &manifest.weights_sha256)?;
            other.set_item("languages", manifest.config.languages.codes().to_vec())?;
            other.set_item("max_length", manifest.config.max_length)?;
            others.append(other)?;
        }
        info.set_item("others", others)?;
        Ok(info)
    }
}

impl Scorer {
    /// Scores rows and adds their fields. Other Python threads run meanwhile.
    fn add<'py>(&self, py: Python<'py>, rows: &[Row<'py>], fields: &Fields<'py>) -> PyResult<()> {
        let texts: Vec<Result<&str, RowError>> = rows.iter().map(text_of).collect();
        let asked: Vec<Asked<'_>> =
            texts.iter().filter_map(|text| text.ok().map(Asked::new)).collect();
        let verdicts = py.detach(|| self.engine.judge(&asked))?;
        let mut verdicts = verdicts.iter();
        for text in texts {
            if let Err(error) = text {
                fields.push_error(error)?;
            } else {
                let missing = || EngineError::Fault("a text got no answer".to_owned());
                fields.push(verdicts.next().ok_or_else(missing)?)?;
            }
        }
        Ok(())
    }
}

fn text_of<'a>(row: &'a Row<'_>) -> Result<&'a str, RowError> {
    let bytes: &'a Bound<'_, PyBytes> = row.as_ref().map_err(|error| *error)?;
    from_utf8(bytes.as_bytes()).map_err(|_| RowError::InvalidText)
}

fn path_as_str(path: &Path) -> String {
    path.display().to_string()
}
