//! Which class comes next. Pure: a plan, a day and a minute in, an agenda out.

use api::{Class, Plan};

const DAYS: u32 = 7;

/// How far away something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// It is on.
    Running,
    /// It begins today, in so many minutes.
    Today(u32),
    /// It is tomorrow.
    Tomorrow,
    /// It is later in the week, or on this day of the next.
    Later,
}

/// One meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The class.
    pub class: &'a Class,
    /// Its room.
    pub room: Option<&'a str>,
    /// Day, 1 Monday to 7 Sunday.
    pub day: u32,
    /// Minute at which it begins.
    pub start: u32,
    /// Minute at which it is over.
    pub end: u32,
    /// How far away it is.
    pub coming: Coming,
}

/// The next meeting and what else there is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda<'a> {
    /// The meeting that is on, or the next one. `None` when the plan has no meetings.
    pub next: Option<Entry<'a>>,
    /// What comes after it today.
    pub rest: Vec<Entry<'a>>,
}

/// Looks at the week from this day (1 to 7) and minute on.
#[must_use]
pub fn agenda(plan: &Plan, today: u32, minute: u32) -> Agenda<'_> {
    let mut all: Vec<_> = plan
        .items
        .iter()
        .flat_map(|item| item.class.meetings.iter().map(move |meeting| (&item.class, meeting)))
        .map(|(class, meeting)| {
            let mut days = (meeting.day + DAYS - today) % DAYS;
            if days == 0 && meeting.end_minute <= minute {
                days = DAYS;
            }
            let coming = match days {
                0 if meeting.start_minute <= minute => Coming::Running,
                0 => Coming::Today(meeting.start_minute - minute),
                1 => Coming::Tomorrow,
                _ => Coming::Later,
            };
            let (start, end) = (meeting.start_minute, meeting.end_minute);
            let room = meeting.room_code.as_deref();
            (days, Entry { class, room, day: meeting.day, start, end, coming })
        })
        .collect();
    all.sort_by_key(|(days, item)| (*days, item.start, item.end));
    let mut all = all.into_iter();
    let next = all.next().map(|(_, item)| item);
    let rest = all.filter(|(days, _)| *days == 0).map(|(_, item)| item).collect();
    Agenda { next, rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    #[test]
    fn the_class_that_is_on_comes_first_and_then_the_rest_of_the_day() {
        let plan = samples::plan_of(&[(1, 420, 570), (1, 600, 700), (3, 420, 520)]);
        let at = |day, minute| {
            let agenda = agenda(&plan, day, minute);
            let next = agenda.next.unwrap();
            ((next.day, next.start), next.coming, agenda.rest.len())
        };
        assert_eq!(at(1, 400), ((1, 420), Coming::Today(20), 1));
        assert_eq!(at(1, 420), ((1, 420), Coming::Running, 1));
        assert_eq!(at(1, 569), ((1, 420), Coming::Running, 1));
        assert_eq!(at(1, 570), ((1, 600), Coming::Today(30), 0));
        assert_eq!(at(1, 700), ((3, 420), Coming::Later, 0));
        assert_eq!(at(2, 0), ((3, 420), Coming::Tomorrow, 0));
        assert_eq!(at(3, 520), ((1, 420), Coming::Later, 0));
        assert_eq!(at(7, 1439), ((1, 420), Coming::Tomorrow, 0));
    }

    #[test]
    fn on_the_only_day_after_the_class_it_is_next_week() {
        let plan = samples::plan_of(&[(4, 420, 520)]);
        let agenda = agenda(&plan, 4, 600);
        assert_eq!(agenda.next.unwrap().coming, Coming::Later);
        assert!(agenda.rest.is_empty());
    }

    #[test]
    fn an_empty_plan_has_nothing_next() {
        assert_eq!(agenda(&samples::plan_of(&[]), 1, 0).next, None);
    }
}
