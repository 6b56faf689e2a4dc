//! Settings of the gateway; every wrong one is reported at once.

use std::time::Duration;

use chassis::client::Endpoints;
use chassis::config::{Reader, ServerConfig};
use ipnet::IpNet;

/// Everything that the gateway is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every server has.
    pub server: ServerConfig,
    /// `auth_endpoint`: where auth-svc answers.
    pub auth_endpoint: Endpoints,
    /// `student_endpoint`: where student-svc answers.
    pub student_endpoint: Endpoints,
    /// `course_endpoint`: where course-svc answers.
    pub course_endpoint: Endpoints,
    /// `grade_endpoint`: where grade-svc answers.
    pub grade_endpoint: Endpoints,
    /// Limits of requests and traffic.
    pub edge: EdgeConfig,
}

/// Limits of requests and traffic.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// Time that a request has.
    pub budgets: Budgets,
    /// Requests under way at once.
    pub lanes: LaneLimits,
    /// `rate_account_per_second`, `rate_account_burst`: requests of one account, wherever they come from. Default 20
    /// and 100: a page asks several times. However many accounts share an address, none of them is held back for it.
    pub rate_account: Rate,
    /// `rate_address_per_second`, `rate_address_burst`: requests without a valid token of one client address. Default
    /// 100 and 500.
    pub rate_address: Rate,
    /// `rate_login_per_second`, `rate_login_burst`: logins of one client address. A campus network may be one address;
    /// auth-svc slows down guessing per account. Default 50 and 500.
    pub rate_login: Rate,
    /// `rate_refresh_per_second`, `rate_refresh_burst`: exchanges of one refresh token. Each works once; more are
    /// repetitions. Default 2 and 10.
    pub rate_refresh: Rate,
    /// `rate_refresh_address_per_second`, `rate_refresh_address_burst`: exchanges of one client address, whatever the
    /// tokens. A replica of web exchanges tokens for everybody behind it and counts as one address. Default 500 and
    /// 2000.
    pub rate_refresh_address: Rate,
    /// `trusted_proxies`: networks whose `X-Forwarded-For` is believed, separated by commas. The machines that web
    /// runs on belong here, or all its visitors count as one address. Default: loopback.
    pub trusted_proxies: Vec<IpNet>,
    /// `body_limit`: most bytes of a request body. Default 262144: every score of the largest class at once.
    pub body_limit: usize,
    /// `body_budget`: time in which a request body must be there, within the request's own budget. Default 2 s.
    pub body_budget: Duration,
    /// `uri_limit`: most bytes of path and query. Default 4096.
    pub uri_limit: usize,
    /// `cache_fresh`: how long an anonymous answer is served without asking. Default 30 s.
    pub cache_fresh: Duration,
    /// `cache_stale`: how long it is served while its service is out. Default 300 s.
    pub cache_stale: Duration,
    /// `cache_bytes`: most bytes of kept answers. Default 16777216.
    pub cache_bytes: u64,
}

/// Time that a request has, everything included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// `read_budget`. Default 2 s.
    pub read: Duration,
    /// `write_budget`: writes and logins. Default 5 s.
    pub write: Duration,
}

/// Requests under way at once, by what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// `lane_login`. Default 64: what auth-svc lets wait for its password hashes.
    pub login: usize,
    /// `lane_refresh`: exchanges of refresh tokens. Default 512.
    pub refresh: usize,
    /// `lane_read`. Default 1024.
    pub read: usize,
    /// `lane_write`. Default 512.
    pub write: usize,
}

/// A rate with a burst, both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per second in the long run.
    pub per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
}

impl Config {
    /// Reads the settings of the gateway.
    pub fn read(read: &mut Reader) -> Option<Self> {
        let server = ServerConfig::read(read);
        let auth_endpoint = read.required("auth_endpoint");
        let student_endpoint = read.required("student_endpoint");
        let course_endpoint = read.required("course_endpoint");
        let grade_endpoint = read.required("grade_endpoint");
        let edge = EdgeConfig::read(read);
        Some(Self {
            server: server?,
            auth_endpoint: auth_endpoint?,
            student_endpoint: student_endpoint?,
            course_endpoint: course_endpoint?,
            grade_endpoint: grade_endpoint?,
            edge,
        })
    }

    /// Reads the settings of this process.
    ///
    /// # Errors
    /// All wrong settings at once.
    pub fn from_env() -> Result<Self, chassis::config::ConfigErrors> {
        chassis::config::from_env(Self::read)
    }
}

impl Default for EdgeConfig {
    fn default() -> Self {
        Self {
            budgets: Budgets { read: Duration::from_secs(2), write: Duration::from_secs(5) },
            lanes: LaneLimits { login: 64, refresh: 512, read: 1024, write: 512 },
            rate_account: Rate { per_second: 20, burst: 100 },
            rate_address: Rate { per_second: 100, burst: 500 },
            rate_login: Rate { per_second: 50, burst: 500 },
            rate_refresh: Rate { per_second: 2, burst: 10 },
            rate_refresh_address: Rate { per_second: 500, burst: 2000 },
            trusted_proxies: vec![
                IpNet::new_assert([127, 0, 0, 0].into(), 8),
                IpNet::new_assert(std::net::Ipv6Addr::LOCALHOST.into(), 128),
            ],
            body_limit: 256 * 1024,
            body_budget: Duration::from_secs(2),
            uri_limit: 4096,
            cache_fresh: Duration::from_secs(30),
            cache_stale: Duration::from_secs(300),
            cache_bytes: 16 * 1024 * 1024,
        }
    }
}

impl EdgeConfig {
    fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        Self {
            budgets: Budgets {
                read: read.or("read_budget", default.budgets.read),
                write: read.or("write_budget", default.budgets.write),
            },
            lanes: LaneLimits {
                login: at_least_one(read, "lane_login", default.lanes.login),
                refresh: at_least_one(read, "lane_refresh", default.lanes.refresh),
                read: at_least_one(read, "lane_read", default.lanes.read),
                write: at_least_one(read, "lane_write", default.lanes.write),
            },
            rate_account: rate(read, "rate_account", default.rate_account),
            rate_address: rate(read, "rate_address", default.rate_address),
            rate_login: rate(read, "rate_login", default.rate_login),
            rate_refresh: rate(read, "rate_refresh", default.rate_refresh),
            rate_refresh_address: rate(read, "rate_refresh_address", default.rate_refresh_address),
            trusted_proxies: proxies(read, default.trusted_proxies),
            body_limit: at_least_one(read, "body_limit", default.body_limit),
            body_budget: read.or("body_budget", default.body_budget),
            uri_limit: at_least_one(read, "uri_limit", default.uri_limit),
            cache_fresh: read.or("cache_fresh", default.cache_fresh),
            cache_stale: read.or("cache_stale", default.cache_stale),
            cache_bytes: read.or("cache_bytes", default.cache_bytes),
        }
    }
}

fn at_least_one(read: &mut Reader, name: &str, default: usize) -> usize {
    let value = read.or(name, default);
    if value == 0 {
        read.wrong(name, "must be at least 1");
    }
    value
}

fn rate(read: &mut Reader, name: &str, default: Rate) -> Rate {
    let mut part = |suffix: &str, default: u32| {
        let name = format!("{name}_{suffix}");
        let value = read.or(&name, default);
        if value == 0 {
            read.wrong(&name, "must be at least 1");
        }
        value
    };
    Rate { per_second: part("per_second", default.per_second), burst: part("burst", default.burst) }
}

fn proxies(read: &mut Reader, default: Vec<IpNet>) -> Vec<IpNet> {
    let Some(text) = read.optional::<String>("trusted_proxies") else { return default };
    let mut networks = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse::<IpNet>().or_else(|_| part.parse().map(|address: std::net::IpAddr| address.into())) {
            Ok(network) => networks.push(network),
            Err(_) => read.wrong("trusted_proxies", format_args!("{part:?} is not a network such as 10.0.0.0/8")),
        }
    }
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 5] = [
        ("SIAKAD_LISTEN", "127.0.0.1:0"),
        ("SIAKAD_AUTH_ENDPOINT", "https://127.0.0.1:1"),
        ("SIAKAD_STUDENT_ENDPOINT", "https://127.0.0.1:2"),
        ("SIAKAD_COURSE_ENDPOINT", "https://127.0.0.1:3"),
        ("SIAKAD_GRADE_ENDPOINT", "https://127.0.0.1:4"),
    ];

    #[test]
    fn five_settings_are_enough() {
        let config = chassis::config::from_pairs(NEEDED, Config::read).unwrap();
        assert_eq!(config.edge.budgets, EdgeConfig::default().budgets);
    }

    #[test]
    fn every_wrong_setting_is_reported_at_once() {
        let wrong = [
            ("SIAKAD_LANE_READ", "0"),
            ("SIAKAD_LANE_REFRESH", "0"),
            ("SIAKAD_RATE_LOGIN_BURST", "0"),
            ("SIAKAD_RATE_REFRESH_PER_SECOND", "0"),
            ("SIAKAD_RATE_REFRESH_ADDRESS_BURST", "0"),
            ("SIAKAD_BODY_BUDGET", "later"),
            ("SIAKAD_TRUSTED_PROXIES", "10.0.0.0/8, campus"),
            ("SIAKAD_READ_BUDGET", "soon"),
        ];
        let errors = chassis::config::from_pairs(NEEDED.into_iter().chain(wrong), Config::read).unwrap_err();
        assert_eq!(errors.lines().len(), wrong.len(), "{errors}");
        for (name, _) in wrong {
            assert!(errors.lines().iter().any(|line| line.starts_with(name)), "{name}: {errors}");
        }
    }

    #[test]
    fn a_proxy_is_a_network_or_one_address() {
        let proxies = [("SIAKAD_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")];
        let config = chassis::config::from_pairs(NEEDED.into_iter().chain(proxies), Config::read).unwrap();
        assert_eq!(config.edge.trusted_proxies.len(), 2);
    }
}
