//! One curriculum: what it asks for, and its courses by semester.

use std::collections::BTreeMap;

use api::{Curriculum, CurriculumCourse, Programme};
use axum::extract::Path;
use axum::response::Response;

use super::{LIST, address};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::pages::courses::{self, kind_key, programmes, reader};
use crate::pages::entry::{Block, EntryPage};
use crate::pages::home::{FactCard, ListCard, ListRow};
use crate::view::{Link, Part};
use crate::visit::Visit;

/// Ids of the cards; a curriculum has at most 14 semesters, and electives without one.
const IDS: [&str; 15] =
    ["h-0", "h-1", "h-2", "h-3", "h-4", "h-5", "h-6", "h-7", "h-8", "h-9", "h-10", "h-11", "h-12", "h-13", "h-14"];

/// `GET /kurikulum/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who does not read this, or there is no such curriculum.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    reader(&visit)?;
    let client = visit.client();
    let (curriculum, programmes) = futures_util::future::join(client.curriculum(&id), programmes(&client)).await;
    Ok(visit.page(&page(&visit, &curriculum?, &programmes)))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, curriculum: &Curriculum, programmes: &[Programme]) -> EntryPage {
    let lang = visit.lang;
    let back = Link { href: LIST.into(), text: lang.t("curricula-title") };
    let mut page = EntryPage::new(visit, LIST, curriculum.name.clone(), back);
    let programme = programmes.iter().find(|programme| programme.id == curriculum.programme_id);
    let programme = programme.map(|p| p.name.clone()).or_else(|| curriculum.programme_code.clone());
    page.line = programme.unwrap_or_default();
    if visit.session.user.as_ref().is_some_and(crate::session::User::is_office) {
        page.links.push(Link { href: format!("{}/ubah", address(&curriculum.id)), text: lang.t("change") });
    }
    let credits = |count: u32| lang.with("credits", &Vars::new().count("credits", count));
    let facts = vec![
        (lang.t("curriculum-start"), format::period(lang, &curriculum.start_period)),
        (lang.t("curriculum-credits"), credits(curriculum.credits_required)),
        (lang.t("curriculum-compulsory"), credits(curriculum.credits_compulsory)),
        (lang.t("curriculum-elective"), credits(curriculum.credits_elective)),
    ];
    page.blocks.push(Block::Facts(FactCard { id: "h-fakta", title: lang.t("curriculum"), facts }));
    let mut semesters: BTreeMap<u32, Vec<&CurriculumCourse>> = BTreeMap::new();
    for course in &curriculum.courses {
        // Those without a semester come last.
        semesters.entry(course.semester.filter(|n| *n > 0).unwrap_or(u32::MAX)).or_default().push(course);
    }
    for (number, of) in semesters {
        let sum: u32 = of.iter().map(|course| course.credits).sum();
        let row = |course: &&CurriculumCourse| ListRow {
            href: Some(courses::address(&course.course_id)),
            text: course.name.clone(),
            detail: format!(
                "{} · {} · {}",
                course.code,
                credits(course.credits),
                lang.t(kind_key(course.requirement_kind))
            ),
        };
        let index = usize::try_from(number).ok().filter(|n| *n < IDS.len());
        let title = match index {
            Some(_) => lang.with("semester", &Vars::new().count("number", number)),
            None => lang.t("curriculum-free"),
        };
        page.blocks.push(Block::Lists(vec![Part::Ready(ListCard {
            id: IDS[index.unwrap_or_default()],
            title,
            count: credits(sum),
            rows: of.iter().map(row).collect(),
            empty: String::new(),
            more: None,
        })]));
    }
    page
}
