//! The pages of SIAKAD. They consume the REST interface as any program would, with the user's own token, and hold no
//! data of their own: whatever a page can do, a program can do.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use chassis::clock::Clock;
use chassis::serve::{HttpOptions, Readiness, Shutdown, StartError, layered};

pub mod app;
pub mod assets;
pub mod config;
pub mod cookies;
pub mod error;
pub mod format;
pub mod i18n;
pub mod layer;
pub mod local;
pub mod pages;
pub mod reasons;
pub mod session;
pub mod view;
pub mod visit;

pub use app::{App, BuildError};
pub use config::Config;

/// Name of the service.
pub const NAME: &str = "web";

/// Time that a page gets: it may ask the gateway several times, and should still be able to say what is missing.
const TIMES: HttpOptions =
    HttpOptions { read: std::time::Duration::from_secs(8), write: std::time::Duration::from_secs(12) };

/// All pages.
///
/// # Errors
///
/// When the session keys cannot be used, or an address or the time zone is wrong.
pub fn build(config: Config, clock: Clock) -> Result<Router, BuildError> {
    let https = config.public_is_https();
    let app = Arc::new(App::new(config, clock)?);
    let routes = Router::new()
        .route("/", get(pages::home::show))
        .route("/masuk", get(pages::login::show).post(pages::login::submit))
        .route("/keluar", post(pages::login::leave))
        .route("/akun", get(pages::account::show).post(pages::account::submit))
        .route("/preferensi", post(pages::preferences::theme))
        .route("/bahasa/{lang}", get(pages::preferences::language))
        .merge(pages::krs::routes())
        .route("/khs", get(pages::results::khs::latest))
        .route("/khs/{period}", get(pages::results::khs::show))
        .route("/transkrip", get(pages::results::transcript::show))
        .merge(pages::advising::routes())
        .route("/admin/kelas", get(pages::classes::list::show).post(pages::classes::form::create))
        .route("/admin/kelas/baru", get(pages::classes::form::new))
        .route("/admin/kelas/{id}", get(pages::classes::form::edit).post(pages::classes::form::update))
        .route("/admin/kelas/{id}/hapus", get(pages::classes::delete::ask).post(pages::classes::delete::delete))
        .merge(pages::office::routes())
        .fallback(pages::nothing)
        .with_state(app.clone());
    let pages = layered(routes, TIMES).layer(from_fn_with_state(app, layer::visit));
    let files = Router::new().route("/static/{version}/{name}", get(assets::serve));
    Ok(files.fallback_service(pages).layer(from_fn_with_state(https, layer::secure)))
}

/// Serves the pages until the process is asked to end.
///
/// # Errors
///
/// When they cannot be built or the address cannot be used.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> Result<(), StartError> {
    let server = config.server.clone();
    chassis::logs::init(&server.log);
    let router = build(config, clock)?;
    // The pages hold nothing: they are ready when they listen. Without the gateway they say so themselves.
    chassis::serve::http(&server, router, Readiness::new(), &shutdown).await
}
