//! Whether a mailbox works: a test mail at once, with what the mail server says.

use std::time::Duration;

use e2e::{
    Home, Persona, SmtpSink, mailbox, on_both_databases,
    smtp::{Fault, Stage},
};
use serde_json::json;

use crate::setup::hire;

const PLACE: &str = "/agencies/bydel-grunerlokka/mailboxes/test";

on_both_databases! {
    async fn whoever_sets_a_mailbox_up_sees_what_the_mail_server_says(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let own = hire(&app, &admin, "bydel-grunerlokka", "astrid", &["agency-admin"]).await;
        let taken = own.post(PLACE, &json!({})).await.expect(200).json();
        assert_eq!((&taken["to"], &taken["taken"]), (&json!(mailbox("bydel-grunerlokka")), &json!(true)));
        assert!(taken["reply"].as_str().unwrap().starts_with("250"), "{taken}");
        let mails = sink.wait_for(1, Duration::from_secs(10)).await;
        assert_eq!(mails[0].subject(), "[Stafett] Prøve av postkassen");
        // It is no notice: nothing waits in the outbox, and a refusal is told, not tried again.
        assert_eq!(home.database().number("SELECT count(*) FROM outbox").await, 0);
        sink.plan(Fault::Answer(Stage::RcptTo, 550), 1);
        let refused = own.post(PLACE, &json!({ "mailbox": "unit" })).await.expect(200).json();
        assert_eq!(refused["taken"], false);
        assert!(refused["reply"].as_str().unwrap().contains("550"), "{refused}");
        // Nobody has entered an address of whoever is on call.
        let missing = own.post(PLACE, &json!({ "mailbox": "onCall" })).await.problem(422, "invalid-input");
        assert_eq!(missing["errors"][0]["pointer"], "/mailbox");
        own.post(PLACE, &json!({ "mailbox": "mine" })).await.problem(422, "invalid-input");
        app.by(Persona::District).post(PLACE, &json!({})).await.problem(403, "forbidden");
        app.by(Persona::District).post(PLACE, &json!({ "mailbox": "mine" })).await.problem(403, "forbidden");
        let tested = home.database().texts("SELECT action FROM audit WHERE action = 'mailbox-tested'").await;
        assert_eq!(tested.len(), 2);
        app.finish().await;
    }

    async fn nobody_fills_a_mailbox_with_tests(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        for _ in 0..5 {
            let taken = admin.post(PLACE, &json!({})).await.expect(200).json();
            assert_eq!(taken["taken"], true);
        }
        let many = admin.post(PLACE, &json!({})).await;
        many.problem(429, "too-many-attempts");
        assert!(many.header("retry-after").parse::<u32>().unwrap() > 0);
        // Another agency's mailbox is another matter.
        admin.post("/agencies/barnevernvakten/mailboxes/test", &json!({})).await.expect(200);
        app.finish().await;
    }

    /// Whoever tries a demo reads what units would have got; where real lives are there is no such page.
    async fn a_demo_shows_what_it_has_written_and_production_shows_nothing(kind: DatabaseKind) {
        let home = Home::with_clock(kind, chrono::Utc::now()).await.0;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &crate::telling::concern_report()).await.expect(201);
        home.outbox_is_drained().await;
        let page = |path: &str| reqwest::get(format!("{}{path}", app.url()));
        let listed = page("/dev/mail").await.unwrap().text().await.unwrap();
        let reference = sent.json()["reference"].as_str().unwrap().to_owned();
        assert!(listed.contains(&reference) && listed.contains(&mailbox("barnevernvakten")), "{listed}");
        let link = listed.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let letter = page(&link).await.unwrap();
        assert!(letter.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(letter.text().await.unwrap().contains("<iframe sandbox"));
        for path in ["/dev/mail/..%2f..%2fkey", "/dev/mail/none.eml", "/dev/mail/x"] {
            assert_eq!(page(path).await.unwrap().status(), 404, "{path}");
        }
        app.finish().await;
        let home = Home::of_production(kind).await;
        let app = home.start().await;
        assert_eq!(reqwest::get(format!("{}/dev/mail", app.url())).await.unwrap().status(), 404);
        app.finish().await;
    }
}
