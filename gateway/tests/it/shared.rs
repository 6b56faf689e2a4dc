//! What is the same for everybody, while its service is out and nothing is kept.

use reqwest::Method;

use crate::app::{App, answer};

#[tokio::test]
async fn a_failure_is_not_kept_and_not_cacheable() {
    let app = App::start().await;
    for path in ["/api/v1/classes?period=20261", "/api/v1/periods", "/.well-known/jwks.json"] {
        for _ in 0..2 {
            let refused = answer(app.open(Method::GET, path)).await;
            assert_eq!(refused.refusal(), (503, "service-down".to_owned()), "{path}");
            assert!(!refused.header("retry-after").is_empty());
        }
    }
}
