//! Nothing to build: a build script is what makes cargo take `[build-dependencies]` into account.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
