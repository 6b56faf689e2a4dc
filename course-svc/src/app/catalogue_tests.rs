use super::*;
use crate::model::{Course, Credits, RequirementKind};

fn class(id: &str, taken: u32, seat_version: i64) -> Class {
    let course = Course {
        id: "course".to_owned(),
        programme_id: "p".to_owned(),
        programme_code: "P".to_owned(),
        code: "IF201".to_owned(),
        name: "Basis Data".to_owned(),
        name_en: String::new(),
        credits: Credits { lecture: 3, ..Credits::default() },
        requirement: RequirementKind::Compulsory,
        semester: 3,
        version: 1,
    };
    Class {
        id: id.to_owned(),
        period: PeriodCode::parse("20261").unwrap(),
        course,
        name: id.to_owned(),
        seats: Seats::new(40, taken),
        seat_version,
        meetings: Vec::new(),
        exams: Vec::new(),
        lecturers: Vec::new(),
        open: true,
        version: 1,
    }
}

fn change(id: &str, taken: u32, seat_version: i64) -> SeatChange {
    SeatChange { class_id: id.to_owned(), seats: Seats::new(40, taken), seat_version }
}

fn shelf(classes: Vec<Class>) -> Shelf {
    Shelf::new(Some(PeriodState::Active), classes, &HashMap::new(), Instant::now())
}

fn taken(shelf: &Shelf, id: &str) -> u32 {
    shelf.get(id).unwrap().seats().taken
}

#[tokio::test]
async fn an_older_number_of_seats_never_replaces_a_newer_one() {
    let slot = Slot::new();
    let shelf = slot.fill(shelf(vec![class("A", 5, 5)]));
    for (number, version, expected) in [(7, 7, 7), (6, 6, 7), (7, 7, 7), (6, 8, 6)] {
        slot.seat_changed(&change("A", number, version));
        assert_eq!(taken(&shelf, "A"), expected, "version {version}");
    }
}

#[tokio::test]
async fn what_changes_while_a_shelf_is_read_is_on_it_afterwards() {
    let slot = Slot::new();
    for seen in [change("A", 7, 7), change("A", 6, 6), change("B", 2, 2), change("gone", 1, 1)] {
        slot.seat_changed(&seen);
    }
    assert!(slot.ready().is_none());
    let shelf = slot.fill(shelf(vec![class("A", 5, 5), class("B", 9, 9)]));
    assert_eq!((taken(&shelf, "A"), taken(&shelf, "B")), (7, 9), "the newer of what was read and what was told");
}

#[tokio::test]
async fn comparing_takes_over_seats_and_notices_another_offering() {
    let row = |id: &str, taken, seat_version, version| SeatRow {
        class_id: id.to_owned(),
        taken,
        reserved: 0,
        waiting: 0,
        seat_version,
        version,
    };
    let shelf = shelf(vec![class("A", 5, 5), class("B", 5, 5)]);
    assert!(shelf.compare(&[row("A", 6, 6, 1), row("B", 4, 4, 1)], HashMap::new(), Instant::now()));
    assert_eq!((taken(&shelf, "A"), taken(&shelf, "B")), (6, 5));
    assert!(
        !shelf.compare(&[row("A", 6, 6, 2), row("B", 5, 5, 1)], HashMap::new(), Instant::now()),
        "a class was changed"
    );
    assert!(!shelf.compare(&[row("A", 6, 6, 1)], HashMap::new(), Instant::now()), "a class is gone");
    assert!(
        !shelf.compare(&[row("A", 6, 6, 1), row("C", 5, 5, 1)], HashMap::new(), Instant::now()),
        "a class is another one"
    );
}

#[tokio::test]
async fn a_list_goes_on_after_a_position_that_is_gone() {
    let shelf = shelf(["A", "C", "E"].map(|id| class(id, 0, 1)).to_vec());
    let after = |id: &str| Some(("if201".to_owned(), id.to_owned(), id.to_owned()));
    let names = |after: Option<Position>| {
        let filter = Filter::default();
        shelf.select(&filter, after.as_ref()).map(|entry| entry.class.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(None), ["A", "C", "E"]);
    assert_eq!(names(after("A")), ["C", "E"]);
    assert_eq!(names(after("B")), ["C", "E"]);
    assert_eq!(names(after("E")), [""; 0]);
}
