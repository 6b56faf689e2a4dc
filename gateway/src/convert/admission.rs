//! The waiting room.

use api::AdmissionState;
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, given, moment, promised_moment, words};

words!(AdmissionState, pb::AdmissionState { Open, Early, Noted, Waiting, Admitted });

pub(crate) fn admission(view: pb::AdmissionView) -> Result<api::Admission, Fault> {
    Ok(api::Admission {
        state: AdmissionState::from_wire(view.state)?,
        now: promised_moment(view.now, "AdmissionView.now")?,
        opens_at: moment(view.opens_at)?,
        place: view.place,
        ahead: view.ahead,
        admitted_at: moment(view.admitted_at)?,
        ticket: given(view.ticket),
        noted: view.noted,
        seed: given(view.seed),
        rate: view.rate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_not_there_yet_is_none() {
        let now = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        let wire =
            |state: pb::AdmissionState| pb::AdmissionView { state: state.into(), now, ..pb::AdmissionView::default() };
        let noted = admission(wire(pb::AdmissionState::Noted)).unwrap();
        assert_eq!((noted.state, noted.place, noted.ticket, noted.seed), (AdmissionState::Noted, 0, None, None));
        assert!(admission(wire(pb::AdmissionState::Unspecified)).is_err());
        for state in AdmissionState::ALL {
            assert_eq!(AdmissionState::from_wire(state.to_wire()).unwrap(), *state);
        }
    }
}
