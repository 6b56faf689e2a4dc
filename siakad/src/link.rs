//! Connections of the command line to the services, with the operator's own certificate.

use std::path::Path;
use std::time::Duration;

use chassis::client::ClientConfig;
use chassis::error::Fault;
use chassis::pki::Identity;
use tonic::Status;

use crate::cli::TargetArgs;
use crate::layout::{Endpoints, Layout};
use crate::services::Service;

/// Name of the command line in its certificate.
pub(crate) const OPERATOR: &str = "siakad";

/// An operator is not in a hurry: time for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to one service.
pub(crate) type Channel = chassis::client::Channel;

/// Connections to the services that an operator talks to.
#[derive(Clone)]
pub(crate) struct Services {
    /// auth-svc.
    pub(crate) auth: Channel,
    /// student-svc.
    pub(crate) student: Channel,
    /// course-svc.
    pub(crate) course: Channel,
    /// grade-svc.
    pub(crate) grade: Channel,
}

impl Services {
    /// The connection to a service; `None` for those that are not called by gRPC.
    pub(crate) fn channel(&self, service: Service) -> Option<&Channel> {
        match service {
            Service::Auth => Some(&self.auth),
            Service::Student => Some(&self.student),
            Service::Course => Some(&self.course),
            Service::Grade => Some(&self.grade),
            Service::Gateway | Service::Web => None,
        }
    }
}

/// Where the services of a command's options are: what was given, and for the rest the running `siakad up`.
///
/// # Errors
/// A sentence: nothing was given and nothing is running, or the certificate cannot be read.
pub(crate) fn services(target: &TargetArgs) -> Result<Services, String> {
    let layout = Layout::at(&target.data);
    let running = Endpoints::read(&layout);
    let pki = target.pki.clone().unwrap_or_else(|| layout.pki());
    let address = |service: Service| {
        let given = match service {
            Service::Auth => &target.auth_endpoint,
            Service::Student => &target.student_endpoint,
            Service::Course => &target.course_endpoint,
            Service::Grade => &target.grade_endpoint,
            Service::Gateway | Service::Web => &None,
        };
        let found = running.as_ref().and_then(|found| found.rpc(service));
        given.as_deref().or(found).map(str::to_owned).ok_or_else(|| {
            format!(
                "siakad is not running on {}; start it with `siakad up`, or say with --{}-endpoint where {}-svc is",
                layout.data().display(),
                service.name(),
                service.name()
            )
        })
    };
    connect(&pki, address)
}

/// Connects lazily to the services that an operator talks to; `address` says where each is.
///
/// # Errors
/// A sentence: a certificate cannot be read, or an address is none.
pub(crate) fn connect(pki: &Path, address: impl Fn(Service) -> Result<String, String>) -> Result<Services, String> {
    let identity = Identity::load(pki, OPERATOR).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
        format!("the operator's certificate: {error}{cause}")
    })?;
    let one = |service: Service| channel(&identity, service, &address(service)?);
    Ok(Services {
        auth: one(Service::Auth)?,
        student: one(Service::Student)?,
        course: one(Service::Course)?,
        grade: one(Service::Grade)?,
    })
}

fn channel(identity: &Identity, service: Service, address: &str) -> Result<Channel, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("address of {}-svc: {why}", service.name());
    let endpoint = address.parse().map_err(|error| wrong(&error))?;
    let config = ClientConfig { default_deadline: PATIENCE, ..ClientConfig::new(endpoint, service.name(), identity) };
    chassis::client::connect(config).map_err(|error| wrong(&error))
}

/// What a service answered, for people.
pub(crate) fn said(status: &Status) -> String {
    let fault = Fault::from_status(status);
    let mut said = format!("{} ({})", fault.message(), fault.reason());
    for field in fault.fields() {
        said.push_str(&format!("; {}: {}", field.field, field.reason));
    }
    for refusal in fault.refusals() {
        let facts: Vec<String> = refusal.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        said.push_str(&format!("; {} {}", refusal.reason, facts.join(", ")));
    }
    said
}
