//! What is shuffled by where nobody names a seed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::error::Fault;

/// A seed that nobody could have known before.
///
/// # Errors
/// A fault when the system has no randomness.
pub(super) fn drawn() -> Result<String, Fault> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(Fault::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(seed))
}
