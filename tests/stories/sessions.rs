//! Where somebody is signed in: they see it, end it from afar, and a token that was copied ends with its session.

use e2e::{Answer, App, Client, Persona, Request, on_both_databases};
use serde_json::{Value, json};
use stafett_store::users;
use stafett_workflow::agency::UserId;

use crate::setup::hire;

const PASSWORD: &str = "riktig hest batteri stift";

/// A session of somebody who was hired: their client, and the pair of tokens.
pub(crate) async fn sign_in(app: &App<'_>, username: &str) -> (Client, Value) {
    let token = json!({ "username": username, "password": PASSWORD });
    let pair = app.by_nobody().post("/auth/token", &token).await.expect(200).json();
    let client = app.by_nobody().with_token(pair["accessToken"].as_str().unwrap());
    (client, pair)
}

async fn renew(app: &App<'_>, pair: &Value) -> Answer {
    app.by_nobody()
        .post("/auth/token", &json!({ "refreshToken": pair["refreshToken"] }))
        .await
}

fn delete(client: &Client, path: &str) -> Request {
    client.request("DELETE".parse().unwrap(), path)
}

async fn open(client: &Client) -> Vec<Value> {
    let answer = client.get("/me/sessions").await.expect(200).json();
    answer["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn whoever_signs_out_is_out_with_every_token(home: Home) {
        let app = home.start().await;
        hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        let (phone, pair) = sign_in(&app, "kari").await;
        let (desk, _) = sign_in(&app, "kari").await;
        phone.get("/me").await.expect(200);
        let out = || app.by_nobody();
        out().post("/auth/sign-out", &json!({ "refreshToken": pair["refreshToken"] })).await.expect(204);
        phone.get("/me").await.problem(401, "invalid-token");
        renew(&app, &pair).await.problem(401, "invalid-refresh-token");
        desk.get("/me").await.expect(200);
        // Again, and with a token that was made up, the answer is the same.
        out().post("/auth/sign-out", &json!({ "refreshToken": pair["refreshToken"] })).await.expect(204);
        out().post("/auth/sign-out", &json!({ "refreshToken": "stafett_rt_made-up" })).await.expect(204);
        out().post("/auth/sign-out", &json!({})).await.expect(422);
        app.finish().await;
    }

    async fn a_lost_phone_is_signed_out_from_the_desk(home: Home) {
        let app = home.start().await;
        let hired = hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        hire(&app, &app.by(Persona::Admin), "uteseksjonen", "ola", &["worker"]).await;
        let (phone, pair) = sign_in(&app, "kari").await;
        let (desk, _) = sign_in(&app, "kari").await;
        let (ola, _) = sign_in(&app, "ola").await;
        assert_eq!(open(&desk).await.len(), 3, "the one of the new password is open too");
        let current = |of: &[Value]| of.iter().find(|session| session["current"] == true).unwrap()["id"].clone();
        let lost = current(&open(&phone).await);
        assert_ne!(lost, current(&open(&desk).await));
        let path = format!("/me/sessions/{}", lost.as_str().unwrap());
        delete(&ola, &path).await.problem(404, "not-found");
        delete(&desk, &path).await.expect(204);
        delete(&desk, &path).await.problem(404, "not-found");
        phone.get("/me").await.problem(401, "invalid-token");
        renew(&app, &pair).await.problem(401, "invalid-refresh-token");
        delete(&desk, "/me/sessions/nothing").await.problem(404, "not-found");

        // Everywhere at once, the one that asks included.
        delete(&desk, "/me/sessions").await.expect(204);
        desk.get("/me").await.problem(401, "invalid-token");
        hired.get("/me").await.problem(401, "invalid-token");
        ola.get("/me").await.expect(200);
        app.finish().await;
    }

    /// Somebody who knows the old password signs in while it is changed: what was checked before the change lets nobody in after it.
    async fn a_password_that_is_changed_meanwhile_lets_nobody_in(home: Home) {
        // On SQLite nothing is written while another writes; the same is shown there by the store's own tests.
        if home.database().kind() == e2e::DatabaseKind::Sqlite {
            return;
        }
        let app = home.start().await;
        let kari = hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        let me = UserId(kari.get("/me").await.expect(200).json()["id"].as_str().unwrap().parse().unwrap());
        let db = home.unlocked().await;
        let tx = db.write_tx().await.unwrap();
        assert!(users::set_password(&tx, me, Some("another"), chrono::Utc::now()).await.unwrap());
        let nobody = app.by_nobody();
        let late = tokio::spawn(async move {
            nobody.post("/auth/token", &json!({ "username": "kari", "password": PASSWORD })).await
        });
        // It has read the old password, and stands before the row.
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let stands = async {
            let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
            while home.database().number(waits).await == 0 {
                tick.tick().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), stands).await.unwrap();
        tx.commit().await.unwrap();
        late.await.unwrap().problem(401, "invalid-credentials");
        assert_eq!(home.database().number("SELECT count(*) FROM sessions WHERE ended_at IS NULL AND user_id = (SELECT id FROM users WHERE username = 'kari')").await, 1, "the one of before");
        db.close().await.unwrap();
        app.finish().await;
    }

    async fn a_renewed_session_is_the_same_one(home: Home) {
        let app = home.start().await;
        hire(&app, &app.by(Persona::Admin), "uteseksjonen", "kari", &["worker"]).await;
        let (before, first) = sign_in(&app, "kari").await;
        let pair = renew(&app, &first).await.expect(200).json();
        let after = app.by_nobody().with_token(pair["accessToken"].as_str().unwrap());
        assert_eq!(open(&before).await.len(), open(&after).await.len());
        // A refresh token that comes twice ends the session, and with it what was renewed.
        renew(&app, &first).await.problem(401, "invalid-refresh-token");
        after.get("/me").await.problem(401, "invalid-token");
        before.get("/me").await.problem(401, "invalid-token");
        app.finish().await;
    }
}
