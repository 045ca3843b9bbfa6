//! Running a program, and what it says where it refuses.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// Takes the settings of whoever runs the tests away from a program, all but the instruction set: the gate
/// runs some tests at each.
pub fn without_settings(command: &mut Command) -> &mut Command {
    let keys = ["BEARER_TOKEN", "API_KEY", "API_SECRET_KEY"];
    let ours = |name: &str| {
        (name.starts_with("THREAT_") && name != "THREAT_KERNELS") || keys.contains(&name)
    };
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command
}

/// The program under a limit on the size of files, in blocks of the shell's `ulimit -f`.
pub fn limited(blocks: u64, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f \"$0\" && exec \"$@\"", &blocks.to_string()]).arg(program);
    command
}

/// Runs to the end and expects success.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The one line on standard error that begins so, of a program that refused and did not panic.
pub fn one_line(output: &Output, start: &str) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && !said.contains("panicked"), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with(start)).collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

/// The one line that says what is wrong, of a program that ended with this status: 1 for what files hold, 2
/// for what was typed.
pub fn one_error(output: &Output, status: i32) -> String {
    let line = one_line(output, "error: ");
    assert_eq!(output.status.code(), Some(status), "{line}");
    line
}

/// Sends a signal, such as `TERM`, to a process.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(sent.unwrap().success());
}
