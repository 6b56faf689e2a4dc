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
}

/// Where the services of a command's options are: what was given, and for the rest the running `siakad up`.
///
/// # Errors
/// A sentence: nothing was given and nothing is running, or the certificate cannot be read.
pub(crate) fn services(target: &TargetArgs) -> Result<Services, String> {
    let layout = Layout::at(&target.data);
    let running = Endpoints::read(&layout);
    let pki = target.pki.clone().unwrap_or_else(|| layout.pki());
    let address = |service: Service, given: &Option<String>, found: Option<&String>| {
        given.as_ref().or(found).cloned().ok_or_else(|| {
            format!(
                "siakad is not running on {}; start it with `siakad up`, or say with --{}-endpoint where {}-svc is",
                layout.data().display(),
                service.name(),
                service.name()
            )
        })
    };
    let found = running.as_ref();
    let auth = address(Service::Auth, &target.auth_endpoint, found.map(|found| &found.auth))?;
    let student = address(Service::Student, &target.student_endpoint, found.map(|found| &found.student))?;
    let course = address(Service::Course, &target.course_endpoint, found.map(|found| &found.course))?;
    connect(&pki, &auth, &student, &course)
}

/// Connects lazily to the three services.
///
/// # Errors
/// A sentence: a certificate cannot be read, or an address is none.
pub(crate) fn connect(pki: &Path, auth: &str, student: &str, course: &str) -> Result<Services, String> {
    let identity = Identity::load(pki, OPERATOR).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
        format!("the operator's certificate: {error}{cause}")
    })?;
    let one = |service: Service, address: &str| channel(&identity, service, address);
    Ok(Services {
        auth: one(Service::Auth, auth)?,
        student: one(Service::Student, student)?,
        course: one(Service::Course, course)?,
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
