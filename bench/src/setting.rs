//! What somebody wants to be otherwise than it is shipped.

use std::fmt;
use std::str::FromStr;

use crate::system::SERVICES;

/// A setting of one of the services that is not what they are shipped with.
#[derive(Debug, Clone)]
pub struct Setting {
    pub(crate) service: String,
    /// The variable that it is read from.
    pub(crate) name: String,
    pub(crate) value: String,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value)));
        let Some(((service, name), value)) = parts else { return Err("wanted: service.name=value".to_owned()) };
        if !SERVICES.contains(&service) {
            return Err(format!("no such service; there are {}", SERVICES.join(", ")));
        }
        let name = format!("SIAKAD_{}", name.to_uppercase());
        Ok(Self { service: service.to_owned(), name, value: value.to_owned() })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, name, value } = self;
        write!(f, "{service}: {name}={value}")
    }
}
