//! Agencies agree on how soon the one answers the other: two parties and two people make an agreement, and what is sent
//! while it is in force has its limits. No limit of the law moves.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, App, Client, Home, Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::reconcile;
use stafett_workflow::definition::builtin;

use crate::setup::hire;
use crate::telling::{Acts, concern_report, service_referral, timeline, with};

fn tuesday() -> DateTime<Utc> {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

fn place(agency: &str) -> String {
    format!("/agencies/{agency}/agreements")
}

fn of(shown: &Answer, agency: &str) -> String {
    format!("{}/{}", place(agency), shown.json()["id"].as_str().unwrap())
}

fn proposal(from: &str, [sender, receiver]: [&str; 2], limits: Value) -> Value {
    json!({ "sender": sender, "receiver": receiver, "reference": "2026/418", "limits": limits, "validFrom": from })
}

async fn change(by: &Client, agency: &str, shown: &Answer, action: &str) -> Answer {
    let path = format!("{}/transitions", of(shown, agency));
    by.post(&path, &json!({ "action": action }))
        .if_match(&shown.etag())
        .attempt()
        .await
        .unwrap()
}

/// The lead of an agency, hired for the story.
async fn lead(app: &App<'_>, agency: &str) -> Client {
    hire(
        app,
        &app.by(Persona::Admin),
        agency,
        &format!("leder-{agency}"),
        &["lead"],
    )
    .await
}

/// An agreement between two, proposed by the one and approved by the other.
pub(crate) async fn agree(app: &App<'_>, from: &str, parties: [&str; 2], limits: Value) -> Answer {
    let (sends, receives) = (lead(app, parties[0]).await, lead(app, parties[1]).await);
    let body = proposal(from, parties, limits);
    let proposed = sends.post(&place(parties[0]), &body).await.expect(201);
    change(&receives, parties[1], &proposed, "approve").await.expect(200)
}

#[track_caller]
fn clock(shown: &Answer, name: &str) -> Value {
    let clocks = shown.json()["handoff"]["clocks"].as_array().unwrap().clone();
    clocks
        .into_iter()
        .rfind(|clock| clock["id"] == name)
        .unwrap_or(Value::Null)
}

async fn agrees(home: &Home) {
    let db = home.unlocked().await;
    let report = reconcile::run(&db, &builtin().unwrap()).await.unwrap();
    assert!(report.agrees(), "{report:#?}");
    db.close().await.unwrap();
}

fn limits() -> Value {
    json!({
        "acknowledge": { "urgent": "2 hours" },
        "answer": { "emergency": "6 hours", "urgent": "1 working day", "routine": "5 working days" },
        "first-contact": { "urgent": "2 days" },
        "answer-question": { "urgent": "3 hours" }
    })
}

on_both_databases! {
    /// Each step is told to the other party: to its administrators, or where it has none with an address, to its mailbox.
    async fn the_other_party_hears_of_each_step(kind: DatabaseKind) {
        let (mut home, _time) = Home::with_clock(kind, tuesday()).await;
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (ours, theirs) = (lead(&app, "uteseksjonen").await, lead(&app, "barnevernvakten").await);
        let body = proposal("2026-11-24", ["uteseksjonen", "barnevernvakten"], limits());
        let mut told = 0;
        let mut next = async |to: &str, subject: &str| {
            told += 1;
            let mails = sink.wait_for(told, std::time::Duration::from_secs(20)).await;
            let mail = &mails[told - 1];
            assert_eq!((mail.subject(), mail.to.join(",")), (format!("[Stafett] {subject}"), to.to_owned()));
            // Nothing of what was agreed, with whom, or under which number.
            for word in ["418", "Uteseksjonen", "working", "virkedag"] {
                assert!(!mail.text().contains(word) || to.contains("uteseksjonen"), "{word}: {}", mail.text());
            }
        };
        let child_welfare = mailbox("barnevernvakten");
        let outreach = mailbox("uteseksjonen");
        let first = ours.post(&place("uteseksjonen"), &body).idempotency_key("once").await.expect(201);
        ours.post(&place("uteseksjonen"), &body).idempotency_key("once").await.expect(201);
        next(&child_welfare, "Forslag til avtale om frister venter svar").await;
        change(&ours, "uteseksjonen", &first, "withdraw").await.expect(200);
        next(&child_welfare, "Forslaget til avtale om frister er trukket tilbake").await;
        let second = ours.post(&place("uteseksjonen"), &body).await.expect(201);
        next(&child_welfare, "Forslag til avtale om frister venter svar").await;
        change(&theirs, "barnevernvakten", &second, "reject").await.expect(200);
        next(&outreach, "Forslaget til avtale om frister er avvist").await;

        // From now on there is an administrator with an address, who reads English.
        let admin = app.by(Persona::Admin);
        let new = json!({
            "username": "turid", "displayName": "Turid Nilsen", "roles": ["agency-admin"], "language": "en",
            "email": "turid@barnevernvakten.test"
        });
        admin.post("/agencies/barnevernvakten/users", &new).await.expect(201);
        let third = ours.post(&place("uteseksjonen"), &body).await.expect(201);
        next("turid@barnevernvakten.test", "A proposed agreement on deadlines awaits your answer").await;
        let approved = change(&theirs, "barnevernvakten", &third, "approve").await.expect(200);
        next(&outreach, "Avtalen om frister er godkjent").await;
        change(&ours, "uteseksjonen", &approved, "end").await.expect(200);
        next("turid@barnevernvakten.test", "The agreement on deadlines has ended").await;
        agrees(&home).await;
        app.finish().await;
    }

    /// Whoever asks the router for their own agency is told the limit that will run.
    async fn what_was_agreed_is_told_before_anything_is_sent(kind: DatabaseKind) {
        let (home, _time) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let parties = ["uteseksjonen", "bydel-grunerlokka"];
        agree(&app, "2026-11-24", parties, json!({ "answer": { "routine": "3 working days" } })).await;
        let housing = json!({ "need": "housing", "title": { "nb": "Bolig", "en": "Housing" }, "minAge": 18, "maxAge": 25 });
        app.by(Persona::Admin).post("/agencies/bydel-grunerlokka/services", &housing).await.expect(201);
        let question = json!({
            "age": 19, "whereabouts": { "municipality": "0301", "district": "030102" }, "needs": ["housing"],
            "urgency": "routine", "at": "2026-11-24T08:00:00Z", "sender": "uteseksjonen"
        });
        let clock = async |by: &Client| {
            let answer = by.post("/routing/suggestions", &question).await.expect(200).json();
            let items = answer["items"].as_array().unwrap().clone();
            let district = items.into_iter().find(|item| item["agency"]["slug"] == "bydel-grunerlokka").unwrap();
            district["clock"].clone()
        };
        let ours = clock(&app.by(Persona::Outreach)).await;
        assert_eq!((&ours["dueAt"], &ours["agreement"]["reference"]), (&json!("2026-11-27T22:59:59Z"), &json!("2026/418")));
        // What others have agreed is not there for whoever works in neither.
        let others = clock(&app.by(Persona::ChildWelfare)).await;
        assert_eq!((&others["dueAt"], &others["agreement"]), (&json!("2026-12-08T22:59:59Z"), &Value::Null));
        app.finish().await;
    }

    async fn what_two_agencies_agree_on_sets_the_limits_between_them(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let (outreach, child_welfare) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let (ours, theirs) = (lead(&app, "uteseksjonen").await, app.by(Persona::Lead));
        let body = proposal("2026-11-24", ["uteseksjonen", "barnevernvakten"], limits());
        let proposed = ours.post(&place("uteseksjonen"), &body).idempotency_key("p").await.expect(201);
        let again = ours.post(&place("uteseksjonen"), &body).idempotency_key("p").await.expect(201);
        assert_eq!((&again.body, again.header("idempotent-replayed")), (&proposed.body, "true"));
        let shown = proposed.json();
        assert_eq!((&shown["status"], &shown["inForce"], &shown["number"]), (&json!("proposed"), &json!(false), &json!(1)));
        assert_eq!((&shown["limits"], &shown["actions"]), (&limits(), &json!(["withdraw"])));
        assert_eq!(proposed.header("location"), format!("/api/v1{}", of(&proposed, "uteseksjonen")));

        // A proposal binds nobody.
        let before = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        assert_eq!(clock(&before, "answer")["agreement"], Value::Null);
        assert_eq!(clock(&before, "acknowledge"), Value::Null);

        let seen = theirs.get(&of(&proposed, "barnevernvakten")).await.expect(200);
        assert_eq!(seen.json()["actions"], json!(["approve", "reject"]));
        let approved = change(&theirs, "barnevernvakten", &seen, "approve").await.expect(200);
        let shown = approved.json();
        assert_eq!((&shown["status"], &shown["inForce"], &shown["actions"]), (&json!("approved"), &json!(true), &json!(["end"])));
        assert_eq!((&shown["proposed"]["agency"]["slug"], &shown["answered"]["agency"]["slug"]), (&json!("uteseksjonen"), &json!("barnevernvakten")));
        assert_eq!(approved.etag(), "\"2\"");

        let sent = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        let answer = clock(&sent, "answer");
        assert_eq!((&answer["dueAt"], &answer["legalRef"]), (&json!("2026-11-25T22:59:59Z"), &Value::Null));
        assert_eq!((&answer["agreement"]["reference"], &answer["agreement"]["id"]), (&json!("2026/418"), &shown["id"]));
        assert_eq!(clock(&sent, "acknowledge")["dueAt"], "2026-11-24T10:00:00Z");
        let armed = timeline(&outreach, &sent).await;
        let titles: Vec<_> = armed.iter().map(|entry| entry["title"].as_str().unwrap()).collect();
        assert!(titles.contains(&"The clock runs: Answer the referral (agreement 2026/418)"), "{titles:?}");

        // A report by duty: the law's limits are the law's, and the agreement's runs beside them.
        let report = outreach.post("/referrals", &concern_report()).await.expect(201);
        assert_eq!((&clock(&report, "review")["dueAt"], &clock(&report, "review")["agreement"]), (&json!("2026-11-24T09:00:00Z"), &Value::Null));
        assert_eq!(clock(&report, "answer")["dueAt"], "2026-11-24T14:00:00Z");
        let other = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        assert_eq!(clock(&other, "answer")["agreement"], Value::Null);

        // A new version, and the end of it: what was sent keeps what it was sent with.
        let longer = proposal("2026-11-24", ["uteseksjonen", "barnevernvakten"], json!({ "answer": { "urgent": "3 weeks" } }));
        let second = theirs.post(&place("barnevernvakten"), &longer).await.expect(201);
        assert_eq!(second.json()["number"], 2);
        time.advance(TimeDelta::minutes(10));
        let second = change(&ours, "uteseksjonen", &second, "approve").await.expect(200);
        let later = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        assert_eq!(clock(&later, "answer")["dueAt"], "2026-12-15T22:59:59Z");
        time.advance(TimeDelta::minutes(10));
        let ended = change(&theirs, "barnevernvakten", &second, "end").await.expect(200).json();
        assert_eq!((&ended["status"], &ended["inForce"], &ended["actions"]), (&json!("ended"), &json!(false), &json!([])));
        time.advance(TimeDelta::minutes(10));
        let asked = child_welfare.act(&sent, "request-info", json!({ "text": "Hvor er hun?" })).await.expect(200);
        let question = clock(&asked, "answer-question");
        assert_eq!((&question["dueAt"], &question["agreement"]["reference"]), (&json!("2026-11-24T11:30:00Z"), &json!("2026/418")));
        let taken = child_welfare.act(&asked, "accept", json!({})).await.expect(200);
        assert_eq!(clock(&taken, "start")["dueAt"], "2026-11-26T22:59:59Z");
        let after = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        assert_eq!(clock(&after, "answer")["agreement"], Value::Null);
        let audited = "SELECT action FROM audit WHERE action LIKE 'agreement-%' ORDER BY id";
        assert_eq!(home.database().texts(audited).await, ["agreement-proposed", "agreement-approved", "agreement-proposed", "agreement-approved", "agreement-ended"]);
        app.finish().await;
        agrees(&home).await;
    }

    async fn opening_hours_count_beside_the_clock_on_the_wall(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, "2026-11-24T13:00:00Z".parse().unwrap()).await;
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let parties = ["uteseksjonen", "bydel-grunerlokka"];
        let hours = json!({ "answer": { "urgent": "4 opening hours" } });
        let ours = lead(&app, "uteseksjonen").await;
        let never = ours.post(&place("uteseksjonen"), &proposal("2026-11-24", parties, hours.clone())).await.problem(422, "invalid-input");
        assert_eq!((&never["errors"][0]["pointer"], &never["errors"][0]["code"]), (&json!("/limits/answer/urgent"), &json!("never-open")));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        assert_eq!(clock(&sent, "answer")["openingSecondsLeft"], Value::Null, "nobody knows the hours");

        let day = json!([["08:00", "16:00"]]);
        let calendar = json!({ "openingHours": { "tue": day, "wed": day, "thu": day, "fri": day, "dates": { "2026-11-25": [["10:00", "11:00"]] } }, "outOfHours": null });
        let admin = app.by(Persona::Admin);
        let before = admin.get("/agencies/bydel-grunerlokka/calendar").await.expect(200);
        admin.put("/agencies/bydel-grunerlokka/calendar", &calendar).if_match(&before.etag()).await.expect(200);
        let body = proposal("2026-11-24", parties, hours);
        let proposed = ours.post(&place("uteseksjonen"), &body).await.expect(201);
        let theirs = lead(&app, "bydel-grunerlokka").await;
        change(&theirs, "bydel-grunerlokka", &proposed, "approve").await.expect(200);
        // Tuesday at 14:00: two hours today, one on Wednesday, which is a short day, and one on Thursday.
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let answer = clock(&sent, "answer");
        assert_eq!((&answer["dueAt"], &answer["openingSecondsLeft"]), (&json!("2026-11-26T08:00:00Z"), &json!(4 * 3600)));
        time.advance(TimeDelta::hours(12));
        let night = clock(&district.look(&sent).await.expect(200), "answer");
        assert_eq!((&night["status"], &night["openingSecondsLeft"]), (&json!("running"), &json!(2 * 3600)));
        time.set("2026-11-26T08:00:01Z".parse().unwrap());
        let late = clock(&district.look(&sent).await.expect(200), "answer");
        assert_eq!((&late["overdue"], &late["openingSecondsLeft"]), (&json!(true), &json!(0)));
        app.finish().await;
        agrees(&home).await;
    }

    /// Month by month: each figure has its list, only those who lead a party see it, and what was undone never bound anybody.
    async fn a_statement_says_how_it_was_kept(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let parties = ["uteseksjonen", "bydel-grunerlokka"];
        let limits = json!({ "acknowledge": { "urgent": "2 hours" }, "answer": { "urgent": "24 hours" }, "first-contact": { "urgent": "2 days" } });
        // Before it counts, and by somebody else: neither falls under it.
        outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let made = agree(&app, "2026-11-24", parties, limits).await;
        outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        time.advance(TimeDelta::minutes(1));
        let send = async || outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let (within, late, gone, undone) = (send().await, send().await, send().await, send().await);
        send().await;
        time.advance(TimeDelta::hours(1));
        district.act(&within, "accept", json!({})).await.expect(200);
        let accepted = district.act(&undone, "accept", json!({})).await.expect(200);
        time.advance(TimeDelta::minutes(5));
        district.act(&accepted, "undo", json!({})).await.expect(200);
        outreach.act(&outreach.look(&gone).await.expect(200), "withdraw", json!({ "reason": "Feil" })).await.expect(200);
        time.advance(TimeDelta::hours(30));
        district.act(&late, "accept", json!({})).await.expect(200);
        time.set("2026-12-02T08:00:00Z".parse().unwrap());
        send().await;

        let place = format!("{}/statement", of(&made, "uteseksjonen"));
        let ours = app.by(Persona::Outreach);
        ours.get(&place).await.problem(403, "forbidden");
        let lead = hire(&app, &app.by(Persona::Admin), "uteseksjonen", "leder-to", &["lead"]).await;
        let shown = crate::flow::report(&lead, &place).await;
        let months: Vec<_> = shown["months"].as_array().unwrap().iter().map(|month| (month["month"].as_str().unwrap(), month["handoffs"]["count"].as_u64().unwrap())).collect();
        assert_eq!(months, [("2026-11", 5), ("2026-12", 1)]);
        let figures = |month: usize, purpose: &str| -> Vec<u64> {
            let limits = shown["months"][month]["limits"].as_array().unwrap();
            let limit = limits.iter().find(|limit| limit["purpose"] == purpose).unwrap();
            ["all", "within", "late", "unanswered", "overdue", "withdrawn"].iter().map(|way| limit[way]["count"].as_u64().unwrap()).collect()
        };
        assert_eq!(figures(0, "answer"), [5, 1, 1, 2, 2, 1]);
        assert_eq!(figures(0, "acknowledge"), [5, 1, 1, 2, 2, 1]);
        // Of the two that were accepted for good; the undone one never bound anybody.
        assert_eq!(figures(0, "first-contact"), [2, 0, 0, 2, 2, 0]);
        assert_eq!(figures(1, "answer"), [1, 0, 0, 1, 0, 0]);
        let answer = shown["months"][0]["limits"].as_array().unwrap().iter().find(|limit| limit["purpose"] == "answer").unwrap();
        assert_eq!((&answer["shareWithin"], &answer["medianMinutes"]), (&json!(0.25), &Value::Null));
        // The other party is told the same, by its own address.
        let theirs = hire(&app, &app.by(Persona::Admin), "bydel-grunerlokka", "leder-tre", &["lead"]).await;
        let other = crate::flow::report(&theirs, &format!("{}/statement", of(&made, "bydel-grunerlokka"))).await;
        assert_eq!(other["months"][0]["limits"][0]["all"]["count"], shown["months"][0]["limits"][0]["all"]["count"]);
        // To everybody else there is no such thing, whoever's address they try.
        for place in [place.clone(), format!("{}/statement", of(&made, "barnevernvakten"))] {
            app.by(Persona::Lead).get(&place).await.problem(404, "not-found");
            app.by(Persona::Lead).get(&format!("{place}/referrals")).await.problem(404, "not-found");
        }
        for persona in [Persona::Auditor, Persona::Coordinator, Persona::Admin, Persona::District] {
            app.by(persona).get(&place).await.problem(403, "forbidden");
        }
        let refused = async |query: &str| {
            let problem = lead.get(&format!("{place}/referrals{query}")).await.problem(422, "invalid-input");
            (problem["errors"][0]["pointer"].clone(), problem["errors"][0]["detail"].as_str().unwrap().to_owned())
        };
        assert_eq!(refused("?month=november").await.0, "?month");
        assert_eq!(refused("?outcome=late").await.0, "?purpose");
        assert!(refused("?outcome=soon&purpose=answer").await.1.contains("unanswered"));
        assert_eq!(refused("?asOf=2040-01-01T00:00:00Z").await.0, "?asOf");
        lead.get(&format!("{place}/referrals?urgency=urgent")).await.problem(422, "unknown-parameter");
        let table = lead.get(&place).header("accept", "text/csv").await.expect(200).text();
        assert_eq!(table.lines().count(), 1 + 2 * 3);
        assert!(table.contains("2026-11,uteseksjonen,bydel-grunerlokka,2026/418,5,answer,"), "{table}");
        app.finish().await;
    }

    async fn an_agreement_is_made_by_two_and_read_by_theirs(kind: DatabaseKind) {
        let (home, _time) = Home::with_clock(kind, tuesday()).await;
        let app = home.start().await;
        let parties = ["uteseksjonen", "barnevernvakten"];
        let (path, body) = (place("uteseksjonen"), proposal("2026-11-24", parties, limits()));
        let ours = lead(&app, "uteseksjonen").await;
        let theirs = app.by(Persona::Lead);
        // In turn each has one fault less.
        app.by_nobody().post(&path, &json!({ "nonsense": 1 })).await.problem(401, "unauthenticated");
        ours.post(&place("nobody"), &json!({ "nonsense": 1 })).await.problem(404, "not-found");
        for who in [Persona::Outreach, Persona::Lead, Persona::Auditor, Persona::Admin] {
            app.by(who).post(&path, &json!({ "nonsense": 1 })).await.problem(403, "forbidden");
        }
        for (change, pointer) in [
            (with(body.clone(), "/receiver", json!("uteseksjonen")), "/receiver"),
            (with(body.clone(), "/receiver", json!("nobody")), "/receiver"),
            (with(body.clone(), "/sender", json!("bydel-grunerlokka")), "/sender"),
            (with(body.clone(), "/reference", json!(" ")), "/reference"),
            (with(body.clone(), "/validFrom", json!("2026-11-23")), "/validFrom"),
            (with(body.clone(), "/validTo", json!("2026-11-23")), "/validTo"),
            (with(body.clone(), "/limits", json!({})), "/limits"),
            (with(body.clone(), "/limits", json!({ "answer": { "urgent": "soon" } })), "/limits/answer/urgent"),
            (with(body.clone(), "/limits", json!({ "answer": { "soon": "1 hour" } })), "/limits/answer/soon"),
            (with(body.clone(), "/limits", json!({ "reply": { "urgent": "1 hour" } })), "/limits/reply"),
            (with(body.clone(), "/limits", json!({ "answer": { "urgent": "2 years" } })), "/limits/answer/urgent"),
            (with(body.clone(), "/limits", json!({ "answer": { "urgent": "14 months" } })), "/limits/answer/urgent"),
        ] {
            let refused = ours.post(&path, &change).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer, "{change}: {refused:#}");
        }
        ours.post(&path, &with(body.clone(), "/colour", json!("red"))).await.problem(422, "unknown-field");
        assert_eq!(home.database().number("SELECT count(*) FROM agreements").await, 0);

        let proposed = ours.post(&path, &body).await.expect(201);
        ours.post(&path, &body).await.problem(409, "action-not-allowed-now");
        let at = of(&proposed, "barnevernvakten");
        let step = format!("{at}/transitions");
        let approve = json!({ "action": "approve" });
        // Whoever has no part in it finds none, and nobody finds it with an agency that has none.
        app.by(Persona::District).get(&at).await.problem(403, "forbidden");
        app.by(Persona::District).get(&of(&proposed, "bydel-grunerlokka")).await.problem(404, "not-found");
        theirs.get(&format!("{}/nonsense", place("barnevernvakten"))).await.problem(404, "not-found");
        theirs.post(&step, &json!({ "action": 1 })).await.problem(428, "precondition-required");
        theirs.post(&step, &approve).if_match("\"7\"").await.problem(412, "stale-version");
        app.by(Persona::ChildWelfare).post(&step, &approve).if_match("\"1\"").await.problem(403, "forbidden");
        change(&ours, "uteseksjonen", &proposed, "approve").await.problem(403, "not-yours");
        change(&theirs, "barnevernvakten", &proposed, "withdraw").await.problem(403, "not-yours");
        change(&theirs, "barnevernvakten", &proposed, "end").await.problem(409, "action-not-allowed-now");
        theirs.post(&step, &json!({ "action": "bless" })).if_match("\"1\"").await.problem(422, "invalid-input");
        // Everybody who works there reads it, and sees what they may do.
        let seen = app.by(Persona::ChildWelfare).get(&at).await.expect(200);
        assert_eq!(seen.json()["actions"], json!([]));
        let rejected = change(&theirs, "barnevernvakten", &proposed, "reject").await.expect(200);
        assert_eq!(rejected.json()["status"], "rejected");
        change(&theirs, "barnevernvakten", &rejected, "approve").await.problem(409, "action-not-allowed-now");
        for _ in 0..2 {
            let next = ours.post(&path, &body).await.expect(201);
            change(&ours, "uteseksjonen", &next, "withdraw").await.expect(200);
        }
        let first = theirs.get(&format!("{}?limit=2", place("barnevernvakten"))).await.expect(200);
        let numbers = |page: &Value| page["items"].as_array().unwrap().iter().map(|item| item["number"].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(numbers(&first.json()), [3, 2]);
        let cursor = first.json()["nextCursor"].as_str().unwrap().to_owned();
        let second = theirs.get(&format!("{}?limit=2&cursor={cursor}", place("barnevernvakten"))).await.expect(200).json();
        assert_eq!((numbers(&second), &second["nextCursor"]), (vec![1], &Value::Null));
        let withdrawn = theirs.get(&format!("{}?status=withdrawn", place("barnevernvakten"))).await.expect(200).json();
        assert_eq!(numbers(&withdrawn), [3, 2]);
        theirs.get(&format!("{}?state=withdrawn", place("barnevernvakten"))).await.problem(422, "unknown-parameter");
        assert_eq!(app.by(Persona::District).get(&place("bydel-grunerlokka")).await.expect(200).json()["items"], json!([]));
        app.by(Persona::Admin).get(&at).await.expect(200);
        app.finish().await;
    }
}
