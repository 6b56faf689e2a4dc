//! What may be offered: rooms, lecturers and hours of the classes of one period.

use std::collections::HashSet;

use crate::rules::exam::{self, Exam};
use crate::rules::plan::ClassFacts;
use crate::rules::refusal::Refusal;
use crate::rules::schedule::{self, Meeting};

/// Another class of the period that shares a room or a lecturer with the one that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// How people call it: names of course and class.
    pub label: String,
    /// Its meetings.
    pub meetings: Vec<Meeting>,
    /// Its lecturers.
    pub lecturer_ids: Vec<String>,
}

/// A lecturer of the class that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teacher {
    /// Who.
    pub lecturer_id: String,
    /// Name, for the sentence.
    pub name: String,
}

/// A class as somebody wants to offer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Seats.
    pub capacity: u32,
    /// Meetings.
    pub meetings: Vec<Meeting>,
    /// Lecturers.
    pub teachers: Vec<Teacher>,
}

/// A room that the class meets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSize {
    /// Which.
    pub room_id: String,
    /// Code.
    pub code: String,
    /// Seats; 0 for unlimited: an online room, which any number of classes may share.
    pub capacity: u32,
}

/// Whether a class may be offered like this: all clashes at once.
///
/// `rooms` are those that its meetings name, `neighbours` all other classes of the period that share one of its rooms or
/// lecturers.
pub fn may_offer(offer: &Offer, rooms: &[RoomSize], neighbours: &[Neighbour]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    if let Some((_, later)) = schedule::clash_within(&offer.meetings) {
        refusals.push(Refusal::MeetingsOverlap { slot: offer.meetings[later].slot });
    }
    for room in rooms.iter().filter(|room| room.capacity != 0 && room.capacity < offer.capacity) {
        refusals.push(Refusal::RoomTooSmall {
            room: room.code.clone(),
            room_capacity: room.capacity,
            capacity: offer.capacity,
        });
    }
    for neighbour in neighbours {
        refusals.extend(room_clashes(offer, rooms, neighbour));
        refusals.extend(lecturer_clashes(offer, neighbour));
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn room_clashes(offer: &Offer, rooms: &[RoomSize], neighbour: &Neighbour) -> Vec<Refusal> {
    let shareable = |room_id: &str| rooms.iter().any(|room| room.room_id == room_id && room.capacity == 0);
    let mut found = Vec::new();
    for meeting in &offer.meetings {
        let Some(place) = meeting.place.as_ref().filter(|place| !shareable(&place.room_id)) else { continue };
        for other in &neighbour.meetings {
            let same_room = other.place.as_ref().is_some_and(|there| there.room_id == place.room_id);
            if same_room && other.slot.clashes(meeting.slot) {
                let room = place.room_code.clone();
                found.push(Refusal::RoomClash { room, class: neighbour.label.clone(), slot: other.slot });
            }
        }
    }
    found
}

fn lecturer_clashes(offer: &Offer, neighbour: &Neighbour) -> Vec<Refusal> {
    let Some(schedule::Clash { slot, .. }) = schedule::clash(&offer.meetings, &neighbour.meetings) else {
        return Vec::new();
    };
    let shared = offer.teachers.iter().filter(|teacher| neighbour.lecturer_ids.contains(&teacher.lecturer_id));
    shared
        .map(|teacher| Refusal::LecturerClash { lecturer: teacher.name.clone(), class: neighbour.label.clone(), slot })
        .collect()
}

/// Whether a class may move to these hours and days under the students who have a seat: `meetings` and `exams` are those that
/// it did not have before, `others` the other classes in their plans, one entry per student and class.
pub fn may_move(meetings: &[Meeting], exams: &[Exam], others: &[(String, ClassFacts)]) -> Result<(), Vec<Refusal>> {
    let meeting = clashing(others, |other| Some(schedule::clash(meetings, &other.meetings)?.slot));
    let exam = clashing(others, |other| exam::clash(exams, &other.exams));
    let meeting = meeting.map(|(students, class, slot)| Refusal::StudentsWouldClash { students, class, slot });
    let exam = exam.map(|(students, class, exam)| Refusal::StudentsExamsWouldClash { students, class, exam });
    let refusals: Vec<_> = meeting.into_iter().chain(exam).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// How many students have a class that clashes, the first of these classes as people call it, and what clashes there.
fn clashing<T>(
    others: &[(String, ClassFacts)],
    clash: impl Fn(&ClassFacts) -> Option<T>,
) -> Option<(usize, String, T)> {
    let mut found = others.iter().filter_map(|(student, other)| Some((student, other, clash(other)?)));
    let (first, class, what) = found.next()?;
    let students: HashSet<_> = found.map(|(student, ..)| student).chain([first]).collect();
    Some((students.len(), class.label.clone(), what))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rules::curriculum::RequirementKind;
    use crate::rules::exam::ExamKind;
    use crate::rules::schedule::{Place, Slot};

    fn meeting(day: u32, start: u32, end: u32, room: &str) -> Meeting {
        let place = (!room.is_empty()).then(|| Place { room_id: room.to_owned(), room_code: format!("R-{room}") });
        Meeting { slot: Slot::new(day, start, end).unwrap(), place }
    }

    fn offer(meetings: Vec<Meeting>, lecturers: &[&str]) -> Offer {
        let teacher = |id: &&str| Teacher { lecturer_id: (*id).to_owned(), name: format!("Dr. {id}") };
        Offer { capacity: 40, meetings, teachers: lecturers.iter().map(teacher).collect() }
    }

    fn neighbour(meetings: Vec<Meeting>, lecturers: &[&str]) -> Neighbour {
        let lecturer_ids = lecturers.iter().map(|id| (*id).to_owned()).collect();
        Neighbour { label: "IF202 B".to_owned(), meetings, lecturer_ids }
    }

    fn words(result: Result<(), Vec<Refusal>>) -> Vec<&'static str> {
        result.err().unwrap_or_default().iter().map(Refusal::reason).collect()
    }

    #[test]
    fn the_same_room_or_lecturer_in_the_same_hour_is_refused_and_both_are_named() {
        let offer = offer(vec![meeting(1, 420, 570, "a")], &["x"]);
        let there = vec![meeting(1, 500, 600, "a")];
        assert_eq!(
            words(may_offer(&offer, &[], &[neighbour(there.clone(), &["x"])])),
            ["room-clash", "lecturer-clash"]
        );
        assert_eq!(words(may_offer(&offer, &[], &[neighbour(there, &["y"])])), ["room-clash"]);
        assert_eq!(words(may_offer(&offer, &[], &[neighbour(vec![meeting(1, 570, 600, "a")], &["x"])])), [""; 0]);
        let elsewhere = vec![meeting(1, 420, 570, "b")];
        assert_eq!(words(may_offer(&offer, &[], &[neighbour(elsewhere, &["x", "y"])])), ["lecturer-clash"]);
    }

    #[test]
    fn meetings_without_a_room_never_share_one() {
        let offer = offer(vec![meeting(1, 420, 570, "")], &[]);
        assert_eq!(may_offer(&offer, &[], &[neighbour(vec![meeting(1, 420, 570, "")], &[])]), Ok(()));
    }

    #[test]
    fn a_room_must_hold_the_class_unless_it_is_unlimited() {
        let offer = offer(vec![], &[]);
        let room = |capacity| RoomSize { room_id: "a".to_owned(), code: "A.2.03".to_owned(), capacity };
        assert_eq!(words(may_offer(&offer, &[room(39)], &[])), ["room-too-small"]);
        assert_eq!(may_offer(&offer, &[room(40), room(0)], &[]), Ok(()));
    }

    #[test]
    fn an_online_room_is_shared_by_any_number_of_classes() {
        let offer = offer(vec![meeting(1, 420, 570, "web")], &[]);
        let online = RoomSize { room_id: "web".to_owned(), code: "DARING".to_owned(), capacity: 0 };
        let there = neighbour(vec![meeting(1, 420, 570, "web")], &[]);
        assert_eq!(may_offer(&offer, &[online], &[there]), Ok(()));
    }

    #[test]
    fn a_class_cannot_meet_twice_at_once() {
        let offer = offer(vec![meeting(1, 420, 570, "a"), meeting(1, 560, 600, "b")], &[]);
        assert_eq!(words(may_offer(&offer, &[], &[])), ["meetings-overlap"]);
    }

    #[test]
    fn a_move_counts_students_not_classes() {
        let midterm =
            |start, end| Exam::new(ExamKind::Uts, date(2026, 10, 19), start, end).expect("minutes of one day");
        let other = |student: &str, start: u32| {
            let facts = ClassFacts {
                class_id: "o".to_owned(),
                course_id: "c".to_owned(),
                code: "IF201".to_owned(),
                requirement: RequirementKind::Compulsory,
                exams: vec![midterm(start, start + 100)],
                label: "MA101 A".to_owned(),
                credits: 3,
                meetings: vec![meeting(2, start, start + 100, "")],
                open: true,
            };
            (student.to_owned(), facts)
        };
        let others = [other("s1", 400), other("s1", 450), other("s2", 480), other("s3", 900)];
        let Err(refusals) = may_move(&[meeting(2, 420, 570, "")], &[], &others) else { panic!("must be refused") };
        assert!(matches!(refusals[..], [Refusal::StudentsWouldClash { students: 2, .. }]));
        assert_eq!(may_move(&[meeting(3, 420, 570, "")], &[midterm(600, 700)], &others), Ok(()));
        let Err(refusals) = may_move(&[], &[midterm(420, 570)], &others) else { panic!("must be refused") };
        let first = others[0].1.exams[0];
        assert!(matches!(refusals[..], [Refusal::StudentsExamsWouldClash { students: 2, exam, .. }] if exam == first));
        let both = may_move(&[meeting(2, 420, 570, "")], &[midterm(900, 910)], &others);
        assert_eq!(words(both), ["students-would-clash", "students-exams-would-clash"]);
    }
}
