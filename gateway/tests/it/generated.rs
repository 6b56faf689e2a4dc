//! Bad input, generated from the description: every field, parameter and placeholder of every route with what it does
//! not expect. Nothing of it is a fault of ours.

use std::sync::Arc;

use api::routes::{self as r, Route};
use futures_util::{StreamExt, stream};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::app::{Answer, App, answer};

/// Requests under way at once: services that are not there take a moment to say so.
const AT_ONCE: usize = 64;

fn values() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("x".repeat(5000)),
        json!("nul\u{0}"),
        json!("\u{202e}\u{feff}\u{1f4a3}"),
        json!("'; DROP TABLE student; --"),
        json!("2026-13-45T99:99:99Z"),
        json!([]),
        json!([null]),
        json!({}),
        json!({"a": {"b": []}}),
        deep,
    ]
}

const TEXTS: [&str; 14] = [
    "",
    "%00",
    "%ff%fe",
    "%",
    "%2e%2e%2f",
    "..",
    "null",
    "-1",
    "99999999999999999999",
    "1.5",
    "%F0%9F%92%A3",
    "a%0d%0ab",
    "'%20OR%201=1",
    "true",
];

/// Every place in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| places(inner, &format!("{at}/{name}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| places(inner, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

struct Generator {
    app: Arc<App>,
    token: String,
    document: Value,
}

impl Generator {
    fn operation(&self, route: Route) -> &Value {
        &self.document["paths"][route.path][route.method.as_str().to_ascii_lowercase()]
    }

    fn request(&self, route: Route, path: &str) -> RequestBuilder {
        let method: Method = route.method.as_str().parse().unwrap();
        self.app.open(method, path).bearer_auth(&self.token).header("if-match", "\"1\"")
    }

    fn path(&self, route: Route) -> String {
        route.path.split('/').map(|s| if s.starts_with('{') { "20261" } else { s }).collect::<Vec<_>>().join("/")
    }

    fn bodies(&self, route: Route) -> Vec<(String, RequestBuilder)> {
        let Some(example) = self.operation(route).pointer("/requestBody/content/application~1json/example") else {
            return Vec::new();
        };
        let mut at = Vec::new();
        places(example, "", &mut at);
        let mut requests = Vec::new();
        for place in at {
            for value in values() {
                let mut body = example.clone();
                *body.pointer_mut(&place).unwrap() = value;
                let told = format!("{route} with {}", &body.to_string().chars().take(200).collect::<String>());
                requests.push((told, self.request(route, &self.path(route)).json(&body)));
            }
        }
        requests
    }

    fn parameters(&self, route: Route) -> Vec<(String, RequestBuilder)> {
        let declared = self.operation(route)["parameters"].as_array().cloned().unwrap_or_default();
        let names = declared.iter().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str());
        let mut requests = Vec::new();
        for name in names.chain(["undeclared", "%00"]) {
            for text in TEXTS {
                let path = format!("{}?{name}={text}", self.path(route));
                requests.push((format!("{route} at {path}"), self.request(route, &path)));
            }
        }
        requests
    }

    fn placeholders(&self, route: Route) -> Vec<(String, RequestBuilder)> {
        let segments: Vec<&str> = route.path.split('/').collect();
        let mut requests = Vec::new();
        for (n, _) in segments.iter().enumerate().filter(|(_, segment)| segment.starts_with('{')) {
            for text in TEXTS {
                let replaced =
                    segments.iter().enumerate().map(|(m, segment)| match (n == m, segment.starts_with('{')) {
                        (true, _) => text,
                        (false, true) => "20261",
                        (false, false) => segment,
                    });
                let path = replaced.collect::<Vec<_>>().join("/");
                let body = self.operation(route).pointer("/requestBody/content/application~1json/example");
                let request = self.request(route, &path);
                let request = body.map_or(request.try_clone().unwrap(), |body| request.json(body));
                requests.push((format!("{route} at {path}"), request));
            }
        }
        requests
    }
}

/// A refusal with a reason that the description knows, or one of the services that are not there.
fn judge(told: &str, answer: &Answer) -> (u16, String) {
    if answer.status < 400 {
        // Only what needs no service can succeed here.
        assert!(told.contains("/healthz") || told.contains("/readyz") || told.contains("/home"), "{told}: {answer:?}");
        return (answer.status, String::new());
    }
    let (status, reason) = answer.refusal();
    assert!(status < 500 || (status, reason.as_str()) == (503, "service-down"), "{told}: {answer:?}");
    (status, reason)
}

#[tokio::test]
async fn bad_input_is_never_a_fault_of_ours() {
    let app = Arc::new(App::start().await);
    let document = serde_json::from_str(gateway::openapi()).unwrap();
    let generator = Generator { token: app.token(), app, document };
    let requests = r::ALL.iter().flat_map(|route| {
        [generator.bodies(*route), generator.parameters(*route), generator.placeholders(*route)].concat_requests()
    });
    let judged: Vec<(u16, String)> = stream::iter(requests)
        .map(|(told, request)| async move {
            let answer = answer(request).await;
            judge(&told, &answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let refused = judged.iter().filter(|(status, _)| (400..500).contains(status)).count();
    assert!(judged.len() > 4000 && refused > judged.len() / 3, "{refused} of {} were refused", judged.len());
}

trait ConcatRequests {
    fn concat_requests(self) -> Vec<(String, RequestBuilder)>;
}

impl<const N: usize> ConcatRequests for [Vec<(String, RequestBuilder)>; N] {
    fn concat_requests(self) -> Vec<(String, RequestBuilder)> {
        self.into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn the_examples_of_the_description_are_good_requests() {
    let app = Arc::new(App::start().await);
    let document: Value = serde_json::from_str(gateway::openapi()).unwrap();
    let generator = Generator { token: app.token(), app, document };
    let mut examples = 0;
    for route in r::ALL {
        let body = generator.operation(*route).pointer("/requestBody/content/application~1json/example");
        let Some(body) = body else { continue };
        examples += 1;
        let answer = answer(generator.request(*route, &generator.path(*route)).json(body)).await;
        assert_eq!(answer.refusal(), (503, "service-down".to_owned()), "{route} {body}");
    }
    assert_eq!(examples, 37);
}
