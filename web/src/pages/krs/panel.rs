//! The plan beside the catalogue: SKS, timetable, chosen classes, the bar below.

use api::{CeilingReason, Class, Plan};

use super::state::{Submission, is_editable, is_in_time};
use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::pages::home::course_name;
use crate::session::random_word;
use crate::view::{Event, Hidden, Meter, Timetable};

/// Colours of timetable blocks.
const HUES: usize = 8;

/// How many SKS of how many.
#[derive(Debug, Clone)]
pub struct Ceiling {
    /// `/ 24 SKS`.
    pub of: String,
    /// The bar.
    pub meter: Meter,
    /// Why the ceiling is what it is.
    pub why: String,
    /// `4 SKS lagi tidak dihitung dalam batas.`; empty when all count.
    pub beyond: String,
    /// `Sisa jatah 4 SKS`.
    pub left: String,
}

impl Ceiling {
    /// Of a plan.
    #[must_use]
    pub fn new(lang: Lang, plan: &Plan) -> Self {
        let ceiling = &plan.ceiling;
        let key = match ceiling.reason {
            CeilingReason::LastGpa => "ceiling-last-gpa",
            CeilingReason::FirstPeriod => "ceiling-first-period",
            CeilingReason::FirstYear => "ceiling-first-year",
            CeilingReason::GpaUnknown => "ceiling-gpa-unknown",
            CeilingReason::ShortTerm => "ceiling-short-term",
            CeilingReason::GpaMatrix => "ceiling-gpa-matrix",
            CeilingReason::AfterLeave => "ceiling-after-leave",
            CeilingReason::AfterAbsence => "ceiling-after-absence",
            CeilingReason::WithCourse => "ceiling-with-course",
        };
        let credits = Vars::new().count("credits", ceiling.credits);
        let gpa = ceiling.last_gpa_hundredths.map(|gpa| format::hundredths(lang, gpa));
        let why = match gpa {
            Some(gpa) => lang.with(key, &credits.text("gpa", gpa)),
            None => lang.try_with(key, &credits).unwrap_or_else(|| lang.t("ceiling-unsaid")),
        };
        let uncounted = Vars::new().count("credits", plan.credits_uncounted);
        let beyond = (plan.credits_uncounted > 0).then(|| lang.with("ceiling-beyond", &uncounted));
        let left = Vars::new().count("credits", ceiling.credits.saturating_sub(plan.credits_counted()));
        Self {
            of: lang.with("credits-of", &Vars::new().count("credits", ceiling.credits)),
            meter: Meter::new(plan.credits_counted(), ceiling.credits),
            why,
            beyond: beyond.unwrap_or_default(),
            left: lang.with("credits-left", &left),
        }
    }
}

/// `20 dari 24 SKS`, by the SKS that count.
#[must_use]
pub fn sum(lang: Lang, plan: &Plan) -> String {
    summed(lang, plan, "krs-sum")
}

/// The same as a sentence.
#[must_use]
pub fn sum_sentence(lang: Lang, plan: &Plan) -> String {
    summed(lang, plan, "krs-sum-sentence")
}

fn summed(lang: Lang, plan: &Plan, key: &str) -> String {
    let sum = Vars::new().count("credits", plan.credits_counted()).count("ceiling", plan.ceiling.credits);
    match plan.credits_uncounted {
        0 => lang.with(key, &sum),
        beyond => lang.with(&format!("{key}-beyond"), &sum.count("beyond", beyond)),
    }
}

/// A chosen class in the list.
pub struct PlanLine {
    /// Id of the class.
    pub id: String,
    /// Colour.
    pub hue: usize,
    /// Course.
    pub title: String,
    /// Name of the class.
    pub class: String,
    /// Days and hours.
    pub detail: String,
    /// `3 SKS`.
    pub credits: String,
    /// The form that gives the seat back; none while nothing may change.
    pub drop: Option<DropForm>,
    /// Without a seat yet.
    pub wished: bool,
}

/// A place on a waiting list.
pub struct WaitLine {
    /// Course and class.
    pub title: String,
    /// `Anda nomor 3 dari 7 di daftar tunggu`.
    pub place: String,
    /// What is given back, until when.
    pub details: Vec<String>,
    /// The form that leaves it; none while nothing may change.
    pub leave: Option<DropForm>,
}

/// The form that gives a seat back.
pub struct DropForm {
    /// Where it is sent.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Hidden,
    /// What it does, in full.
    pub label: String,
}

impl DropForm {
    /// For a class.
    #[must_use]
    pub fn new(lang: Lang, class: &Class, hidden: &Hidden) -> Self {
        Self {
            action: super::act("lepas", class),
            hidden: hidden.clone().key(random_word()),
            label: spoken_label(lang, class),
        }
    }
}

/// What stands beside the catalogue, and the bar below.
pub struct Panel {
    /// SKS of the plan.
    pub credits: String,
    /// The ceiling.
    pub ceiling: Ceiling,
    /// The timetable.
    pub week: Timetable,
    /// The chosen classes.
    pub lines: Vec<PlanLine>,
    /// `7 mata kuliah`.
    pub count: String,
    /// `Rencana (7)`.
    pub jump: String,
    /// `20 dari 24 SKS`.
    pub sum: String,
    /// `7 mata kuliah, sisa jatah 4 SKS`.
    pub sum_detail: String,
    /// Places on waiting lists.
    pub waiting: Vec<WaitLine>,
    /// Whether it can be handed in.
    pub submission: Submission,
}

impl Panel {
    /// Of a plan; `offered` are the hours of the catalogue, for the rows of the timetable.
    #[must_use]
    pub fn new(lang: Lang, campus: &Campus, plan: &Plan, offered: &[(u32, u32, u32)], hidden: &Hidden) -> Self {
        let may_drop = may_drop(plan);
        let line = |(index, item): (usize, &api::PlanItem)| {
            let class = &item.class;
            PlanLine {
                id: class.id.clone(),
                hue: hue(index),
                title: course_name(lang, class),
                class: class.name.clone(),
                detail: meetings(lang, class).join(", "),
                credits: lang.with("credits", &Vars::new().count("credits", class.course.credits)),
                drop: may_drop.then(|| DropForm::new(lang, class, hidden)),
                wished: item.wished,
            }
        };
        let courses = Vars::new().count("count", i64::try_from(plan.items.len()).unwrap_or_default());
        let count = lang.with("krs-courses", &courses);
        let ceiling = Ceiling::new(lang, plan);
        Self {
            credits: plan.credits_counted().to_string(),
            week: timetable(lang, plan, offered),
            lines: plan.items.iter().enumerate().map(line).collect(),
            jump: lang.with("krs-jump-plan", &courses),
            sum: sum(lang, plan),
            sum_detail: format!("{count}, {}", lowered(&ceiling.left)),
            count,
            ceiling,
            waiting: plan.waiting.iter().map(|place| wait_line(lang, campus, place, hidden)).collect(),
            submission: Submission::new(lang, campus, plan),
        }
    }
}

impl Panel {
    /// The same for somebody who waits for the turn: every change would be refused.
    #[must_use]
    pub fn read_only(mut self, lang: Lang) -> Self {
        self.lines.iter_mut().for_each(|line| line.drop = None);
        self.waiting.iter_mut().for_each(|line| line.leave = None);
        self.submission = Submission { href: None, reasons: Vec::new(), hint: lang.t("turn-hint") };
        self
    }
}

fn wait_line(lang: Lang, campus: &Campus, place: &api::WaitingPlace, hidden: &Hidden) -> WaitLine {
    let class = &place.class;
    let vars = Vars::new().count("place", place.place).count("waiting", place.waiting.max(place.place));
    let mut details = vec![meetings(lang, class).join(", ")];
    let gives = |own: &String| lang.with("wait-gives", &Vars::new().text("class", own.clone()));
    details.extend(place.instead_of.as_ref().map(gives));
    let until =
        |end| lang.with("wait-expires", &Vars::new().text("date", campus.date_time(lang, campus.last_moment(end))));
    details.extend(place.expires_at.map(until));
    WaitLine {
        title: class_label(lang, class),
        place: lang.with("wait-place", &vars),
        details,
        leave: Some(DropForm {
            action: super::act("batal", class),
            hidden: hidden.clone().key(random_word()),
            label: spoken_label(lang, class),
        }),
    }
}

/// Whether a class may be given back now: only the plan's state, the period and its window say no, so that somebody
/// with a hold can always free a seat.
#[must_use]
pub fn may_drop(plan: &Plan) -> bool {
    is_editable(plan.state) && is_in_time(plan)
}

/// A sentence inside another: its first letter small.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn hue(index: usize) -> usize {
    index % HUES + 1
}

/// The plan as a timetable.
#[must_use]
pub fn timetable(lang: Lang, plan: &Plan, offered: &[(u32, u32, u32)]) -> Timetable {
    let mut events = Vec::new();
    for (index, item) in plan.items.iter().enumerate() {
        for meeting in &item.class.meetings {
            let when = format!(
                "{} {}",
                format::day(lang, meeting.day),
                format::hours(lang, meeting.start_minute, meeting.end_minute)
            );
            let room = meeting.room_code.as_deref().map(|room| format!(", {room}")).unwrap_or_default();
            events.push(Event {
                day: meeting.day,
                start: meeting.start_minute,
                end: meeting.end_minute,
                title: format::hyphenate(&course_name(lang, &item.class)),
                class: item.class.name.clone(),
                spoken: when + &room,
                hue: hue(index),
            });
        }
    }
    Timetable::new(lang, &events, offered)
}

/// `Basis Data Lanjut A`.
#[must_use]
pub fn class_label(lang: Lang, class: &Class) -> String {
    format!("{} {}", course_name(lang, class), class.name)
}

/// `Basis Data Lanjut kelas A`, for the name of a button.
#[must_use]
pub fn spoken_label(lang: Lang, class: &Class) -> String {
    let vars = Vars::new().text("course", course_name(lang, class)).text("name", class.name.clone());
    lang.with("class-spoken", &vars)
}

/// `Kelas B, R. 3.06`.
#[must_use]
pub fn class_and_room(lang: Lang, class: &Class, room: Option<&str>) -> String {
    let named = lang.with("class-named", &Vars::new().text("name", class.name.clone()));
    room.map_or(named.clone(), |room| format!("{named}, {room}"))
}

/// `Senin 07.00–09.30`, one for each meeting.
#[must_use]
pub fn meetings(lang: Lang, class: &Class) -> Vec<String> {
    if class.meetings.is_empty() {
        return vec![lang.t("no-meetings")];
    }
    let line = |m: &api::Meeting| {
        format!("{} {}", format::day(lang, m.day), format::hours(lang, m.start_minute, m.end_minute))
    };
    class.meetings.iter().map(line).collect()
}
