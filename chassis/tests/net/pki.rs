//! Certificates: made, kept, renewed, and told apart.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chassis::auth::Peer;
use chassis::clock::Clock;
use chassis::pki::{Identity, PkiError, ensure};
use chassis::testing::{TestPki, TestServer, TokenIssuer};
use jiff::SignedDuration;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::support::{READ, call, echo};

fn text(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn files_are_made_once_and_are_their_owners_alone() {
    let pki = TestPki::new();
    let before = (text(pki.dir(), "ca.pem"), text(pki.dir(), "course.pem"), text(pki.dir(), "course.key"));
    ensure(pki.dir(), &["course", "student"], Clock::system().now()).unwrap();
    assert_eq!(before, (text(pki.dir(), "ca.pem"), text(pki.dir(), "course.pem"), text(pki.dir(), "course.key")));
    for entry in std::fs::read_dir(pki.dir()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
    assert_eq!(std::fs::metadata(pki.dir()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_certificate_near_its_end_is_made_anew_by_the_same_authority() {
    let pki = TestPki::new();
    let (ca, course) = (text(pki.dir(), "ca.pem"), text(pki.dir(), "course.pem"));
    let later = Clock::system().now() + SignedDuration::from_hours(24 * 300);
    ensure(pki.dir(), &["course"], later).unwrap();
    assert_eq!(ca, text(pki.dir(), "ca.pem"));
    assert_ne!(course, text(pki.dir(), "course.pem"));
    Identity::load(pki.dir(), "course").unwrap();
}

#[test]
fn an_authority_near_its_end_is_made_anew_with_everything_under_it() {
    let pki = TestPki::new();
    let (ca, course) = (text(pki.dir(), "ca.pem"), text(pki.dir(), "course.pem"));
    let later = Clock::system().now() + SignedDuration::from_hours(24 * 365 * 9);
    ensure(pki.dir(), &["course"], later).unwrap();
    assert_ne!(ca, text(pki.dir(), "ca.pem"));
    assert_ne!(course, text(pki.dir(), "course.pem"));
}

#[tokio::test]
async fn replaced_files_are_taken_into_use_and_bad_ones_are_not() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let server = TestServer::start("course", echo(), &issuer.trust(&Clock::system()), &pki).await;
    let identity = pki.identity("gateway");
    assert!(!identity.refresh().unwrap(), "nothing was replaced");
    // Another authority altogether: the server, which has not looked yet, does not take it.
    let other = TestPki::new();
    let copy = |name: &str| std::fs::copy(other.dir().join(name), pki.dir().join(name)).unwrap();
    for name in ["ca.pem", "gateway.pem", "gateway.key"] {
        copy(name);
    }
    assert!(identity.refresh().unwrap());
    assert!(call(&server.channel_as(&identity), READ, "").await.is_err());
    // Half of a pair is of no use, and changes nothing.
    std::fs::copy(other.dir().join("web.key"), pki.dir().join("gateway.key")).unwrap();
    assert!(matches!(identity.refresh(), Err(PkiError::Tls(_))));
    let server = TestServer::start("course", echo(), &issuer.trust(&Clock::system()), &other).await;
    assert_eq!(call(&server.channel_as(&identity), READ, "heard").await.unwrap(), "heard");
}

#[test]
fn a_peer_is_the_one_name_in_its_certificate() {
    let pki = TestPki::new();
    let leaf = CertificateDer::from_pem_file(pki.dir().join("student.pem")).unwrap();
    assert_eq!(Peer::of_certificate(&leaf).unwrap().name(), "student");
    let ca = CertificateDer::from_pem_file(pki.dir().join("ca.pem")).unwrap();
    assert_eq!(Peer::of_certificate(&ca), None);
    assert_eq!(Peer::of_certificate(b"no certificate"), None);
}

#[test]
fn names_outside_the_house_and_two_names_are_nobody() {
    let certificate = |uris: &[&str]| {
        let mut params = rcgen::CertificateParams::default();
        params.subject_alt_names = uris.iter().map(|uri| rcgen::SanType::URI((*uri).try_into().unwrap())).collect();
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap()
    };
    let peer = |uris: &[&str]| Peer::of_certificate(certificate(uris).der()).map(|peer| peer.name().to_owned());
    assert_eq!(peer(&["spiffe://siakad/course"]), Some("course".into()));
    assert_eq!(peer(&["spiffe://elsewhere/course"]), None);
    assert_eq!(peer(&["spiffe://siakad/"]), None);
    assert_eq!(peer(&["spiffe://siakad/a/b"]), None);
    assert_eq!(peer(&["https://siakad/course"]), None);
    assert_eq!(peer(&["spiffe://siakad/course", "spiffe://siakad/gateway"]), None);
    assert_eq!(peer(&[]), None);
}

#[test]
fn a_certificate_of_somebody_else_is_not_taken_for_ones_own() {
    let pki = TestPki::new();
    std::fs::copy(pki.dir().join("student.pem"), pki.dir().join("course.pem")).unwrap();
    assert!(matches!(Identity::load(pki.dir(), "course"), Err(PkiError::OtherName { .. })));
    assert!(matches!(Identity::load(pki.dir(), "nobody"), Err(PkiError::File(..))));
    std::fs::write(pki.dir().join("auth.key"), "no key").unwrap();
    assert!(matches!(Identity::load(pki.dir(), "auth"), Err(PkiError::Pem(..))));
    // A key that belongs to another certificate.
    std::fs::copy(pki.dir().join("web.key"), pki.dir().join("gateway.key")).unwrap();
    assert!(matches!(Identity::load(pki.dir(), "gateway"), Err(PkiError::Tls(_))));
    // And ensure puts all of it right.
    ensure(pki.dir(), &["course"], Clock::system().now()).unwrap();
    Identity::load(pki.dir(), "course").unwrap();
}
