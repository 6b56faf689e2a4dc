//! Whether running services agree with each other and with themselves.

use std::collections::BTreeMap;

use prost::Message;
use proto::course::v1::{Class, PlanSnapshot};
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{Event, GetCursorsRequest, GetHeadRequest};

use super::{Findings, grades};
use crate::directory;
use crate::link::{self, Channel, Services};
use crate::services::Service;

/// Kind of classes in course-svc's feed.
const CLASS: &str = "course.class";
/// Kind of study plans in course-svc's feed.
const PLAN: &str = "course.plan";

/// Who follows whose feed.
const FOLLOWERS: [(Service, Service); 5] = [
    (Service::Auth, Service::Student),
    (Service::Course, Service::Student),
    (Service::Grade, Service::Student),
    (Service::Grade, Service::Course),
    (Service::Course, Service::Grade),
];

/// Looks at feeds, seats and grades.
pub(super) async fn look(services: &Services, findings: &mut Findings) {
    feeds(services, findings).await;
    let told = tokio::join!(
        directory::snapshot(&services.student, &[grades::STUDENT]),
        directory::snapshot(&services.course, &[CLASS, PLAN, grades::COURSE]),
        directory::snapshot(&services.grade, &[grades::RECORD, grades::SHEET]),
    );
    for (name, told) in [("student-svc", &told.0), ("course-svc", &told.1), ("grade-svc", &told.2)] {
        if let Err(why) = told {
            findings.wrong(format!("{name}: {why}"));
        }
    }
    let (students, offered, graded) = told;
    if let Ok(offered) = &offered {
        seats(offered, findings);
    }
    if let (Ok(students), Ok(offered), Ok(graded)) = (students, offered, graded) {
        grades::look(&students, &offered, &graded, findings);
    }
}

/// Whether everybody has come to the head of the feeds that they follow.
async fn feeds(services: &Services, findings: &mut Findings) {
    for source in [Service::Student, Service::Course, Service::Grade] {
        let name = source.name();
        let Some(channel) = services.channel(source) else { continue };
        let head = match FeedClient::new(channel.clone()).get_head(GetHeadRequest {}).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                findings.wrong(format!("{name}-svc does not tell its feed's head: {}", link::said(&status)));
                continue;
            }
        };
        for (follower, _) in FOLLOWERS.iter().filter(|(_, followed)| *followed == source) {
            let Some(channel) = services.channel(*follower) else { continue };
            let who = follower.name();
            match follows(channel, name, &head.epoch).await {
                Ok(Some(seq)) if seq >= head.head => {
                    findings.good(format!("{who}-svc has read all {} events of {name}-svc", head.head));
                }
                Ok(Some(seq)) => findings.note(format!("{who}-svc is {} events behind {name}-svc", head.head - seq)),
                Ok(None) => findings.wrong(format!("{who}-svc does not follow the present feed of {name}-svc")),
                Err(why) => findings.wrong(format!("{who}-svc does not tell how far it has read: {why}")),
            }
        }
    }
}

async fn follows(channel: &Channel, source: &str, epoch: &str) -> Result<Option<i64>, String> {
    let answer = FeedClient::new(channel.clone()).get_cursors(GetCursorsRequest {}).await;
    let cursors = answer.map_err(|status| link::said(&status))?.into_inner().cursors;
    Ok(cursors.iter().find(|cursor| cursor.source == source && cursor.epoch == epoch).map(|cursor| cursor.seq))
}

/// Whether the seats that a class counts are the seats that plans hold. Both are of one moment.
fn seats(events: &[Event], findings: &mut Findings) {
    let mut held: BTreeMap<String, u32> = BTreeMap::new();
    let mut classes = Vec::new();
    let (mut plans, mut unreadable) = (0_u32, 0_u32);
    for event in events.iter().filter(|event| !event.tombstone) {
        match event.kind.as_str() {
            PLAN => match PlanSnapshot::decode(event.payload.as_slice()) {
                Ok(plan) => {
                    plans += 1;
                    let wished = plan.wished_class_ids;
                    for class in plan.class_ids.into_iter().filter(|class| !wished.contains(class)) {
                        *held.entry(class).or_default() += 1;
                    }
                }
                Err(_) => unreadable += 1,
            },
            CLASS => match Class::decode(event.payload.as_slice()) {
                Ok(class) => classes.push(class),
                Err(_) => unreadable += 1,
            },
            _ => {}
        }
    }
    let before = findings.0.len();
    if unreadable > 0 {
        findings.wrong(format!("course-svc told of {unreadable} things that cannot be read"));
    }
    for class in &classes {
        let seats = held.remove(&class.id).unwrap_or(0);
        let label = format!(
            "{} {} ({})",
            class.course.as_ref().map_or("?", |course| course.code.as_str()),
            class.name,
            class.period_code
        );
        if class.taken != seats {
            findings.wrong(format!("class {label} counts {} seats taken, but plans hold {seats}", class.taken));
        }
        if class.taken > class.capacity {
            findings.note(format!("class {label} has {} seats taken of {}", class.taken, class.capacity));
        }
    }
    for (class, seats) in held {
        findings.wrong(format!("{seats} plans hold a seat in a class that is not there: {class}"));
    }
    if findings.0.len() == before {
        findings.good(format!("seats taken of {} classes are those that {plans} plans hold", classes.len()));
    }
}

#[cfg(test)]
mod tests {
    use proto::course::v1::Course;

    use super::*;
    use crate::check::Grade;

    fn event(kind: &str, message: &impl Message) -> Event {
        Event { kind: kind.to_owned(), payload: message.encode_to_vec(), ..Event::default() }
    }

    fn class(id: &str, taken: u32) -> Event {
        let course = Some(Course { code: "IF201".to_owned(), ..Course::default() });
        let period_code = "20261".to_owned();
        let class = Class {
            id: id.to_owned(),
            name: "A".to_owned(),
            capacity: 2,
            taken,
            course,
            period_code,
            ..Class::default()
        };
        event(CLASS, &class)
    }

    fn plan(classes: &[&str]) -> Event {
        event(
            PLAN,
            &PlanSnapshot { class_ids: classes.iter().map(|id| (*id).to_owned()).collect(), ..PlanSnapshot::default() },
        )
    }

    fn found(events: &[Event]) -> Vec<(Grade, String)> {
        let mut findings = Findings::default();
        seats(events, &mut findings);
        findings.0
    }

    #[test]
    fn seats_agree_exactly_when_plans_hold_what_classes_count() {
        let good = found(&[class("a", 2), class("b", 0), plan(&["a"]), plan(&["a"]), plan(&[])]);
        assert_eq!(good, [(Grade::Good, "seats taken of 2 classes are those that 3 plans hold".to_owned())]);
        let wishes = PlanSnapshot {
            class_ids: vec!["a".to_owned(), "b".to_owned()],
            wished_class_ids: vec!["a".to_owned()],
            ..PlanSnapshot::default()
        };
        let good = found(&[class("a", 0), class("b", 1), event(PLAN, &wishes)]);
        assert_eq!(good, [(Grade::Good, "seats taken of 2 classes are those that 1 plans hold".to_owned())]);
        let lost = found(&[class("a", 2), plan(&["a"])]);
        assert_eq!(lost, [(Grade::Wrong, "class IF201 A (20261) counts 2 seats taken, but plans hold 1".to_owned())]);
        let gone = found(&[plan(&["x"])]);
        assert_eq!(gone, [(Grade::Wrong, "1 plans hold a seat in a class that is not there: x".to_owned())]);
        let over = found(&[class("a", 3), plan(&["a"]), plan(&["a"]), plan(&["a"])]);
        assert_eq!(over, [(Grade::Note, "class IF201 A (20261) has 3 seats taken of 2".to_owned())]);
        let broken = found(&[Event { kind: PLAN.to_owned(), payload: vec![0xff], ..Event::default() }]);
        assert_eq!(broken[0].0, Grade::Wrong);
    }
}
