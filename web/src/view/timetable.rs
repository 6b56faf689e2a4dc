//! The weekly timetable: a table whose rows are the distinct hours at which something begins or ends, where a class
//! spans the rows that it lasts.

use std::collections::BTreeSet;

use crate::format;
use crate::i18n::Lang;

/// More rows than this and the hours of classes that are only offered are left out.
const ROWS_MAX: usize = 24;

/// A gap of at least this many minutes in which nothing ever happens is drawn as a break.
const BREAK_MINUTES: u32 = 30;

/// A meeting in the timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Day, 1 Monday to 7 Sunday.
    pub day: u32,
    /// Minute of the day at which it begins.
    pub start: u32,
    /// Minute of the day at which it is over.
    pub end: u32,
    /// Course, with soft hyphens.
    pub title: String,
    /// Name of the class.
    pub class: String,
    /// What a screen reader adds: day, hours, room.
    pub spoken: String,
    /// Colour, 1 to 8.
    pub hue: usize,
}

/// A day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// `Sen`.
    pub short: String,
    /// `Senin`.
    pub long: String,
}

/// One field of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Rows that it spans.
    pub span: usize,
    /// Names of the slots that it covers: what a class row points at.
    pub slots: String,
    /// What meets there; more than one only when a plan holds a clash.
    pub events: Vec<Event>,
}

/// One row: from one hour to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Hour at which it begins.
    pub hour: String,
    /// A break in which nothing happens: drawn thin, without cells.
    pub is_break: bool,
    /// Fields that begin in this row.
    pub cells: Vec<Cell>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// Days: Monday to Friday, the weekend when something is on.
    pub columns: Vec<Column>,
    /// Rows by hour; empty when there is nothing to show.
    pub rows: Vec<Row>,
    spans: Vec<(u32, u32)>,
}

impl Timetable {
    /// Builds it from what is in the plan and from the hours (day, start, end) of what else is offered.
    #[must_use]
    pub fn new(lang: Lang, events: &[Event], offered: &[(u32, u32, u32)]) -> Self {
        let planned: Vec<_> = events.iter().map(|event| (event.day, event.start, event.end)).collect();
        let mut hours: Vec<_> = planned.iter().chain(offered).copied().collect();
        let mut spans = spans_of(&hours);
        if spans.len() > ROWS_MAX {
            hours = planned;
            spans = spans_of(&hours);
        }
        let last_day = hours.iter().map(|(day, ..)| *day).max().unwrap_or(5).clamp(5, 7);
        let columns = (1..=last_day)
            .map(|day| Column { short: format::day_short(lang, day), long: format::day(lang, day) })
            .collect();
        let rows = rows(lang, events, &hours, &spans, last_day);
        Self { columns, rows, spans }
    }

    /// Names of the slots that these hours cover, for the preview.
    #[must_use]
    pub fn slots(&self, day: u32, start: u32, end: u32) -> Vec<String> {
        self.spans.iter().filter(|(from, to)| *from < end && start < *to).map(|(from, _)| slot(day, *from)).collect()
    }

    /// Few rows: each may be higher, so that what stands in it can be read.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.rows.len() < 10
    }

    /// Columns in all, the hours' own included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.len() + 1
    }
}

fn slot(day: u32, start: u32) -> String {
    format!("{day}-{start}")
}

fn spans_of(hours: &[(u32, u32, u32)]) -> Vec<(u32, u32)> {
    let edges: BTreeSet<u32> = hours.iter().flat_map(|(_, start, end)| [*start, *end]).collect();
    let edges: Vec<u32> = edges.into_iter().collect();
    edges.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn rows(lang: Lang, events: &[Event], hours: &[(u32, u32, u32)], spans: &[(u32, u32)], last_day: u32) -> Vec<Row> {
    let mut covered_until = vec![0; last_day as usize + 1];
    let mut rows = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        let busy = hours.iter().any(|(_, start, end)| start < to && from < end);
        let is_break = !busy && to - from >= BREAK_MINUTES;
        let mut cells = Vec::new();
        for day in (1..=last_day).filter(|_| !is_break) {
            let until = &mut covered_until[day as usize];
            if *until > *from {
                continue;
            }
            let cell = cell(events, spans, day, *from, *to);
            *until = spans.iter().filter(|(start, _)| start >= from).nth(cell.span - 1).map_or(*to, |(_, end)| *end);
            cells.push(cell);
        }
        rows.push(Row { hour: format::clock(lang, *from), is_break, cells });
    }
    rows
}

/// The field of a day that begins at an hour: an event, with all that overlaps it, or nothing for one row.
fn cell(events: &[Event], spans: &[(u32, u32)], day: u32, from: u32, to: u32) -> Cell {
    let mut end = to;
    let mut here: Vec<Event> = Vec::new();
    loop {
        let found: Vec<_> =
            events.iter().filter(|e| e.day == day && e.start < end && e.end > from && !here.contains(e)).collect();
        if found.is_empty() {
            break;
        }
        // An empty field is one row high; a field with an event reaches to the end of the last one that overlaps.
        end = found.iter().map(|event| event.end).max().unwrap_or(end).max(end);
        here.extend(found.into_iter().cloned());
    }
    let covered: Vec<_> = spans.iter().filter(|(start, _)| *start >= from && *start < end).collect();
    let slots = covered.iter().map(|(start, _)| slot(day, *start)).collect::<Vec<_>>().join(" ");
    Cell { span: covered.len().max(1), slots, events: here }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(day: u32, start: u32, end: u32) -> Event {
        Event { day, start, end, title: "T".into(), class: "A".into(), spoken: String::new(), hue: 1 }
    }

    /// Every row must fill every column once: cells that begin there plus cells that reach into it.
    fn assert_rectangular(table: &Timetable) {
        let mut open = vec![0usize; table.columns.len()];
        for row in table.rows.iter().filter(|row| !row.is_break) {
            let mut cells = row.cells.iter();
            for column in &mut open {
                if *column == 0 {
                    *column = cells.next().expect("a cell for every free column").span;
                }
                *column -= 1;
            }
            assert!(cells.next().is_none(), "{row:?}");
        }
        assert!(open.iter().all(|left| *left == 0), "a cell reaches below the table");
    }

    #[test]
    fn a_class_spans_the_hours_that_it_lasts() {
        let events = [event(1, 420, 570), event(2, 480, 520)];
        let table = Timetable::new(Lang::Id, &events, &[(3, 570, 620), (5, 780, 880)]);
        assert_rectangular(&table);
        let hours: Vec<_> = table.rows.iter().map(|row| (row.hour.as_str(), row.is_break)).collect();
        let expected = [("07.00", false), ("08.00", false), ("08.40", false), ("09.30", false), ("10.20", true)];
        assert_eq!(hours[..5], expected);
        assert_eq!(table.rows[0].cells[0].span, 3);
        assert_eq!(table.rows[0].cells[0].slots, "1-420 1-480 1-520");
        assert_eq!(table.slots(3, 570, 620), ["3-570"]);
        assert_eq!(table.slots(3, 430, 490), ["3-420", "3-480"]);
        assert_eq!(table.columns.len(), 5);
        assert_eq!(table.width(), 6);
    }

    #[test]
    fn classes_that_follow_each_other_have_fields_of_their_own() {
        let table = Timetable::new(Lang::Id, &[event(1, 420, 570), event(1, 570, 720), event(2, 570, 620)], &[]);
        assert_rectangular(&table);
        for event in [event(1, 420, 570), event(1, 570, 720), event(2, 570, 620)] {
            let cells = table.rows.iter().flat_map(|row| &row.cells);
            let own: Vec<_> = cells.filter(|cell| cell.events.contains(&event)).collect();
            assert_eq!(own.len(), 1);
            assert_eq!(own[0].events.len(), 1);
            assert_eq!(own[0].slots, table.slots(event.day, event.start, event.end).join(" "));
        }
    }

    #[test]
    fn a_weekend_class_adds_its_days() {
        let table = Timetable::new(Lang::Id, &[event(6, 420, 520)], &[]);
        assert_eq!(table.columns.len(), 6);
        assert_rectangular(&table);
    }

    #[test]
    fn clashing_classes_share_a_field() {
        let events = [event(1, 420, 520), event(1, 470, 570), event(1, 600, 650)];
        let table = Timetable::new(Lang::Id, &events, &[]);
        assert_rectangular(&table);
        assert_eq!(table.rows[0].cells[0].events.len(), 2);
        assert_eq!(table.rows[0].cells[0].span, 3);
    }

    #[test]
    fn many_odd_hours_of_others_do_not_stretch_the_table() {
        let offered: Vec<_> = (0..40).map(|n| (1, 400 + n * 7, 500 + n * 11)).collect();
        let table = Timetable::new(Lang::Id, &[event(1, 420, 520)], &offered);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.slots(2, 300, 430), ["2-420"]);
    }

    #[test]
    fn nothing_makes_no_rows() {
        assert!(Timetable::new(Lang::Id, &[], &[]).rows.is_empty());
    }
}
