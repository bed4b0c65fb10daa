//! Opening a referral that is not one's own, in an emergency: for a while, in plain sight, and answered for.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, Client, Home, Persona, SmtpSink, on_both_databases};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::telling::{Acts, PERSONAL, actions, concern_report, id, path, service_referral, with};

fn because(by: &str, value: Value) -> Value {
    with(
        json!({ "agency": "bup-oslo", "reason": "Innlagt i natt, vi må vite hvem som følger opp" }),
        &format!("/{by}"),
        value,
    )
}

async fn break_glass(client: &Client, sent: &Answer) -> Answer {
    client
        .post("/break-glass", &because("referral", sent.json()["reference"].clone()))
        .await
        .expect(201)
}

/// Everything that an answer says, but for the hour and the name of the request.
fn told(answer: &Answer, name: &str) -> (u16, String) {
    (
        answer.status,
        answer
            .text()
            .replace(name, "NAME")
            .replace(answer.header("x-request-id"), "ID"),
    )
}

async fn glasses(client: &Client, agency: &str) -> Vec<Value> {
    let list = client
        .get(&format!("/agencies/{agency}/break-glass"))
        .await
        .expect(200)
        .json();
    list["items"].as_array().unwrap().clone()
}

fn start() -> DateTime<Utc> {
    "2026-11-24T02:00:00Z".parse().unwrap()
}

on_both_databases! {
    /// Whoever breaks the glass reads as a party would, and nothing more; those whose it is hear of it at once.
    async fn an_emergency_opens_one_referral_for_a_while(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, start()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, lead, outsider) = (app.by(Persona::Outreach), app.by(Persona::Lead), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let taken = app.by(Persona::ChildWelfare).act(&sent, "accept", json!({})).await.expect(200);
        home.outbox_is_drained().await;
        let heard = sink.mails().len();
        let place = path(&sent);
        let before = outsider.get(&place).await;
        before.problem(404, "not-found");
        let glass = break_glass(&outsider, &sent).await.json();
        assert_eq!((&glass["state"]["code"], &glass["needsSecond"], &glass["until"]), (&json!("open"), &json!(false), &json!("2026-11-24T03:00:00Z")));
        let seen = outsider.get(&place).await.expect(200);
        assert_eq!(seen.json()["person"]["alias"], "Kråka");
        assert_eq!(seen.etag(), taken.etag(), "a broken glass changes no version");
        assert_eq!((actions(&seen.json()), &seen.json()["case"]), (Vec::new(), &json!(null)));
        for part in ["/timeline", "/messages"] {
            outsider.get(&format!("{place}{part}")).await.expect(200);
        }
        // It is no part in it: nothing can be done, lists and searches stay empty, and the log of looks is not theirs.
        outsider.act(&seen, "acknowledge", json!({})).await.problem(404, "not-found");
        outsider.post(&format!("{place}/messages"), &json!({ "text": "Hei" })).await.problem(404, "not-found");
        outsider.get(&format!("{place}/access-log")).await.problem(404, "not-found");
        assert_eq!(crate::telling::ids(&outsider.get("/referrals?box=all").await.expect(200).json()), Vec::<String>::new());
        // Nobody else of that agency sees more than before.
        app.by(Persona::District).get(&place).await.problem(404, "not-found");
        // Whose it is reads in the log, in the timeline and in the mail that somebody did.
        let log = outreach.get(&format!("{place}/access-log")).await.expect(200).json();
        assert_eq!((&log["items"][0]["why"]["code"], &log["items"][0]["agency"]["slug"]), (&json!("break-glass"), &json!("bup-oslo")));
        let timeline = crate::telling::timeline(&outreach, &sent).await;
        let entry = timeline.iter().find(|entry| entry["kind"] == "glass").unwrap();
        assert_eq!((&entry["actor"]["agency"]["slug"], &entry["title"]), (&json!("bup-oslo"), &json!("Glass broken")));
        home.outbox_is_drained().await;
        let mails = sink.mails().split_off(heard);
        let subjects: Vec<_> = mails.iter().map(|mail| (mail.to.clone(), mail.subject())).collect();
        let told_of = |to: &str, words: &str| subjects.iter().any(|(whom, subject)| whom == &[to.to_owned()] && subject.contains(words));
        assert!(told_of("lead@stafett.test", "glass was broken"), "{subjects:?}");
        assert!(told_of(&e2e::mailbox("uteseksjonen"), "Nødtilgang er tatt i bruk"), "a unit without a lead: {subjects:?}");
        for mail in &mails {
            for word in PERSONAL.iter().filter(|word| **word != "Testesen").chain(&["BUP", "Innlagt"]) {
                assert!(!mail.mentions(word), "{word}: {}", mail.text());
            }
        }
        let listed = glasses(&lead, "barnevernvakten").await;
        assert_eq!((&listed[0]["user"]["name"], &listed[0]["reason"], &listed[0]["ours"]), (&json!("Outsider Testesen"), &json!("Innlagt i natt, vi må vite hvem som følger opp"), &json!(true)));
        // An hour later it is as if nothing had been.
        clock.set(start() + TimeDelta::hours(1));
        let after = outsider.get(&place).await;
        assert_eq!(told(&after, &place), told(&before, &place));
        for part in ["", "/timeline", "/messages"] {
            outsider.get(&format!("{place}{part}")).header("if-none-match", &seen.etag()).await.problem(404, "not-found");
        }
        assert_eq!(outsider.get("/break-glass").await.expect(200).json()["items"][0]["state"]["code"], "ended");
        app.finish().await;
    }

    /// A lead of those whose it is reviews it, once; what was not justified ends at once.
    async fn a_lead_answers_for_it(home: Home) {
        let app = home.start().await;
        let (outreach, lead, outsider) = (app.by(Persona::Outreach), app.by(Persona::Lead), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        app.by(Persona::ChildWelfare).act(&sent, "accept", json!({})).await.expect(200);
        let glass = id(&break_glass(&outsider, &sent).await.json());
        let review = |agency: &str| format!("/agencies/{agency}/break-glass/{glass}/review");
        let found = json!({ "finding": "not-justified", "note": "Ingen innleggelse er kjent hos avdelingen" });
        app.by(Persona::ChildWelfare).put(&review("barnevernvakten"), &found).await.problem(403, "forbidden");
        outsider.put(&review("bup-oslo"), &found).await.problem(403, "forbidden");
        lead.put(&review("bup-oslo"), &found).await.problem(403, "forbidden");
        lead.put(&review("barnevernvakten"), &json!({ "finding": "not-justified", "note": "" })).await.problem(422, "invalid-input");
        lead.put(&format!("/agencies/barnevernvakten/break-glass/{}/review", Uuid::now_v7()), &found).await.problem(404, "not-found");
        outsider.get(&path(&sent)).await.expect(200);
        let reviewed = lead.put(&review("barnevernvakten"), &found).await.expect(200).json();
        assert_eq!((&reviewed["finding"]["code"], &reviewed["state"]["code"]), (&json!("not-justified"), &json!("ended")));
        outsider.get(&path(&sent)).await.problem(404, "not-found");
        lead.put(&review("barnevernvakten"), &found).await.problem(409, "action-not-allowed-now");
        let open = lead.get("/agencies/barnevernvakten/break-glass?unreviewed=true").await.expect(200).json();
        assert_eq!(open["items"], json!([]));
        assert_eq!(glasses(&lead, "barnevernvakten").await[0]["review"]["note"], "Ingen innleggelse er kjent hos avdelingen");
        app.finish().await;
    }

    /// Nobody reviews it: its leads are told again and again, once each time, also after a restart.
    async fn its_clock_tells_until_somebody_has_reviewed(kind: DatabaseKind) {
        let (mut home, clock) = Home::with_clock(kind, start()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        app.by(Persona::ChildWelfare).act(&sent, "accept", json!({})).await.expect(200);
        let glass = id(&break_glass(&app.by(Persona::Outsider), &sent).await.json());
        home.outbox_is_drained().await;
        app.stop().await;
        let told = "SELECT count(*) FROM events WHERE kind = 'glass'";
        assert_eq!(home.database().number(told).await, 1);
        for (hours, times) in [(73, 2), (110, 3)] {
            clock.set(start() + TimeDelta::hours(hours));
            let app = home.start().await;
            let enough = async {
                // Its clock tells nobody outside but those whom it writes to.
                let mut tick = tokio::time::interval(Duration::from_millis(20));
                while home.database().number(told).await < times {
                    tick.tick().await;
                }
            };
            assert!(tokio::time::timeout(Duration::from_secs(20), enough).await.is_ok(), "{times}");
            app.finish().await;
            assert_eq!(home.database().number(told).await, times, "once each time");
        }
        let app = home.start().await;
        let found = json!({ "finding": "justified", "note": "Innleggelsen er bekreftet av avdelingen" });
        app.by(Persona::Lead).put(&format!("/agencies/barnevernvakten/break-glass/{glass}/review"), &found).await.expect(200);
        assert_eq!(home.database().number("SELECT count(*) FROM glasses WHERE next_notice_at IS NOT NULL").await, 0);
        app.finish().await;
    }

    /// For a strictly confidential person a second one must agree, and it is not whoever asks.
    async fn a_strictly_confidential_person_takes_two(home: Home) {
        let app = home.start().await;
        let (outreach, lead, outsider) = (app.by(Persona::Outreach), app.by(Persona::Lead), app.by(Persona::Outsider));
        let hidden = with(concern_report(), "/person/addressProtection", json!("strictly-confidential"));
        let sent = outreach.post("/referrals", &hidden).await.expect(201);
        app.by(Persona::ChildWelfare).because("Tok imot i natt").act(&sent, "accept", json!({})).await.expect(200);
        // By number there is nobody.
        let by_number = because("identifier", json!({ "type": "fnr", "value": "17912099997" }));
        outsider.post("/break-glass", &by_number).await.problem(404, "not-found");
        let asked = break_glass(&outsider, &sent).await.json();
        assert_eq!((&asked["state"]["code"], &asked["until"]), (&json!("waiting"), &json!(null)));
        outsider.get(&path(&sent)).await.problem(404, "not-found");
        let decision = format!("/agencies/barnevernvakten/break-glass/{}/decision", id(&asked));
        // The reason tells of the youth: whoever reads it says why, and whoever wrote it is shown none.
        let silent = glasses(&lead, "barnevernvakten").await;
        assert_eq!((silent.len(), &silent[0]["reason"]), (1, &json!(null)));
        let told = glasses(&lead.because("Noen vil se det"), "barnevernvakten").await;
        assert!(told[0]["reason"].is_string(), "{told:#?}");
        let own = outsider.get("/break-glass").await.expect(200).json();
        assert_eq!((&own["items"][0]["id"], &own["items"][0]["reason"]), (&asked["id"], &json!(null)), "{own}");
        let agreed = lead.put(&decision, &json!({ "agrees": true })).await.expect(200).json();
        assert_eq!(agreed["state"]["code"], "open");
        outsider.get(&path(&sent)).await.expect(200);
        lead.put(&decision, &json!({ "agrees": false })).await.problem(409, "action-not-allowed-now");
        app.finish().await;
    }

    /// By the youth's exact number; a miss is written down; whoever takes part needs none; a repeated request breaks nothing twice.
    async fn it_is_found_exactly_or_not_at_all(home: Home) {
        let app = home.start().await;
        let (outreach, outsider) = (app.by(Persona::Outreach), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let draft = outreach.post("/referrals", &with(service_referral("bydel-grunerlokka"), "/send", json!(false))).await.expect(201);
        let number = because("identifier", json!({ "type": "fnr", "value": "17912099997" }));
        let broken = outsider.post("/break-glass", &number).idempotency_key("one").await.expect(201);
        assert_eq!(broken.json()["referral"]["reference"], sent.json()["reference"]);
        let again = outsider.post("/break-glass", &number).idempotency_key("one").await.expect(201);
        assert_eq!(again.text(), broken.text());
        assert_eq!(home.database().number("SELECT count(*) FROM glasses").await, 1);
        // A draft is nobody's but its writer's, and an unknown name is the name of nothing.
        for nothing in [draft.json()["reference"].clone(), json!(Uuid::now_v7()), json!("not a reference")] {
            let missed = outsider.post("/break-glass", &because("referral", nothing.clone())).await;
            missed.problem(404, "not-found");
        }
        assert!(home.database().number("SELECT count(*) FROM looks WHERE looked_at = 'search' AND referral_id IS NULL").await >= 2);
        let theirs = with(because("referral", sent.json()["reference"].clone()), "/agency", json!("uteseksjonen"));
        outreach.post("/break-glass", &theirs).await.problem(422, "invalid-input");
        for (body, status) in [
            (with(number.clone(), "/referral", json!("K7QF-2M")), 422),
            (json!({ "agency": "bup-oslo", "reason": "Innlagt i natt, vi må vite hvem" }), 422),
            (with(number.clone(), "/reason", json!("haster")), 422),
            (with(number.clone(), "/agency", json!("nowhere")), 422),
            (with(number, "/agency", json!("barnevernvakten")), 403),
        ] {
            assert_eq!(outsider.post("/break-glass", &body).await.status, status, "{body}");
        }
        for persona in [Persona::Coordinator, Persona::Auditor, Persona::Admin] {
            let body = because("referral", sent.json()["reference"].clone());
            app.by(persona).post("/break-glass", &body).await.problem(403, "forbidden");
        }
        app.finish().await;
    }
}
