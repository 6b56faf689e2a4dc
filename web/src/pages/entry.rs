//! Forms of the office: fields in sections, rows that come and go by buttons, and what is wrong at its field. One
//! template for all of them; what a page adds is which fields there are and what they mean.

use askama::Template;

use crate::i18n::Vars;
use crate::pages::classes::form::Difference;
use crate::pages::classes::input::FieldError;
use crate::pages::home::{FactCard, ListCard};
use crate::view::{self, Badge, Choice, Frame, Hidden, Html, Layout, Link, Note, Part, Tone};
use crate::visit::Visit;

mod check;
mod fields;
mod no;

pub use check::Check;
pub use fields::Fields;
pub use no::{No, again, draft_note, indexed, no};

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A number: the keyboard of a phone shows digits.
    Number,
    /// A day.
    Date,
    /// A minute on the campus's clock.
    Moment,
    /// One of these.
    Select(Vec<Choice>),
    /// A line of text with suggestions: the id of their list.
    Suggest(&'static str),
}

/// A field with what is typed and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Input {
    /// Id, which errors name.
    pub id: String,
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Hint; may be empty.
    pub hint: String,
    /// What is typed.
    pub value: String,
    /// What is wrong; may be empty.
    pub error: String,
    /// What it takes.
    pub kind: Kind,
    /// Class of its width: `w2`, `w3`, `w4` or `w6` of six.
    pub width: &'static str,
    /// Most characters.
    pub max: u32,
}

impl Input {
    /// A field of a form, filled with what is typed. Its id is its name with dashes.
    #[must_use]
    pub fn new(name: &str, label: String, kind: Kind, fields: &Fields) -> Self {
        let value = fields.get(name).to_owned();
        let kind = match kind {
            Kind::Select(choices) => {
                Kind::Select(choices.into_iter().map(|c| Choice { chosen: c.value == value, ..c }).collect())
            }
            kind => kind,
        };
        let id = name.replace('.', "-");
        let name = name.to_owned();
        Self { id, name, label, hint: String::new(), value, error: String::new(), kind, width: "w3", max: 100 }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    /// With another width.
    #[must_use]
    pub fn width(self, width: &'static str) -> Self {
        Self { width, ..self }
    }

    /// With another most of characters.
    #[must_use]
    pub fn max(self, max: u32) -> Self {
        Self { max, ..self }
    }

    /// Ties it to its hint and its error.
    #[must_use]
    pub fn described(&self) -> Html {
        view::described(&self.id, !self.hint.is_empty(), &self.error)
    }

    /// What a reader sees in it: of a choice its text.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.kind {
            Kind::Select(choices) => choices.iter().find(|c| c.chosen).map(|c| c.text.clone()).unwrap_or_default(),
            Kind::Moment => self.value.replace('T', " "),
            _ => self.value.trim().to_owned(),
        }
    }
}

/// A row of a section: a meeting, a window, a condition.
#[derive(Debug, Clone)]
pub struct RowSet {
    /// `Masa 1`.
    pub legend: String,
    /// Its fields.
    pub inputs: Vec<Input>,
    /// Value of the button that removes it.
    pub remove: String,
}

impl RowSet {
    /// Fields with an error.
    #[must_use]
    pub fn wrong(&self) -> Vec<&Input> {
        self.inputs.iter().filter(|input| !input.error.is_empty()).collect()
    }
}

/// A button that changes the rows of a form.
#[derive(Debug, Clone)]
pub struct Press {
    /// What it sends.
    pub value: String,
    /// What it says.
    pub text: String,
}

/// A part of a form.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Id, where an error of the whole section leads.
    pub id: String,
    /// Heading; may be empty.
    pub title: String,
    /// Hint; may be empty.
    pub hint: String,
    /// What is wrong with the whole section; may be empty.
    pub error: String,
    /// Fields.
    pub inputs: Vec<Input>,
    /// Rows.
    pub rows: Vec<RowSet>,
    /// Adds a row.
    pub add: Option<Press>,
}

impl Section {
    /// A section of fields without a heading.
    #[must_use]
    pub fn plain(id: &str, inputs: Vec<Input>) -> Self {
        Self { id: id.to_owned(), inputs, ..Self::default() }
    }
}

/// A form.
pub struct Entry {
    /// Id.
    pub id: &'static str,
    /// Heading of its card; may be empty.
    pub heading: String,
    /// Where it is sent.
    pub action: String,
    /// Token and key.
    pub hidden: Hidden,
    /// What it carries unseen.
    pub kept: Vec<(String, String)>,
    /// Its parts.
    pub sections: Vec<Section>,
    /// Adds a section.
    pub add: Option<Press>,
    /// What the button says that sends it.
    pub save: String,
    /// The icon of that button.
    pub icon: &'static str,
    /// Whether that button takes something away.
    pub grave: bool,
    /// Where leaving it leads; none for a form that is one of several.
    pub cancel: Option<String>,
}

impl Entry {
    /// A form of one section.
    #[must_use]
    pub fn new(visit: &Visit, id: &'static str, action: String, save: &str, sections: Vec<Section>) -> Self {
        Self {
            id,
            heading: String::new(),
            action,
            hidden: Hidden::new(visit.form_token()),
            kept: Vec::new(),
            sections,
            add: None,
            save: visit.t(save),
            icon: "save",
            grave: false,
            cancel: None,
        }
    }

    /// With a heading.
    #[must_use]
    pub fn heading(self, heading: String) -> Self {
        Self { heading, ..self }
    }

    /// With an idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        Self { hidden: self.hidden.key(key), ..self }
    }

    /// With the version that was read.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.kept.push(("versi".into(), version.to_owned()));
        self
    }

    /// With a way out.
    #[must_use]
    pub fn cancel(self, href: &str) -> Self {
        Self { cancel: Some(href.to_owned()), ..self }
    }

    /// Puts each error at its field.
    fn mark(&mut self, errors: &[FieldError]) {
        let find = |id: &str| errors.iter().find(|error| error.field == id).map(|error| error.text.clone());
        for section in &mut self.sections {
            section.error = find(&section.id).unwrap_or_default();
            let rows = section.rows.iter_mut().flat_map(|row| row.inputs.iter_mut());
            for input in section.inputs.iter_mut().chain(rows) {
                input.error = find(&input.id).unwrap_or_default();
            }
        }
    }
}

/// A part of a page of forms.
pub enum Block {
    /// A form.
    Form(Box<Entry>),
    /// Lists.
    Lists(Vec<Part<ListCard>>),
    /// What is only read.
    Facts(FactCard),
}

/// `entry.html`.
#[derive(Template)]
#[template(path = "entry.html")]
pub struct EntryPage {
    /// Frame.
    pub f: Frame,
    /// Heading.
    pub title: String,
    /// Below it.
    pub line: String,
    /// Beside it; may be none.
    pub badge: Option<Badge>,
    /// The way back.
    pub back: Link,
    /// Ways on.
    pub links: Vec<Link>,
    /// Everything that is wrong.
    pub errors: Vec<FieldError>,
    /// What somebody else changed.
    pub stale: Vec<Difference>,
    /// Forms, lists and facts.
    pub blocks: Vec<Block>,
    /// Lists of suggestions.
    pub suggestions: Vec<(&'static str, Vec<String>)>,
}

impl EntryPage {
    /// A page in the menu entry `current`.
    #[must_use]
    pub fn new(visit: &Visit, current: &str, title: String, back: Link) -> Self {
        Self {
            f: visit.frame(title.clone(), Layout::App, current),
            title,
            line: String::new(),
            badge: None,
            back,
            links: Vec::new(),
            errors: Vec::new(),
            stale: Vec::new(),
            blocks: Vec::new(),
            suggestions: Vec::new(),
        }
    }

    /// With another form.
    #[must_use]
    pub fn form(mut self, entry: Entry) -> Self {
        self.blocks.push(Block::Form(Box::new(entry)));
        self
    }

    /// With what is wrong: at its fields, in a summary, and in the title.
    #[must_use]
    pub fn wrong(mut self, errors: Vec<FieldError>) -> Self {
        if errors.is_empty() {
            return self;
        }
        for block in &mut self.blocks {
            if let Block::Form(entry) = block {
                entry.mark(&errors);
            }
        }
        self.f.title = self.f.lang.with("error-title", &Vars::new().text("title", self.title.clone()));
        self.errors = errors;
        self
    }

    /// With a notice.
    #[must_use]
    pub fn note(mut self, note: Note) -> Self {
        self.f.notes.push(note);
        self
    }

    /// After somebody else was quicker: what is stored now beside what is typed.
    #[must_use]
    pub fn stale(mut self, stored: &[Section], typed: &[Section]) -> Self {
        let lang = self.f.lang;
        self.stale = differences(stored, typed);
        let text = if self.stale.is_empty() { "class-stale.same" } else { "class-stale.text" };
        self.note(Note::new(Tone::Wait, lang.t("entry-stale"), lang.t(text)))
    }
}

/// What is typed otherwise than it is stored, by what a reader sees.
#[must_use]
pub fn differences(stored: &[Section], typed: &[Section]) -> Vec<Difference> {
    let rows = |section: Option<&Section>| {
        let row = |row: &RowSet| {
            row.inputs.iter().map(Input::shown).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        section.map(|s| s.rows.iter().map(row).collect::<Vec<_>>().join("; ")).unwrap_or_default()
    };
    let mut found = Vec::new();
    for section in typed {
        let before = stored.iter().find(|other| other.id == section.id);
        for input in &section.inputs {
            let was = before.and_then(|s| s.inputs.iter().find(|other| other.id == input.id));
            let (was, is) = (was.map(Input::shown).unwrap_or_default(), input.shown());
            if was != is {
                found.push(Difference { name: input.label.clone(), stored: was, typed: is });
            }
        }
        let (was, is) = (rows(before), rows(Some(section)));
        if was != is {
            found.push(Difference { name: section.title.clone(), stored: was, typed: is });
        }
    }
    let gone = stored.iter().filter(|section| !typed.iter().any(|other| other.id == section.id));
    found.extend(gone.map(|section| Difference {
        name: section.title.clone(),
        stored: rows(Some(section)),
        typed: String::new(),
    }));
    found
}

#[cfg(test)]
#[path = "entry/tests.rs"]
mod tests;
