//! The page of a student: the record, the status in each period, and holds.

use api::{Hold, Page, PageQuery, PeriodStatus, Programme, StatusKind, Student};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, hold, keeper, record};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::pages::classes::lookup::{self, Lookup, lecturer_label};
use crate::pages::courses::programmes;
use crate::pages::entry::{Block, Entry, EntryPage, Fields, No, again, draft_note, no};
use crate::pages::home::{ListCard, ListRow};
use crate::pages::listing::missing;
use crate::session::random_word;
use crate::view::{Link, Note, Part, Tone};
use crate::visit::Visit;

const FORM: &str = "f-mahasiswa";

/// Rows of the lists beside the record.
pub(super) const ROWS: u32 = 20;

/// What the page is made of.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Id of the student; empty for a new one.
    pub id: &'a str,
    /// The student; none for a new one, or when the record could not be read.
    pub student: Option<&'a Student>,
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// Lecturers to choose an advisor from.
    pub lookup: Lookup,
    /// Status in each period; none beside a form that came back.
    pub statuses: Option<Result<Page<PeriodStatus>, Failure>>,
    /// Holds.
    pub holds: Option<Result<Page<Hold>, Failure>>,
}

pub(super) async fn about<'a>(
    visit: &'a Visit,
    id: &'a str,
    student: Option<&'a Student>,
) -> Result<About<'a>, Failure> {
    let client = visit.client();
    let (programmes, lecturers) = futures_util::future::join(programmes(&client), lookup::lecturers(&client, "")).await;
    let mut lookup = Lookup::default();
    match lecturers {
        Ok(lecturers) => lookup.lecturers = lecturers,
        Err(Failure::LoginNeeded) => return Err(Failure::LoginNeeded),
        Err(_) => lookup.down = true,
    }
    Ok(About { visit, id, student, programmes, lookup, statuses: None, holds: None })
}

/// `GET /mahasiswa/baru`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no students.
pub async fn new(visit: Visit) -> Result<Response, Failure> {
    keeper(&visit)?;
    let about = about(&visit, "", None).await?;
    if let Some((typed, key)) = Fields::draft(&visit, &format!("{LIST}/baru")) {
        let page = about.page(&typed, &key.unwrap_or_else(random_word));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    Ok(visit.page(&about.page(&Fields::default(), &random_word())))
}

/// `GET /mahasiswa/{id}?status=&tanggungan=`: the pairs are cursors of the lists.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no students, or there is no such student for them.
pub async fn edit(
    visit: Visit,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let student = client.student(&id).await?;
    let query = |name: &str| PageQuery {
        limit: Some(ROWS),
        cursor: pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
    };
    let (by_status, by_hold) = (query("status"), query("tanggungan"));
    let (about, statuses, holds) = futures_util::future::join3(
        about(&visit, &id, Some(&student)),
        client.statuses(&id, &by_status),
        client.holds(&id, &by_hold),
    )
    .await;
    let stale = |status: Option<u16>, query: &PageQuery| status == Some(400) && query.cursor.is_some();
    let old = stale(statuses.as_ref().err().and_then(api::client::Error::status), &by_status)
        || stale(holds.as_ref().err().and_then(api::client::Error::status), &by_hold);
    if old {
        return Ok(visit.see(&address(&id)));
    }
    let about =
        About { statuses: Some(statuses.map_err(Failure::from)), holds: Some(holds.map_err(Failure::from)), ..about? };
    Ok(match Fields::draft(&visit, &address(&id)) {
        Some((typed, _)) => visit.page(&about.page(&typed, "").note(draft_note(visit.lang))),
        None => visit.page(&about.page(&record::typed(&student, &about.lookup.lecturers), "")),
    })
}

/// `POST /mahasiswa`: makes a student.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no students.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    save(&visit, "", &posted).await
}

/// `POST /mahasiswa/{id}`: changes the record.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no students, or there is no such student for them.
pub async fn update(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    save(&visit, &id, &posted).await
}

async fn save(visit: &Visit, id: &str, posted: &Posted) -> Result<Response, Failure> {
    keeper(visit)?;
    let client = visit.client();
    let mut typed = Fields::of(posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let student = match id {
        "" => None,
        id => match client.student(id).await.map_err(Failure::from) {
            Ok(student) => Some(student),
            Err(Failure::Down) => {
                let about = about(visit, id, None).await?;
                return Ok(again(visit, No::Down, &key, "down-entry-student", |key| about.page(&typed, key)));
            }
            Err(failure) => return Err(failure),
        },
    };
    let mut about = about(visit, id, student.as_ref()).await?;
    about.lookup.widen(&client, "", &[typed.get("wali").to_owned()]).await?;
    let input = match record::read(visit.lang, &typed, &about.lookup, student.as_ref()) {
        Ok(input) => input,
        // With a list missing, "unknown" would be a false answer.
        Err(_) if about.lookup.down => {
            return Ok(again(visit, No::Down, &key, "down-entry-student", |key| about.page(&typed, key)));
        }
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    let saved = match (&student, typed.get("versi").trim().parse()) {
        (Some(student), Ok(version)) => client.update_student(&student.id, version, &input).await,
        (Some(_), Err(_)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
        (None, _) => client.idempotency_key(&key).create_student(&input).await,
    };
    match saved {
        Ok(saved) => {
            let said = if student.is_some() { "student-saved" } else { "student-created" };
            let title = visit.lang.with(said, &Vars::new().text("student", saved.name.as_str()));
            visit.flash(Tone::Ok, title, String::new());
            Ok(visit.see(&address(&saved.id)))
        }
        Err(error) => match no(visit, error, record::place, FORM)? {
            No::Stale => {
                let now = client.student(id).await?;
                typed.set("versi", now.version.to_string());
                let of = |fields: &Fields| record::sections(visit.lang, &about.programmes, fields, true);
                let stored = of(&record::typed(&now, &about.lookup.lecturers));
                let page = about.page(&typed, &key).stale(&stored, &of(&typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(visit, refused, &key, "down-entry-student", |key| about.page(&typed, key))),
        },
    }
}

/// Message of a status.
#[must_use]
pub fn status_key(status: StatusKind) -> &'static str {
    match status {
        StatusKind::Active => "status-word-active",
        StatusKind::Leave => "status-word-leave",
        StatusKind::Inactive => "status-word-inactive",
        StatusKind::DoubleDegree => "status-word-double-degree",
        StatusKind::Merdeka => "status-word-merdeka",
    }
}

impl About<'_> {
    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let known = !self.id.is_empty();
        let title = match self.student {
            Some(student) => student.name.clone(),
            None if known => lang.t("students-title"),
            None => lang.t("student-new-title"),
        };
        let mut page = EntryPage::new(visit, LIST, title, Link { href: LIST.into(), text: lang.t("students-title") });
        if let Some(student) = self.student {
            let parts = [Some(student.nim.clone()), student.programme_name.clone(), student.advisor_name.clone()];
            page.line = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        }
        if self.lookup.down {
            page = page.note(Note::down(lang, "down-suggestions"));
        }
        let action = if known { address(self.id) } else { LIST.to_owned() };
        let sections = record::sections(lang, &self.programmes, typed, known);
        let entry = Entry::new(visit, FORM, action, "student-save", sections);
        let entry = entry.heading(lang.t("student-record")).key(key).version(typed.get("versi"));
        page = page.form(entry.cancel(LIST));
        page.suggestions = vec![("saran_dosen", self.lookup.lecturers.iter().map(lecturer_label).collect())];
        if let Some(statuses) = &self.statuses {
            page.blocks.push(Block::Lists(vec![self.statuses(statuses)]));
            page = page.form(self.status_form(typed));
        }
        if let Some(holds) = &self.holds {
            page.blocks.push(Block::Lists(vec![self.holds(holds)]));
            if visit.session.user.as_ref().is_some_and(crate::session::User::is_registrar) {
                page = page.form(self.hold_form(typed, key));
            }
        }
        page
    }

    fn statuses(&self, found: &Result<Page<PeriodStatus>, Failure>) -> Part<ListCard> {
        let lang = self.visit.lang;
        let Ok(found) = found else {
            return Part::Down(missing(lang, &lang.t("statuses-title"), "down-students", address(self.id)));
        };
        let row = |status: &PeriodStatus| ListRow {
            href: None,
            text: format::period(lang, &status.period_code),
            detail: lang.t(status_key(status.status)),
        };
        Part::Ready(ListCard {
            id: "h-status",
            title: lang.t("statuses-title"),
            count: String::new(),
            rows: found.items.iter().map(row).collect(),
            empty: lang.t("statuses-none"),
            more: self.more("status", found.next_cursor.as_deref()),
        })
    }

    fn holds(&self, found: &Result<Page<Hold>, Failure>) -> Part<ListCard> {
        let lang = self.visit.lang;
        let Ok(found) = found else {
            return Part::Down(missing(lang, &lang.t("holds-title"), "down-students", address(self.id)));
        };
        let row = |one: &Hold| ListRow {
            href: Some(hold::address(self.id, &one.id)),
            text: hold::title(lang, one),
            detail: hold::state(self.visit, one),
        };
        Part::Ready(ListCard {
            id: "h-tanggungan",
            title: lang.t("holds-title"),
            count: String::new(),
            rows: found.items.iter().map(row).collect(),
            empty: lang.t("holds-none"),
            more: self.more("tanggungan", found.next_cursor.as_deref()),
        })
    }

    fn more(&self, name: &str, cursor: Option<&str>) -> Option<Link> {
        let href = crate::local::with_query(&address(self.id), &[(name, cursor?)]);
        Some(Link { href, text: self.visit.t("next") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn every_status_and_hold_has_a_word() {
        for status in StatusKind::ALL {
            assert!(Lang::Id.has(status_key(*status)));
        }
        for kind in api::HoldKind::ALL {
            assert!(Lang::Id.has(hold::kind_key(*kind)));
        }
    }
}
