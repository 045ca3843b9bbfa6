//! The end of a command: all is done, or it was asked to stop before.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// The end of work that can be asked to stop.
#[derive(Debug)]
pub enum Outcome<T> {
    /// All is done.
    Finished(T),
    /// It was asked to stop before.
    Stopped(Stopped),
}

/// What stopped work leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// A training's state.
    Training {
        /// Steps taken.
        step: usize,
        /// Steps of the whole training.
        total_steps: usize,
    },
    /// The figures of the folds that are done.
    Folds {
        /// Folds that are done.
        done: usize,
        /// Folds that were asked for.
        count: usize,
        /// The file with the figures of those, if there are any.
        file: Option<PathBuf>,
    },
    /// Nothing.
    Nothing,
}

impl<T> Outcome<T> {
    /// The same with something else made of what is finished.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Finished(done) => Outcome::Finished(make(done)),
            Self::Stopped(stopped) => Outcome::Stopped(stopped),
        }
    }

    /// Goes on with what is finished.
    ///
    /// # Errors
    /// Those of `next`.
    pub fn and_then<U, E>(self, next: impl FnOnce(T) -> Result<U, E>) -> Result<Outcome<U>, E> {
        match self.map(next) {
            Outcome::Finished(done) => Ok(Outcome::Finished(done?)),
            Outcome::Stopped(stopped) => Ok(Outcome::Stopped(stopped)),
        }
    }
}

impl Display for Stopped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Training { step, total_steps } => {
                write!(
                    f,
                    "stopped after step {step} of {total_steps} and saved: go on with --resume"
                )
            }
            Self::Folds { done, count, file } => {
                write!(f, "stopped with {done} of {count} folds done: ")?;
                match file {
                    Some(file) => write!(f, "figures of those are in {}", file.display())?,
                    None => write!(f, "nothing is written")?,
                }
                write!(f, "; folds are not resumed")
            }
            Self::Nothing => write!(f, "stopped: nothing is written"),
        }
    }
}
