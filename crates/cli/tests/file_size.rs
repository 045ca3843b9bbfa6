//! A test that needs a process with a limit on file size.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;

use testkit::program::limited;

/// Environment variable with the path that the limited process writes to; set for that process only.
const PLACE: &str = "THREAT_TEST_PLACE";

#[test]
fn a_write_beyond_the_limit_of_files_is_an_error_and_not_the_end() {
    if let Some(place) = std::env::var_os(PLACE) {
        cli::file_size::limit_is_an_error().unwrap();
        let error = std::fs::write(place, vec![0; 1 << 20]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ended = limited(8, std::env::current_exe().unwrap())
        .arg("a_write_beyond")
        .env(PLACE, folder.path().join("file"))
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
}
