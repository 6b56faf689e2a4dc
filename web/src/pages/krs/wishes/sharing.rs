//! How far the giving of seats is.

use api::{Allocation, AllocationState};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;

use super::{Wished, there};
use crate::error::Failure;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::krs::change::InPeriod;
use crate::view::{Frame, Layout, Meter};
use crate::visit::Visit;

/// Seconds between two looks while seats are given.
const LOOK: i64 = 3;

/// How far the giving of seats is.
pub struct Sharing {
    /// `412 dari 812 mahasiswa selesai, putaran 3`.
    pub text: String,
    /// The bar.
    pub meter: Meter,
    /// Where one looks.
    pub href: String,
    /// Seconds until the next look.
    pub look: i64,
}

impl Sharing {
    /// How far it is; none unless it runs.
    #[must_use]
    pub fn of(visit: &Visit, period: &str, wished: &Wished) -> Option<Self> {
        if wished.state() != AllocationState::Running {
            return None;
        }
        Some(Self::new(visit, period, wished.allocation.as_ref()))
    }

    fn new(visit: &Visit, period: &str, allocation: Option<&Allocation>) -> Self {
        let (settled, students) = allocation.map_or((0, 0), |found| (found.settled, found.students));
        Self {
            text: allocation.map(|found| progress(visit, found)).unwrap_or_default(),
            meter: Meter::new(settled, students),
            href: with_query("/krs/pembagian", &[("periode", period)]),
            look: LOOK,
        }
    }

    /// Seconds after which a browser without scripts loads the page again.
    #[must_use]
    pub fn reload(&self) -> i64 {
        self.look * 2
    }
}

/// `412 dari 812 mahasiswa selesai, putaran 3`.
#[must_use]
pub fn progress(visit: &Visit, allocation: &Allocation) -> String {
    let vars = Vars::new().count("settled", allocation.settled).count("students", allocation.students);
    visit.lang.with("sharing-progress", &vars.count("round", allocation.round.max(1)))
}

/// `krs_sharing.html`: the card alone.
#[derive(Template)]
#[template(path = "krs_sharing.html")]
pub struct SharingPart {
    /// For texts and icons.
    pub f: Frame,
    /// The card.
    pub sharing: Sharing,
}

/// `GET /krs/pembagian`: the card again, for a page that waits. When seats have been given the whole page is loaded.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn look(visit: Visit, Query(period): Query<InPeriod>) -> Result<Response, Failure> {
    visit.user()?.student_id().ok_or(Failure::Forbidden)?;
    let back = with_query("/krs", &[("periode", &period.periode)]);
    if !visit.htmx {
        return Ok(visit.see(&back));
    }
    let allocation = there(visit.client().allocation(&period.periode).await)?;
    if allocation.as_ref().is_some_and(|found| found.state != AllocationState::Running) {
        return Ok(visit.see(&back));
    }
    // Nobody answers: it goes on all the same, and is looked at again.
    let sharing = Sharing::new(&visit, &period.periode, allocation.as_ref());
    Ok(visit.page(&SharingPart { f: visit.frame(visit.t("krs-title"), Layout::Task, "/krs"), sharing }))
}
