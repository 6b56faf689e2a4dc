//! Deciding in an advisor's stead for a time: who may, until when, and ending it.

use api::{Delegation, DelegationInput, DelegationQuery, Page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::desk;
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::classes::lookup::{Lookup, lecturer_label, lecturers};
use crate::pages::entry::{Block, Check, Entry, EntryPage, Fields, Input, Kind, No, Section, again, draft_note, no};
use crate::pages::home::{ListCard, ListRow};
use crate::pages::krs::state::when;
use crate::session::random_word;
use crate::view::{Link, Note, Part, Tone};
use crate::visit::Visit;

/// Its address.
pub const PATH: &str = "/perwalian/delegasi";

const FORM: &str = "f-delegasi";

/// Longest reason, in characters.
const NOTE_MAX: usize = 200;

/// Delegations that are shown.
const ROWS: u32 = 100;

/// Who may give one: advisors, and the academic bureau for them.
fn giver(visit: &Visit) -> Result<(), Failure> {
    desk(visit)?;
    let user = visit.user()?;
    if user.is_lecturer() || user.is_registrar() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// What the page is made of.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Delegations; missing while their service is down.
    pub found: Option<Page<Delegation>>,
    /// Lecturers to choose from.
    pub lookup: Lookup,
}

async fn about(visit: &Visit) -> Result<About<'_>, Failure> {
    let client = visit.client();
    let query = DelegationQuery { limit: Some(ROWS), ..DelegationQuery::default() };
    let (found, people) = futures_util::future::join(client.delegations(&query), lecturers(&client, "")).await;
    let found = match found.map_err(Failure::from) {
        Err(Failure::Down) => None,
        found => Some(found?),
    };
    let mut lookup = Lookup::default();
    match people {
        Ok(people) => lookup.lecturers = people,
        Err(Failure::LoginNeeded) => return Err(Failure::LoginNeeded),
        Err(_) => lookup.down = true,
    }
    Ok(About { visit, found, lookup })
}

/// `GET /perwalian/delegasi`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who gives none.
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    giver(&visit)?;
    let about = about(&visit).await?;
    if let Some((typed, key)) = Fields::draft(&visit, PATH) {
        let page = about.page(&typed, &key.unwrap_or_else(random_word));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    let typed = Fields::default().with("mulai", visit.app.campus.minute(visit.app.clock.now()));
    Ok(visit.page(&about.page(&typed, &random_word())))
}

/// `POST /perwalian/delegasi`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who gives none.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    giver(&visit)?;
    let typed = Fields::of(&posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let mut about = about(&visit).await?;
    let names = [typed.get("pengganti").to_owned(), typed.get("wali").to_owned()];
    about.lookup.widen(&visit.client(), "", &names).await?;
    let input = match about.read(&typed) {
        Ok(input) => input,
        // With the list missing, "unknown" would be a false answer.
        Err(_) if about.lookup.down => {
            return Ok(again(&visit, No::Down, &key, "down-entry", |key| about.page(&typed, key)));
        }
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    match visit.client().idempotency_key(&key).create_delegation(&input).await {
        Ok(given) => {
            let name = given.delegate_name.unwrap_or_else(|| typed.get("pengganti").to_owned());
            let title = visit.lang.with("delegation-done", &Vars::new().text("name", name));
            visit.flash(Tone::Ok, title, String::new());
            Ok(visit.see(PATH))
        }
        Err(error) => {
            let refused = no(&visit, error, |path, _| place(path), FORM)?;
            Ok(again(&visit, refused, &key, "down-entry", |key| about.page(&typed, key)))
        }
    }
}

/// Id of the field that a path of the request means.
fn place(path: Option<&str>) -> Option<String> {
    let id = match path? {
        "delegate_id" => "pengganti",
        "advisor_id" => "wali",
        "from" => "mulai",
        "until" => "sampai",
        "note" => "alasan",
        _ => return None,
    };
    Some(id.to_owned())
}

/// `POST /perwalian/delegasi/{id}`: ends it now.
///
/// # Errors
///
/// When nobody is logged in, somebody who gives none, or there is no such delegation for them.
pub async fn end(visit: Visit, Path(id): Path<String>, _posted: Posted) -> Result<Response, Failure> {
    giver(&visit)?;
    match visit.client().end_delegation(&id).await.map_err(Failure::from) {
        Ok(_) => visit.flash(Tone::Ok, visit.t("delegation-ended"), String::new()),
        Err(Failure::Down) => visit.flash(Tone::Wait, visit.t("down-entry"), visit.t("down-entry.text")),
        Err(failure) => return Err(failure),
    }
    Ok(visit.see(PATH))
}

/// Whether it holds now, or will.
fn is_live(delegation: &Delegation, now: jiff::Timestamp) -> bool {
    delegation.ended_at.is_none() && delegation.until > now
}

impl About<'_> {
    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let back = Link { href: "/perwalian".into(), text: lang.t("queue-title") };
        let mut page = EntryPage::new(visit, "/perwalian", lang.t("delegations-title"), back);
        page.line = lang.t("delegations-text");
        if self.lookup.down {
            page = page.note(Note::down(lang, "down-suggestions"));
        }
        match &self.found {
            Some(found) => {
                let now = visit.app.clock.now();
                let (live, past): (Vec<_>, Vec<_>) = found.items.iter().partition(|one| is_live(one, now));
                for (n, one) in live.iter().enumerate() {
                    page = page.form(self.ending(one, n));
                }
                page = page.form(self.form(typed, key));
                if !past.is_empty() {
                    page.blocks.push(Block::Lists(vec![Part::Ready(self.past(&past))]));
                }
            }
            None => page = page.note(Note::down(lang, "down-delegations")).form(self.form(typed, key)),
        }
        page.suggestions = vec![("saran_dosen", self.lookup.lecturers.iter().map(lecturer_label).collect())];
        page
    }

    fn form(&self, typed: &Fields, key: &str) -> Entry {
        let (visit, lang) = (self.visit, self.visit.lang);
        let mut inputs = Vec::new();
        if self.for_others() {
            inputs.push(Input::new("wali", lang.t("student-advisor"), Kind::Suggest("saran_dosen"), typed));
        }
        inputs.extend([
            Input::new("pengganti", lang.t("delegation-who"), Kind::Suggest("saran_dosen"), typed),
            Input::new("mulai", lang.t("delegation-from"), Kind::Moment, typed),
            Input::new("sampai", lang.t("delegation-until"), Kind::Moment, typed),
            Input::new("alasan", lang.t("delegation-note"), Kind::Text, typed).width("w6").max(200),
        ]);
        let entry =
            Entry::new(visit, FORM, PATH.to_owned(), "delegation-save", vec![Section::plain("s-delegasi", inputs)]);
        entry.heading(lang.t("delegation-new")).key(key)
    }

    /// Whether the person gives delegations of others: of the bureau, and no advisor.
    fn for_others(&self) -> bool {
        self.visit.session.user.as_ref().is_some_and(|user| user.is_registrar() && !user.is_lecturer())
    }

    /// The form that ends a delegation; the person to whom it was given only reads it.
    fn ending(&self, one: &Delegation, number: usize) -> Entry {
        const IDS: [&str; 4] = ["f-akhiri-1", "f-akhiri-2", "f-akhiri-3", "f-akhiri-4"];
        let (visit, lang) = (self.visit, self.visit.lang);
        let section = Section {
            id: format!("s-akhiri-{}", number + 1),
            title: lang.with("delegation-row", &names(lang, one)),
            hint: dates(visit, one),
            ..Section::default()
        };
        let action = format!("{PATH}/{}", form_urlencoded::byte_serialize(one.id.as_bytes()).collect::<String>());
        let id = IDS.get(number).copied().unwrap_or("f-akhiri");
        let entry = Entry::new(visit, id, action, "delegation-end", vec![section]);
        Entry { grave: true, ..entry }
    }

    fn past(&self, past: &[&Delegation]) -> ListCard {
        let (visit, lang) = (self.visit, self.visit.lang);
        let row = |one: &&Delegation| ListRow {
            href: None,
            text: lang.with("delegation-row", &names(lang, one)),
            detail: dates(visit, one),
        };
        ListCard {
            id: "h-lalu",
            title: lang.t("delegations-past"),
            count: String::new(),
            rows: past.iter().map(row).collect(),
            empty: String::new(),
            more: None,
        }
    }

    fn read(&self, typed: &Fields) -> Result<DelegationInput, Vec<FieldError>> {
        let (lang, campus) = (self.visit.lang, &self.visit.app.campus);
        let mut check = Check::new(lang, typed);
        let advisor_id =
            if self.for_others() { self.person(&mut check, typed, "wali", "student-advisor") } else { None };
        let delegate_id = self.person(&mut check, typed, "pengganti", "delegation-who").unwrap_or_default();
        let from = check.moment("mulai", "delegation-from", campus);
        // Until the end of the minute that is typed.
        let last = check.moment("sampai", "delegation-until", campus);
        let until = last.and_then(|last| last.checked_add(jiff::SignedDuration::from_mins(1)).ok());
        if let (Some(from), Some(until)) = (from, until) {
            if until <= from {
                check.say("sampai", lang.t("delegation-order"));
            } else if until <= self.visit.app.clock.now() {
                check.say("sampai", lang.t("delegation-over"));
            }
        }
        let note = check.optional("alasan", "delegation-note", NOTE_MAX);
        let (from, until) = (from.unwrap_or_default(), until.unwrap_or_default());
        check.done(DelegationInput { advisor_id, delegate_id, from, until, note })
    }

    /// The lecturer that is typed, when it can only be one.
    fn person(&self, check: &mut Check<'_>, typed: &Fields, name: &str, label: &str) -> Option<String> {
        let found = self.lookup.lecturer(typed.get(name));
        match found.as_slice() {
            [one] => Some(one.id.clone()),
            _ => {
                let lang = self.visit.lang;
                let key = if found.is_empty() { "delegation-nobody" } else { "delegation-several" };
                check.say(name, lang.with(key, &Vars::new().text("label", lang.t(label))));
                None
            }
        }
    }
}

fn names(lang: Lang, one: &Delegation) -> Vars {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| lang.t("not-yet-known"));
    Vars::new().text("delegate", name(&one.delegate_name)).text("advisor", name(&one.advisor_name))
}

fn dates(visit: &Visit, one: &Delegation) -> String {
    let lang = visit.lang;
    let last = visit.app.campus.last_moment(one.until);
    let vars = Vars::new().text("opens", when(visit, one.from)).text("closes", when(visit, last));
    let mut parts = vec![lang.with("window-dates", &vars)];
    parts.extend(one.ended_at.map(|at| lang.with("delegation-ended-at", &Vars::new().text("time", when(visit, at)))));
    parts.extend(one.note.clone());
    parts.join(" · ")
}
