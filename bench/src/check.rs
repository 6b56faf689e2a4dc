//! What must hold after a run, looked for in the database and over the API, by other means than those of the service.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chassis::db::Db;
use chassis::sql;

use crate::campus::{CREDITS, Campus, PERIOD};
use crate::people::People;
use crate::script::{Actor, Deed};
use crate::system::System;
use crate::wire::Wire;

/// Plans read over the API, at most; the database is looked at as a whole.
const PLANS_READ: usize = 1000;

/// What was looked for, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Findings {
    held: Vec<String>,
    broken: Vec<String>,
}

impl Findings {
    /// Something that must hold: what it is, and everything that speaks against it.
    pub fn must(&mut self, what: &str, against: Vec<String>) {
        if against.is_empty() {
            self.held.push(what.to_owned());
        } else {
            let some: Vec<_> = against.iter().take(5).cloned().collect();
            self.broken.push(format!("{what}: {} times, as in {}", against.len(), some.join("; ")));
        }
    }

    /// Nothing is broken.
    #[must_use]
    pub fn are_good(&self) -> bool {
        self.broken.is_empty()
    }

    /// A line for each.
    #[must_use]
    pub fn lines(&self) -> String {
        let held = self.held.iter().map(|what| format!("holds   {what}\n"));
        held.chain(self.broken.iter().map(|what| format!("BROKEN  {what}\n"))).collect()
    }
}

/// Who must have which seat, and whose it cannot be said of.
pub struct Promised<'a> {
    campus: &'a Campus,
    people: &'a People,
    actors: &'a [Actor],
}

impl<'a> Promised<'a> {
    /// As the actors were told.
    #[must_use]
    pub fn new(campus: &'a Campus, people: &'a People, actors: &'a [Actor]) -> Self {
        Self { campus, people, actors }
    }

    /// Over the API, while the system still runs: what it shows is what it said.
    ///
    /// # Errors
    /// The API does not answer.
    pub async fn check_api(&self, system: &System, findings: &mut Findings) -> crate::Outcome<()> {
        let mut wire = Wire::to(system.gateway());
        let mut seats = HashMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/classes?period={PERIOD}&limit=200{cursor}");
            let page = get(&mut wire, &path, &self.people.office).await?;
            for class in page["items"].as_array().into_iter().flatten() {
                let number = |name: &str| class[name].as_i64().unwrap_or(-1);
                let id = class["id"].as_str().unwrap_or_default().to_owned();
                seats.insert(id, (number("taken"), number("capacity")));
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let sold = self.sold();
        let mut wrong = Vec::new();
        for (number, id) in self.people.classes.iter().enumerate() {
            let (least, most) = sold.get(&u32::try_from(number)?).copied().unwrap_or_default();
            match seats.get(id) {
                Some((taken, capacity)) if (least..=most).contains(taken) && taken <= capacity => {}
                other => wrong.push(format!("class {number}: {other:?}, confirmed {least} to {most}")),
            }
        }
        findings.must("API: every class shows the seats that were confirmed, and no more than it has", wrong);

        let mut wrong = Vec::new();
        for actor in self.actors.iter().take(PLANS_READ) {
            let person = &self.people.students[actor.student as usize];
            let path = format!("/api/v1/students/{}/plans/{PERIOD}", person.id);
            let plan = get(&mut wire, &path, &person.token).await?;
            let items = plan["items"].as_array().into_iter().flatten();
            let shown: HashSet<_> = items.filter_map(|item| item["class"]["id"].as_str()).collect();
            if let Some(why) = self.differs(actor, |id| shown.contains(id), shown.len()) {
                wrong.push(why);
            }
        }
        findings.must("API: every plan read shows what was confirmed to its student", wrong);
        Ok(())
    }

    /// In the database, after the service has ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn check_database(&self, db: &Db, findings: &mut Findings) -> crate::Outcome<()> {
        // Whoever filled the tables in seconds left no statistics behind: without them a join takes longer than it may.
        let mut tx = db.begin().await?;
        sql!("ANALYZE").run(&mut tx).await?;
        tx.commit().await?;
        let seats = sql!(
            "SELECT c.class_id, c.capacity, c.taken, COUNT(i.student_id) FROM class c
             LEFT JOIN study_plan_item i ON i.class_id = c.class_id
             WHERE c.period_code = $1 GROUP BY c.class_id, c.capacity, c.taken"
        );
        let seats = seats.bind(PERIOD).all::<(String, i64, i64, i64)>(db).await?;
        let over = seats.iter().filter(|(_, capacity, _, items)| items > capacity);
        findings.must("no class has more students than seats", over.map(|row| format!("{row:?}")).collect());
        let unequal = seats.iter().filter(|(_, _, taken, items)| taken != items);
        findings.must("seats taken are students in plans", unequal.map(|row| format!("{row:?}")).collect());

        let items = sql!("SELECT student_id, class_id FROM study_plan_item WHERE period_code = $1 ORDER BY student_id");
        let items = items.bind(PERIOD).all::<(String, String)>(db).await?;
        let mut plans: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for (student, class) in &items {
            plans.entry(student).or_default().insert(class);
        }
        self.check_plans(&plans, findings);
        check_history(db, findings).await
    }

    /// Clashes, courses, ceilings and promises, by what the campus knows of its classes.
    fn check_plans(&self, plans: &HashMap<&str, BTreeSet<&str>>, findings: &mut Findings) {
        let ids = self.people.classes.iter().zip(0..);
        let numbers: HashMap<&str, u32> = ids.map(|(id, number)| (id.as_str(), number)).collect();
        let students = self.people.students.iter().zip(0..);
        let students: HashMap<&str, u32> = students.map(|(person, number)| (person.id.as_str(), number)).collect();
        let (mut twice, mut clashes, mut above, mut barred) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (student, classes) in plans {
            let Some(number) = students.get(student).copied() else { continue };
            let classes: Vec<u32> = classes.iter().filter_map(|class| numbers.get(class).copied()).collect();
            let count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
            let courses: HashSet<_> = classes.iter().map(|class| self.campus.course_of(*class)).collect();
            let slots: HashSet<_> = classes.iter().map(|class| Campus::slot_of(*class)).collect();
            let note = |into: &mut Vec<String>, wrong: bool| {
                if wrong {
                    into.push(format!("student {number}: {classes:?}"));
                }
            };
            note(&mut twice, courses.len() < classes.len());
            note(&mut clashes, slots.len() < classes.len());
            note(&mut above, count * CREDITS > self.campus.ceiling(number));
            note(&mut barred, !self.campus.is_admissible(number));
        }
        findings.must("nobody has a course twice", twice);
        findings.must("nobody has two classes at one time", clashes);
        findings.must("nobody has more SKS than the ceiling", above);
        findings.must("nobody who may not register has a seat", barred);

        let mut wrong = Vec::new();
        for actor in self.actors {
            let id = self.people.students[actor.student as usize].id.as_str();
            let found = plans.get(id);
            let has = |class: &str| found.is_some_and(|classes| classes.contains(class));
            if let Some(why) = self.differs(actor, has, found.map_or(0, BTreeSet::len)) {
                wrong.push(why);
            }
        }
        findings.must("every confirmed seat is there, and no other", wrong);
    }

    /// Why what a student has is not what the student was told; `None` when it is.
    fn differs(&self, actor: &Actor, has: impl Fn(&str) -> bool, count: usize) -> Option<String> {
        let id = |class: u32| self.people.classes[class as usize].as_str();
        let unknown: HashSet<_> = actor.doubts.iter().flat_map(|doubt| [doubt.class, doubt.instead]).collect();
        for class in actor.held.iter().filter(|class| !unknown.contains(*class)) {
            if !has(id(*class)) {
                return Some(format!("student {} has lost class {class}", actor.student));
            }
        }
        let explained = actor.held.len() + unknown.len();
        (count > explained).then(|| format!("student {} has {count} classes, was told of {explained}", actor.student))
    }

    /// How many seats of each class were confirmed, at least and at most.
    fn sold(&self) -> BTreeMap<u32, (i64, i64)> {
        let mut sold: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
        for actor in self.actors {
            for class in &actor.held {
                let (least, most) = sold.entry(*class).or_default();
                (*least, *most) = (*least + 1, *most + 1);
            }
            for doubt in &actor.doubts {
                if matches!(doubt.deed, Deed::Add | Deed::Swap) {
                    sold.entry(doubt.class).or_default().1 += 1;
                }
                if matches!(doubt.deed, Deed::Drop | Deed::Swap) {
                    sold.entry(if doubt.deed == Deed::Drop { doubt.class } else { doubt.instead }).or_default().0 -= 1;
                }
            }
        }
        sold
    }
}

/// Events, history and versions belong together.
async fn check_history(db: &Db, findings: &mut Findings) -> crate::Outcome<()> {
    let (rows, numbered, head, pruned) = sql!(
        "SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(seq) FROM outbox), h.seq, h.pruned_seq FROM feed_head h"
    )
    .one::<(i64, i64, i64, i64)>(db)
    .await?;
    let whole = rows == numbered && head == pruned + rows;
    let why = format!("{rows} rows, {numbered} numbered, head {head}, pruned to {pruned}");
    findings.must("the feed is numbered without a gap up to its head", if whole { vec![] } else { vec![why] });

    let unlike = sql!(
        "SELECT p.student_id, p.version, COALESCE(MAX(o.version), 0) FROM study_plan p
         LEFT JOIN outbox o ON o.kind = 'course.plan' AND o.aggregate_id = p.student_id || '/' || p.period_code
         WHERE p.period_code = $1 AND p.version > 0
         GROUP BY p.student_id, p.version HAVING COALESCE(MAX(o.version), 0) <> p.version"
    );
    let unlike = unlike.bind(PERIOD).all::<(String, i64, i64)>(db).await?;
    findings
        .must("the feed tells the last version of every plan", unlike.iter().map(|row| format!("{row:?}")).collect());

    let unlike = sql!(
        "SELECT p.student_id, p.version, COUNT(s.version) FROM study_plan p
         LEFT JOIN plan_step s ON s.student_id = p.student_id AND s.period_code = p.period_code
         WHERE p.period_code = $1 AND p.version > 0
         GROUP BY p.student_id, p.version HAVING COUNT(s.version) <> p.version"
    );
    let unlike = unlike.bind(PERIOD).all::<(String, i64, i64)>(db).await?;
    findings.must("every version of every plan has its step", unlike.iter().map(|row| format!("{row:?}")).collect());
    Ok(())
}

async fn get(wire: &mut Wire, path: &str, token: &str) -> crate::Outcome<serde_json::Value> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n");
    // Reads of one account are limited; the check is slower than the limit when it must be.
    loop {
        let head = wire.ask(request.as_bytes()).await?;
        match (head.status, head.retry_after) {
            (200, _) => return Ok(serde_json::from_slice(wire.body())?),
            (429 | 503, Some(seconds)) => tokio::time::sleep(std::time::Duration::from_secs(seconds.into())).await,
            _ => return Err(format!("GET {path}: {} {}", head.status, String::from_utf8_lossy(wire.body())).into()),
        }
    }
}
