//! The pages of a student's plan: which address leads where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{card, change, exchange, package, revise, room, show, submit, wishes};
use crate::app::App;

/// Their routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/krs", get(show))
        .route("/krs/antrean", get(room::look))
        .route("/krs/ajukan", get(submit::ask).post(submit::submit))
        .route("/krs/tarik", post(submit::withdraw))
        .route("/krs/ubah", post(revise::open))
        .route("/krs/kartu", get(card::show))
        .route("/krs/kelas/{class}", post(change::take))
        .route("/krs/lepas/{class}", post(change::drop))
        .route("/krs/batal/{class}", post(change::leave))
        .route("/krs/tukar/{class}", get(exchange::ask_swap).post(exchange::swap))
        .route("/krs/tunggu/{class}", get(exchange::ask_wait).post(exchange::wait))
        .route("/krs/pilihan", post(wishes::edit::change))
        .route("/krs/pembagian", get(wishes::sharing::look))
        .route("/krs/paket/{id}", post(package::take))
}
