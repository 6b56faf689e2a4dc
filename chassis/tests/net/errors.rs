//! `Fault` over the wire and back.

use std::time::Duration;

use chassis::error::{Fault, FieldFault, Kind, Refusal};
use chassis::reasons;
use chassis::testing::{TestPki, TestServer, TokenIssuer};
use tonic::{Code, Status};

use crate::support::{READ, built, call};

/// Every kind of fault, with everything that it can carry.
fn samples() -> Vec<(Fault, Code, u16)> {
    vec![
        (
            Fault::malformed(vec![
                FieldFault::new("name", "too-long", "at most 200 letters"),
                FieldFault::new("meetings[2].starts", "not-a-time", "not a time of the day"),
            ]),
            Code::InvalidArgument,
            400,
        ),
        (Fault::unauthenticated("token-expired", "the access token has expired"), Code::Unauthenticated, 401),
        (Fault::denied("not-registrar", "only the registrar may"), Code::PermissionDenied, 403),
        (Fault::absent("class"), Code::NotFound, 404),
        (
            Fault::refused(vec![
                Refusal::new("class-full").fact("capacity", 40),
                Refusal::new("schedule-clash").fact("class", "IF-201 \"A\"").fact("day", "senin"),
            ]),
            Code::FailedPrecondition,
            409,
        ),
        (Fault::refused(vec![Refusal::new("krs-closed")]), Code::FailedPrecondition, 409),
        (Fault::duplicate("room-exists", "there is a room of this name"), Code::AlreadyExists, 409),
        (Fault::stale(), Code::Aborted, 409),
        (Fault::key_reused(), Code::FailedPrecondition, 422),
        (Fault::in_flight(), Code::Aborted, 409),
        (Fault::too_fast("login-too-fast", Duration::from_millis(2500)), Code::ResourceExhausted, 429),
        (Fault::unavailable(reasons::OVERLOADED, Some(Duration::from_secs(1))), Code::Unavailable, 503),
        (Fault::unavailable(reasons::SERVICE_DOWN, None), Code::Unavailable, 503),
        (Fault::too_slow(), Code::DeadlineExceeded, 504),
    ]
}

fn parts(fault: &Fault) -> (Kind, &str, &str, &[FieldFault], &[Refusal], Option<Duration>) {
    (fault.kind(), fault.reason(), fault.message(), fault.fields(), fault.refusals(), fault.retry_after())
}

#[test]
fn a_fault_survives_the_way_through_a_status() {
    for (fault, code, http) in samples() {
        let status = Status::from(fault.clone());
        assert_eq!(status.code(), code, "{fault}");
        assert_eq!(fault.kind().http_status().as_u16(), http, "{fault}");
        assert_eq!(parts(&Fault::from_status(&status)), parts(&fault));
    }
}

#[tokio::test]
async fn a_fault_survives_the_way_through_a_server_and_a_client() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let built = built(|request| async move {
        let index: usize = request.into_inner().json.parse().expect("a number");
        Err(samples().swap_remove(index).0.into())
    });
    let server = TestServer::start("auth", built, &issuer.trust(&chassis::clock::Clock::system()), &pki).await;
    let channel = server.channel(&pki, "gateway");
    for (index, (fault, code, _)) in samples().into_iter().enumerate() {
        let status = call(&channel, READ, &index.to_string()).await.unwrap_err();
        assert_eq!(status.code(), code);
        assert_eq!(parts(&Fault::from_status(&status)), parts(&fault));
    }
}

#[tokio::test]
async fn more_faults_than_a_header_holds_are_cut_and_counted() {
    const MANY: usize = 2000;
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let built = built(|request| async move {
        Err(if request.into_inner().json == "fields" {
            let field = |n| FieldFault::new(format!("rows[{n}].scores[0]"), "score-out-of-range", "wanted 0 to 100.00");
            Fault::malformed((0..MANY).map(field).collect())
        } else {
            Fault::refused((0..MANY).map(|n| Refusal::new("schedule-clash").fact("class", n)).collect())
        }
        .into())
    });
    let server = TestServer::start("auth", built, &issuer.trust(&chassis::clock::Clock::system()), &pki).await;
    let channel = server.channel(&pki, "gateway");
    let malformed = Fault::from_status(&call(&channel, READ, "fields").await.unwrap_err());
    assert_eq!((malformed.kind(), malformed.message()), (Kind::Malformed, "2000 fields are malformed"));
    let named = malformed.fields().len();
    assert!((200..MANY).contains(&named), "{named} fields are named");
    assert_eq!(malformed.fields()[named - 1].field, format!("rows[{}].scores[0]", named - 1));
    let refused = Fault::from_status(&call(&channel, READ, "refusals").await.unwrap_err());
    assert_eq!((refused.kind(), refused.reason()), (Kind::Refused, "refused"));
    assert!((200..MANY).contains(&refused.refusals().len()), "{} refusals are named", refused.refusals().len());
}

#[test]
fn several_refusals_share_a_word_and_a_single_one_lends_its_own() {
    let full = Refusal::new("class-full");
    assert_eq!(Fault::refused(vec![full.clone()]).reason(), "class-full");
    assert_eq!(Fault::refused(vec![full, Refusal::new("krs-closed")]).reason(), "refused");
    assert_eq!(Fault::field("name", "too-long", "at most 200 letters").reason(), "malformed-request");
    assert_eq!(Fault::key_reused().reason(), "idempotency-key-reused");
    assert_eq!(Fault::in_flight().reason(), "request-in-flight");
}

#[test]
fn the_cause_of_an_internal_fault_never_leaves() {
    let fault = Fault::internal("password=hunter2 in table account");
    assert!(!fault.to_string().contains("hunter2"));
    let status = Status::from(fault.with_message("hunter2"));
    assert_eq!(status.code(), Code::Internal);
    let sent = format!("{status:?} {}", String::from_utf8_lossy(status.details()));
    assert!(!sent.contains("hunter2") && !sent.contains("account"), "{sent}");
    assert_eq!(Fault::from_status(&status).reason(), "internal");
    assert_eq!(Fault::from_status(&status).kind().http_status().as_u16(), 500);
}

#[test]
fn the_text_of_a_foreign_internal_status_is_not_passed_on() {
    for status in [Status::internal("secret"), Status::unknown("secret"), Status::unimplemented("secret")] {
        let fault = Fault::from_status(&status);
        assert_eq!(fault.kind(), Kind::Internal);
        assert!(!fault.to_string().contains("secret"));
    }
}

#[test]
fn a_status_without_details_of_ours_gets_a_reason_word() {
    let fault = Fault::from_status(&Status::not_found("gone"));
    assert_eq!((fault.kind(), fault.reason()), (Kind::Absent, "not-found"));
    let fault = Fault::from_status(&Status::with_details(Code::Aborted, "x", vec![0xff, 0xff].into()));
    assert_eq!((fault.kind(), fault.reason()), (Kind::Stale, "version-stale"));
    let fault = Fault::from_status(&Status::cancelled("tonic's own timeout"));
    assert_eq!((fault.kind(), fault.reason()), (Kind::TooSlow, "too-slow"));
}
