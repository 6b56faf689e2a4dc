//! Keeping periods and their windows.

use std::collections::HashSet;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Period;
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::allocation::AllocationState;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::Registration;
use crate::rules::window::{self, Window};
use crate::store::{campus, periods, plans};
use chassis::once::{self, Answer, with_retries};

/// A period as the registrar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Code.
    pub code: PeriodCode,
    /// How far it is.
    pub state: PeriodState,
    /// Windows, all of them.
    pub windows: Vec<Window>,
    /// How registration runs; `None` keeps what is set.
    pub registration: Option<Registration>,
    /// The version that was read.
    pub version: i64,
}

impl Draft {
    fn period(self, version: i64, kept: Registration, allocation: AllocationState) -> Period {
        let registration = self.registration.unwrap_or(kept);
        let Self { code, state, windows, .. } = self;
        Period { code, state, windows, registration, allocation, version }
    }
}

/// Makes a period with its windows. Its version is given here.
///
/// # Errors
/// `Fields` for scopes that name nothing, `Duplicate` when there is such a period.
pub async fn create(app: &App, draft: &Draft, scope: Option<&Scope>) -> Result<Answer<Period>, Error> {
    let answer = with_retries::<_, Error, _>(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        check_scopes(&mut tx, draft).await?;
        let period = draft.clone().period(1, Registration::default(), AllocationState::default());
        let inserted = periods::insert(&mut tx, &period).await;
        inserted.map_err(|error| Error::unless_taken(error, "pk_period", reasons::PERIOD_EXISTS))?;
        events::put(&mut tx, events::period(&period), now).await?;
        once::commit(tx, scope, || convert::encoded(&convert::period(&period)), now).await?;
        Ok(Answer::Done(period))
    })
    .await?;
    app.catalogue.offering_changed(draft.code);
    app.admissions.period_changed(draft.code);
    Ok(answer)
}

/// Changes a period and replaces its windows, if `draft.version` is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` for scopes that name nothing, `Refused` for a step back that a period cannot take, or that
/// would hide students' plans from them, or that ends what an allocation is doing at this moment.
pub async fn update(app: &App, draft: &Draft) -> Result<Period, Error> {
    let period = with_retries::<_, Error, _>(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let replanned = draft.state == PeriodState::Planned;
        // Who makes a plan at this moment is waited for, and finds the period planned, or is counted.
        let known = match replanned {
            true => periods::lock_out(&mut tx, draft.code).await?,
            false => periods::lock(&mut tx, draft.code).await?,
        };
        let known = known.ok_or(Error::Absent("period"))?;
        if known.version != draft.version {
            return Err(Error::Stale);
        }
        check_scopes(&mut tx, draft).await?;
        if !known.state.may_become(draft.state) {
            return Err(Error::Refused(vec![Refusal::PeriodStateOrder { from: known.state, to: draft.state }]));
        }
        if replanned && known.state != PeriodState::Planned {
            let students = plans::count(&mut tx, draft.code).await?;
            if students > 0 {
                return Err(Error::Refused(vec![Refusal::PeriodHasPlans { students }]));
            }
        }
        let period = draft.clone().period(known.version + 1, known.registration, known.allocation);
        let changed = |period: &Period| (period.state, period.registration.seat_policy);
        if known.allocation == AllocationState::Running && changed(&period) != changed(&known) {
            return Err(Error::Refused(vec![Refusal::AllocationPending { state: known.allocation }]));
        }
        periods::update(&mut tx, &period).await?;
        events::put(&mut tx, events::period(&period), now).await?;
        tx.commit().await?;
        Ok(period)
    })
    .await?;
    app.catalogue.offering_changed(period.code);
    app.admissions.period_changed(period.code);
    Ok(period)
}

/// Whether the faculties and programmes that the windows name are known.
async fn check_scopes(tx: &mut Tx, draft: &Draft) -> Result<(), Error> {
    let faculties: HashSet<_> = campus::faculty_codes(&mut *tx).await?.into_iter().collect();
    let programmes: HashSet<_> = campus::programmes(tx).await?.into_iter().map(|(code, _)| code).collect();
    let unknown = |scope: &window::Scope| match scope {
        window::Scope::Faculty(code) if !faculties.contains(code) => Some(reasons::UNKNOWN_FACULTY),
        window::Scope::Programme(code) if !programmes.contains(code) => Some(reasons::UNKNOWN_PROGRAMME),
        _ => None,
    };
    let faults: Vec<_> = draft
        .windows
        .iter()
        .enumerate()
        .filter_map(|(n, window)| Some((n, unknown(&window.scope)?)))
        .map(|(n, reason)| FieldFault::new(format!("windows[{n}].scope_key"), reason, "names nothing that is known"))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Fields(faults)) }
}
