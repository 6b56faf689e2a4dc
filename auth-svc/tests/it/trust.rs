//! Trust.GetJwks, and the rotation of signing keys.

use std::os::unix::fs::MetadataExt as _;

use jiff::SignedDuration;
use proto::common::v1::Empty;
use proto::common::v1::trust_client::TrustClient;
use serde_json::Value;

use crate::harness::{TestApp, answer, decoded, reason};

async fn published(app: &TestApp) -> Vec<String> {
    let json = answer(TrustClient::new(app.gateway()).get_jwks(Empty {}).await).unwrap().json;
    let set: Value = serde_json::from_str(&json).unwrap();
    let keys = set["keys"].as_array().unwrap();
    for key in keys {
        let plain = ["kty", "crv", "use", "alg"].map(|name| key[name].as_str().unwrap());
        assert_eq!(plain, ["OKP", "Ed25519", "sig", "EdDSA"]);
        assert!(key.get("d").is_none(), "the secret half is published");
    }
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    decoded(token).0["kid"].as_str().unwrap().to_owned()
}

fn key_files(app: &TestApp) -> usize {
    let files = std::fs::read_dir(&app.config.keys.dir).unwrap();
    files.filter(|file| file.as_ref().unwrap().file_name().to_str().unwrap().starts_with("signing-")).count()
}

chassis::both_engines! {
    async fn keys_rotate_and_nobody_is_thrown_out(app: TestApp) {
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        let old = kid(&first.access_token);
        assert_eq!(published(&app).await, std::slice::from_ref(&old));

        // 29 of 30 days: the next key is published, and does not sign yet.
        app.advance(SignedDuration::from_hours(29 * 24));
        let both = published(&app).await;
        assert_eq!((both.len(), both[0].as_str()), (2, old.as_str()));
        let by_old = app.session("budi").await;
        assert_eq!(kid(&by_old.access_token), old);

        // 30 days: it signs; a token of the old key still counts.
        app.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(60));
        let last_of_old = app.session("budi").await;
        app.advance(SignedDuration::from_secs(60));
        let by_new = app.session("budi").await;
        assert_eq!((kid(&last_of_old.access_token), kid(&by_new.access_token)), (old.clone(), both[1].clone()));
        app.me(&last_of_old).await.unwrap();
        app.me(&by_new).await.unwrap();
        assert_eq!(published(&app).await, both);

        // Two hours later none of the old key's tokens is accepted anywhere, and its secret is gone.
        app.advance(SignedDuration::from_hours(2));
        assert_eq!(published(&app).await, both[1..]);
        assert_eq!(key_files(&app), 1);
        let refreshed = app.refresh(&by_new.refresh_token).await.unwrap();
        app.me(&refreshed).await.unwrap();
    }

    async fn keys_and_pepper_outlive_the_process_and_are_closed_to_others(app: TestApp) {
        app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        let before = published(&app).await;
        for file in std::fs::read_dir(&app.config.keys.dir).unwrap() {
            let mode = file.unwrap().metadata().unwrap().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let app = app.restart().await;
        assert_eq!(published(&app).await, before);
        app.me(&tokens).await.unwrap();
        app.session("budi").await;
        app.refresh(&tokens.refresh_token).await.unwrap();
    }

    async fn a_key_that_another_replica_made_is_used(app: TestApp) {
        app.account("budi", &[]).await;
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
        let begin = app.clock.now().as_second() + 3600;
        std::fs::write(app.config.keys.dir.join(format!("signing-{begin}.pem")), pem).unwrap();
        let mut app = app;
        app.config.keys.check_every = std::time::Duration::from_millis(20);
        let app = app.restart().await;
        chassis::testing::eventually("both keys are published", async || published(&app).await.len() == 2).await;
        app.advance(SignedDuration::from_hours(1));
        let tokens = app.session("budi").await;
        assert_eq!(kid(&tokens.access_token), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        app.me(&tokens).await.unwrap();
    }

    async fn who_does_not_verify_tokens_gets_no_keys(app: TestApp) {
        let mut trust = TrustClient::new(app.server.channel(&app.pki, "web"));
        assert_eq!(reason(answer(trust.get_jwks(Empty {}).await)), "peer-refused");
        for peer in ["gateway", "student", "course"] {
            TrustClient::new(app.server.channel(&app.pki, peer)).get_jwks(Empty {}).await.unwrap();
        }
    }
}
