//! What a phone asks for again and again costs a body only when something has changed.

use reqwest::{Method, StatusCode, header};

use crate::both_engines;
use crate::people::{Answer, PERIOD, Person, answer, demo};
use crate::system::System;

/// Asks with what is there already.
async fn again(person: &Person, path: &str, etag: &str) -> Answer {
    let request = person.request(Method::GET, path).header(header::IF_NONE_MATCH, etag);
    answer(request).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
}

both_engines! {
    async fn what_has_not_changed_is_not_sent_again(engine: Engine) {
        let system = System::start(engine).await;
        let (student, other) = (Person::demo(&system, demo::STUDENT).await, Person::demo(&system, demo::FRESHMAN).await);
        let id = student.student_id().await;
        let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
        let choices = format!("{plan}/choices");
        let classes = format!("/api/v1/classes?period={PERIOD}&limit=200");
        let free = student.all(&format!("{choices}?takeable=true")).await;
        let class = free[0]["class"]["id"].as_str().expect("an id").to_owned();
        let code = free[0]["class"]["course"]["code"].as_str().expect("a code").to_owned();
        let (classes, choices) = (format!("{classes}&search={code}"), format!("{choices}?search={code}"));
        let mut tags = Vec::new();
        for path in [&plan, &choices, &classes] {
            let first = student.get(path).await.good();
            assert_eq!(first.headers[header::CACHE_CONTROL], "private, no-cache", "{path}");
            let known = again(&student, path, &first.etag()).await;
            assert_eq!((known.status, known.etag()), (StatusCode::NOT_MODIFIED, first.etag()), "{path}");
            assert_eq!(known.body.as_str(), Some(""), "{path} is sent without a body");
            assert_eq!(known.headers[header::CACHE_CONTROL], "private, no-cache", "{path}");
            tags.push((path, first.etag()));
        }
        student.take(&id, &class).await.good();
        for (path, old) in tags {
            let now = again(&student, path, &old).await;
            assert_eq!(now.status, StatusCode::OK, "{path}");
            assert_ne!(now.etag(), old, "{path}");
        }
        // The seat is seen by everybody within a second.
        let seen = crate::within(std::time::Duration::from_secs(2), async || {
            let theirs = other.get(&classes).await.good();
            let mine = student.get(&classes).await.good();
            (theirs.etag() == mine.etag()).then_some(theirs)
        });
        let seen = seen.await.expect("all who are logged in read the same catalogue");
        assert_eq!(again(&other, &classes, &seen.etag()).await.status, StatusCode::NOT_MODIFIED);
        let public = Person::anonymous(&system).get(&classes).await.good();
        assert_ne!(public.etag(), seen.etag(), "who is not logged in sees no seats");
        assert!(public.headers[header::CACHE_CONTROL].to_str().expect("plain text").starts_with("public"));
    }
}
