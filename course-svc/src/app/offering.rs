//! Keeping classes: rooms, lecturers and hours without clashes, and nothing pulled away from under students.
//!
//! Every writer of classes first locks the period, so that two of them never check a room at the same time. Whoever moves
//! meetings or exams then locks the plans of the students in the class, and the class last: the order of the registrar.

use std::collections::HashMap;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::{Class, ClassLecturer, Course, Period};
use crate::reasons;
use crate::rules::allocation;
use crate::rules::exam::Exam;
use crate::rules::offering::{Neighbour, Offer, RoomSize, Teacher, may_move, may_offer};
use crate::rules::period::PeriodCode;
use crate::rules::plan::ClassFacts;
use crate::rules::schedule::{Meeting, Place, Slot};
use crate::rules::seats::{Bucket, Reservation, Seats};
use crate::rules::window;
use crate::rules::{Refusal, schedule};
use crate::store::{campus, classes, courses, packages, periods, plans, rooms, waiting, wishes};
use chassis::once::{self, Answer, with_retries};

/// A class as an admin writes it; references are ids that may name nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course_id: String,
    /// Name.
    pub name: String,
    /// Seats.
    pub capacity: u32,
    /// Weekly slots and their rooms (empty: none).
    pub meetings: Vec<(Slot, String)>,
    /// Exams; `None` to keep those that are set.
    pub exams: Option<Vec<Exam>>,
    /// Lecturers and whether they lead.
    pub lecturers: Vec<(String, bool)>,
    /// Seats that are kept for some, with none taken; `None` to keep those that are set.
    pub reservations: Option<Vec<Reservation>>,
    /// Whether it takes students.
    pub open: bool,
}

/// Opens a class.
///
/// # Errors
/// `Fields` for references that name nothing, `Refused` for every clash at once, `Duplicate` when the course has a class
/// of that name in the period.
pub async fn create(app: &App, draft: &Draft, scope: Option<&Scope>) -> Result<Answer<Class>, Error> {
    let answer = with_retries::<_, Error, _>(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let unknown_period = || Error::field("period_code", reasons::UNKNOWN_PERIOD, "no such period");
        let period = periods::lock(&mut tx, draft.period).await?.ok_or_else(unknown_period)?;
        let course = courses::get(&mut tx, &draft.course_id).await?;
        let unknown_course = || Error::field("course_id", reasons::UNKNOWN_COURSE, "no such course");
        let parts = Parts::find(&mut tx, draft).await?;
        let class = parts.class(chassis::id::new(), course.ok_or_else(unknown_course)?, draft);
        check(&mut tx, &period, &class, &parts, "").await?;
        refuse_namesake(&mut tx, &class).await?;
        let inserted = classes::insert(&mut tx, &class).await;
        inserted.map_err(|e| Error::unless_taken(e, "uq_class_period_code_course_id_name", reasons::CLASS_EXISTS))?;
        events::put(&mut tx, events::class(&class), now).await?;
        once::commit(tx, scope, || convert::encoded(&convert::class(&class, &class.seats)), now).await?;
        Ok(Answer::Done(class))
    })
    .await?;
    app.catalogue.offering_changed(draft.period);
    Ok(answer)
}

/// Changes a class, if `version` is the one that is there.
///
/// # Errors
/// As [`create`]; `Absent`, `Stale`, `Fields` when period or course differ, `Refused` when students who have a seat would
/// clash with their other classes, and while the seats of the period are allocated.
pub async fn update(app: &App, id: &str, draft: &Draft, version: i64) -> Result<Class, Error> {
    let class = with_retries::<_, Error, _>(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let (period, known) = locked_period(&mut tx, id).await?;
        if known.version != version {
            return Err(Error::Stale);
        }
        if period.code != draft.period {
            return Err(Error::field("period_code", reasons::FIXED, "a class stays in its period"));
        }
        if known.course.id != draft.course_id {
            return Err(Error::field("course_id", reasons::FIXED, "a class stays with its course"));
        }
        // Its seats and hours are what the turns of an allocation look at; the lock of the period keeps one from beginning.
        if let Some(running) = allocation::running(period.allocation) {
            return Err(Error::Refused(vec![running]));
        }
        let parts = Parts::find(&mut tx, draft).await?;
        let changed = parts.class(known.id.clone(), known.course.clone(), draft);
        let meetings = if slots(&changed.meetings) != slots(&known.meetings) { &*changed.meetings } else { &[] };
        let is_new = |exam: &Exam| !known.exams.contains(exam);
        let exams: Vec<_> = changed.exams.iter().copied().filter(is_new).collect();
        let seats = match meetings.is_empty() && exams.is_empty() {
            true => lock_class(&mut tx, id).await?,
            false => lock_with_students(&mut tx, &known, meetings, &exams).await?,
        };
        let reservations = match draft.reservations {
            Some(_) => counted(&mut tx, id, changed.seats.reservations).await?,
            None => seats.reservations.clone(),
        };
        let exams = if draft.exams.is_some() { changed.exams } else { known.exams };
        let seats = Seats { capacity: changed.seats.capacity, reservations, ..seats }.settled(now);
        let class = Class { seats, exams, version: known.version + 1, ..changed };
        check(&mut tx, &period, &class, &parts, id).await?;
        // Two that came by an import keep their names until one of them is renamed.
        if class.name != known.name {
            refuse_namesake(&mut tx, &class).await?;
        }
        let updated = classes::update(&mut tx, &class).await;
        updated.map_err(|e| Error::unless_taken(e, "uq_class_period_code_course_id_name", reasons::CLASS_EXISTS))?;
        events::put(&mut tx, events::class(&class), now).await?;
        tx.commit().await?;
        Ok(class)
    })
    .await?;
    app.catalogue.offering_changed(class.period);
    // It may be open again, or have a seat more.
    app.promotions.look();
    Ok(class)
}

/// Removes a class in which no seat is taken.
///
/// # Errors
/// `Absent`, `Refused` while a seat is taken or when the period is over.
pub async fn delete(app: &App, id: &str) -> Result<(), Error> {
    let period = with_retries::<_, Error, _>(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let (period, class) = locked_period(&mut tx, id).await?;
        refuse_over(&period)?;
        let seats = lock_class(&mut tx, id).await?;
        // Who only wishes for it counts too.
        let students = plans::students_of(&mut tx, id).await?;
        let taken = seats.taken.max(u32::try_from(students.len()).unwrap_or(u32::MAX));
        if taken > 0 {
            return Err(Error::Refused(vec![Refusal::ClassHasStudents { taken }]));
        }
        // Nobody's place in line vanishes silently: closed, the class promotes nobody, and its line ends with the window.
        if seats.waiting > 0 {
            return Err(Error::Refused(vec![Refusal::ClassHasWaiting { waiting: seats.waiting }]));
        }
        let wishes = wishes::with_class(&mut tx, id).await?;
        if wishes > 0 {
            return Err(Error::Refused(vec![Refusal::ClassHasWishes { wishes }]));
        }
        let packages = packages::with_class(&mut tx, id).await?;
        if packages > 0 {
            return Err(Error::Refused(vec![Refusal::ClassInPackage { packages }]));
        }
        classes::delete(&mut tx, id).await?;
        events::put(&mut tx, events::class_gone(&class), now).await?;
        tx.commit().await?;
        Ok(period.code)
    })
    .await?;
    app.catalogue.offering_changed(period);
    Ok(())
}

/// The period of a class, locked, and the class; its offering cannot change any more, its seats can.
async fn locked_period(tx: &mut Tx, id: &str) -> Result<(Period, Class), Error> {
    let code = classes::period_of(&mut *tx, id).await?.ok_or(Error::Absent("class"))?;
    let period = periods::lock(&mut *tx, code).await?.ok_or(Error::Absent("class"))?;
    let class = classes::get(tx, id).await?.ok_or(Error::Absent("class"))?;
    Ok((period, class))
}

/// Kept seats with as many taken as there are seats of their sort in plans: also of a sort that was not kept for a while.
/// The caller holds the lock of the class.
async fn counted(tx: &mut Tx, id: &str, mut kept: Vec<Reservation>) -> Result<Vec<Reservation>, Error> {
    let taken = plans::kept_seats_of(&mut *tx, id).await?;
    let line = waiting::belonging(tx, id).await?;
    for kept in &mut kept {
        kept.waiting = line.iter().filter(|(who, _)| kept.scope.is_for(who)).map(|(_, count)| count).sum();
        kept.taken = taken.get(&Bucket::Kept(kept.scope.clone()).text()).copied().unwrap_or_default();
    }
    Ok(kept)
}

/// Locks the class, so that its seats cannot change any more either.
async fn lock_class(tx: &mut Tx, id: &str) -> Result<Seats, Error> {
    classes::lock(tx, &[id.to_owned()]).await?;
    let class = classes::get(tx, id).await?.ok_or(Error::Absent("class"))?;
    Ok(class.seats)
}

/// Locks the plans of everybody in the class, then the class, and asks whether they could all follow it to its new hours and
/// to the exams that are new. Whoever took a seat between the two locks has a plan that is not locked: then everything is
/// tried again.
async fn lock_with_students(tx: &mut Tx, class: &Class, meetings: &[Meeting], exams: &[Exam]) -> Result<Seats, Error> {
    let students = plans::students_of(&mut *tx, &class.id).await?;
    plans::lock_existing(&mut *tx, class.period, &students).await?;
    let seats = lock_class(&mut *tx, &class.id).await?;
    let now_there = plans::students_of(&mut *tx, &class.id).await?;
    if now_there.iter().any(|student| students.binary_search(student).is_err()) {
        return Err(Error::Raced);
    }
    let beside = plans::beside(&mut *tx, &class.id).await?;
    let mut ids: Vec<_> = beside.iter().map(|(_, class)| class.clone()).collect();
    ids.sort();
    ids.dedup();
    let others: HashMap<String, ClassFacts> =
        classes::by_ids(tx, &ids).await?.into_iter().map(|class| (class.id.clone(), class.facts())).collect();
    let pairs: Vec<_> =
        beside.into_iter().filter_map(|(student, class)| Some((student, others.get(&class)?.clone()))).collect();
    may_move(meetings, exams, &pairs).map_err(Error::Refused)?;
    Ok(seats)
}

fn slots(meetings: &[Meeting]) -> Vec<schedule::Slot> {
    let mut slots: Vec<_> = meetings.iter().map(|meeting| meeting.slot).collect();
    slots.sort();
    slots
}

fn refuse_over(period: &Period) -> Result<(), Error> {
    match period.state.is_over() {
        true => Err(Error::Refused(vec![Refusal::PeriodOver { period: period.code, state: period.state }])),
        false => Ok(()),
    }
}

/// `a` beside `A` is one name twice for people. The constraint of the table knows only equal texts.
async fn refuse_namesake(tx: &mut Tx, class: &Class) -> Result<(), Error> {
    match classes::has_namesake(tx, class).await? {
        true => Err(Error::Duplicate(reasons::CLASS_EXISTS)),
        false => Ok(()),
    }
}

/// Everything that refuses the class as it is planned, at once. `except` is the class itself, or empty.
async fn check(tx: &mut Tx, period: &Period, class: &Class, parts: &Parts, except: &str) -> Result<(), Error> {
    let room_ids = parts.rooms.iter().map(|room| room.room_id.clone()).collect();
    let lecturer_ids = class.lecturers.iter().map(|lecturer| lecturer.lecturer_id.clone()).collect();
    let neighbours = classes::neighbours(tx, period.code, room_ids, lecturer_ids, except).await?;
    let neighbours: Vec<_> = neighbours.iter().map(neighbour).collect();
    let mut refusals = Vec::new();
    if let Err(Error::Refused(over)) = refuse_over(period) {
        refusals.extend(over);
    }
    refusals.extend(may_offer(&offer(class), &parts.rooms, &neighbours).err().unwrap_or_default());
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// A class as its neighbours' rules see it.
pub(crate) fn neighbour(class: &Class) -> Neighbour {
    let lecturer_ids = class.lecturers.iter().map(|lecturer| lecturer.lecturer_id.clone()).collect();
    Neighbour { label: class.label(), meetings: class.meetings.clone(), lecturer_ids }
}

/// A class as the rules of offering see it.
pub(crate) fn offer(class: &Class) -> Offer {
    let teacher =
        |lecturer: &ClassLecturer| Teacher { lecturer_id: lecturer.lecturer_id.clone(), name: lecturer.name.clone() };
    Offer {
        capacity: class.seats.capacity,
        meetings: class.meetings.clone(),
        teachers: class.lecturers.iter().map(teacher).collect(),
    }
}

/// A wrong field for each kept seat of a faculty or programme that does not exist.
async fn unknown_scopes(tx: &mut Tx, kept: &[Reservation]) -> Result<Vec<FieldFault>, Error> {
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let faculties = campus::faculty_codes(&mut *tx).await?;
    let programmes = campus::programmes(tx).await?;
    let fault = |(n, kept): (usize, &Reservation)| {
        let (reason, message) = match &kept.scope {
            window::Scope::Faculty(code) if !faculties.contains(code) => (reasons::UNKNOWN_FACULTY, "no such faculty"),
            window::Scope::Programme(code) if !programmes.iter().any(|(known, _)| known == code) => {
                (reasons::UNKNOWN_PROGRAMME, "no such study programme")
            }
            _ => return None,
        };
        Some(FieldFault::new(format!("reservations[{n}].scope_key"), reason, message))
    };
    Ok(kept.iter().enumerate().filter_map(fault).collect())
}

/// What a draft refers to.
struct Parts {
    rooms: Vec<RoomSize>,
    lecturers: HashMap<String, String>,
}

impl Parts {
    /// Looks up rooms and lecturers; every reference that names nothing is a wrong field.
    async fn find(tx: &mut Tx, draft: &Draft) -> Result<Self, Error> {
        let room_ids: Vec<_> =
            draft.meetings.iter().map(|(_, room)| room.clone()).filter(|room| !room.is_empty()).collect();
        let lecturer_ids: Vec<_> = draft.lecturers.iter().map(|(id, _)| id.clone()).collect();
        let rooms = rooms::by_ids(&mut *tx, &room_ids).await?;
        let rooms: Vec<_> = rooms
            .into_iter()
            .map(|room| RoomSize { room_id: room.id, code: room.code, capacity: room.capacity })
            .collect();
        let lecturers: HashMap<_, _> =
            campus::lecturers(&mut *tx, lecturer_ids).await?.into_iter().map(|row| (row.id, row.name)).collect();
        let mut faults = Vec::new();
        for (n, (_, room)) in draft.meetings.iter().enumerate() {
            if !room.is_empty() && !rooms.iter().any(|known| known.room_id == *room) {
                let field = format!("meetings[{n}].room_id");
                faults.push(FieldFault::new(field, reasons::UNKNOWN_ROOM, "no such room"));
            }
        }
        for (n, (lecturer, _)) in draft.lecturers.iter().enumerate() {
            if !lecturers.contains_key(lecturer) {
                let field = format!("lecturers[{n}].lecturer_id");
                faults.push(FieldFault::new(field, reasons::UNKNOWN_LECTURER, "no such lecturer"));
            }
        }
        faults.extend(unknown_scopes(tx, draft.reservations.as_deref().unwrap_or_default()).await?);
        if faults.is_empty() { Ok(Self { rooms, lecturers }) } else { Err(Error::Fields(faults)) }
    }

    /// The class that the draft describes, with no seat taken and version 1.
    fn class(&self, id: String, course: Course, draft: &Draft) -> Class {
        let place = |room_id: &String| {
            let room = self.rooms.iter().find(|room| room.room_id == *room_id)?;
            Some(Place { room_id: room.room_id.clone(), room_code: room.code.clone() })
        };
        let lecturer = |(id, lead): &(String, bool)| ClassLecturer {
            lecturer_id: id.clone(),
            name: self.lecturers.get(id).cloned().unwrap_or_default(),
            lead: *lead,
        };
        let mut lecturers: Vec<_> = draft.lecturers.iter().map(lecturer).collect();
        // The leading one first; the others in the order in which they were written.
        lecturers.sort_by_key(|lecturer| !lecturer.lead);
        Class {
            id,
            period: draft.period,
            course,
            name: draft.name.clone(),
            seats: Seats {
                reservations: draft.reservations.clone().unwrap_or_default(),
                ..Seats::new(draft.capacity, 0)
            },
            seat_version: 0,
            meetings: draft.meetings.iter().map(|(slot, room)| Meeting { slot: *slot, place: place(room) }).collect(),
            exams: draft.exams.clone().unwrap_or_default(),
            lecturers,
            open: draft.open,
            version: 1,
        }
    }
}
