//! The waiting room on the wire.

use proto::course::v1 as pb;

use super::answer::timestamp;
use crate::app::admission::{State, View};

/// What the waiting room says to a student.
pub fn admission_view(view: &View) -> pb::AdmissionView {
    let state = match view.state {
        State::Open => pb::AdmissionState::Open,
        State::Early => pb::AdmissionState::Early,
        State::Noted => pb::AdmissionState::Noted,
        State::Waiting => pb::AdmissionState::Waiting,
        State::Admitted => pb::AdmissionState::Admitted,
    };
    pb::AdmissionView {
        state: state.into(),
        now: Some(timestamp(view.now)),
        opens_at: view.opens_at.map(timestamp),
        place: view.place,
        ahead: view.ahead,
        admitted_at: view.admitted_at.map(timestamp),
        ticket: view.ticket.clone(),
        noted: view.noted,
        seed: view.seed.clone(),
        rate: view.rate,
    }
}
