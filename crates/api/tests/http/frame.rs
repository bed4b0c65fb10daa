//! Authentication, problems, health, documentation.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use stafett_api::clock::Clock;
use stafett_store::users;
use uuid::Uuid;

use crate::harness::{Answer, PASSWORD, Server};

#[tokio::test]
async fn somebody_signs_in_and_is_told_who_they_are() {
    let server = Server::start().await;
    let session = server.sign_in(" KARI ").await;
    assert_eq!(
        (&session["tokenType"], &session["expiresIn"]),
        (&json!("Bearer"), &json!(900))
    );
    let me = server.me(&session["accessToken"]).await;
    assert_eq!(me.status, 200, "{}", me.text);
    let me = me.json();
    assert_eq!((&me["username"], &me["language"]), (&json!("kari"), &json!("nb")));
    assert_eq!(me["agencies"][0]["slug"], "uteseksjonen");
    assert_eq!(me["agencies"][0]["roles"], json!(["worker"]));
    server.stop().await;
}

#[tokio::test]
async fn pages_are_for_reading_and_the_api_keeps_its_own_answers() {
    let server = Server::start().await;
    let instance = server.get("/instance.json").await;
    assert_eq!(
        (instance.status.as_u16(), &instance.json()["kind"]),
        (200, &json!("demo"))
    );
    for path in ["/", "/innboks", "/formidling/K7QF-2M"] {
        let page = server.get(path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(
            page.header("content-security-policy").contains("script-src 'self';"),
            "{path}"
        );
        // A program that was built without the pages says what to do.
        let says_so = page.text.contains("npm run build");
        assert_eq!(page.status.as_u16(), if says_so { 404 } else { 200 }, "{path}");
        let answer = server.ask(Method::DELETE, path, &[], None).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (404, &json!("not-found")),
            "{path}"
        );
    }
    for path in ["/api/none", "/assets/none.js", "/docs/none"] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (404, &json!("not-found")),
            "{path}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_without_a_valid_token_passes_or_learns_what_exists() {
    let server = Server::start().await;
    for path in ["/api/v1/me", "/api/v1/referrals", "/api/v1/no-such-thing", "/api/v1/"] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (401, "application/problem+json"),
            "{path}"
        );
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="stafett""#);
        assert_eq!(answer.json()["code"], "unauthenticated");
    }
    let answer = server.me(&json!("a.b.c")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (401, &json!("invalid-token"))
    );
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer realm="stafett", error="invalid_token""#
    );
    server.stop().await;
}

#[tokio::test]
async fn a_token_ends_by_its_time_and_by_the_database_at_once() {
    let server = Server::start().await;
    let token = server.sign_in("kari").await["accessToken"].clone();
    server.clock.advance(TimeDelta::seconds(906));
    assert_eq!(server.me(&token).await.status, 401, "expired");

    let token = server.sign_in("kari").await["accessToken"].clone();
    let user = server.user("kari").await;
    let tx = server.running.db().write_tx().await.unwrap();
    users::end_sessions(&tx, user.id, server.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(server.me(&token).await.status, 401, "sessions ended");

    let token = server.sign_in("kari").await["accessToken"].clone();
    let tx = server.running.db().write_tx().await.unwrap();
    let closed = users::User {
        active: false,
        version: user.version + 1,
        ..user
    };
    assert!(users::update(&tx, &closed).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(server.me(&token).await.status, 401, "account closed");
    server.stop().await;
}

#[tokio::test]
async fn wrong_names_wrong_passwords_and_closed_accounts_get_one_and_the_same_answer() {
    let server = Server::start().await;
    let mut answers = Vec::new();
    for (username, password) in [
        ("kari", "feil passord er feil"),
        ("nobody", PASSWORD),
        ("alex", PASSWORD),
        ("", ""),
    ] {
        let answer = server
            .token(&json!({ "username": username, "password": password }))
            .await;
        assert_eq!(answer.status, 401);
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    server.stop().await;
}

#[tokio::test]
async fn guessing_is_slowed_down_and_told_when_to_come_back() {
    let server = Server::start().await;
    for _ in 0..5 {
        assert_eq!(
            server
                .token(&json!({ "username": "kari", "password": "gjett" }))
                .await
                .status,
            401
        );
    }
    let answer = server.token(&json!({ "username": "kari", "password": PASSWORD })).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (429, &json!("too-many-attempts"))
    );
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    assert_eq!(
        server
            .token(&json!({ "username": "sam", "password": PASSWORD }))
            .await
            .status,
        200
    );
    server.stop().await;
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_second_use_ends_the_session() {
    let server = Server::start().await;
    let first = server.sign_in("kari").await["refreshToken"].clone();
    let second = server.token(&json!({ "refreshToken": first })).await;
    assert_eq!(second.status, 200, "{}", second.text);
    let second = second.json();
    assert_eq!(server.me(&second["accessToken"]).await.status, 200);
    // The thief comes second, or the owner does: the whole family ends.
    let reused = server.token(&json!({ "refreshToken": first })).await;
    assert_eq!(
        (reused.status.as_u16(), &reused.json()["code"]),
        (401, &json!("invalid-refresh-token"))
    );
    let newest = server.token(&json!({ "refreshToken": second["refreshToken"] })).await;
    assert_eq!(newest.status, 401);
    let unknown = server
        .token(&json!({ "grantType": "refresh-token", "refreshToken": "x" }))
        .await;
    assert_eq!(unknown.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn bad_bodies_are_refused_by_pointer() {
    let server = Server::start().await;
    let token = "/api/v1/auth/token";
    let code = |answer: &Answer| {
        (
            answer.status.as_u16(),
            answer.json()["code"].as_str().unwrap().to_owned(),
        )
    };
    let post = async |body: &str| {
        server
            .ask(Method::POST, token, &[("accept-language", "en")], Some(body))
            .await
    };
    assert_eq!(code(&post("{").await), (400, "malformed-json".to_owned()));
    let unknown = post(r#"{"username": "a", "password": "b", "remember": true}"#).await;
    assert_eq!(code(&unknown), (422, "unknown-field".to_owned()));
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/remember");
    let wrong = post(r#"{"username": 7, "password": "b"}"#).await;
    assert_eq!(
        (code(&wrong).0, &wrong.json()["errors"][0]["code"]),
        (422, &json!("wrong-type"))
    );
    assert_eq!(code(&post("{}").await), (422, "invalid-input".to_owned()));
    let large = format!(r#"{{"username": "{}"}}"#, "x".repeat(300 * 1_024));
    assert_eq!(code(&post(&large).await), (413, "body-too-large".to_owned()));
    let text = server
        .ask(Method::POST, token, &[("content-type", "text/plain")], None)
        .await;
    assert_eq!(code(&text), (415, "unsupported-media-type".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_problem_speaks_the_callers_language_and_leads_to_its_page() {
    let server = Server::start().await;
    let session = server.sign_in("sam").await;
    let bearer = format!("Bearer {}", session["accessToken"].as_str().unwrap());
    let ask = async |headers: &[(&str, &str)]| {
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        server
            .ask(Method::GET, "/api/v1/no-such-thing?name=Hemmelig", &all, None)
            .await
    };
    let own = ask(&[]).await;
    assert_eq!((own.status.as_u16(), own.header("content-language")), (404, "en"));
    let asked_for = ask(&[("accept-language", "nn-NO, en;q=0.5")]).await.json();
    assert_eq!(asked_for["title"], "Finnes ikke");
    assert_eq!(asked_for["instance"], "/api/v1/no-such-thing");
    assert!(asked_for.get("requestId").is_none());
    let page = asked_for["type"].as_str().unwrap();
    assert_eq!(page, format!("http://{}/docs/errors/not-found", server.running.addr()));
    let page = server.client.get(page).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("<h1>not-found</h1>"));
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_which_ones_there_are() {
    let server = Server::start().await;
    let answer = server.ask(Method::DELETE, "/api/v1/auth/token", &[], None).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    assert_eq!(answer.json()["code"], "method-not-allowed");
    let session = server.sign_in("kari").await;
    let bearer = format!("Bearer {}", session["accessToken"].as_str().unwrap());
    let answer = server
        .ask(Method::POST, "/api/v1/me", &[("authorization", &bearer)], Some("{}"))
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, PATCH"));
    server.stop().await;
}

#[tokio::test]
async fn every_answer_is_marked_and_guarded() {
    let server = Server::start().await;
    for path in ["/healthz", "/api/v1/me", "/api/docs/", "/docs/errors", "/nowhere"] {
        let answer = server.get(path).await;
        assert!(Uuid::parse_str(answer.header("x-request-id")).is_ok(), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
    }
    assert_eq!(server.get("/api/v1/me").await.header("cache-control"), "no-store");
    server.stop().await;
}

#[tokio::test]
async fn health_tells_what_works_and_metrics_count() {
    let server = Server::start().await;
    assert_eq!(server.get("/healthz").await.json(), json!({ "status": "ok" }));
    let ready = server.get("/readyz").await;
    let checks = json!({
        "database": "ok", "migrations": "ok",
        "dispatcher": "ok", "digests": "ok", "daily": "ok", "webhooks": "ok", "changes": "ok", "housekeeping": "ok", "incidents": "ok", "clocks": "ok", "sealing": "ok",
    });
    assert_eq!((ready.status.as_u16(), &ready.json()["checks"]), (200, &checks));
    server.get("/api/v1/no-such-thing").await;
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains(r#"stafett_http_requests_total{operation="GET /readyz",status="200"} 1"#),
        "{metrics}"
    );
    assert!(
        !metrics.contains("no-such-thing"),
        "a made-up path is no label: {metrics}"
    );
    assert!(
        metrics.contains(r#"stafett_outbox_notices{status="dead"} 0"#),
        "{metrics}"
    );
    server.running.db().close().await.unwrap();
    let ready = server.get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json()["checks"]["database"]),
        (503, &json!("failed"))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_failure_of_ours_hides_its_cause_and_carries_the_request_id() {
    let server = Server::start().await;
    let token = server.sign_in("kari").await["accessToken"].clone();
    server.running.db().close().await.unwrap();
    let answer = server.me(&token).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["code"]), (503, &json!("unavailable")));
    assert_eq!(body["requestId"], answer.header("x-request-id"));
    assert!(
        !answer.text.contains("pool") && !answer.text.contains("closed"),
        "{}",
        answer.text
    );
    server.stop().await;
}

#[tokio::test]
async fn the_reference_needs_nobody_else() {
    let server = Server::start().await;
    let document = server.get("/api/v1/openapi.json").await;
    assert_eq!(
        (document.status.as_u16(), &document.json()["openapi"]),
        (200, &json!("3.1.0"))
    );
    let page = server.get("/api/docs/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        !page.text.contains("http://") && !page.text.contains("https://"),
        "{}",
        page.text
    );
    for line in page.text.lines().filter(|line| line.contains("<script")) {
        assert!(line.contains("src="), "a script stands in the page itself: {line}");
    }
    let settings = server.get("/api/docs/swagger-initializer.js").await;
    assert!(
        settings.text.contains("\"validatorUrl\": \"none\""),
        "{}",
        settings.text
    );
    assert_eq!(server.get("/api/docs/nothing.js").await.status, 404);
    assert_eq!(server.get("/api/docs").await.status, 200, "leads to the page");
    assert_eq!(server.get("/docs/errors/no-such-code").await.status, 404);
    server.stop().await;
}
