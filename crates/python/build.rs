//! Puts the model that comes with the project, and the licences, where the wheel is packed from.
//!
//! Only when a wheel is built: maturin says so in `PYO3_BUILD_EXTENSION_MODULE`. Other builds of the
//! workspace copy nothing.

use std::path::Path;
use std::{env, fs, io};

// The module that names the shipped checkpoint: the wheel takes the same one as the programs.
#[path = "../checkpoint/src/shipped.rs"]
#[allow(unreachable_pub)] // in its library it is exported
mod shipped;

/// Set by maturin, for `PyO3` and for us.
const BUILDS_A_WHEEL: &str = "PYO3_BUILD_EXTENSION_MODULE";

fn main() -> Result<(), String> {
    pyo3_build_config::add_extension_module_link_args();
    println!("cargo::rerun-if-env-changed={BUILDS_A_WHEEL}");
    println!("cargo::rerun-if-changed=../checkpoint/src/shipped.rs");
    if env::var_os(BUILDS_A_WHEEL).is_none() {
        return Ok(());
    }
    let source = Path::new("../../checkpoints").join(shipped::SHIPPED);
    let package = Path::new("python/threat_indicator");
    println!("cargo::rerun-if-changed={}", source.display());
    println!("cargo::rerun-if-changed={}", package.join("model").display());
    bundle(&source, &package.join("model")).map_err(|error| {
        format!("cannot put the model {} into the package: {error}", source.display())
    })?;
    bundle_files(Path::new("../.."), &["LICENSE", "LICENSE-APACHE"], &package.join("licenses"))
        .map_err(|error| format!("cannot put the licences into the package: {error}"))
}

/// Makes `target` hold the files and folders of `source` and nothing else. What is the same is not written again:
/// for cargo a newer file would be a reason to run this again, and so for ever.
fn bundle(source: &Path, target: &Path) -> io::Result<()> {
    let files = names(source, Kind::File)?;
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    bundle_files(source, &files, target)?;
    let folders = names(source, Kind::Folder)?;
    for name in names(target, Kind::Folder)?.iter().filter(|name| !folders.contains(name)) {
        fs::remove_dir_all(target.join(name))?;
    }
    folders.iter().try_for_each(|name| bundle(&source.join(name), &target.join(name)))
}

fn bundle_files(source: &Path, files: &[&str], target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for name in names(target, Kind::File)?.iter().filter(|name| !files.contains(&name.as_str())) {
        fs::remove_file(target.join(name))?;
    }
    for name in files {
        let (from, to) = (source.join(name), target.join(name));
        let bytes = fs::read(from)?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        fs::write(to, bytes)?;
    }
    Ok(())
}

/// A kind of entry in a folder.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Folder,
}

/// The names of a folder's entries of one kind.
fn names(folder: &Path, wanted: Kind) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_type()?;
        if found.is_file() && wanted == Kind::File || found.is_dir() && wanted == Kind::Folder {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
