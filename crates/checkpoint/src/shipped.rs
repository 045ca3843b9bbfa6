//! The model that comes with the project. A file of its own, so that a build script can read it too.

/// The folder, under [`CHECKPOINTS`](crate::CHECKPOINTS), of the model that comes with the project.
pub const SHIPPED: &str = "threat-v2";
