//! Who listens where, and what each service is told.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::child::Spec;
use super::ports::{Ports, reachable};
use crate::cli::UpArgs;
use crate::layout::{Endpoints, Layout};
use crate::services::Service;
use crate::store::Store;

/// Addresses and settings of one run. They stay the same when a service is started again.
pub(crate) struct Plan {
    places: Vec<Place>,
    settings: Settings,
    moved: Vec<String>,
}

struct Place {
    service: Service,
    listen: SocketAddr,
    private: SocketAddr,
}

struct Settings {
    data: PathBuf,
    pki: PathBuf,
    store: Store,
    time_zone: &'static str,
    worker_threads: u16,
    /// What the person who starts the system says of proxies in front of it.
    proxies: Option<String>,
}

impl Plan {
    /// Chooses the addresses.
    ///
    /// # Errors
    /// A sentence: an address cannot be had.
    pub(crate) fn make(args: &UpArgs, layout: &Layout, store: &Store, ports: &mut Ports) -> Result<Self, String> {
        let mut places = Vec::new();
        let mut moved = Vec::new();
        // The wished ports first, so that no service is given one of them.
        for (service, wished) in [(Service::Web, args.listen), (Service::Gateway, args.api_listen)] {
            let listen = ports.near(wished)?;
            if wished.port() != 0 && listen != wished {
                let what = if service == Service::Web { "the pages are" } else { "the REST API is" };
                moved.push(format!("{wished} is taken; {what} on {listen}"));
            }
            places.push(Place { service, listen, private: ports.free()? });
        }
        for service in Service::WITH_DATABASE {
            places.push(Place { service, listen: ports.free()?, private: ports.free()? });
        }
        let settings = Settings {
            data: layout.data().to_owned(),
            pki: layout.pki(),
            store: store.clone(),
            time_zone: args.time_zone.name(),
            worker_threads: args.worker_threads,
            proxies: std::env::var(TRUSTED_PROXIES).ok(),
        };
        Ok(Self { places, settings, moved })
    }

    /// Sentences about ports that were taken.
    pub(crate) fn moved(&self) -> &[String] {
        &self.moved
    }

    fn place(&self, service: Service) -> &Place {
        let found = self.places.iter().find(|place| place.service == service);
        found.expect("every service has a place")
    }

    /// The private port of a service.
    pub(crate) fn private(&self, service: Service) -> SocketAddr {
        self.place(service).private
    }

    /// gRPC address of a service with a database.
    pub(crate) fn rpc(&self, service: Service) -> String {
        format!("https://{}", self.place(service).listen)
    }

    fn http(&self, service: Service) -> String {
        format!("http://{}", reachable(self.place(service).listen))
    }

    /// Whether nobody outside this machine can reach the pages or the API.
    pub(crate) fn is_local(&self) -> bool {
        [Service::Web, Service::Gateway].iter().all(|service| self.place(*service).listen.ip().is_loopback())
    }

    /// Where everything is, for other commands.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints {
            pid: std::process::id(),
            web: self.http(Service::Web),
            gateway: self.http(Service::Gateway),
            auth: self.rpc(Service::Auth),
            student: self.rpc(Service::Student),
            course: self.rpc(Service::Course),
            grade: self.rpc(Service::Grade),
            private: self.places.iter().map(|place| (place.service.name().to_owned(), place.private)).collect(),
        }
    }

    /// How a service is started.
    ///
    /// # Errors
    /// The own program cannot be found.
    pub(crate) fn spec(&self, service: Service) -> Result<Spec, String> {
        let program = std::env::current_exe().map_err(|error| format!("cannot find the siakad program: {error}"))?;
        let (place, settings) = (self.place(service), &self.settings);
        let mut env = vec![
            ("SIAKAD_LISTEN", place.listen.to_string()),
            ("SIAKAD_METRICS_LISTEN", place.private.to_string()),
            ("SIAKAD_DATA_DIR", settings.data.display().to_string()),
            ("SIAKAD_PKI_DIR", settings.pki.display().to_string()),
            ("SIAKAD_LOG_FORMAT", "json".to_owned()),
            ("SIAKAD_TIME_ZONE", settings.time_zone.to_owned()),
            ("SIAKAD_WORKER_THREADS", settings.worker_threads.to_string()),
            // Nothing stands in front that has to notice the end.
            ("SIAKAD_DRAIN_LINGER", "0s".to_owned()),
            ("SIAKAD_DRAIN_WAIT", "5s".to_owned()),
        ];
        if Service::WITH_DATABASE.contains(&service) {
            env.push(("SIAKAD_DATABASE_URL", settings.store.url(service)));
        }
        if service == Service::Web {
            env.push(("SIAKAD_GATEWAY_URL", self.http(Service::Gateway)));
        } else {
            env.push(("SIAKAD_AUTH_ENDPOINT", self.rpc(Service::Auth)));
            env.push(("SIAKAD_STUDENT_ENDPOINT", self.rpc(Service::Student)));
            env.push(("SIAKAD_COURSE_ENDPOINT", self.rpc(Service::Course)));
            env.push(("SIAKAD_GRADE_ENDPOINT", self.rpc(Service::Grade)));
        }
        if service == Service::Gateway {
            env.push((TRUSTED_PROXIES, trusted(settings.proxies.as_deref(), reachable(place.listen).ip())));
        }
        if service == Service::Auth && self.is_local() {
            env.push(("SIAKAD_ALLOW_DEMO", "true".to_owned()));
        }
        Ok(Spec { name: service.name(), program, env })
    }
}

/// Networks whose `X-Forwarded-For` is believed; web and the gateway both read it.
const TRUSTED_PROXIES: &str = "SIAKAD_TRUSTED_PROXIES";

/// Whom the gateway believes about a client's address: the proxies that were named, and web beside it, whose calls come
/// from loopback or from the address that the gateway itself listens on. Without it all people who use the pages
/// would share the limits of one address.
fn trusted(named: Option<&str>, gateway: IpAddr) -> String {
    let mut networks: Vec<_> = named.into_iter().flat_map(|named| named.split(',')).map(str::trim).collect();
    let own = gateway.to_string();
    networks.retain(|network| !network.is_empty());
    networks.extend(["127.0.0.0/8", "::1"]);
    if !gateway.is_loopback() {
        networks.push(&own);
    }
    networks.join(",")
}

/// Settings of `up` itself, and of a single process, that must not reach the services from its environment.
pub(crate) const NOT_INHERITED: &[&str] =
    &["SIAKAD_API_LISTEN", "SIAKAD_CONFIG", "SIAKAD_DATABASE_PREFIX", "SIAKAD_DATABASE_URL", "SIAKAD_ALLOW_DEMO"];

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(listen: &str) -> Plan {
        let layout = Layout::at(std::path::Path::new("/srv/siakad"));
        let store = Store::new(&layout, None, "siakad").expect("accepted");
        let args = crate::cli::Cli::with_default(
            ["siakad", "--listen", listen, "--api-listen", "127.0.0.1:0"].map(Into::into).into(),
        );
        let crate::cli::Command::Up(args) =
            <crate::cli::Cli as clap::Parser>::try_parse_from(args).expect("accepted").command
        else {
            panic!("up")
        };
        Plan::make(&args, &layout, &store, &mut Ports::new(std::process::id())).expect("ports")
    }

    fn env(plan: &Plan, service: Service) -> std::collections::BTreeMap<&'static str, String> {
        plan.spec(service).expect("a program").env.into_iter().collect()
    }

    #[test]
    fn services_listen_on_loopback_and_know_each_other() {
        let plan = plan("127.0.0.1:0");
        let mut seen = std::collections::BTreeSet::new();
        for service in Service::ALL {
            let place = plan.place(service);
            assert!(place.listen.ip().is_loopback() && place.private.ip().is_loopback());
            assert!(seen.insert(place.listen.port()) && seen.insert(place.private.port()), "a port twice");
        }
        let course = env(&plan, Service::Course);
        assert_eq!(course["SIAKAD_DATABASE_URL"], "sqlite:/srv/siakad/course.db");
        assert_eq!(course["SIAKAD_STUDENT_ENDPOINT"], plan.rpc(Service::Student));
        assert_eq!(course["SIAKAD_GRADE_ENDPOINT"], plan.rpc(Service::Grade));
        let grade = env(&plan, Service::Grade);
        assert_eq!(grade["SIAKAD_DATABASE_URL"], "sqlite:/srv/siakad/grade.db");
        for endpoint in ["SIAKAD_AUTH_ENDPOINT", "SIAKAD_STUDENT_ENDPOINT", "SIAKAD_COURSE_ENDPOINT"] {
            assert!(grade[endpoint].starts_with("https://127.0.0.1:"), "{endpoint}");
        }
        assert!(env(&plan, Service::Gateway).contains_key("SIAKAD_GRADE_ENDPOINT"));
        let web = env(&plan, Service::Web);
        assert_eq!(web["SIAKAD_GATEWAY_URL"], plan.endpoints().gateway);
        assert!(!web.contains_key("SIAKAD_DATABASE_URL") && !web.contains_key("SIAKAD_COURSE_ENDPOINT"));
    }

    #[test]
    fn the_gateway_believes_web_about_its_visitors() {
        let local = plan("127.0.0.1:0");
        let proxies = &env(&local, Service::Gateway)[TRUSTED_PROXIES];
        assert!(proxies.ends_with("127.0.0.0/8,::1"), "{proxies}");
        assert!(!env(&local, Service::Web).contains_key(TRUSTED_PROXIES), "web believes no browser");
        let here = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(trusted(Some("10.0.0.0/8, 192.0.2.1"), here), "10.0.0.0/8,192.0.2.1,127.0.0.0/8,::1");
        assert_eq!(trusted(None, IpAddr::from([192, 0, 2, 7])), "127.0.0.0/8,::1,192.0.2.7");
    }

    #[test]
    fn demo_accounts_are_for_loopback_only() {
        let local = plan("127.0.0.1:0");
        assert_eq!(env(&local, Service::Auth)["SIAKAD_ALLOW_DEMO"], "true");
        let public = plan("0.0.0.0:0");
        assert!(!public.is_local());
        assert!(!env(&public, Service::Auth).contains_key("SIAKAD_ALLOW_DEMO"));
        assert!(public.endpoints().web.starts_with("http://127.0.0.1:"), "this machine reaches it by loopback");
    }
}
