//! Limits draw near and are missed, and whoever should hear of it does: once, in order, whatever happens to the server.

use std::{path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, App, Client, Home, PATIENCE, Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::reconcile;

use stafett_workflow::definition::builtin;

use crate::telling::{Acts, concern_report, service_referral, tells_nothing, timeline, with};

const FIRED: &str = "('clock-warned', 'clock-breached', 'clock-escalated', 'clock-reminded')";

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))
}

/// How often clocks have fired, all in all.
async fn fired(home: &Home) -> i64 {
    let query = format!("SELECT count(*) FROM events WHERE kind IN {FIRED}");
    home.database().number(&query).await
}

/// Waits until clocks have fired so often, and sees that it is not more.
pub(crate) async fn fired_so_often(home: &Home, times: i64) {
    let enough = async {
        // The clocks tell nobody outside but those whom they write to.
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while fired(home).await < times {
            tick.tick().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, enough).await;
    assert!(in_time.is_ok(), "{} of {times}", fired(home).await);
    assert_eq!(fired(home).await, times);
}

async fn agrees(home: &Home) {
    let db = home.unlocked().await;
    let report = reconcile::run(&db, &builtin().unwrap()).await.unwrap();
    assert_eq!(report.findings, []);
    db.close().await.unwrap();
}

/// What clocks did to a referral, in order.
async fn told(client: &Client, shown: &Answer) -> Vec<String> {
    let log = timeline(client, shown).await;
    let kinds = log
        .iter()
        .filter(|entry| FIRED.contains(entry["kind"].as_str().unwrap()));
    kinds.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn clock(shown: &Answer, name: &str) -> Value {
    let clocks = shown.json()["handoff"]["clocks"].as_array().unwrap().clone();
    clocks.into_iter().rfind(|clock| clock["id"] == name).unwrap()
}

#[track_caller]
fn at(clock: &Value, field: &str) -> DateTime<Utc> {
    clock[field].as_str().unwrap().parse().unwrap()
}

/// The last mail, when so many have come. Time may be moved on then: a mail whose sending is not written down yet would
/// come again when its lease has run out.
async fn mail(home: &Home, sink: &SmtpSink, number: usize) -> (String, String) {
    let mails = sink.wait_for(number, PATIENCE).await;
    home.outbox_is_drained().await;
    assert_eq!(mails.len(), number);
    (mails[number - 1].to[0].clone(), mails[number - 1].text())
}

/// Fourteen referrals, so that a batch of deadlines is due at once.
async fn many(app: &App<'_>) -> Vec<Answer> {
    let mut sent = Vec::new();
    for _ in 0..14 {
        let body = service_referral("bydel-grunerlokka");
        sent.push(app.by(Persona::Outreach).post("/referrals", &body).await.expect(201));
    }
    sent
}

on_both_databases! {
    async fn silence_climbs_the_chain_until_somebody_takes_it(kind: DatabaseKind) {
        let (mut home, time) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        assert_eq!(mail(&home, &sink, 1).await.0, mailbox("bydel-grunerlokka"));
        let answer = clock(&sent, "answer");
        assert_eq!((&answer["status"], at(&answer, "nextNoticeAt")), (&json!("running"), at(&answer, "warnAt")));
        // At the instant itself it is not time yet.
        time.set(at(&answer, "warnAt"));
        time.advance(TimeDelta::microseconds(1));
        let (to, text) = mail(&home, &sink, 2).await;
        assert_eq!(to, mailbox("bydel-grunerlokka"));
        assert!(text.contains("Regnes som for sent fra: tor 26. nov. kl. 10:00"), "{text}");
        assert_eq!(clock(&district.look(&sent).await.expect(200), "answer")["status"], "warned");

        let breach = at(&answer, "dueAt") + TimeDelta::seconds(1);
        let chain = [
            ("bydel-grunerlokka", "fordi dere har mottatt"),
            ("bydel-grunerlokka", "leder enheten som har mottatt"),
            ("uteseksjonen", "fordi dere sendte"),
            ("uteseksjonen", "leder enheten som sendte"),
            ("oslo-kommune", "kommunen samordner"),
            // Everybody has been told: the last one is told again.
            ("oslo-kommune", "kommunen samordner"),
        ];
        for (days, (whom, why)) in (0..).zip(chain) {
            // A reminder counts from the last time that somebody was told.
            time.set(breach + TimeDelta::days(days) + TimeDelta::seconds(days));
            let mails = sink.wait_for(usize::try_from(days).unwrap() + 3, PATIENCE).await;
            home.outbox_is_drained().await;
            let last = mails.last().unwrap();
            tells_nothing(last, whom, &[]);
            assert!(last.text().contains(why), "{}", last.text());
            assert!(last.text().contains("Fristen var: tor 26. nov. kl. 10:00"), "{}", last.text());
        }
        let now = district.look(&sent).await.expect(200);
        assert_eq!(now.etag(), sent.etag(), "what was read may still be acted upon");
        let late = clock(&now, "answer");
        assert_eq!((&late["status"], &late["escalationLevel"], &late["overdue"]), (&json!("overdue"), &json!(5), &json!(true)));
        let kinds = told(&outreach, &sent).await;
        let mut expected = vec!["clock-warned", "clock-breached"];
        expected.extend(["clock-escalated"; 4]);
        expected.push("clock-reminded");
        assert_eq!(kinds, expected);
        let log = timeline(&outreach, &sent).await;
        let escalated = log.iter().find(|entry| entry["kind"] == "clock-escalated").unwrap();
        assert_eq!(escalated["actor"], Value::Null);
        assert_eq!(escalated["title"], "Deadline still missed: Answer the referral – passed on to the receiver's lead (Bydel Grünerløkka)");
        // Told is not let in.
        app.by(Persona::Coordinator).look(&sent).await.expect(404);
        app.by(Persona::Coordinator).get("/reports/overdue/referrals").await.problem(403, "forbidden");

        // The version that the receiver saw before all this is still good.
        let taken = district.act(&sent, "accept", json!({})).await.expect(200);
        assert_eq!((&clock(&taken, "answer")["status"], &clock(&taken, "answer")["nextNoticeAt"]), (&json!("missed"), &Value::Null));
        let before = fired(&home).await;
        time.advance(TimeDelta::days(3));
        fired_so_often(&home, before).await;
        app.finish().await;
        agrees(&home).await;
    }

    async fn a_lead_hears_at_an_address_of_their_own(kind: DatabaseKind) {
        let (mut home, time) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        home.database().execute("UPDATE users SET email = 'leder@vakten.test', language = 'en' WHERE username = 'lead'").await;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let review = clock(&sent, "review");
        mail(&home, &sink, 1).await;
        assert_eq!(at(&review, "dueAt"), monday() + TimeDelta::hours(1));
        time.set(at(&review, "dueAt") + TimeDelta::seconds(1));
        // The limit was missed before anybody could be warned: the warning is left out.
        let (to, _) = mail(&home, &sink, 2).await;
        assert_eq!(to, mailbox("barnevernvakten"));
        time.advance(TimeDelta::hours(1));
        let (to, text) = mail(&home, &sink, 3).await;
        assert_eq!(to, "leder@vakten.test");
        assert!(text.contains("you lead the unit that has received the referral"), "{text}");
        app.finish().await;
        agrees(&home).await;
    }

    /// While the lead is away the chain does not end at an empty desk: whoever stands in hears, and is told why.
    async fn while_a_lead_is_away_whoever_stands_in_hears(kind: DatabaseKind) {
        let (mut home, time) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        let away = |user: &str, deputy: &str, hours: i64| json!({ "user": user, "deputy": deputy,
            "from": monday().to_rfc3339(), "to": (monday() + TimeDelta::hours(hours)).to_rfc3339() });
        let place = "/agencies/barnevernvakten/deputies";
        // The deputy is away as well for a while, and the chain goes on to the next.
        lead.post(place, &away("lead", "colleague", 30)).await.expect(201);
        lead.post(place, &away("colleague", "child-welfare", 3)).await.expect(201);
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        mail(&home, &sink, 1).await;
        time.set(at(&clock(&sent, "review"), "dueAt") + TimeDelta::seconds(1));
        assert_eq!(mail(&home, &sink, 2).await.0, mailbox("barnevernvakten"), "the unit first");
        time.advance(TimeDelta::hours(1));
        let (to, text) = mail(&home, &sink, 3).await;
        assert_eq!(to, "child-welfare@stafett.test");
        assert!(text.contains("because the lead is away, and you stand in"), "{text}");
        // Whoever stood in is back to being a colleague, and the lead hears again.
        let second = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let before = sink.mails().len();
        time.set(monday() + TimeDelta::hours(40));
        let enough = async {
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            while !sink.mails().iter().any(|mail| mail.to == ["lead@stafett.test"]) {
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
        assert!(sink.mails()[before..].iter().all(|mail| mail.to != ["child-welfare@stafett.test"]));
        assert_eq!(second.status, 201);
        app.finish().await;
        agrees(&home).await;
    }

    async fn days_without_a_server_are_caught_up_at_once(kind: DatabaseKind) {
        let (mut home, time) = Home::with_clock(kind, monday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        mail(&home, &sink, 1).await;
        app.finish().await;
        time.advance(TimeDelta::days(30));
        let app = home.start().await;
        let mails = sink.wait_for(4, PATIENCE).await;
        app.finish().await;
        // Nobody gets two of them: whoever reads the unit's mailbox has read what its lead would have read there.
        let mut whom: Vec<_> = mails[1..].iter().map(|mail| mail.to[0].clone()).collect();
        whom.sort();
        assert_eq!(whom, ["bydel-grunerlokka", "oslo-kommune", "uteseksjonen"].map(mailbox));
        // And the next start finds nothing left to tell.
        let app = home.start().await;
        assert_eq!(told(&app.by(Persona::Outreach), &sent).await,
            ["clock-breached", "clock-escalated", "clock-escalated", "clock-escalated", "clock-escalated"]);
        time.advance(TimeDelta::hours(23));
        app.finish().await;
        assert_eq!(fired(&home).await, 5);
        assert_eq!(sink.mails().len(), 4);
        agrees(&home).await;
    }

    async fn two_servers_tell_once(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, monday()).await;
        let (one, other) = (home.start().await, home.start().await);
        let sent = many(&one).await;
        let all = i64::try_from(sent.len()).unwrap();
        time.set(at(&clock(&sent[0], "answer"), "warnAt") + TimeDelta::minutes(1));
        fired_so_often(&home, all).await;
        time.set(at(&clock(&sent[0], "answer"), "dueAt") + TimeDelta::minutes(1));
        fired_so_often(&home, 2 * all).await;
        one.finish().await;
        other.finish().await;
        for kind in ["clock-warned", "clock-breached"] {
            let query = format!("SELECT count(DISTINCT referral_id) FROM events WHERE kind = '{kind}'");
            assert_eq!(home.database().number(&query).await, all);
        }
        assert_eq!(fired(&home).await, 2 * all);
        agrees(&home).await;
    }

    async fn killed_while_it_tells(kind: DatabaseKind) {
        // Written long ago, by a server that was gone before anything was due.
        let (home, time) = Home::with_clock(kind, Utc::now() - TimeDelta::days(60)).await;
        let app = home.start().await;
        let sent = many(&app).await;
        app.finish().await;
        time.set(Utc::now());
        let all = i64::try_from(sent.len()).unwrap() * 5;
        for enough in [1, all / 2] {
            let server = home.start_process(program()).await;
            let some = async {
                let mut tick = tokio::time::interval(Duration::from_millis(5));
                while fired(&home).await < enough {
                    tick.tick().await;
                }
            };
            tokio::time::timeout(PATIENCE, some).await.unwrap();
            server.kill().await;
            assert_eq!(fired(&home).await % 5, 0, "a referral's clocks are run as one");
        }
        let server = home.start_process(program()).await;
        fired_so_often(&home, all).await;
        server.stop().await;
        for shown in &sent {
            let id = shown.json()["id"].as_str().unwrap().to_owned();
            let reference = shown.json()["reference"].as_str().unwrap().to_owned();
            let query = format!("SELECT count(*) FROM events e JOIN referrals r ON r.id = e.referral_id \
                WHERE r.reference = '{reference}' AND e.kind = 'clock-breached'");
            assert_eq!(home.database().number(&query).await, 1, "{id}");
        }
        agrees(&home).await;
    }

    async fn what_stops_in_the_moment_that_it_fires_does_one_or_the_other(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let sent = many(&app).await;
        let district = app.by(Persona::District);
        let accepts = sent.iter().map(|shown| district.act(shown, "accept", json!({}))).collect();
        let fires = async { time.set(at(&clock(&sent[0], "answer"), "dueAt") + TimeDelta::minutes(1)) };
        let (answers, ()) = tokio::join!(crate::telling::all_at_once(accepts), fires);
        for (shown, answer) in sent.iter().zip(answers) {
            // Clocks never make what somebody has read stale.
            answer.expect(200);
            let log = timeline(&district, shown).await;
            let place = |kind: &str| log.iter().rposition(|entry| entry["kind"] == kind);
            let taken = log.iter().position(|entry| entry["action"] == "accept").unwrap();
            assert!(place("clock-breached").is_none_or(|breached| breached < taken));
        }
        app.finish().await;
        agrees(&home).await;
    }

    async fn a_second_thought_does_not_tell_twice(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let answer = clock(&sent, "answer");
        time.set(at(&answer, "dueAt") + TimeDelta::minutes(1));
        fired_so_often(&home, 1).await;
        let taken = district.act(&sent, "accept", json!({})).await.expect(200);
        time.advance(TimeDelta::minutes(5));
        let back = district.act(&taken, "undo", json!({})).await.expect(200);
        let restored = clock(&back, "answer");
        assert_eq!((&restored["status"], &restored["escalationLevel"]), (&json!("overdue"), &json!(1)));
        assert_eq!(at(&restored, "nextNoticeAt"), at(&answer, "dueAt") + TimeDelta::days(1));
        time.set(at(&restored, "nextNoticeAt") + TimeDelta::seconds(1));
        fired_so_often(&home, 2).await;
        assert_eq!(told(&outreach, &sent).await, ["clock-breached", "clock-escalated"]);
        app.finish().await;
        agrees(&home).await;
    }

    async fn the_nights_when_the_clock_is_changed_have_the_hours_they_have(kind: DatabaseKind) {
        // Half past two in Oslo, an hour before it is half past two again; and in March, half an hour before two becomes three.
        for (start, words) in [("2026-10-25T00:30:00Z", "søn 25. okt. kl. 02:30"), ("2027-03-28T00:30:00Z", "søn 28. mars kl. 03:30")] {
            let (mut home, time) = Home::with_clock(kind, start.parse().unwrap()).await;
            let sink = SmtpSink::start().await;
            home.send_mail_to(&sink);
            let app = home.start().await;
            let report = with(concern_report(), "/urgency", json!("emergency"));
            let sent = app.by(Persona::Outreach).post("/referrals", &report).await.expect(201);
            let review = clock(&sent, "review");
            mail(&home, &sink, 1).await;
            time.set(at(&review, "warnAt") + TimeDelta::seconds(1));
            let (_, text) = mail(&home, &sink, 2).await;
            assert!(text.contains(&format!("Regnes som for sent fra: {words}")), "{text}");
            time.set(at(&review, "dueAt"));
            time.advance(TimeDelta::seconds(1));
            let (_, text) = mail(&home, &sink, 3).await;
            assert!(text.contains(&format!("Fristen var: {words}")), "{text}");
            app.finish().await;
            agrees(&home).await;
        }
    }
}
