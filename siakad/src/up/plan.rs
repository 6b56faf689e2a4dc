//! Who listens where, and what each service is told.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use chassis::db::Engine;

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

/// Where one process of a service is.
struct Place {
    service: Service,
    /// From 1.
    replica: u8,
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

impl Place {
    /// The first process of a service is called as the service is.
    fn name(&self) -> String {
        match self.replica {
            1 => self.service.name().to_owned(),
            replica => format!("{}-{replica}", self.service.name()),
        }
    }
}

impl Plan {
    /// Chooses the addresses.
    ///
    /// # Errors
    /// A sentence: an address cannot be had, or SQLite is asked to serve more than one process.
    pub(crate) fn make(args: &UpArgs, layout: &Layout, store: &Store, ports: &mut Ports) -> Result<Self, String> {
        if store.engine() == Engine::Sqlite && args.replicas.iter().any(|replicas| replicas.number > 1) {
            return Err(
                "--replicas: a SQLite file has one process; give --database-url postgres://USER:PASSWORD@HOST \
                        to run more of a service"
                    .to_owned(),
            );
        }
        let mut places = Vec::new();
        let mut moved = Vec::new();
        // The wished ports first, so that no service is given one of them.
        for (service, wished) in [(Service::Web, args.listen), (Service::Gateway, args.api_listen)] {
            let listen = ports.near(wished)?;
            if wished.port() != 0 && listen != wished {
                let what = if service == Service::Web { "the pages are" } else { "the REST API is" };
                moved.push(format!("{wished} is taken; {what} on {listen}"));
            }
            places.push(Place { service, replica: 1, listen, private: ports.free()? });
        }
        for service in Service::WITH_DATABASE {
            let wished = args.replicas.iter().rev().find(|replicas| replicas.service == service);
            for replica in 1..=wished.map_or(1, |replicas| replicas.number) {
                places.push(Place { service, replica, listen: ports.free()?, private: ports.free()? });
            }
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

    /// The private port of each process, in the order in which they start.
    pub(crate) fn private(&self) -> Vec<(String, SocketAddr)> {
        self.in_order().map(|place| (place.name(), place.private)).collect()
    }

    /// Addresses of all processes of a service with a database, with spaces between them.
    pub(crate) fn rpc(&self, service: Service) -> String {
        let places = self.places.iter().filter(|place| place.service == service);
        places.map(|place| place.listen).collect::<chassis::client::Endpoints>().to_string()
    }

    fn in_order(&self) -> impl Iterator<Item = &Place> {
        Service::ALL.into_iter().flat_map(|service| self.places.iter().filter(move |place| place.service == service))
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
            private: self.private().into_iter().collect(),
        }
    }

    /// How each process is started.
    ///
    /// # Errors
    /// The own program cannot be found.
    pub(crate) fn specs(&self) -> Result<Vec<Spec>, String> {
        let program = std::env::current_exe().map_err(|error| format!("cannot find the siakad program: {error}"))?;
        Ok(self.in_order().map(|place| self.spec(place, program.clone())).collect())
    }

    fn spec(&self, place: &Place, program: PathBuf) -> Spec {
        let (service, settings) = (place.service, &self.settings);
        let mut env = vec![
            ("SIAKAD_LISTEN", place.listen.to_string()),
            ("SIAKAD_METRICS_LISTEN", place.private.to_string()),
            ("SIAKAD_DATA_DIR", settings.data.display().to_string()),
            ("SIAKAD_PKI_DIR", settings.pki.display().to_string()),
            ("SIAKAD_LOG_FORMAT", "json".to_owned()),
            ("SIAKAD_TIME_ZONE", settings.time_zone.to_owned()),
            ("SIAKAD_WORKER_THREADS", self.threads(service).to_string()),
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
        Spec { service: service.name(), name: place.name(), program, env }
    }

    /// Worker threads of each process of a service. Its processes on one machine share what one would have: with more, they
    /// would wake each other for fewer calls at a time.
    fn threads(&self, service: Service) -> usize {
        let processes = self.places.iter().filter(|place| place.service == service).count();
        (usize::from(self.settings.worker_threads) / processes).max(1)
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
pub(crate) const NOT_INHERITED: &[&str] = &[
    "SIAKAD_API_LISTEN",
    "SIAKAD_CONFIG",
    "SIAKAD_DATABASE_PREFIX",
    "SIAKAD_DATABASE_URL",
    "SIAKAD_ALLOW_DEMO",
    "SIAKAD_REPLICAS",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(listen: &str) -> Plan {
        made(&["--listen", listen], None).expect("ports")
    }

    fn made(options: &[&str], database: Option<&str>) -> Result<Plan, String> {
        let layout = Layout::at(std::path::Path::new("/srv/siakad"));
        let store = Store::new(&layout, database, "siakad").expect("accepted");
        let words = ["siakad", "--api-listen", "127.0.0.1:0"].iter().chain(options);
        let args = crate::cli::Cli::with_default(words.map(Into::into).collect());
        let crate::cli::Command::Up(args) =
            <crate::cli::Cli as clap::Parser>::try_parse_from(args).expect("accepted").command
        else {
            panic!("up")
        };
        Plan::make(&args, &layout, &store, &mut Ports::new(std::process::id()))
    }

    fn env(plan: &Plan, service: Service) -> std::collections::BTreeMap<&'static str, String> {
        plan.spec(plan.place(service), "siakad".into()).env.into_iter().collect()
    }

    #[test]
    fn every_process_of_a_service_has_an_address_that_all_know() {
        let options = ["--listen", "127.0.0.1:0", "--replicas", "course=3"];
        let plan = made(&options, Some("postgres://db")).expect("ports");
        let names: Vec<_> =
            plan.specs().expect("a program").into_iter().map(|spec| (spec.service, spec.name)).collect();
        let course: Vec<_> = names.iter().filter(|(service, _)| *service == "course").collect();
        assert_eq!(
            course.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
            ["course", "course-2", "course-3"]
        );
        assert_eq!(names.len(), 8);
        let addresses: std::collections::BTreeSet<_> =
            plan.places.iter().filter(|place| place.service == Service::Course).map(|place| place.listen).collect();
        assert_eq!(addresses.len(), 3);
        for service in [Service::Gateway, Service::Grade] {
            let known = &env(&plan, service)["SIAKAD_COURSE_ENDPOINT"];
            assert!(addresses.iter().all(|address| known.contains(&format!("https://{address}"))), "{known}");
        }
        let threads = |service| env(&plan, service)["SIAKAD_WORKER_THREADS"].clone();
        assert_eq!(
            (threads(Service::Course).as_str(), threads(Service::Grade).as_str()),
            ("1", "2"),
            "shared by all three"
        );
        let private = plan.endpoints().private;
        assert!(private.contains_key("course-3") && private.len() == 8);
        let database = env(&plan, Service::Course)["SIAKAD_DATABASE_URL"].clone();
        assert_eq!(database, "postgres://db/siakad_course");

        let refused = made(&options, None).err().expect("SQLite has one process");
        assert!(refused.contains("--database-url"), "{refused}");
        assert!(made(&["--replicas", "course=1"], None).is_ok());
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
