//! Settings of the pages, read once at the start.

use std::path::PathBuf;

use axum::http::Uri;
use axum::http::uri::Authority;
use chassis::config::{ConfigErrors, Reader, ServerConfig, from_env};
use ipnet::IpNet;

/// Settings of the pages.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where they are served, logs, limits, end.
    pub server: ServerConfig,
    /// `SIAKAD_GATEWAY_URL`: the gateway, for example `http://127.0.0.1:8081`. Required.
    pub gateway_url: String,
    /// `SIAKAD_PUBLIC_URL`: the address that people type, when a proxy stands in front.
    pub public_url: Option<Uri>,
    /// `SIAKAD_TRUSTED_PROXIES`: networks whose `X-Forwarded-For` counts, separated by commas. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// `SIAKAD_SESSION_KEYS`: file with the keys of the cookies. Default: `web/session.keys` in the data folder.
    pub session_keys: PathBuf,
    /// `SIAKAD_CAMPUS_NAME`: name of the university on the pages.
    pub campus_name: String,
    /// `SIAKAD_TIME_ZONE`: the campus's clock. Default `Asia/Jakarta`.
    pub time_zone: String,
}

impl Config {
    /// Reads the settings of this process.
    ///
    /// # Errors
    ///
    /// All wrong settings at once.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        from_env(Self::read)
    }

    /// Reads them one by one.
    pub fn read(read: &mut Reader) -> Option<Self> {
        let server = ServerConfig::read(read);
        let gateway_url: Option<Uri> = read.required("gateway_url");
        let public_url = read.optional("public_url");
        let proxies: Option<String> = read.optional("trusted_proxies");
        let data: Option<PathBuf> = server.as_ref().map(|server| server.data_dir.clone());
        let default_keys = data.unwrap_or_else(|| "data".into()).join("web").join("session.keys");
        let session_keys = read.or("session_keys", default_keys);
        let campus_name = read.or("campus_name", "Universitas Arunika".to_owned());
        let time_zone = read.or("time_zone", "Asia/Jakarta".to_owned());
        let mut trusted_proxies = Vec::new();
        for text in proxies.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from)) {
                Ok(network) => trusted_proxies.push(network),
                Err(_) => read.wrong("trusted_proxies", format_args!("`{text}` is no network such as 10.0.0.0/8")),
            }
        }
        if let Err(error) = crate::format::Campus::new(&time_zone) {
            read.wrong("time_zone", error);
        }
        let gateway_url = gateway_url.map(|url| url.to_string().trim_end_matches('/').to_owned());
        Some(Self {
            server: server?,
            gateway_url: gateway_url?,
            public_url,
            trusted_proxies,
            session_keys,
            campus_name,
            time_zone,
        })
    }

    /// For tests: a gateway at this address, files under `data`.
    #[must_use]
    pub fn local(gateway_url: &str, data: PathBuf) -> Self {
        Self {
            session_keys: data.join("web").join("session.keys"),
            server: ServerConfig::local(data),
            gateway_url: gateway_url.to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            campus_name: "Universitas Arunika".into(),
            time_zone: "Asia/Jakarta".into(),
        }
    }

    /// Whether people come by https.
    #[must_use]
    pub fn public_is_https(&self) -> bool {
        self.public_url.as_ref().and_then(Uri::scheme_str) == Some("https")
    }

    /// Host and port that people type.
    #[must_use]
    pub fn public_authority(&self) -> Option<&Authority> {
        self.public_url.as_ref().and_then(Uri::authority)
    }
}
