//! A limit on the size of files (`ulimit -f`) as an error of the write that meets it.
//!
//! Otherwise the system ends the program in the middle of that write, and what is half-written stays.

/// Makes a write beyond the limit fail as one to a full disk does. To be called when a program starts.
///
/// # Errors
/// If the system does not let signals be handled.
pub fn limit_is_an_error() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        // Whoever handles the signal goes on; that it came is of no interest, the write says so.
        let came = std::sync::Arc::default();
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, came)?;
    }
    Ok(())
}
