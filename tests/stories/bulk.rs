//! Several referrals in one request: each has its verdict, none holds another back, and nothing is done twice.

use e2e::{Answer, App, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::setup::hire;
use crate::telling::{Acts, footprint, id, service_referral};

async fn sent(app: &App<'_>, receiver: &str) -> Answer {
    app.by(Persona::Outreach)
        .post("/referrals", &service_referral(receiver))
        .await
        .expect(201)
}

/// Sent to the district, which has acknowledged it.
async fn taken(app: &App<'_>) -> Answer {
    let sent = sent(app, "bydel-grunerlokka").await;
    app.by(Persona::District)
        .act(&sent, "acknowledge", json!({}))
        .await
        .expect(200)
}

fn item(shown: &Answer) -> Value {
    json!({ "id": id(&shown.json()), "version": shown.json()["version"] })
}

fn statuses(answer: &Answer) -> Vec<u64> {
    answer.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| verdict["status"].as_u64().unwrap())
        .collect()
}

on_both_databases! {
    async fn each_has_its_own_verdict(home: Home) {
        let app = home.start().await;
        let district = app.by(Persona::District);
        let (one, two, fresh, done) = (taken(&app).await, taken(&app).await, sent(&app, "bydel-grunerlokka").await, taken(&app).await);
        let hidden = sent(&app, "bup-oslo").await;
        district.act(&done, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        let declined = district.look(&done).await.expect(200);
        let never = uuid::Uuid::now_v7().to_string();
        let items = json!([
            item(&one),
            { "id": two.json()["reference"], "version": 7 },
            item(&hidden),
            { "id": never, "version": 1 },
            { "id": "no such name", "version": 1 },
            item(&fresh),
            item(&declined),
            { "id": two.json()["reference"], "version": two.json()["version"] },
        ]);
        let assign = json!({ "action": "assign", "input": { "person": "me" }, "items": items });
        let answer = district.post("/referrals/bulk", &assign).await.expect(200);
        assert_eq!(statuses(&answer), [200, 412, 404, 404, 404, 409, 409, 200]);
        let body = answer.json();
        assert_eq!((&body["done"], &body["refused"]), (&2.into(), &6.into()));
        // What one may not know of looks like what never was.
        let problem = |place: usize| body["items"][place]["problem"].clone();
        assert_eq!(problem(2), problem(3));
        assert_eq!(problem(2), problem(4));
        assert_eq!(problem(1)["code"], "stale-version");
        let brief = &body["items"][0]["referral"];
        assert_eq!((&brief["reference"], &brief["version"]), (&one.json()["reference"], &3.into()));
        for shown in [&one, &two] {
            assert_eq!(district.look(shown).await.expect(200).json()["handoff"]["assignee"]["name"], "District Testesen");
        }
        // The sender knows of them, and it is not theirs to do; what is wrong with the input comes last.
        let now = district.look(&one).await.expect(200);
        let by_sender = json!({ "action": "assign", "input": { "person": "me" }, "items": [item(&now)] });
        let by_sender = app.by(Persona::Outreach).post("/referrals/bulk", &by_sender).await.expect(200);
        assert_eq!((statuses(&by_sender), &by_sender.json()["items"][0]["problem"]["code"]), (vec![403], &"not-yours".into()));
        let wrong = json!({ "action": "assign", "input": { "person": "nobody" }, "items": [item(&now), item(&declined)] });
        assert_eq!(statuses(&district.post("/referrals/bulk", &wrong).await.expect(200)), [422, 409]);
        app.finish().await;
    }

    async fn several_are_sent_on_and_never_twice(home: Home) {
        let app = home.start().await;
        let district = app.by(Persona::District);
        let (one, two, gone) = (sent(&app, "bydel-grunerlokka").await, taken(&app).await, taken(&app).await);
        district.act(&gone, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        let forward = json!({
            "action": "forward",
            "input": { "receiver": "bup-oslo", "reason": "Hører hjemme der" },
            "items": [item(&one), item(&gone), item(&two)]
        });
        let first = district.post("/referrals/bulk", &forward).idempotency_key("on").await.expect(200);
        assert_eq!(statuses(&first), [200, 412, 200]);
        let after = footprint(&home).await;
        let again = district.post("/referrals/bulk", &forward).idempotency_key("on").await.expect(200);
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
        assert_eq!(footprint(&home).await, after);
        let mut other = forward.clone();
        other["items"] = json!([item(&one)]);
        district.post("/referrals/bulk", &other).idempotency_key("on").await.problem(422, "idempotency-key-reused");
        let inbox = app.by(Persona::Outsider).get("/referrals?box=inbox").await.expect(200).json();
        assert_eq!(inbox["items"].as_array().unwrap().len(), 2);

        // The server broke before the whole was answered: what was done is found again, the rest is done now.
        home.database().execute("DELETE FROM idempotency WHERE key = 'on'").await;
        let last = "DELETE FROM idempotency WHERE key LIKE 'part-1-%'";
        home.database().execute(last).await;
        let finished = district.post("/referrals/bulk", &forward).idempotency_key("on").await.expect(200);
        assert_eq!((finished.header("idempotent-replayed"), statuses(&finished)), ("", vec![200, 412, 200]));
        let inbox = app.by(Persona::Outsider).get("/referrals?box=inbox").await.expect(200).json();
        assert_eq!(inbox["items"].as_array().unwrap().len(), 2, "no one was sent twice");
        app.finish().await;
    }

    /// A verdict that was told once is told again only to whoever may still know of the referral.
    async fn a_repeated_request_tells_nothing_that_one_may_not_know_any_more(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let worker = hire(&app, &admin, "bydel-grunerlokka", "berit", &["worker"]).await;
        let (one, two) = (taken(&app).await, taken(&app).await);
        let assign = json!({ "action": "assign", "input": { "person": "me" }, "items": [item(&one), { "id": id(&two.json()), "version": 9 }] });
        let first = worker.post("/referrals/bulk", &assign).idempotency_key("mine").await.expect(200);
        assert_eq!(statuses(&first), [200, 412]);
        let again = worker.post("/referrals/bulk", &assign).idempotency_key("mine").await.expect(200);
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
        // She goes to another agency.
        let udi = "/agencies/udi/users/berit";
        let user = admin.get(udi).await.expect(200);
        admin.patch(udi, &json!({ "roles": ["worker"] })).if_match(&user.etag()).await.expect(200);
        let district = "/agencies/bydel-grunerlokka/users/berit";
        let user = admin.get(district).await.expect(200);
        admin.request(reqwest::Method::DELETE, district).if_match(&user.etag()).await.expect(200);
        let gone = worker.post("/referrals/bulk", &assign).idempotency_key("mine").await.expect(200);
        assert_eq!((gone.header("idempotent-replayed"), statuses(&gone)), ("true", vec![404, 404]));
        let said = gone.text();
        assert!(!said.contains(one.json()["reference"].as_str().unwrap()), "{said}");
        app.finish().await;
    }

    async fn the_request_itself_must_be_right(home: Home) {
        let app = home.start().await;
        let district = app.by(Persona::District);
        let one = taken(&app).await;
        let bulk = |action: &str, items: Value| json!({ "action": action, "input": {}, "items": items });
        for (body, pointer) in [
            (bulk("accept", json!([item(&one)])), "/action"),
            (bulk("decline", json!([item(&one)])), "/action"),
            (bulk("juggle", json!([item(&one)])), "/action"),
            (bulk("assign", json!([])), "/items"),
            (bulk("assign", vec![item(&one); 101].into()), "/items"),
            (bulk("assign", json!([{ "id": "x", "version": "1" }])), "/items/0/version"),
        ] {
            let refused = district.post("/referrals/bulk", &body).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer);
        }
        let unknown = json!({ "action": "assign", "items": [], "note": "x" });
        district.post("/referrals/bulk", &unknown).await.problem(422, "unknown-field");
        let body = bulk("assign", json!([item(&one)]));
        app.by(Persona::Admin).post("/referrals/bulk", &body).await.problem(403, "forbidden");
        app.by_nobody().post("/referrals/bulk", &body).await.problem(401, "unauthenticated");
        assert_eq!(district.look(&one).await.expect(200).json()["handoff"]["assignee"], Value::Null);
        app.finish().await;
    }
}
