//! What a student does during the opening, fixed before it begins: when, and what of it depends on the answers.

use crate::campus::{Campus, PERIOD};
use crate::dice::Dice;
use crate::people::Person;

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Reads the own plan.
    Plan,
    /// Reads a page of the catalogue with the reasons that hold for this student.
    Choices,
    /// Takes a seat in the next class of the wishes.
    Add,
    /// Gives the last seat back.
    Drop,
    /// Gives the last seat back for one in the next class of the wishes, in one step.
    Swap,
    /// Hands the plan in.
    Submit,
}

impl Deed {
    /// All.
    pub const ALL: [Self; 6] = [Self::Plan, Self::Choices, Self::Add, Self::Drop, Self::Swap, Self::Submit];

    /// As it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Choices => "catalogue",
            Self::Add => "add",
            Self::Drop => "drop",
            Self::Swap => "swap",
            Self::Submit => "submit",
        }
    }

    /// Changes something.
    #[must_use]
    pub fn writes(self) -> bool {
        !matches!(self, Self::Plan | Self::Choices)
    }
}

/// One thing to do, at a moment that was fixed beforehand: microseconds from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: u64,
    /// What.
    pub deed: Deed,
}

/// A change that was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// What was asked for.
    pub request: Request,
    /// Version of the plan that was confirmed.
    pub version: i64,
}

/// A request that is to be sent, or sent again as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What.
    pub deed: Deed,
    /// Which class, by number.
    pub class: u32,
    /// Which class is given back for it; of a swap only.
    pub instead: u32,
    /// Number of the idempotency key.
    pub key: u32,
    /// The version for `If-Match`.
    pub version: i64,
}

/// A student during the opening.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Number of the student.
    pub student: u32,
    steps: Vec<Step>,
    next: usize,
    wishes: Vec<u32>,
    wished: usize,
    keys: u32,
    /// The request that has no answer yet.
    pub open: Option<Request>,
    /// Classes with a seat, by what was confirmed.
    pub held: Vec<u32>,
    /// Everything that was confirmed.
    pub confirmed: Vec<Confirmed>,
    /// Changes that were never answered: they may have happened or not.
    pub doubts: Vec<Request>,
    /// Last version of the plan that was heard of.
    pub version: i64,
    /// The plan was handed in.
    pub submitted: bool,
}

impl Actor {
    /// A student with steps in order of time and classes in order of preference.
    #[must_use]
    pub fn new(student: u32, steps: Vec<Step>, wishes: Vec<u32>) -> Self {
        Self {
            student,
            steps,
            next: 0,
            wishes,
            wished: 0,
            keys: 0,
            open: None,
            held: Vec::new(),
            confirmed: Vec::new(),
            doubts: Vec::new(),
            version: 0,
            submitted: false,
        }
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// There is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// When the steps are due.
    pub fn moments(&self) -> impl Iterator<Item = u64> {
        self.steps.iter().map(|step| step.at)
    }

    /// When the next step is due; `None` after the last one.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        self.steps.get(self.next).map(|step| step.at)
    }

    /// The request of the next step: what is asked depends on what was answered so far. Where nothing is left to take, to
    /// give back or to hand in, the plan is looked at instead.
    pub fn begin(&mut self) -> Option<Request> {
        let step = self.steps.get(self.next)?;
        self.keys += 1;
        let mut request = Request { deed: step.deed, class: 0, instead: 0, key: self.keys, version: self.version };
        let (wanted, last) = (self.wishes.get(self.wished).copied(), self.held.last().copied());
        match (step.deed, wanted, last) {
            (Deed::Plan | Deed::Choices, ..) => {}
            _ if self.submitted => request.deed = Deed::Plan,
            (Deed::Add, Some(class), _) | (Deed::Drop, _, Some(class)) => request.class = class,
            (Deed::Swap, Some(class), Some(instead)) => (request.class, request.instead) = (class, instead),
            (Deed::Submit, _, Some(_)) => {}
            _ => request.deed = Deed::Plan,
        }
        self.open = Some(request);
        Some(request)
    }

    /// The open request was answered: the step is over.
    pub fn finish(&mut self, request: Request, done: bool, version: Option<i64>) {
        self.next += 1;
        self.open = None;
        // A page of the catalogue has an entity tag too, which is no version.
        self.version = version.filter(|_| request.deed != Deed::Choices).unwrap_or(self.version);
        if matches!(request.deed, Deed::Add | Deed::Swap) {
            self.wished += 1;
        }
        if !done || !request.deed.writes() {
            return;
        }
        self.confirmed.push(Confirmed { request, version: self.version });
        match request.deed {
            Deed::Add => self.held.push(request.class),
            Deed::Drop => self.held.retain(|class| *class != request.class),
            Deed::Swap => {
                self.held.retain(|class| *class != request.instead);
                self.held.push(request.class);
            }
            Deed::Submit => self.submitted = true,
            Deed::Plan | Deed::Choices => {}
        }
    }

    /// The open request will never be answered: the step is over, and nobody knows what became of it.
    pub fn give_up(&mut self, request: Request) {
        self.next += 1;
        self.open = None;
        if request.deed.writes() {
            self.doubts.push(request);
        }
        if matches!(request.deed, Deed::Add | Deed::Swap) {
            self.wished += 1;
        }
    }
}

/// Writes a request as it goes over the wire.
pub fn encode(into: &mut Vec<u8>, request: Request, person: &Person, classes: &[String], run: &str) {
    into.clear();
    let id = &person.id;
    let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
    let class = classes.get(request.class as usize).map_or("", String::as_str);
    let (method, path) = match request.deed {
        Deed::Plan => ("GET", plan),
        Deed::Choices => ("GET", format!("{plan}/choices?limit=50&day={}", request.key % 5 + 1)),
        Deed::Add => ("POST", format!("{plan}/items")),
        Deed::Drop => ("DELETE", format!("{plan}/items/{class}")),
        Deed::Swap => ("POST", format!("{plan}/swaps")),
        Deed::Submit => ("POST", format!("{plan}/submission")),
    };
    let mut write = |text: &str| into.extend_from_slice(text.as_bytes());
    for part in [method, " ", &path, " HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ", &person.token, "\r\n"] {
        write(part);
    }
    if request.deed.writes() {
        write(&format!("idempotency-key: {run}-{}-{}\r\n", request.key, &id[id.len().saturating_sub(12)..]));
    }
    let mut json = |body: String| {
        write(&format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    };
    match request.deed {
        Deed::Add => json(format!("{{\"class_id\":\"{class}\"}}")),
        Deed::Swap => {
            let instead = classes.get(request.instead as usize).map_or("", String::as_str);
            json(format!("{{\"drop_class_id\":\"{instead}\",\"add_class_id\":\"{class}\"}}"));
        }
        Deed::Submit => write(&format!("if-match: \"{}\"\r\ncontent-length: 0\r\n\r\n", request.version)),
        _ => write("\r\n"),
    }
}

/// Classes that a student wants: of different courses, at different hours, and open to the student.
#[must_use]
pub fn wishes(campus: &Campus, student: u32, count: usize) -> Vec<u32> {
    let mut dice = Dice::new(campus.seed, 1_000_000 + u64::from(student));
    let mut wanted: Vec<u32> = Vec::with_capacity(count);
    for _ in 0..count * 200 {
        if wanted.len() == count {
            break;
        }
        let class = 1 + dice.below(campus.classes - 1);
        let course = campus.course_of(class);
        let meets =
            |other: &u32| Campus::slot_of(*other) == Campus::slot_of(class) || campus.course_of(*other) == course;
        if !wanted.iter().any(meets) && (!campus.asks(course) || campus.has_passed(student)) {
            wanted.push(class);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_of_a_student_fit_together() {
        let campus = Campus::of(1000);
        for student in 0..200 {
            let wanted = wishes(&campus, student, 6);
            assert_eq!(wanted.len(), 6);
            let mut slots: Vec<_> = wanted.iter().map(|class| Campus::slot_of(*class)).collect();
            let mut courses: Vec<_> = wanted.iter().map(|class| campus.course_of(*class)).collect();
            slots.sort_unstable();
            slots.dedup();
            courses.dedup();
            assert_eq!((slots.len(), courses.len()), (6, 6));
        }
        assert_eq!(wishes(&campus, 7, 6), wishes(&campus, 7, 6));
        assert_ne!(wishes(&campus, 7, 6), wishes(&campus, 8, 6));
    }

    #[test]
    fn a_student_remembers_what_was_confirmed_and_what_was_not() {
        let step = |at, deed| Step { at, deed };
        let steps = vec![step(0, Deed::Add), step(5, Deed::Add), step(9, Deed::Drop), step(10, Deed::Submit)];
        let mut actor = Actor::new(1, steps, vec![4, 5]);
        let first = actor.begin().expect("a request");
        assert_eq!((first.deed, first.class, actor.due()), (Deed::Add, 4, Some(0)));
        actor.finish(first, true, Some(3));
        let second = actor.begin().expect("a request");
        assert_ne!(first.key, second.key);
        actor.give_up(second);
        assert_eq!((actor.held.len(), actor.doubts.len()), (1, 1));
        let third = actor.begin().expect("a request");
        assert_eq!((third.deed, third.class), (Deed::Drop, 4));
        actor.finish(third, true, Some(4));
        assert_eq!((actor.held.len(), actor.confirmed.len()), (0, 2));
        assert_eq!(actor.begin().map(|request| request.deed), Some(Deed::Plan), "nothing to hand in");
    }

    #[test]
    fn a_request_is_written_as_http() {
        let person = Person { id: "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11".into(), token: "t".into() };
        let mut text = Vec::new();
        let request = Request { deed: Deed::Add, class: 0, instead: 0, key: 3, version: 0 };
        encode(&mut text, request, &person, &["c1".into()], "x");
        let text = String::from_utf8(text).expect("text");
        assert!(text.starts_with("POST /api/v1/students/0198f2d0-"), "{text}");
        assert!(text.contains("\r\nidempotency-key: x-3-7d2f5f6f0a11\r\n"), "{text}");
        assert!(text.ends_with("content-length: 17\r\n\r\n{\"class_id\":\"c1\"}"), "{text}");
    }
}
