//! The waiting room in front of the registration: the countdown before it opens, the place in line afterwards. Reading
//! goes on meanwhile; what changes a plan waits.

use api::{Admission, AdmissionState, Plan};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::change::InPeriod;
use crate::error::Failure;
use crate::format::{countdown, mark};
use crate::i18n::Vars;
use crate::local::with_query;
use crate::session::Ticket;
use crate::view::{Frame, Layout};
use crate::visit::Visit;

/// Seconds between two looks, at least and at most.
const LOOK_MIN: i64 = 2;
const LOOK_MAX: i64 = 60;

/// Seconds between two loads of the whole page, at least.
const RELOAD_MIN: i64 = 5;

/// What is counted down by the second; farther away the date is enough.
const COUNTED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The card of the waiting room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Icon.
    pub icon: &'static str,
    /// Heading.
    pub title: String,
    /// What it means, what is safe, what to do.
    pub text: String,
    /// The number that one looks at: a countdown, or how many are ahead; may be empty.
    pub big: String,
    /// Seconds that a countdown has left.
    pub left: Option<i64>,
    /// Between hours, minutes and seconds.
    pub mark: char,
    /// Place, time of admission: heading and text.
    pub facts: Vec<(String, String)>,
    /// What is said below in small letters.
    pub small: Vec<String>,
    /// Seconds until the next look.
    pub look: i64,
    /// Where one looks.
    pub href: String,
}

/// `krs_room.html`: the card alone.
#[derive(Template)]
#[template(path = "krs_room.html")]
pub struct RoomPart {
    /// For texts and icons.
    pub f: Frame,
    /// The card.
    pub room: Room,
}

/// Whether a plan may be changed in this state.
#[must_use]
pub fn may_begin(state: AdmissionState) -> bool {
    matches!(state, AdmissionState::Open | AdmissionState::Admitted)
}

/// Asks where the student stands. `None` when the turn of the ticket in hand has come, or when nobody can say: then
/// reading goes on, and every change is judged behind the gateway.
///
/// # Errors
///
/// When nobody is logged in any more.
pub(super) async fn ask(visit: &Visit, student: &str, period: &str) -> Result<Option<Admission>, Failure> {
    let now = visit.app.clock.now();
    if visit.ticket(period).and_then(|ticket| ticket.admitted_at).is_some_and(|at| at <= now) {
        return Ok(None);
    }
    enter(visit, student, period).await
}

/// As [`ask`], whatever ticket is in hand.
///
/// # Errors
///
/// When nobody is logged in any more.
pub(super) async fn enter(visit: &Visit, student: &str, period: &str) -> Result<Option<Admission>, Failure> {
    match visit.client().enter_admission(student, period).await {
        Ok(admission) => Ok(Some(admission)),
        Err(error) if error.status() == Some(401) => Err(Failure::LoginNeeded),
        Err(_) => Ok(None),
    }
}

/// Keeps the ticket in the session.
pub(super) fn keep(visit: &mut Visit, period: &str, admission: &Admission) {
    if let Some(word) = &admission.ticket {
        let (period, word) = (period.to_owned(), word.clone());
        visit.remember_ticket(Ticket { period, word, admitted_at: admission.admitted_at });
    }
}

/// Whether it is the waiting room that says no.
#[must_use]
pub fn is_waiting(error: &api::client::Error) -> bool {
    ["admission-needed", "admission-waiting", "admission-ticket-malformed"].iter().any(|word| error.has_reason(word))
}

/// `GET /krs/antrean`: the card again, for a page that waits. When the turn has come the whole page is loaded.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn look(mut visit: Visit, Query(period): Query<InPeriod>) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let period = period.periode;
    let back = with_query("/krs", &[("periode", &period)]);
    if !visit.htmx {
        return Ok(visit.see(&back));
    }
    let admission = enter(&visit, &student, &period).await?;
    if let Some(admission) = &admission {
        keep(&mut visit, &period, admission);
    }
    let room = match &admission {
        Some(admission) => Room::of(&visit, &period, admission),
        // Nobody answers: the card stays as it is, and is looked at again later.
        None => {
            let mut room = Room::silent(&visit, &period);
            room.look = LOOK_MAX / 2;
            Some(room)
        }
    };
    match room {
        Some(room) => {
            let f = visit.frame(visit.t("krs-title"), Layout::Task, "/krs");
            Ok(visit.page(&RoomPart { f, room }))
        }
        None => Ok(visit.see(&back)),
    }
}

impl Room {
    /// The card; none when one may begin.
    #[must_use]
    pub fn of(visit: &Visit, period: &str, admission: &Admission) -> Option<Self> {
        match admission.state {
            AdmissionState::Admitted => None,
            // Nobody is kept waiting, but the window is still to open.
            AdmissionState::Open => {
                let opens = admission.opens_at.filter(|opens| *opens > admission.now)?;
                (opens.duration_since(admission.now) < COUNTED)
                    .then(|| Self::before(visit, period, opens, admission.now, None))
            }
            AdmissionState::Waiting => Some(Self::line(visit, period, admission)),
            AdmissionState::Early | AdmissionState::Noted => {
                Some(Self::before(visit, period, admission.opens_at?, admission.now, Some(admission)))
            }
        }
    }

    /// The countdown of a registration without a waiting room; none when it is open, over, or far away.
    #[must_use]
    pub fn of_plan(visit: &Visit, plan: &Plan) -> Option<Self> {
        let now = visit.app.clock.now();
        let opens = plan.window.as_ref()?.opens_at;
        let soon = opens > now && opens.duration_since(now) < COUNTED;
        soon.then(|| Self::before(visit, &plan.period_code, opens, now, None))
    }

    /// Seconds after which a browser without scripts loads the page again.
    #[must_use]
    pub fn reload(&self) -> i64 {
        self.look.max(RELOAD_MIN)
    }

    fn before(visit: &Visit, period: &str, opens: Timestamp, now: Timestamp, room: Option<&Admission>) -> Self {
        let (lang, campus) = (visit.lang, &visit.app.campus);
        let left = opens.duration_since(now).as_secs().max(0);
        let counted = left < COUNTED.as_secs();
        let vars = || Vars::new().text("date", campus.date_time(lang, opens));
        let key = match room.map(|room| room.state) {
            Some(AdmissionState::Noted) => "room-noted",
            Some(_) => "room-early",
            None => "room-countdown",
        };
        let mut small = Vec::new();
        if let Some(room) = room.filter(|room| room.noted > 0) {
            small.push(lang.with("room-noted-count", &Vars::new().count("count", room.noted)));
        }
        if room.is_some() {
            small.push(lang.t("room-refreshes"));
        }
        Self {
            icon: "calendar-days",
            title: lang.with("room-before", &vars()),
            text: lang.t(key),
            big: if counted { countdown(lang, left) } else { String::new() },
            left: counted.then_some(left),
            mark: mark(lang),
            facts: Vec::new(),
            small,
            // The countdown itself looks once more when it has run out.
            look: if room.is_some() { LOOK_MAX } else { LOOK_MAX * 5 }.min(left.max(LOOK_MIN)),
            href: address(period),
        }
    }

    fn line(visit: &Visit, period: &str, admission: &Admission) -> Self {
        let (lang, campus) = (visit.lang, &visit.app.campus);
        let wait = admission.admitted_at.map(|at| at.duration_since(admission.now).as_secs().max(0));
        let minutes = wait.map(|wait| (wait + 59) / 60);
        let mut facts = vec![(lang.t("room-place"), admission.place.to_string())];
        if let Some(at) = admission.admitted_at {
            facts.push((lang.t("room-turn"), format!("{} {}", campus.time(lang, at), campus.label())));
        }
        let text = match minutes {
            Some(minutes) => lang.with("room-line.text", &Vars::new().count("minutes", minutes)),
            None => lang.t("room-line.bare"),
        };
        let mut small = vec![lang.t("room-refreshes")];
        small.extend(
            admission.seed.as_ref().map(|seed| lang.with("room-seed", &Vars::new().text("seed", seed.clone()))),
        );
        Self {
            icon: "users",
            title: lang.t("room-line"),
            text,
            big: admission.ahead.to_string(),
            left: None,
            mark: mark(lang),
            facts,
            small,
            look: look_in(wait),
            href: address(period),
        }
    }

    fn silent(visit: &Visit, period: &str) -> Self {
        let lang = visit.lang;
        Self {
            icon: "cloud-off",
            title: lang.t("room-silent"),
            text: lang.t("room-silent.text"),
            big: String::new(),
            left: None,
            mark: mark(lang),
            facts: Vec::new(),
            small: vec![lang.t("room-refreshes")],
            look: LOOK_MAX,
            href: address(period),
        }
    }
}

fn address(period: &str) -> String {
    with_query("/krs/antrean", &[("periode", period)])
}

/// Whoever has long to wait looks seldom: an eighth of the time that is left, so that a long line asks for little.
fn look_in(wait: Option<i64>) -> i64 {
    wait.map_or(LOOK_MAX / 4, |wait| (wait / 8).clamp(LOOK_MIN, LOOK_MAX).min(wait.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_long_looks_seldom_and_nobody_misses_the_turn() {
        assert_eq!(look_in(Some(3600)), 60);
        assert_eq!(look_in(Some(80)), 10);
        assert_eq!(look_in(Some(10)), 2);
        assert_eq!(look_in(Some(1)), 1);
        assert_eq!(look_in(Some(0)), 1);
        assert_eq!(look_in(None), 15);
    }
}
