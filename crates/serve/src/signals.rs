//! Signals from the operating system to a running server.

use tokio::sync::mpsc::{Receiver, channel};

/// A wish of the operating system or the person at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM, SIGINT: end cleanly.
    Terminate,
    /// SIGHUP: load checkpoint and keys anew.
    Reload,
}

/// Starts listening. Signals that cannot be caught on this system are left alone.
#[cfg(unix)]
pub(crate) fn listen() -> Receiver<Signal> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, receiver) = channel(4);
    for (kind, wish) in [
        (SignalKind::terminate(), Signal::Terminate),
        (SignalKind::interrupt(), Signal::Terminate),
        (SignalKind::hangup(), Signal::Reload),
    ] {
        let sender = sender.clone();
        match signal(kind) {
            Ok(mut signals) => {
                tokio::spawn(async move {
                    while signals.recv().await.is_some() && sender.send(wish).await.is_ok() {}
                });
            }
            Err(error) => tracing::warn!(%error, ?wish, "a signal cannot be caught"),
        }
    }
    receiver
}

/// Starts listening for Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn listen() -> Receiver<Signal> {
    let (sender, receiver) = channel(4);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Terminate).await.is_ok()
        {
        }
    });
    receiver
}
