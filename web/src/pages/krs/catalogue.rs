//! The catalogue of classes that a student may choose from, with every reason against a class before the click.

use api::{Choice as Offer, Class, Plan, RequirementKind};
use chassis::text::fold;

use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::home::course_name;
use crate::view::{Choice, Hidden, Timetable};

mod line;

pub use line::{Act, AskLink, Line, Meets, Seats, TakeForm, WishForm};

/// Courses on one page.
const COURSES_PER_PAGE: usize = 25;

/// Which classes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// All.
    #[default]
    All,
    /// Those that can be taken now.
    Takeable,
    /// Of compulsory courses.
    Compulsory,
    /// Of elective courses.
    Elective,
}

impl Tab {
    const ALL: [Self; 4] = [Self::All, Self::Takeable, Self::Compulsory, Self::Elective];

    fn word(self) -> &'static str {
        match self {
            Self::All => "semua",
            Self::Takeable => "bisa",
            Self::Compulsory => "wajib",
            Self::Elective => "pilihan",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::All => "krs-tab-all",
            Self::Takeable => "krs-tab-takeable",
            Self::Compulsory => "krs-tab-compulsory",
            Self::Elective => "krs-tab-elective",
        }
    }

    fn takes(self, offer: &Offer) -> bool {
        let elective = offer.class.course.requirement_kind == RequirementKind::Elective;
        match self {
            Self::All => true,
            Self::Takeable => !offer.in_plan && offer.refusals.is_empty(),
            Self::Compulsory => !elective,
            Self::Elective => elective,
        }
    }
}

/// What the address says about the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words to search for.
    pub q: String,
    /// Only with a meeting on this day.
    pub day: Option<u32>,
    /// Which classes.
    pub tab: Tab,
    /// Also of other study programmes.
    pub all_programmes: bool,
    /// Period; the active one when empty.
    pub period: String,
    /// Page, from 1.
    pub page: usize,
}

impl Filter {
    /// Reads the pairs of a query; what is not understood is left out.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
        Self {
            q: get("q").chars().take(100).collect(),
            day: get("hari").parse().ok().filter(|day| (1..=7).contains(day)),
            tab: Tab::ALL.into_iter().find(|tab| tab.word() == get("saring")).unwrap_or_default(),
            all_programmes: get("prodi") == "semua",
            period: get("periode").chars().take(5).collect(),
            page: get("hal").parse().ok().filter(|page| (1..=1000).contains(page)).unwrap_or(1),
        }
    }

    /// The address with this filter on this page.
    #[must_use]
    pub fn href(&self, page: usize) -> String {
        let day = self.day.map(|day| day.to_string()).unwrap_or_default();
        let tab = if self.tab == Tab::All { "" } else { self.tab.word() };
        let page = if page > 1 { page.to_string() } else { String::new() };
        let programmes = if self.all_programmes { "semua" } else { "" };
        let pairs = [
            ("periode", self.period.as_str()),
            ("q", &self.q),
            ("hari", &day),
            ("prodi", programmes),
            ("saring", tab),
            ("hal", &page),
        ];
        with_query("/krs", &pairs)
    }

    /// Whether the words and the day fit; the tab is asked apart.
    fn matches(&self, offer: &Offer) -> bool {
        let class = &offer.class;
        let on_day = self.day.is_none_or(|day| class.meetings.iter().any(|meeting| meeting.day == day));
        let words = fold(&self.q);
        let lecturers = class.lecturers.iter().filter_map(|lecturer| lecturer.name.as_deref());
        let english = class.course.name_en.as_deref();
        let texts = [class.course.name.as_str(), class.course.code.as_str()];
        on_day && texts.into_iter().chain(english).chain(lecturers).any(|text| fold(text).contains(&words))
    }
}

/// A tab with how many classes it holds.
#[derive(Debug, Clone)]
pub struct TabView {
    /// What is sent.
    pub value: &'static str,
    /// Name.
    pub text: String,
    /// How many.
    pub count: usize,
    /// Whether it is the chosen one.
    pub chosen: bool,
}

/// A course with its classes.
pub struct CourseCard {
    /// Id of the course.
    pub id: String,
    /// Name.
    pub name: String,
    /// Code.
    pub code: String,
    /// SKS, kind, semester.
    pub meta: Vec<String>,
    /// Classes.
    pub lines: Vec<Line>,
}

/// Courses under a heading.
pub struct Section {
    /// What its count is known by: `n-` and this.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// How many courses.
    pub count: String,
    /// Courses.
    pub courses: Vec<CourseCard>,
}

/// The catalogue.
pub struct Catalogue {
    /// The words searched for.
    pub q: String,
    /// Period, for the form.
    pub period: String,
    /// Days to choose from.
    pub days: Vec<Choice>,
    /// Own or all study programmes; empty when there is no choice.
    pub programmes: Vec<Choice>,
    /// Tabs.
    pub tabs: Vec<TabView>,
    /// When the seats were counted.
    pub as_of: String,
    /// This page, for looking again.
    pub here: String,
    /// Headings with courses.
    pub sections: Vec<Section>,
    /// What is said when there are none.
    pub empty: Option<String>,
    /// The page without a filter.
    pub clear: String,
    /// The pages before and after.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// `Mata kuliah 26–50 dari 59`; empty when all are on one page.
    pub range: String,
    /// Said when there are more classes than were fetched.
    pub cut: bool,
}

/// What a catalogue is made of.
pub struct Facts<'a> {
    /// Language.
    pub lang: Lang,
    /// Campus clock.
    pub campus: &'a Campus,
    /// The plan, when it could be read.
    pub plan: Option<&'a Plan>,
    /// The timetable, for the preview.
    pub week: Option<&'a Timetable>,
    /// Token and address for forms.
    pub hidden: &'a Hidden,
    /// Whether the student's own study programme is known.
    pub knows_programme: bool,
    /// The semester that the student is in: its courses come first.
    pub semester: Option<u32>,
    /// When the seats were counted.
    pub as_of: String,
    /// There are more classes than were fetched.
    pub cut: bool,
    /// The student waits for the turn: nothing can be taken yet.
    pub waits: bool,
    /// The wishes, while seats are given by them and not given yet.
    pub wishes: Option<&'a api::Wishes>,
}

impl Catalogue {
    /// Of the classes that were fetched.
    #[must_use]
    pub fn new(facts: &Facts<'_>, filter: &Filter, offers: &[Offer]) -> Self {
        let lang = facts.lang;
        let found: Vec<_> = offers.iter().filter(|offer| filter.matches(offer)).collect();
        let tabs = tabs(lang, filter, &found);
        let shown: Vec<_> = found.into_iter().filter(|offer| filter.tab.takes(offer)).collect();
        let mut courses: Vec<Vec<&Offer>> = Vec::new();
        for offer in &shown {
            match courses.last_mut() {
                Some(group) if group[0].class.course.id == offer.class.course.id => group.push(offer),
                _ => courses.push(vec![offer]),
            }
        }
        let (chosen, open): (Vec<_>, Vec<_>) = courses.into_iter().partition(|c| c.iter().any(|offer| offer.in_plan));
        let own = |offers: &Vec<&Offer>| is_own(facts, &offers[0].class);
        let (mut open, later): (Vec<_>, Vec<_>) = open.into_iter().partition(own);
        open.extend(later);
        let (chosen_count, open_count) = (chosen.len(), open.len());
        let total = chosen_count + open_count;
        // What is in the plan stands on every page: whoever takes a class finds it again.
        let first = (filter.page - 1) * COURSES_PER_PAGE;
        let open: Vec<_> = open.into_iter().skip(first).take(COURSES_PER_PAGE).collect();
        let count = |count: usize| {
            lang.with("krs-courses", &Vars::new().count("count", i64::try_from(count).unwrap_or_default()))
        };
        let section = |id: &'static str, key: &str, courses: Vec<Vec<&Offer>>, all: usize| {
            let courses: Vec<_> = courses.iter().map(|offers| card(facts, offers)).collect();
            Section { id, title: lang.t(key), count: count(all), courses }
        };
        let wishing = facts.wishes.is_some();
        let heading = if wishing { "wishes-offered" } else { "krs-open" };
        let mut sections = vec![section("belum", heading, open, open_count)];
        // Where wishes are put there is no plan yet, and its heading would stand above nothing.
        if !wishing || chosen_count > 0 {
            sections.push(section("sudah", "krs-chosen", chosen, chosen_count));
        }
        let filtered = !filter.q.is_empty() || filter.day.is_some() || filter.tab != Tab::All;
        let empty = (total == 0).then(|| match (filtered, filter.q.is_empty()) {
            (false, _) => lang.t("krs-empty"),
            (true, true) => lang.t("krs-empty-filter"),
            (true, false) => lang.with("krs-empty-search", &Vars::new().text("words", filter.q.clone())),
        });
        let day = filter.day.map(|day| day.to_string()).unwrap_or_default();
        let mut days = vec![Choice::new("", lang.t("all-days"), &day)];
        days.extend((1..=6).map(|number| Choice::new(number.to_string(), format::day(lang, number), &day)));
        let scope = if filter.all_programmes { "semua" } else { "" };
        let programmes = facts.knows_programme.then(|| {
            vec![Choice::new("", lang.t("own-programme"), scope), Choice::new("semua", lang.t("all-programmes"), scope)]
        });
        Self {
            q: filter.q.clone(),
            period: filter.period.clone(),
            days,
            programmes: programmes.unwrap_or_default(),
            tabs,
            as_of: lang.with("krs-as-of", &Vars::new().text("time", facts.as_of.clone())),
            here: filter.href(filter.page),
            sections: if total == 0 { Vec::new() } else { sections },
            empty,
            clear: Filter { period: filter.period.clone(), ..Filter::default() }.href(1),
            previous: (filter.page > 1).then(|| filter.href(filter.page - 1)),
            next: (first + COURSES_PER_PAGE < open_count).then(|| filter.href(filter.page + 1)),
            range: range(lang, first, open_count),
            cut: facts.cut,
        }
    }
}

/// `Mata kuliah 26–50 dari 59`, unless all are on this page.
fn range(lang: Lang, first: usize, all: usize) -> String {
    if all <= COURSES_PER_PAGE || first >= all {
        return String::new();
    }
    let number = |number: usize| number.to_string();
    let last = number((first + COURSES_PER_PAGE).min(all));
    let vars = Vars::new().text("first", number(first + 1)).text("last", last).text("all", number(all));
    lang.with("krs-range", &vars)
}

/// Whether a course is recommended for the semester that the student is in.
fn is_own(facts: &Facts<'_>, class: &Class) -> bool {
    facts.semester.is_some() && class.course.recommended_semester == facts.semester
}

/// The rows of some classes, on whatever page of the catalogue they are now: what an answer to a click sends back.
#[must_use]
pub fn lines<'a>(facts: &Facts<'_>, offers: impl Iterator<Item = &'a Offer>) -> Vec<Line> {
    offers.flat_map(|offer| card(facts, &[offer]).lines).collect()
}

fn tabs(lang: Lang, filter: &Filter, found: &[&Offer]) -> Vec<TabView> {
    let view = |tab: Tab| TabView {
        value: tab.word(),
        text: lang.t(tab.key()),
        count: found.iter().filter(|offer| tab.takes(offer)).count(),
        chosen: tab == filter.tab,
    };
    Tab::ALL.into_iter().map(view).collect()
}

fn card(facts: &Facts<'_>, offers: &[&Offer]) -> CourseCard {
    let lang = facts.lang;
    let class = &offers[0].class;
    let course = &class.course;
    let kind = match course.requirement_kind {
        RequirementKind::Compulsory => "kind-compulsory",
        RequirementKind::Elective => "kind-elective",
        RequirementKind::National => "kind-national",
        RequirementKind::Thesis => "kind-thesis",
    };
    let mut meta = vec![lang.with("credits", &Vars::new().count("credits", course.credits)), lang.t(kind)];
    let semester = if is_own(facts, class) { "semester-own" } else { "semester" };
    meta.extend(course.recommended_semester.map(|n| lang.with(semester, &Vars::new().count("number", n))));
    CourseCard {
        id: course.id.clone(),
        name: course_name(lang, class),
        code: course.code.clone(),
        meta,
        lines: offers.iter().map(|offer| line::line(facts, offer)).collect(),
    }
}

/// Classes whose row may read otherwise after this class was taken or given back: of the same course, in the same
/// hours, or too large for what is left of the ceiling before or after.
#[must_use]
pub fn is_touched(offer: &Offer, class: &Class, plan: &Plan) -> bool {
    let other = &offer.class;
    let same_hours = other.meetings.iter().any(|a| {
        let overlaps =
            |b: &api::Meeting| a.day == b.day && a.start_minute < b.end_minute && b.start_minute < a.end_minute;
        class.meetings.iter().any(overlaps)
    });
    let most = plan.credits_counted() + class.course.credits;
    same_hours || other.course.id == class.course.id || most + other.course.credits > plan.ceiling.credits
}
