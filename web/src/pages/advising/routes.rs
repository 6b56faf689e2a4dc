//! The advisor's desk: which address leads where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{bulk, decide, delegations, leftovers, progress, queue, review, void};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/perwalian", get(queue::show))
        .route("/perwalian/massal", get(bulk::ask).post(bulk::start))
        .route("/perwalian/massal/{id}", get(progress::show))
        .route("/perwalian/sisa", get(leftovers::ask).post(leftovers::start))
        .route("/perwalian/delegasi", get(delegations::show).post(delegations::create))
        .route("/perwalian/delegasi/{id}", post(delegations::end))
        .route("/perwalian/{student}/{period}", get(review::show).post(decide::decide))
        .route("/perwalian/{student}/{period}/batal", post(void::void))
}
