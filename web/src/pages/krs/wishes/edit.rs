//! What changes the list of wishes.

use api::WishesInput;
use api::client::Error;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::address;
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::{Local, with_query};
use crate::pages::krs::busy;
use crate::pages::krs::change::InPeriod;
use crate::pages::krs::panel::class_label;
use crate::pages::krs::submit::refused;
use crate::view::{Note, Reason, Tone};
use crate::visit::Visit;

/// What a button does to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Add,
    Remove,
    Up,
    Down,
}

impl Edit {
    /// Reads `naik:<class>`.
    fn read(button: &str) -> Option<(Self, &str)> {
        let (verb, class) = button.split_once(':')?;
        let edit = match verb {
            "tambah" => Self::Add,
            "hapus" => Self::Remove,
            "naik" => Self::Up,
            "turun" => Self::Down,
            _ => return None,
        };
        (!class.is_empty()).then_some((edit, class))
    }

    /// The list afterwards; none when it is so already.
    fn apply(self, ids: &[String], class: &str) -> Option<Vec<String>> {
        let at = ids.iter().position(|id| id == class);
        let mut ids = ids.to_vec();
        match (self, at) {
            (Self::Add, None) => ids.push(class.to_owned()),
            (Self::Remove, Some(at)) => {
                ids.remove(at);
            }
            (Self::Up, Some(at)) if at > 0 => ids.swap(at - 1, at),
            (Self::Down, Some(at)) if at + 1 < ids.len() => ids.swap(at, at + 1),
            _ => return None,
        }
        Some(ids)
    }
}

/// `POST /krs/pilihan`: adds, removes or moves one wish. The list of before stays when it was changed elsewhere in the
/// meantime; the page then shows that one, and what was pressed can be pressed again.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such period.
pub async fn change(visit: Visit, Query(of): Query<InPeriod>, posted: Posted) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let (period, lang) = (of.periode, visit.lang);
    let malformed = || Failure::Malformed(StatusCode::BAD_REQUEST);
    let (edit, class) = Edit::read(posted.get("tombol")).ok_or_else(malformed)?;
    let seen: i64 = posted.get("versi").parse().map_err(|_| malformed())?;
    let home = with_query("/krs", &[("periode", &period)]);
    let back = if posted.back().path() == "/krs" { posted.back() } else { Local::or_home(Some(&home)) };
    let now = match visit.client().wishes(&student, &period).await {
        Ok(wishes) => wishes,
        Err(error) => return refuse(&visit, &period, &posted, &back, error),
    };
    let ids: Vec<_> = now.wishes.iter().map(|wish| wish.class.id.clone()).collect();
    let Some(class_ids) = edit.apply(&ids, class) else {
        return Ok(visit.see(&place(edit, class, &back)));
    };
    if now.version != seen {
        return Ok(moved_on(&visit, &back));
    }
    match visit.client().put_wishes(&student, &period, seen, &WishesInput { class_ids }).await {
        Ok(wishes) => {
            let found = wishes.wishes.iter().chain(&now.wishes).find(|wish| wish.class.id == class);
            let rank = wishes.wishes.iter().find(|wish| wish.class.id == class).map(|wish| wish.rank);
            let name = found.map(|wish| class_label(lang, &wish.class)).unwrap_or_default();
            let vars = Vars::new().text("class", name);
            let title = match rank {
                Some(rank) => lang.with("wish-ranked", &vars.count("rank", rank)),
                None => lang.with("wish-removed", &vars),
            };
            visit.flash(Tone::Ok, title, "");
            Ok(visit.see(&place(edit, class, &back)))
        }
        Err(error) if error.status() == Some(412) => Ok(moved_on(&visit, &back)),
        Err(error) => refuse(&visit, &period, &posted, &back, error),
    }
}

/// Where one goes on: at the class that was moved or added.
fn place(edit: Edit, class: &str, back: &Local) -> String {
    match edit {
        Edit::Up | Edit::Down => back.at(&format!("w-{class}")),
        Edit::Add | Edit::Remove => back.as_str().to_owned(),
    }
}

fn moved_on(visit: &Visit, back: &Local) -> Response {
    visit.flash(Tone::Wait, visit.t("wishes-moved-on"), visit.t("wishes-moved-on.text"));
    visit.see(&back.at("kabar"))
}

/// What is said to a "no".
fn refuse(visit: &Visit, period: &str, posted: &Posted, back: &Local, error: Error) -> Result<Response, Failure> {
    if let Some(seconds) = busy::seconds(&error) {
        return Ok(busy::answer(visit, &address(period), period, posted, seconds));
    }
    let note: Note = refused(visit, error, "wishes-refused", "down-krs-act")?;
    let said = note.items.iter().map(Reason::whole).chain([note.text]);
    let said: Vec<_> = said.collect();
    visit.flash(note.tone, note.title, said.join(" ").trim());
    Ok(visit.see(&back.at("kabar")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(button: &str, ids: &[&str]) -> Option<Vec<String>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        let (edit, class) = Edit::read(button).unwrap();
        edit.apply(&ids, class)
    }

    #[test]
    fn a_button_moves_one_wish_by_one_place() {
        assert_eq!(after("naik:c", &["a", "b", "c"]).unwrap(), ["a", "c", "b"]);
        assert_eq!(after("turun:a", &["a", "b", "c"]).unwrap(), ["b", "a", "c"]);
        assert_eq!(after("tambah:d", &["a"]).unwrap(), ["a", "d"]);
        assert_eq!(after("hapus:a", &["a"]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        for button in ["naik:a", "turun:b", "tambah:a", "hapus:x", "naik:x"] {
            assert_eq!(after(button, &["a", "b"]), None, "{button}");
        }
    }

    #[test]
    fn a_button_that_is_none_of_ours_is_refused() {
        for button in ["", "naik", "naik:", "buang:a"] {
            assert_eq!(Edit::read(button), None, "{button}");
        }
    }
}
