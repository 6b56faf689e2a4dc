//! What auth-svc tells the others: sessions that were ended early.

use std::sync::{Arc, Mutex};

use chassis::auth::{Trust, User, Verifier};
use chassis::clock::Clock;
use chassis::feed::{Event, Follow, FollowConfig, follow};
use chassis::testing::eventually;
use jiff::{SignedDuration, Timestamp};
use prost::Message as _;
use proto::auth::v1::{ChangePasswordRequest, PutAccountRequest, RevokeRoleRequest, RoleKind, Tokens};
use proto::common::v1::Empty;
use proto::common::v1::SessionRevoked;
use proto::common::v1::trust_client::TrustClient;
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{GetCursorsRequest, GetHeadRequest, SnapshotRequest};
use tokio_util::sync::CancellationToken;

use crate::harness::{PASSWORD, TestApp, answer, moment, reason, role, sid};

/// Remembers what was told.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, Timestamp)>>>);

impl Heard {
    fn sids(&self) -> Vec<String> {
        let mut sids: Vec<String> = self.0.lock().unwrap().iter().map(|(sid, _)| sid.clone()).collect();
        sids.sort();
        sids
    }

    fn hear(&self, event: &Event) -> Result<(), String> {
        let revoked = SessionRevoked::decode(event.payload.as_slice()).map_err(|error| error.to_string())?;
        assert_eq!((event.kind.as_str(), event.version), ("auth.session_revoked", 1));
        assert_eq!(revoked.sid, event.aggregate_id);
        self.0.lock().unwrap().push((revoked.sid, moment(revoked.until)));
        Ok(())
    }
}

impl Follow for Heard {
    fn kinds(&self) -> &'static [&'static str] {
        &["auth.session_revoked"]
    }

    fn replace(&mut self, events: Vec<Event>) -> Result<(), String> {
        self.0.lock().unwrap().clear();
        events.iter().try_for_each(|event| self.hear(event))
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        self.hear(event)
    }
}

/// Follows auth-svc's feed as course-svc would, from now on.
fn listen(app: &TestApp) -> Heard {
    let heard = Heard::default();
    let channel = app.server.channel(&app.pki, "course");
    let config = FollowConfig { consumer: "course", source: "auth" };
    let _follower = follow(config, channel, heard.clone(), app.clock.clone(), CancellationToken::new());
    heard
}

async fn snapshot(app: &TestApp) -> Vec<String> {
    use proto::feed::v1::snapshot_response::Message;
    let mut client = FeedClient::new(app.server.channel(&app.pki, "course"));
    let request = SnapshotRequest { consumer: "course".into(), kinds: Vec::new() };
    let mut stream = client.snapshot(request).await.unwrap().into_inner();
    let mut sids = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        if let Some(Message::Rows(batch)) = message.message {
            sids.extend(batch.events.into_iter().map(|event| event.aggregate_id));
        }
    }
    sids
}

/// A verifier that knows auth-svc's keys and what it has heard.
async fn verifier(app: &TestApp, clock: &Clock) -> Verifier {
    let jwks = answer(TrustClient::new(app.gateway()).get_jwks(Empty {}).await).unwrap().json;
    Verifier::new(Trust::told(&jwks, clock.clone()).unwrap())
}

chassis::both_engines! {
    async fn every_early_end_is_told(app: TestApp) {
        app.account("admin", &[RoleKind::SystemAdmin]).await;
        let admin = app.session("admin").await;
        let budi = app.account("budi", &[RoleKind::Registrar]).await;
        let heard = listen(&app);
        let mut expected: Vec<String> = Vec::new();
        let until = async |expected: &mut Vec<String>| {
            expected.sort();
            eventually("the end of the session is told", async || heard.sids() == *expected).await;
        };

        let out = app.session("budi").await;
        app.logout(&out).await.unwrap();
        expected.push(sid(&out));
        until(&mut expected).await;

        let (mine, other) = (app.session("budi").await, app.session("budi").await);
        let request =
            ChangePasswordRequest { current_password: PASSWORD.into(), new_password: "gunung-tinggi-berkabut".into() };
        app.accounts_as(&mine).change_password(request).await.unwrap();
        expected.push(sid(&other));
        until(&mut expected).await;

        let replace =
            PutAccountRequest { user_name: "budi".into(), password: PASSWORD.into(), replace_password: true, ..Default::default() };
        app.put(replace).await.unwrap();
        expected.push(sid(&mine));
        until(&mut expected).await;

        let carrying = app.session("budi").await;
        let request = RevokeRoleRequest { account_id: budi.id, role: Some(role(RoleKind::Registrar, "")) };
        app.accounts_as(&admin).revoke_role(request).await.unwrap();
        expected.push(sid(&carrying));
        until(&mut expected).await;

        let stolen = app.session("budi").await;
        let next = app.refresh(&stolen.refresh_token).await.unwrap();
        app.refresh(&next.refresh_token).await.unwrap();
        assert_eq!(reason(app.refresh(&stolen.refresh_token).await), "refresh-reused");
        expected.push(sid(&stolen));
        until(&mut expected).await;

        app.student.student("s-1", "2405010001", "Citra", "").await;
        app.until_account(&admin, "2405010001", |_| true).await;
        app.account("2405010001", &[]).await;
        let left = app.session("2405010001").await;
        app.student.student("s-1", "2405010001", "Citra", "1").await;
        expected.push(sid(&left));
        until(&mut expected).await;

        let now = app.clock.now();
        for (_, until) in heard.0.lock().unwrap().iter() {
            // Five minutes of life and thirty of grace.
            assert!(*until >= now + SignedDuration::from_mins(35), "{until}");
        }
    }

    async fn a_session_that_ends_by_itself_is_not_told(app: TestApp) {
        app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        app.advance(SignedDuration::from_hours(8 * 24));
        assert_eq!(reason(app.refresh(&tokens.refresh_token).await), "session-ended");
        app.account("budi", &[]).await;
        assert_eq!(snapshot(&app).await, Vec::<String>::new());
    }

    async fn a_newcomer_hears_of_the_ends_that_still_matter(app: TestApp) {
        app.account("budi", &[]).await;
        let old = app.session("budi").await;
        app.logout(&old).await.unwrap();
        app.advance(SignedDuration::from_mins(30));
        let young = app.session("budi").await;
        app.logout(&young).await.unwrap();
        let mut both = vec![sid(&old), sid(&young)];
        both.sort();
        assert_eq!(snapshot(&app).await, both);
        assert_eq!(listen_once(&app).await, both);
        app.advance(SignedDuration::from_mins(10));
        assert_eq!(snapshot(&app).await, [sid(&young)]);
    }

    async fn verifiers_that_listen_refuse_the_tokens(app: TestApp) {
        app.account("budi", &[]).await;
        let tokens: Tokens = app.session("budi").await;
        let verifier = verifier(&app, &app.clock).await;
        let heard = listen(&app);
        verifier.verify(&tokens.access_token, User::Required).await.unwrap();
        app.logout(&tokens).await.unwrap();
        eventually("the end of the session is told", async || heard.sids() == [sid(&tokens)]).await;
        for (sid, until) in heard.0.lock().unwrap().iter() {
            verifier.trust().revoke(sid.clone(), *until);
        }
        assert_eq!(reason(verifier.verify(&tokens.access_token, User::Graceful).await), "session-revoked");
    }

    async fn heads_and_cursors_are_told_to_whoever_waits(app: TestApp) {
        let mut feed = FeedClient::new(app.server.channel(&app.pki, "siakad"));
        let before = feed.get_head(GetHeadRequest {}).await.unwrap().into_inner().head;
        app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        app.logout(&tokens).await.unwrap();
        assert_eq!(feed.get_head(GetHeadRequest {}).await.unwrap().into_inner().head, before + 1);
        app.student.student("s-1", "2405010001", "Citra", "").await;
        chassis::testing::eventually("the cursor in student-svc's feed has moved", async || {
            let mut feed = feed.clone();
            let cursors = feed.get_cursors(GetCursorsRequest {}).await.unwrap().into_inner().cursors;
            cursors.iter().any(|cursor| cursor.source == "student" && cursor.seq == 1)
        })
        .await;
        let request = SnapshotRequest { consumer: "web".into(), kinds: Vec::new() };
        let web = FeedClient::new(app.server.channel(&app.pki, "web")).snapshot(request).await;
        assert_eq!(reason(answer(web.map(|response| response.map(drop)))), "peer-refused");
    }
}

/// What a newcomer knows after the snapshot.
async fn listen_once(app: &TestApp) -> Vec<String> {
    let heard = listen(app);
    eventually("the snapshot is heard", async || !heard.sids().is_empty()).await;
    heard.sids()
}
