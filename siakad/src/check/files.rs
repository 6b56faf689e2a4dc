//! The data folder and the certificates in it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use x509_parser::pem::Pem;

use super::Findings;
use crate::layout::Layout;
use crate::link::OPERATOR;
use crate::services::Service;

/// A certificate that ends sooner is worth a note; `siakad up` renews its own long before.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Whether the folder can be used.
pub(super) fn data_folder(layout: &Layout, findings: &mut Findings) {
    let data = layout.data();
    let shown = data.display();
    if !data.exists() {
        findings.note(format!("the data folder {shown} does not exist yet: the first `siakad up` makes it"));
        return;
    }
    let probe = data.join(format!(".check-{}", std::process::id()));
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => findings.good(format!("the data folder {shown} can be written")),
        Err(error) => findings.wrong(format!("the data folder {shown} cannot be written: {error}")),
    }
    let mode = std::fs::metadata(data).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & 0o007 != 0 {
        findings
            .note(format!("the data folder {shown} holds personal data and anyone may enter it: its mode is {mode:o}"));
    }
    if layout.database("auth").exists() && !layout.keys().exists() {
        findings.wrong(format!(
            "{} is missing: passwords cannot be checked without it; restore it from the backup that has the databases",
            layout.keys().display()
        ));
    }
    for secret in ["keys", "pki"] {
        private(&data.join(secret), findings);
    }
}

/// Files in a folder of secrets must be readable by their owner alone.
fn private(folder: &Path, findings: &mut Findings) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let secret = path.extension().is_none_or(|ending| ending != "pem") || folder.ends_with("keys");
        let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
        if secret && path.is_file() && mode & 0o077 != 0 {
            findings
                .wrong(format!("{} is a secret that others may read: its mode is {mode:o}, not 600", path.display()));
        }
    }
}

/// Whether every service and the operator have a certificate that is valid now and issued by the authority.
pub(super) fn certificates(pki: &Path, now: Timestamp, findings: &mut Findings) {
    if !pki.exists() {
        findings.note(format!("there are no certificates in {} yet: the first `siakad up` makes them", pki.display()));
        return;
    }
    let authority = match read(&pki.join("ca.pem")) {
        Ok(authority) => authority,
        Err(why) => return findings.wrong(why),
    };
    let before = findings.0.len();
    let names: Vec<&str> = Service::ALL.iter().map(|service| service.name()).chain([OPERATOR]).collect();
    for name in ["ca"].iter().chain(&names) {
        match judge(&pki.join(format!("{name}.pem")), &authority, now) {
            Ok(None) => {}
            Ok(Some(note)) => findings.note(note),
            Err(why) => findings.wrong(why),
        }
        if *name != "ca" && !pki.join(format!("{name}.key")).exists() {
            findings.wrong(format!("{} is missing", pki.join(format!("{name}.key")).display()));
        }
    }
    if findings.0.len() == before {
        findings.good(format!("the certificates in {} are valid", pki.display()));
    }
}

fn read(path: &Path) -> Result<Pem, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    match Pem::iter_from_buffer(&bytes).next() {
        Some(Ok(pem)) => Ok(pem),
        _ => Err(format!("{shown} is not a certificate in PEM")),
    }
}

/// What is worth knowing of a certificate that can be used.
fn judge(path: &Path, authority: &Pem, now: Timestamp) -> Result<Option<String>, String> {
    let shown = path.display();
    let pem = read(path)?;
    let certificate = pem.parse_x509().map_err(|error| format!("{shown} is not a certificate: {error}"))?;
    let authority = authority.parse_x509().map_err(|error| format!("ca.pem is not a certificate: {error}"))?;
    if certificate.issuer() != authority.subject() {
        return Err(format!("{shown} was not issued by the authority in ca.pem"));
    }
    let validity = certificate.validity();
    let moment = |seconds| Timestamp::from_second(seconds).map_err(|error| format!("{shown}: {error}"));
    let (begins, ends) = (moment(validity.not_before.timestamp())?, moment(validity.not_after.timestamp())?);
    if now < begins {
        return Err(format!("{shown} is valid only from {begins}"));
    }
    if now >= ends {
        return Err(format!("{shown} ended at {ends}; `siakad up` makes a new one"));
    }
    Ok((ends.duration_since(now) < SOON).then(|| format!("{shown} ends at {ends}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Grade;

    fn judged(pki: &Path, now: &str) -> Vec<(Grade, String)> {
        let mut findings = Findings::default();
        certificates(pki, now.parse().expect("a moment"), &mut findings);
        findings.0
    }

    #[test]
    fn certificates_are_judged_by_their_dates_and_their_authority() {
        let root = std::env::temp_dir().join(format!("siakad-check-{}", std::process::id()));
        let (ours, others) = (root.join("ours"), root.join("others"));
        let names = ["auth", "student", "course", "grade", "gateway", "web", "siakad"];
        for folder in [&ours, &others] {
            chassis::pki::ensure(folder, &names, "2026-08-15T00:00:00Z".parse().expect("a moment")).expect("made");
        }
        assert!(matches!(judged(&ours, "2026-08-15T00:00:00Z").as_slice(), [(Grade::Good, _)]));
        let early = judged(&ours, "2026-01-01T00:00:00Z");
        assert!(
            early.iter().all(|(grade, what)| *grade == Grade::Wrong && what.contains("valid only from")),
            "{early:?}"
        );
        let late = judged(&ours, "2027-08-10T00:00:00Z");
        assert_eq!(late.iter().filter(|(grade, _)| *grade == Grade::Note).count(), names.len(), "{late:?}");
        let over = judged(&ours, "2028-01-01T00:00:00Z");
        assert_eq!(over.iter().filter(|(_, what)| what.contains("ended at")).count(), names.len(), "{over:?}");

        std::fs::write(ours.join("web.pem"), "not a certificate").expect("written");
        std::fs::remove_file(ours.join("auth.key")).expect("removed");
        let broken = judged(&ours, "2026-08-15T00:00:00Z");
        assert!(broken.iter().any(|(_, what)| what.ends_with("web.pem is not a certificate in PEM")), "{broken:?}");
        assert!(broken.iter().any(|(_, what)| what.ends_with("auth.key is missing")), "{broken:?}");
        assert!(judged(&root.join("nowhere"), "2026-08-15T00:00:00Z")[0].1.contains("there are no certificates"));
        std::fs::remove_dir_all(&root).expect("removed");
    }

    #[test]
    fn a_secret_that_is_missing_or_that_others_may_read_is_found() {
        let root = std::env::temp_dir().join(format!("siakad-secrets-{}", std::process::id()));
        let layout = Layout::at(&root);
        std::fs::create_dir_all(layout.pki()).expect("made");
        let key = layout.pki().join("auth.key");
        std::fs::write(&key, "secret").expect("written");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("set");
        let mut findings = Findings::default();
        data_folder(&layout, &mut findings);
        assert!(
            findings.0.iter().any(|(grade, what)| *grade == Grade::Wrong && what.contains("its mode is 644")),
            "{findings:?}"
        );
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
