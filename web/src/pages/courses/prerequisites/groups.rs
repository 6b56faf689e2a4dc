//! The typed conditions: read, changed by buttons, and meant.

use api::{ConditionGroupInput, ConditionInput, ConditionKind, Prerequisites, PrerequisitesInput};

use super::{About, course_text};
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::classes::input::FieldError;
use crate::pages::entry::Fields;

/// Most groups of a course.
pub const GROUPS_MAX: usize = 20;

/// Most alternatives of a group.
const ALTERNATIVES_MAX: usize = 20;

/// A condition as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alternative {
    /// Word of the kind.
    pub kind: String,
    /// Course: code, name or both.
    pub course: String,
    /// Letter, SKS or IPK.
    pub min: String,
}

impl Alternative {
    fn is_empty(&self) -> bool {
        self.course.trim().is_empty() && self.min.trim().is_empty()
    }
}

/// Groups of alternatives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<Vec<Alternative>>);

impl Groups {
    /// Reads a form.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let group = |group: usize| {
            let count = fields.rows(&format!("jenis.{group}"), ALTERNATIVES_MAX);
            let get = |part: &str, n: usize| fields.get(&format!("{part}.{group}.{n}")).to_owned();
            let read = |n| Alternative { kind: get("jenis", n), course: get("mk", n), min: get("min", n) };
            (0..count).map(read).collect::<Vec<_>>()
        };
        Self((0..GROUPS_MAX).map(group).take_while(|group| !group.is_empty()).collect())
    }

    /// The conditions as they stand.
    #[must_use]
    pub fn of(lang: Lang, stored: &Prerequisites) -> Self {
        let alternative = |condition: &api::Condition| Alternative {
            kind: condition.kind.as_str().to_owned(),
            course: if condition.course_id.is_some() { course_text(condition) } else { String::new() },
            min: match condition.kind {
                ConditionKind::Passed => match (&condition.min_letter, condition.min_points_hundredths) {
                    (Some(letter), _) if !letter.is_empty() => letter.clone(),
                    (_, 0) => String::new(),
                    (_, points) => format::hundredths(lang, points),
                },
                ConditionKind::Credits => condition.credits.to_string(),
                ConditionKind::Gpa => format::hundredths(lang, condition.gpa_hundredths),
                ConditionKind::Taken | ConditionKind::Concurrent => String::new(),
            },
        };
        Self(stored.all_of.iter().map(|group| group.any_of.iter().map(alternative).collect()).collect())
    }

    /// As fields of a form.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        for (group, alternatives) in self.0.iter().enumerate() {
            for (n, typed) in alternatives.iter().enumerate() {
                fields.set(format!("jenis.{group}.{n}"), &typed.kind);
                fields.set(format!("mk.{group}.{n}"), &typed.course);
                fields.set(format!("min.{group}.{n}"), &typed.min);
            }
        }
        fields
    }

    /// As a button asks: `tambah-kelompok`, `tambah-alternatif-0`, `hapus-alternatif-0-1`. `None` when it is another.
    #[must_use]
    pub fn pressed(mut self, button: &str) -> Option<Self> {
        if button == "tambah-kelompok" {
            if self.0.len() < GROUPS_MAX {
                self.0.push(vec![Alternative::default()]);
            }
            return Some(self);
        }
        if let Some(group) = button.strip_prefix("tambah-alternatif-") {
            let group = self.0.get_mut(group.parse::<usize>().ok()?)?;
            if group.len() < ALTERNATIVES_MAX {
                group.push(Alternative::default());
            }
            return Some(self);
        }
        let (group, n) = button.strip_prefix("hapus-alternatif-")?.split_once('-')?;
        let (group, n) = (group.parse::<usize>().ok()?, n.parse::<usize>().ok()?);
        let alternatives = self.0.get_mut(group).filter(|alternatives| n < alternatives.len())?;
        alternatives.remove(n);
        if alternatives.is_empty() {
            self.0.remove(group);
        }
        Some(self)
    }

    /// Without what is not filled in.
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.0.iter_mut().for_each(|group| group.retain(|alternative| !alternative.is_empty()));
        self.0.retain(|group| !group.is_empty());
        self
    }

    /// The typed courses.
    #[must_use]
    pub fn courses(&self) -> Vec<String> {
        let typed = self.0.iter().flatten().map(|alternative| alternative.course.trim().to_owned());
        typed.filter(|text| !text.is_empty()).collect()
    }

    /// What it means. What only course-svc can know, a cycle for one, is not looked for.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the form.
    pub fn resolve(&self, lang: Lang, about: &About<'_>) -> Result<PrerequisitesInput, Vec<FieldError>> {
        let mut found = Vec::new();
        let mut all_of = Vec::new();
        for (group, alternatives) in self.0.iter().enumerate() {
            let mut any_of = Vec::new();
            for (n, typed) in alternatives.iter().enumerate() {
                let mut say = |part: &str, key: &str, vars: Vars| {
                    let field = format!("{part}-{group}-{n}");
                    found.push(FieldError { field, text: lang.with(key, &vars) });
                };
                any_of.extend(condition(typed, about, &mut say));
            }
            all_of.push(ConditionGroupInput { any_of });
        }
        if found.is_empty() { Ok(PrerequisitesInput { all_of }) } else { Err(found) }
    }
}

/// What one alternative means; `say` hears what is wrong with it.
fn condition(typed: &Alternative, about: &About<'_>, say: &mut impl FnMut(&str, &str, Vars)) -> Option<ConditionInput> {
    let Ok(kind) = typed.kind.parse() else {
        say("jenis", "prerequisites-kind-required", Vars::new());
        return None;
    };
    let mut input = ConditionInput {
        kind,
        course_id: None,
        min_points_hundredths: 0,
        min_letter: None,
        credits: 0,
        gpa_hundredths: 0,
    };
    let min = typed.min.trim();
    match kind {
        ConditionKind::Credits => match min.parse::<u32>() {
            Ok(credits @ 1..=400) => input.credits = credits,
            _ => say("min", "prerequisites-credits-wrong", Vars::new()),
        },
        ConditionKind::Gpa => match format::read_hundredths(min) {
            Some(gpa @ 1..=400) => input.gpa_hundredths = gpa,
            _ => say("min", "prerequisites-gpa-wrong", Vars::new()),
        },
        ConditionKind::Passed | ConditionKind::Taken | ConditionKind::Concurrent => {
            input.course_id = course(typed.course.trim(), about, say);
        }
    }
    if kind == ConditionKind::Passed && !min.is_empty() {
        match points(min, about) {
            Some((points, letter)) => (input.min_points_hundredths, input.min_letter) = (points, letter),
            None if about.steps.is_empty() => say("min", "prerequisites-no-scale", Vars::new().text("typed", min)),
            None => {
                let letters: Vec<_> = about.steps.iter().map(|step| step.letter.as_str()).collect();
                let vars = Vars::new().text("typed", min).text("known", letters.join(", "));
                say("min", "prerequisites-letter-unknown", vars);
            }
        }
    }
    Some(input)
}

fn course(text: &str, about: &About<'_>, say: &mut impl FnMut(&str, &str, Vars)) -> Option<String> {
    if text.is_empty() {
        say("mk", "class-course-required", Vars::new());
        return None;
    }
    let stored = about.stored.all_of.iter().flat_map(|group| &group.any_of);
    if let Some(known) = stored.filter(|c| c.course_id.is_some()).find(|c| course_text(c) == text) {
        return known.course_id.clone();
    }
    match about.lookup.course(text).as_slice() {
        [only] => return Some(only.id.clone()),
        [] => say("mk", "class-course-unknown", Vars::new().text("typed", text)),
        several => {
            let labels: Vec<_> = several.iter().take(5).map(|course| about.lookup.course_label(course)).collect();
            say("mk", "class-course-several", Vars::new().text("found", labels.join("; ")));
        }
    }
    None
}

/// Grade points of a letter by the programme's scale, or by what is stored with that letter; or typed points.
fn points(min: &str, about: &About<'_>) -> Option<(u32, Option<String>)> {
    if let Some(step) = about.steps.iter().find(|step| step.letter.eq_ignore_ascii_case(min)) {
        return Some((step.points_hundredths, Some(step.letter.clone())));
    }
    let stored = about.stored.all_of.iter().flat_map(|group| &group.any_of);
    let mut lettered = stored.filter_map(|c| Some((c.min_letter.as_deref()?, c)));
    let known = lettered.rfind(|(letter, _)| letter.eq_ignore_ascii_case(min)).map(|(_, condition)| condition);
    if let Some(known) = known {
        return Some((known.min_points_hundredths, known.min_letter.clone()));
    }
    format::read_hundredths(min).filter(|points| (1..=400).contains(points)).map(|points| (points, None))
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
