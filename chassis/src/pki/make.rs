//! A small certificate authority for one machine.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use super::{PkiError, certificates};
use crate::auth::Peer;

/// The authority lives this long.
const CA_YEARS: i16 = 10;
/// A service's certificate lives this long.
const LEAF_YEARS: i16 = 1;
/// A service's certificate with less life left than this is made anew.
const RENEW: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The authority with less life left than this is made anew, and every certificate with it.
const RENEW_CA: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Makes sure that the folder holds an authority (`ca.pem`, `ca.key`) and a certificate for each name (`<name>.pem`,
/// `<name>.key`). What is there and lives long enough is left alone; files and folder are the owner's alone.
///
/// # Errors
/// When a file cannot be read or written.
pub fn ensure(dir: &Path, names: &[&str], now: Timestamp) -> Result<(), PkiError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| PkiError::File(dir.to_owned(), e))?;
    let (ca_path, ca_key_path) = (dir.join("ca.pem"), dir.join("ca.key"));
    let kept = match fs::read_to_string(&ca_key_path) {
        Ok(pem) if lives(&ca_path, now, RENEW_CA) => Some(KeyPair::from_pem(&pem).map_err(PkiError::Make)?),
        _ => None,
    };
    let fresh = kept.is_none();
    let key = match kept {
        Some(key) => key,
        None => {
            let key = KeyPair::generate().map_err(PkiError::Make)?;
            let certificate = ca_params(now).self_signed(&key).map_err(PkiError::Make)?;
            write(&ca_key_path, &key.serialize_pem())?;
            write(&ca_path, &certificate.pem())?;
            key
        }
    };
    // Only the name, the key usages and the kind of key identifier of the authority matter here, not its dates.
    let issuer = Issuer::new(ca_params(now), key);
    for name in names {
        let (path, key_path) = (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")));
        if fresh || !key_path.exists() || !lives(&path, now, RENEW) || !belongs(&path, name) {
            let key = KeyPair::generate().map_err(PkiError::Make)?;
            let certificate = leaf_params(name, now)?.signed_by(&key, &issuer).map_err(PkiError::Make)?;
            write(&key_path, &key.serialize_pem())?;
            write(&path, &certificate.pem())?;
        }
    }
    Ok(())
}

fn ca_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name("SIAKAD local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_life(&mut params, now, CA_YEARS);
    params
}

fn leaf_params(name: &str, now: Timestamp) -> Result<CertificateParams, PkiError> {
    let uri = Ia5String::try_from(format!("{}{name}", crate::auth::SPIFFE)).map_err(PkiError::Make)?;
    let dns = Ia5String::try_from(name).map_err(PkiError::Make)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.subject_alt_names = vec![SanType::URI(uri), SanType::DnsName(dns)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    set_life(&mut params, now, LEAF_YEARS);
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

/// From yesterday, because clocks differ, for so many years.
fn set_life(params: &mut CertificateParams, now: Timestamp, years: i16) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let begin = today.yesterday().unwrap_or(today);
    let end = today.saturating_add(Span::new().years(years));
    let date = |d: Date| rcgen::date_time_ymd(i32::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs());
    (params.not_before, params.not_after) = (date(begin), date(end));
}

/// The certificate is there and lives at least so much longer.
fn lives(path: &Path, now: Timestamp, longer: SignedDuration) -> bool {
    let Ok(chain) = certificates(path) else { return false };
    let ends = chain.first().and_then(|der| x509_parser::parse_x509_certificate(der).ok()).map(|(_, certificate)| {
        let validity = certificate.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    });
    let now = now.as_second();
    ends.is_some_and(|(begin, end)| begin <= now && end - now >= longer.as_secs())
}

fn belongs(path: &Path, name: &str) -> bool {
    let leaf = certificates(path).ok().and_then(|chain| chain.into_iter().next());
    leaf.and_then(|der| Peer::of_certificate(&der)).is_some_and(|peer| peer.name() == name)
}

/// Replaces a file as a whole; only its owner may read it.
fn write(path: &Path, text: &str) -> Result<(), PkiError> {
    let fresh = path.with_extension("tmp");
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    })();
    written.map_err(|error| PkiError::File(path.to_owned(), error))
}
