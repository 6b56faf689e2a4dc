//! The form of a package: for whom, and which classes.

use api::{Class, ClassQuery, Client, Package, PackageInput, Programme};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::text::fold;
use serde::Deserialize;

use super::{LIST, address_of, find};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::advising::{period_of, periods};
use crate::pages::classes::input::FieldError;
use crate::pages::courses::{keeper, programme_choices, programmes};
use crate::pages::entry::{
    Check, Entry, EntryPage, Fields, Input, Kind, No, Press, RowSet, Section, again, indexed, no,
};
use crate::pages::home::course_name;
use crate::session::random_word;
use crate::view::{Link, Note, Tone};
use crate::visit::Visit;

const FORM: &str = "f-paket";
const SECTION: &str = "s-kelas";
const ROWS: [&str; 1] = ["kelas"];

/// Most classes of a package.
const MAX: usize = 20;

/// Pages of classes that are fetched for suggestions.
const PAGES: usize = 5;

/// Longest name, in characters.
const NAME_MAX: usize = 60;

/// For which period and programme.
#[derive(Debug, Default, Deserialize)]
pub struct Of {
    /// Period.
    #[serde(default)]
    pub periode: String,
    /// Study programme.
    #[serde(default)]
    pub prodi: String,
}

/// What the page is made of.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Id of the package; empty for a new one.
    pub id: &'a str,
    /// Its period.
    pub period: String,
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// Classes of the period to choose from.
    pub classes: Vec<Class>,
    /// Whether they could not be fetched.
    pub down: bool,
}

async fn about<'a>(visit: &'a Visit, id: &'a str, period: &str) -> Result<About<'a>, Failure> {
    let client = visit.client();
    let (programmes, classes) = futures_util::future::join(programmes(&client), classes(&client, period)).await;
    let (classes, down) = match classes {
        Ok(classes) => (classes, false),
        Err(Failure::LoginNeeded) => return Err(Failure::LoginNeeded),
        Err(_) => (Vec::new(), true),
    };
    Ok(About { visit, id, period: period.to_owned(), programmes, classes, down })
}

async fn classes(client: &Client, period: &str) -> Result<Vec<Class>, Failure> {
    let mut query =
        ClassQuery { period: period.to_owned(), limit: Some(api::limits::PAGE_MAX), ..ClassQuery::default() };
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let page = client.classes(&query).await?;
        found.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    Ok(found)
}

/// `GET /paket/baru`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no packages.
pub async fn new(visit: Visit, Query(of): Query<Of>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let period = period_of(&periods(&visit).await?, &of.periode);
    let about = about(&visit, "", &period).await?;
    let typed = Fields::default().with("prodi", of.prodi).with_row(&ROWS, MAX).with_row(&ROWS, MAX);
    Ok(visit.page(&about.page(&typed, &random_word())))
}

/// `GET /paket/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no packages, or there is no such package for them.
pub async fn edit(visit: Visit, Path(id): Path<String>, Query(of): Query<Of>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let stored = find(&visit.client(), &id, &of.periode).await?;
    let about = about(&visit, &id, &stored.period_code).await?;
    Ok(visit.page(&about.page(&typed(&visit, &stored), &random_word())))
}

/// `POST /paket`: makes a package, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no packages.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    save(&visit, "", &posted).await
}

/// `POST /paket/{id}`: changes a package, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no packages, or there is no such package.
pub async fn update(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    save(&visit, &id, &posted).await
}

async fn save(visit: &Visit, id: &str, posted: &Posted) -> Result<Response, Failure> {
    keeper(visit)?;
    let client = visit.client();
    let mut typed = Fields::of(posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let about = about(visit, id, typed.get("periode")).await?;
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "kelas", &ROWS, MAX) {
        return Ok(visit.page(&about.page(&changed, &key)));
    }
    let input = match about.read(&typed) {
        Ok(input) => input,
        // With the list missing, "unknown" would be a false answer.
        Err(_) if about.down => return Ok(again(visit, No::Down, &key, "down-entry", |key| about.page(&typed, key))),
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    let saved = match (id, typed.get("versi").trim().parse()) {
        ("", _) => client.idempotency_key(&key).create_package(&input).await,
        (id, Ok(version)) => client.update_package(id, version, &input).await,
        (_, Err(_)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
    };
    match saved {
        Ok(saved) => {
            let title = visit.lang.with("package-saved", &Vars::new().text("name", saved.name.clone()));
            visit.flash(Tone::Ok, title, String::new());
            Ok(visit.see(&with_query(LIST, &[("periode", &saved.period_code)])))
        }
        Err(error) => match no(visit, error, |path, _| place(&typed, path), FORM)? {
            No::Stale => {
                let now = find(&client, id, &about.period).await?;
                let stored = about.sections(&self::typed(visit, &now));
                typed.set("versi", now.version.to_string());
                let page = about.page(&typed, &key).stale(&stored, &about.sections(&typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(visit, refused, &key, "down-entry", |key| about.page(&typed, key))),
        },
    }
}

/// `IF201 A Basis Data`: how a class is named in the form.
fn label(visit: &Visit, class: &Class) -> String {
    format!("{} {} {}", class.course.code, class.name, course_name(visit.lang, class))
}

/// The fields of a package as it stands.
#[must_use]
pub fn typed(visit: &Visit, stored: &Package) -> Fields {
    let mut fields = Fields::default()
        .with("nama", &stored.name)
        .with("prodi", &stored.programme_id)
        .with("angkatan", stored.cohort.map(|year| year.to_string()).unwrap_or_default())
        .with("versi", stored.version.to_string());
    for (n, class) in stored.classes.iter().enumerate() {
        fields.set(format!("kelas.{n}"), label(visit, class));
    }
    fields
}

/// The rows that are sent, by their number on the page: empty ones are left out.
fn filled(typed: &Fields) -> Vec<usize> {
    (0..typed.rows("kelas", MAX)).filter(|n| typed.some(&format!("kelas.{n}")).is_some()).collect()
}

/// Id of the field that a path of the request means.
fn place(typed: &Fields, path: Option<&str>) -> Option<String> {
    let path = path?;
    if let Some((n, _)) = indexed(path, "class_ids") {
        return filled(typed).get(n).map(|n| format!("kelas-{n}"));
    }
    let id = match path {
        "name" => "nama",
        "programme_id" => "prodi",
        "cohort" => "angkatan",
        "class_ids" => SECTION,
        _ => return None,
    };
    Some(id.to_owned())
}

impl About<'_> {
    fn read(&self, typed: &Fields) -> Result<PackageInput, Vec<FieldError>> {
        let (visit, lang) = (self.visit, self.visit.lang);
        let mut check = Check::new(lang, typed);
        let name = check.text("nama", "package-name", NAME_MAX);
        let programme_id = check.text("prodi", "programme", 64);
        let cohort = check.number("angkatan", "student-cohort", 0, 2999);
        let mut class_ids = Vec::new();
        for n in filled(typed) {
            let field = format!("kelas.{n}");
            let text = fold(typed.get(&field));
            let means = |class: &&Class| {
                fold(&label(visit, class)) == text || fold(&format!("{} {}", class.course.code, class.name)) == text
            };
            match self.classes.iter().find(means) {
                Some(class) => class_ids.push(class.id.clone()),
                None => check.say(&field, lang.t("package-class-unknown")),
            }
        }
        if class_ids.is_empty() {
            check.say(SECTION, lang.t("package-class-none"));
        }
        check.done(PackageInput {
            period_code: self.period.clone(),
            programme_id,
            cohort: (cohort > 0).then_some(cohort),
            name,
            class_ids,
        })
    }

    fn sections(&self, typed: &Fields) -> Vec<Section> {
        let lang = self.visit.lang;
        let choices = programme_choices(lang, &self.programmes, "programme-choose", typed.get("prodi"));
        let inputs = vec![
            Input::new("nama", lang.t("package-name"), Kind::Text, typed).width("w6").max(60),
            Input::new("prodi", lang.t("programme"), Kind::Select(choices), typed).width("w4"),
            Input::new("angkatan", lang.t("student-cohort"), Kind::Number, typed)
                .width("w2")
                .max(4)
                .hint(lang.t("package-cohort-hint")),
        ];
        let count = typed.rows("kelas", MAX);
        let row = |n: usize| {
            let number = Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
            let class = Input::new(&format!("kelas.{n}"), lang.t("package-class"), Kind::Suggest("saran_kelas"), typed);
            RowSet {
                legend: lang.with("package-row", &number),
                inputs: vec![class.width("w6").max(200)],
                remove: format!("hapus-kelas-{n}"),
            }
        };
        let classes = Section {
            id: SECTION.into(),
            title: lang.t("package-classes"),
            hint: lang.t("package-classes-hint"),
            rows: (0..count).map(row).collect(),
            add: (count < MAX).then(|| Press { value: "tambah-kelas".into(), text: lang.t("package-add-class") }),
            ..Section::default()
        };
        vec![Section::plain("s-paket", inputs), classes]
    }

    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let back = Link { href: with_query(LIST, &[("periode", &self.period)]), text: lang.t("packages-title") };
        let (title, action) = match self.id {
            "" => (lang.t("package-new-title"), LIST.to_owned()),
            id => (typed.get("nama").to_owned(), format!("{LIST}/{id}")),
        };
        let title = if title.trim().is_empty() { lang.t("package") } else { title };
        let mut entry = Entry::new(visit, FORM, action, "package-save", self.sections(typed));
        entry = entry.key(key).version(typed.get("versi")).cancel(&back.href);
        entry.kept.push(("periode".into(), self.period.clone()));
        let mut page = EntryPage::new(visit, LIST, title, back);
        page.line = format::period(lang, &self.period);
        if self.down {
            page = page.note(Note::down(lang, "down-suggestions"));
        }
        if !self.id.is_empty() {
            let href = address_of(self.id, &self.period).replacen('?', "/hapus?", 1);
            page.links.push(Link { href, text: lang.t("package-delete") });
        }
        page.suggestions = vec![("saran_kelas", self.classes.iter().map(|class| label(visit, class)).collect())];
        page.form(entry)
    }
}
