//! TLS towards X: rustls with ring, chosen once for the process.

use std::sync::Once;

/// Installs ring as rustls' provider of cryptography, unless one is installed already. Must run
/// before the first HTTP client is made.
pub fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that the embedding program chose one before, which is its right.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
