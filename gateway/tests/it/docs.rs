//! The page about the interface.

use api::routes as r;
use reqwest::Method;

use crate::app::{App, answer};

#[tokio::test]
async fn the_page_shows_every_operation_and_needs_nobody_else() {
    let app = App::start().await;
    let page = answer(app.open(Method::GET, "/api/docs")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let document: serde_json::Value = serde_json::from_str(gateway::openapi()).unwrap();
    for route in r::ALL {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        let (id, summary) = (operation["operationId"].as_str().unwrap(), operation["summary"].as_str().unwrap());
        let summary = summary.replace('\'', "&#39;");
        assert!(page.body.contains(&format!("<article id=\"{id}\"><h3>{summary}</h3>")), "{route}");
        assert!(page.body.contains(&format!("<a href=\"#{id}\">")), "{route}");
        assert!(page.body.contains(&format!("<code>{}</code>", route.path)), "{route}");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("<article id=\"type-{name}\">")), "{name}");
    }
    for foreign in ["<script", "javascript:", "src=", "style=", "href=\"http", "@import", "onclick"] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
    assert!(page.header("content-security-policy").contains("default-src 'none'; style-src 'self'"));
}

#[tokio::test]
async fn every_link_of_the_page_leads_somewhere() {
    let app = App::start().await;
    let page = answer(app.open(Method::GET, "/api/docs")).await.body;
    let mut links = 0;
    for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        links += 1;
        match link.strip_prefix('#') {
            Some(id) => assert!(page.contains(&format!("id=\"{id}\"")), "#{id}"),
            None => assert_eq!(answer(app.open(Method::GET, link)).await.status, 200, "{link}"),
        }
    }
    assert!(links > 100, "{links}");
}

#[tokio::test]
async fn tags_of_the_page_are_closed_in_order() {
    let app = App::start().await;
    let page = answer(app.open(Method::GET, "/api/docs")).await.body;
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if ["!doctype", "meta", "link"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn the_description_is_sent_once() {
    let app = App::start().await;
    for path in ["/api/openapi.json", "/api/docs", "/api/docs/style.css"] {
        let first = answer(app.open(Method::GET, path)).await;
        assert_eq!((first.status, first.header("cache-control")), (200, "public, max-age=300"), "{path}");
        let tag = first.header("etag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = answer(app.open(Method::GET, path).header("if-none-match", known)).await;
            assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag.as_str()), "{path}");
        }
        let other = answer(app.open(Method::GET, path).header("if-none-match", "\"other\"")).await;
        assert_eq!(other.status, 200);
    }
    let served = answer(app.open(Method::GET, "/api/openapi.json")).await;
    assert_eq!(served.body, gateway::openapi());
}
