//! Many at once: the class never holds more than its capacity, the student never more than the ceiling.

use futures_util::future::join_all;

use crate::both_engines;
use crate::campus;
use crate::people::{PERIOD, Person, demo};
use crate::system::System;
use crate::tokens::Issuer;

/// How often each race is run.
const ROUNDS: usize = 20;
/// Seats of the class that everybody wants.
const SEATS: usize = 40;
/// Classes that one student wants all at once.
const WANTED: usize = 12;
/// SKS of each of them.
const CREDITS: u64 = 3;
/// Ceiling of a student in the first semester.
const CEILING: u64 = 20;

/// The stories' campus with the classes of both races, everybody logged in.
async fn arena(system: &System) -> (Vec<(Person, String)>, Person) {
    let hot = (0..ROUNDS).map(|round| (format!("HOT{round:02}"), 1, SEATS as u32));
    let wide = (0..WANTED).map(|n| (format!("WIDE{n:02}"), CREDITS as u32, 1_000));
    campus::import(system, &hot.chain(wide).collect::<Vec<_>>());
    let registrar = Person::demo(system, demo::REGISTRAR).await;
    let issuer = Issuer::of(system);
    let students = registrar.all("/api/v1/students?search=2699").await;
    assert_eq!(students.len(), campus::STUDENTS);
    let anonymous = Person::anonymous(system);
    let people = students
        .iter()
        .map(|student| {
            let id = student["id"].as_str().expect("an id").to_owned();
            (anonymous.with_token(&issuer.student(&id)), id)
        })
        .collect();
    (people, registrar)
}

/// Id of the class of this course.
async fn class_of(person: &Person, course: &str) -> String {
    let found = person.all(&format!("/api/v1/classes?period={PERIOD}&search={course}")).await;
    assert_eq!(found.len(), 1, "one class of {course}");
    found[0]["id"].as_str().expect("an id").to_owned()
}

both_engines! {
    async fn two_hundred_students_at_forty_seats_take_exactly_forty(engine: Engine) {
        let system = System::start(engine).await;
        let (people, registrar) = arena(&system).await;
        for round in 0..ROUNDS {
            let class = class_of(&registrar, &format!("HOT{round:02}")).await;
            let answers = join_all(people.iter().map(|(person, id)| person.take(id, &class))).await;
            let taken = answers.iter().filter(|answer| answer.status.is_success()).count();
            assert_eq!(taken, SEATS, "round {round}");
            for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
                assert_eq!((refused.status.as_u16(), refused.reasons()), (409, vec!["class-full"]), "{}", refused.body);
            }
            let shown = registrar.get(&format!("/api/v1/classes/{class}")).await.good();
            assert_eq!(shown.body["taken"], SEATS, "round {round}");
        }

        // One student, twelve classes at once: never above the ceiling, and not needlessly below it.
        let mut classes = Vec::new();
        for n in 0..WANTED {
            classes.push(class_of(&registrar, &format!("WIDE{n:02}")).await);
        }
        for (round, (person, id)) in people.iter().take(ROUNDS).enumerate() {
            let before = person.get(&format!("/api/v1/students/{id}/plans/{PERIOD}")).await.good();
            let held = before.body["credits"].as_u64().expect("credits");
            let answers = join_all(classes.iter().map(|class| person.take(id, class))).await;
            let plan = person.get(&format!("/api/v1/students/{id}/plans/{PERIOD}")).await.good();
            let credits = plan.body["credits"].as_u64().expect("credits");
            let took = answers.iter().filter(|answer| answer.status.is_success()).count() as u64;
            assert_eq!(took, (CEILING - held) / CREDITS, "round {round}");
            assert_eq!(credits, held + took * CREDITS, "round {round}");
            for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
                assert_eq!(refused.reasons(), ["credit-limit"], "{}", refused.body);
            }
        }
    }
}
