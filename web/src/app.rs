//! What all requests share.

use api::Client;
use chassis::clock::Clock;

use crate::config::Config;
use crate::format::{Campus, UnknownZone};
use crate::session::{KeyError, Keys, Refresher, Vault};

/// What all requests share.
#[derive(Debug)]
pub struct App {
    /// The gateway, without a token.
    pub client: Client,
    /// Seals cookies.
    pub vault: Vault,
    /// Exchanges tokens.
    pub refresher: Refresher,
    /// Time.
    pub clock: Clock,
    /// The campus's clock.
    pub campus: Campus,
    /// Settings.
    pub config: Config,
}

/// Why the pages cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The session keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The gateway's address.
    #[error(transparent)]
    Gateway(#[from] api::client::InvalidBase),
    /// The campus's time zone.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
}

impl App {
    /// Puts it together: reads or makes the session keys; the gateway need not be there yet.
    ///
    /// # Errors
    ///
    /// When the keys cannot be used, or an address or the time zone is wrong.
    pub fn new(config: Config, clock: Clock) -> Result<Self, BuildError> {
        let keys = Keys::load(&config.session_keys)?;
        let client = Client::new(&config.gateway_url)?;
        let campus = Campus::new(&config.time_zone)?;
        let refresher = Refresher::new(client.clone(), clock.clone());
        Ok(Self { client, vault: Vault::new(&keys), refresher, clock, campus, config })
    }
}
