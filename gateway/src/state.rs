//! What handlers work with.

use std::sync::Arc;

use chassis::auth::Verifier;
use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::serve::{Readiness, Shutdown};
use proto::auth::v1::accounts_client::AccountsClient;
use proto::auth::v1::sessions_client::SessionsClient;
use proto::common::v1::trust_client::TrustClient;
use proto::course::v1::admission_client::AdmissionClient;
use proto::course::v1::allocations_client::AllocationsClient;
use proto::course::v1::approvals_client::ApprovalsClient;
use proto::course::v1::catalogue_client::CatalogueClient;
use proto::course::v1::curricula_client::CurriculaClient;
use proto::course::v1::krs_client::KrsClient;
use proto::course::v1::offering_client::OfferingClient;
use proto::course::v1::packages_client::PackagesClient;
use proto::course::v1::registration_client::RegistrationClient;
use proto::course::v1::waiting_lists_client::WaitingListsClient;
use proto::grade::v1::grading_client::GradingClient;
use proto::grade::v1::results_client::ResultsClient;
use proto::grade::v1::scales_client::ScalesClient;
use proto::student::v1::structure_client::StructureClient;
use proto::student::v1::students_client::StudentsClient;

use crate::config::EdgeConfig;
use crate::edge::cache::{Keep, Shared};
use crate::edge::traffic::{Lanes, Limiter};

/// Channels to the services behind the gateway.
#[derive(Clone)]
pub struct Links {
    /// auth-svc.
    pub auth: Channel,
    /// student-svc.
    pub student: Channel,
    /// course-svc.
    pub course: Channel,
    /// grade-svc.
    pub grade: Channel,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<Inner>);

struct Inner {
    config: EdgeConfig,
    links: Links,
    verifier: Verifier,
    readiness: Readiness,
    shutdown: Shutdown,
    lanes: Lanes,
    rates: Rates,
    shared: Shared,
}

/// Rate limits.
pub(crate) struct Rates {
    pub(crate) account: Limiter,
    pub(crate) address: Limiter,
    pub(crate) login: Limiter,
    pub(crate) refresh: Limiter,
    pub(crate) refresh_address: Limiter,
}

impl Gateway {
    pub(crate) fn new(
        config: EdgeConfig,
        clock: Clock,
        links: Links,
        verifier: Verifier,
        readiness: Readiness,
        shutdown: Shutdown,
    ) -> Self {
        Self(Arc::new(Inner {
            links,
            verifier,
            readiness,
            shutdown,
            lanes: Lanes::new(&config.lanes),
            rates: Rates {
                account: Limiter::new("account", config.rate_account),
                address: Limiter::new("address", config.rate_address),
                login: Limiter::new("login", config.rate_login),
                refresh: Limiter::new("refresh", config.rate_refresh),
                refresh_address: Limiter::new("refresh_address", config.rate_refresh_address),
            },
            shared: Shared::new(clock, config.cache_bytes),
            config,
        }))
    }

    pub(crate) fn config(&self) -> &EdgeConfig {
        &self.0.config
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Takes requests: nothing of its own is missing, and its end was not asked for.
    pub(crate) async fn is_ready(&self) -> bool {
        !self.0.shutdown.is_requested() && self.0.readiness.missing().await.is_empty()
    }

    pub(crate) fn lanes(&self) -> &Lanes {
        &self.0.lanes
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// Answers that are the same for everybody.
    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// How long answers of the public catalogue are kept.
    pub(crate) fn keep(&self) -> Keep {
        Keep { fresh: self.0.config.cache_fresh, stale: self.0.config.cache_stale }
    }

    pub(crate) fn sessions(&self) -> SessionsClient<Channel> {
        SessionsClient::new(self.0.links.auth.clone())
    }

    pub(crate) fn accounts(&self) -> AccountsClient<Channel> {
        AccountsClient::new(self.0.links.auth.clone())
    }

    pub(crate) fn trust(&self) -> TrustClient<Channel> {
        TrustClient::new(self.0.links.auth.clone())
    }

    pub(crate) fn structure(&self) -> StructureClient<Channel> {
        StructureClient::new(self.0.links.student.clone())
    }

    pub(crate) fn students(&self) -> StudentsClient<Channel> {
        StudentsClient::new(self.0.links.student.clone())
    }

    pub(crate) fn catalogue(&self) -> CatalogueClient<Channel> {
        CatalogueClient::new(self.0.links.course.clone())
    }

    pub(crate) fn offering(&self) -> OfferingClient<Channel> {
        OfferingClient::new(self.0.links.course.clone())
    }

    pub(crate) fn krs(&self) -> KrsClient<Channel> {
        KrsClient::new(self.0.links.course.clone())
    }

    pub(crate) fn waiting(&self) -> WaitingListsClient<Channel> {
        WaitingListsClient::new(self.0.links.course.clone())
    }

    pub(crate) fn packages(&self) -> PackagesClient<Channel> {
        PackagesClient::new(self.0.links.course.clone())
    }

    pub(crate) fn approvals(&self) -> ApprovalsClient<Channel> {
        ApprovalsClient::new(self.0.links.course.clone())
    }

    pub(crate) fn admission(&self) -> AdmissionClient<Channel> {
        AdmissionClient::new(self.0.links.course.clone())
    }

    pub(crate) fn allocations(&self) -> AllocationsClient<Channel> {
        AllocationsClient::new(self.0.links.course.clone())
    }

    pub(crate) fn registration(&self) -> RegistrationClient<Channel> {
        RegistrationClient::new(self.0.links.course.clone())
    }

    pub(crate) fn curricula(&self) -> CurriculaClient<Channel> {
        CurriculaClient::new(self.0.links.course.clone())
    }

    pub(crate) fn grading(&self) -> GradingClient<Channel> {
        GradingClient::new(self.0.links.grade.clone())
    }

    pub(crate) fn results(&self) -> ResultsClient<Channel> {
        ResultsClient::new(self.0.links.grade.clone())
    }

    pub(crate) fn scales(&self) -> ScalesClient<Channel> {
        ScalesClient::new(self.0.links.grade.clone())
    }
}
