//! The pages of the office and of lecturers: which address leads where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{courses, curricula, grades, menu, packages, periods, students, watch};
use crate::app::App;

/// Their routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/menu", get(menu::show))
        .route("/nilai", get(grades::list::show))
        .route("/nilai/{class}", get(grades::grid::show).post(grades::save::save))
        .route("/nilai/{class}/komponen", get(grades::components::edit).post(grades::components::save))
        .route("/nilai/{class}/terbitkan", get(grades::publish::ask).post(grades::publish::publish))
        .route("/matakuliah", get(courses::list::show).post(courses::form::create))
        .route("/matakuliah/baru", get(courses::form::new))
        .route("/matakuliah/{id}", get(courses::form::edit).post(courses::form::update))
        .route("/matakuliah/{id}/prasyarat", get(courses::prerequisites::edit).post(courses::prerequisites::save))
        .route("/matakuliah/{id}/setara", get(courses::equivalents::edit).post(courses::equivalents::save))
        .route("/periode", get(periods::list::show).post(periods::form::create))
        .route("/periode/baru", get(periods::form::new))
        .route("/periode/{code}", get(periods::form::edit).post(periods::form::update))
        .route("/periode/{code}/kunci", get(periods::lock::ask).post(periods::lock::lock))
        .route("/periode/{code}/pembagian", get(periods::allocation::show))
        .route("/periode/{code}/pembagian/jalankan", get(periods::allocate::ask).post(periods::allocate::run))
        .route("/paket", get(packages::list::show).post(packages::form::create))
        .route("/paket/baru", get(packages::form::new))
        .route("/paket/{id}", get(packages::form::edit).post(packages::form::update))
        .route("/paket/{id}/hapus", get(packages::delete::ask).post(packages::delete::delete))
        .route("/pantauan-kursi", get(watch::tradings))
        .route("/admin/kelas/{id}/tunggu", get(watch::line))
        .route("/mahasiswa", get(students::list::show).post(students::form::create))
        .route("/mahasiswa/baru", get(students::form::new))
        .route("/mahasiswa/{id}", get(students::form::edit).post(students::form::update))
        .route("/mahasiswa/{id}/status", post(students::small::set_status))
        .route("/mahasiswa/{id}/tanggungan", post(students::small::place_hold))
        .route("/mahasiswa/{id}/tanggungan/{hold}", get(students::hold::show))
        .route("/mahasiswa/{id}/tanggungan/{hold}/dispensasi", post(students::hold::waive))
        .route("/mahasiswa/{id}/tanggungan/{hold}/cabut", post(students::hold::lift))
        .route("/kurikulum", get(curricula::list::show).post(curricula::form::create))
        .route("/kurikulum/baru", get(curricula::form::new))
        .route("/kurikulum/{id}", get(curricula::show::show))
        .route("/kurikulum/{id}/ubah", get(curricula::form::edit).post(curricula::form::update))
}

/// The page that shows the form again that is sent to `path`.
#[must_use]
pub fn form_page(path: &str) -> Option<String> {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["matakuliah" | "periode" | "mahasiswa" | "kurikulum"] => Some(format!("{path}/baru")),
        ["matakuliah" | "periode" | "mahasiswa" | "nilai", _]
        | ["matakuliah", _, "prasyarat" | "setara"]
        | ["nilai", _, "komponen"]
        | ["kurikulum", _, "ubah"] => Some(path.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::form_page;

    #[test]
    fn a_form_is_shown_again_where_it_was_and_a_button_is_none() {
        for (sent, shown) in [
            ("/matakuliah", Some("/matakuliah/baru")),
            ("/mahasiswa/s1", Some("/mahasiswa/s1")),
            ("/matakuliah/k1/prasyarat", Some("/matakuliah/k1/prasyarat")),
            ("/nilai/c1", Some("/nilai/c1")),
            ("/kurikulum/u1/ubah", Some("/kurikulum/u1/ubah")),
            ("/nilai/c1/terbitkan", None),
            ("/periode/20261/kunci", None),
            ("/mahasiswa/s1/tanggungan", None),
            ("/nilai", None),
        ] {
            assert_eq!(form_page(sent).as_deref(), shown, "{sent}");
        }
    }
}
