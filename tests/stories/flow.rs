//! Which way hand-offs go: every figure is what the raw events say, has as many behind it as it counts, and tells nobody across
//! agencies of a single one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{App, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::clock::Manual;
use stafett_store::{agencies, events, referrals};
use stafett_workflow::agency::{AgencyId, HandoffId};
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::HandoffState;

use crate::replay::walk;
use crate::telling::{Acts, PERSONAL, consent, service_referral, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// Whoever leads the emergency child welfare service leads another agency from here on.
async fn leads(home: &Home, agency: &str) {
    let sql = format!(
        "UPDATE memberships SET role = 'lead', agency_id = (SELECT id FROM agencies WHERE slug = '{agency}') \
         WHERE user_id = (SELECT id FROM users WHERE username = 'lead')"
    );
    home.database().execute(&sql).await;
}

/// How many there are in a list, in pages of seven.
pub(crate) async fn length(client: &Client, list: &str) -> usize {
    let (mut found, mut cursor) = (0, String::new());
    loop {
        let page = client.get(&format!("{list}&limit=7{cursor}")).await.expect(200);
        assert!(
            !PERSONAL.iter().any(|word| page.text().contains(word)),
            "{}",
            page.text()
        );
        let page = page.json();
        found += page["items"].as_array().unwrap().len();
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Every figure of an answer with its list, wherever it stands.
fn figures<'v>(value: &'v Value, at: &str, found: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("count") && members.contains_key("list") {
                found.push((at.to_owned(), value));
            }
            members
                .iter()
                .for_each(|(name, member)| figures(member, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(nth, item)| figures(item, &format!("{at}/{nth}"), found));
        }
        _ => {}
    }
}

/// The report, after each of its figures was held against its list.
pub(crate) async fn report(client: &Client, path: &str) -> Value {
    let answer = client.get(path).await.expect(200);
    assert!(
        !PERSONAL.iter().any(|word| answer.text().contains(word)),
        "{}",
        answer.text()
    );
    let report = answer.json();
    let mut found = Vec::new();
    figures(&report, "", &mut found);
    assert!(found.len() > 8);
    for (at, figure) in found {
        let list = figure["list"]
            .as_str()
            .unwrap_or_else(|| panic!("{at} has no list: {figure}"));
        assert_eq!(figure["count"], length(client, list).await, "{at}: {list}");
    }
    report
}

/// One leg as the raw events tell of it.
#[derive(Debug)]
struct Leg {
    sender: AgencyId,
    receiver: Option<AgencyId>,
    sent: bool,
    answer: Option<&'static str>,
}

/// The legs of one log. What was undone has not happened, but a leg that it had opened was sent and taken back.
fn legs(log: &[Event]) -> Vec<Leg> {
    let undone: BTreeSet<u32> = log
        .iter()
        .filter_map(|event| match event.fact {
            Fact::Restored { undone, .. } => Some(undone),
            _ => None,
        })
        .collect();
    let mut legs: BTreeMap<HandoffId, Leg> = BTreeMap::new();
    for event in log {
        let gone = undone.contains(&event.version);
        match &event.fact {
            Fact::Created {
                handoff,
                originator,
                terms,
                ..
            } => {
                let leg = Leg {
                    sender: *originator,
                    receiver: terms.receiver,
                    sent: false,
                    answer: None,
                };
                legs.insert(*handoff, leg);
            }
            Fact::Opened {
                handoff,
                sender,
                state,
                terms,
                ..
            } => {
                let sent = *state == HandoffState::Sent;
                let answer = gone.then_some("withdrawn");
                legs.insert(
                    *handoff,
                    Leg {
                        sender: *sender,
                        receiver: terms.receiver,
                        sent,
                        answer,
                    },
                );
            }
            _ if gone => {}
            Fact::Edited { handoff, terms, .. } | Fact::TermsSettled { handoff, terms } => {
                legs.get_mut(handoff).unwrap().receiver = terms.receiver;
            }
            Fact::Moved { handoff, state, .. } => {
                let leg = legs.get_mut(handoff).unwrap();
                let answer = match state {
                    HandoffState::Sent => {
                        leg.sent = true;
                        None
                    }
                    HandoffState::Accepted | HandoffState::Completed | HandoffState::EndedEarly => Some("accepted"),
                    HandoffState::Declined => Some("declined"),
                    HandoffState::ReturnedWithAdvice => Some("returned"),
                    HandoffState::Forwarded => Some("forwarded"),
                    HandoffState::Withdrawn | HandoffState::EnteredInError => Some("withdrawn"),
                    _ => None,
                };
                leg.answer = leg.answer.or(answer);
            }
            _ => {}
        }
    }
    legs.into_values().filter(|leg| leg.sent).collect()
}

/// How many of each answer there are for a pair of agencies.
type Matrix = BTreeMap<(AgencyId, AgencyId), BTreeMap<&'static str, u64>>;

/// Everything that was stored, each referral with its log.
async fn everything(home: &Home) -> (Vec<(Referral, Vec<Event>)>, BTreeMap<String, AgencyId>) {
    let db = home.unlocked().await;
    let scope = Scope::for_system(SystemTask::Reconcile);
    let mut all = Vec::new();
    for record in referrals::sweep(&db, &scope, None, 1_000).await.unwrap() {
        all.push((record.referral().clone(), events::log(&db, &record).await.unwrap()));
    }
    let listed = agencies::with_services(&db).await.unwrap();
    let slugs = listed.into_iter().map(|(agency, _)| (agency.slug, agency.id)).collect();
    db.close().await.unwrap();
    (all, slugs)
}

fn matrix(all: &[(Referral, Vec<Event>)], of: AgencyId) -> Matrix {
    let mut matrix = Matrix::new();
    for leg in all.iter().flat_map(|(_, log)| legs(log)) {
        let receiver = leg.receiver.unwrap();
        if leg.sender == of || receiver == of {
            let answers = matrix.entry((leg.sender, receiver)).or_default();
            *answers.entry(leg.answer.unwrap_or("unanswered")).or_default() += 1;
        }
    }
    matrix
}

const ANSWERS: [&str; 6] = [
    "accepted",
    "declined",
    "returned",
    "forwarded",
    "withdrawn",
    "unanswered",
];

/// The same as a report tells it.
fn told(report: &Value) -> Matrix {
    let id = |agency: &Value| AgencyId(agency["id"].as_str().unwrap().parse().unwrap());
    let rows = report["rows"].as_array().unwrap().iter().map(|row| {
        let answers = ANSWERS
            .iter()
            .map(|answer| (*answer, row[answer]["count"].as_u64().unwrap()));
        let answers: BTreeMap<_, _> = answers.filter(|(_, count)| *count > 0).collect();
        assert_eq!(row["sent"]["count"], answers.values().sum::<u64>());
        ((id(&row["sender"]), id(&row["receiver"])), answers)
    });
    rows.collect()
}

/// Outreach sends somebody something; a minute later it may be answered.
async fn sent(app: &App<'_>, clock: &Manual, receiver: &str) -> e2e::Answer {
    let sent = app
        .by(Persona::Outreach)
        .post("/referrals", &service_referral(receiver))
        .await
        .expect(201);
    clock.advance(TimeDelta::minutes(1));
    sent
}

on_both_databases! {
    async fn the_figures_are_what_the_raw_events_say(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let (_, done) = walk(&app, &clock, 8, 120).await;
        assert!(done.len() >= 10, "the walk led nowhere: {done:?}");
        // What the walk may not have come to: a decline that stands, and answers that were taken back.
        let district = app.by(Persona::District);
        let decline = json!({ "code": "no-capacity", "reason": "Fullt" });
        let on = json!({ "receiver": "bup-oslo", "reason": "Dit" });
        for (action, input, undone) in [
            ("decline", decline.clone(), false),
            ("decline", decline, true),
            ("accept", json!({}), true),
            ("forward", on, true),
            ("forward", json!({ "receiver": "bup-oslo", "reason": "Dit" }), false),
        ] {
            let shown = sent(&app, &clock, "bydel-grunerlokka").await;
            let shown = district.act(&shown, action, input).await.expect(200);
            if undone {
                district.act(&shown, "undo", json!({})).await.expect(200);
            }
        }
        clock.advance(TimeDelta::minutes(1));
        let (all, slugs) = everything(&home).await;
        let lead = app.by(Persona::Lead);
        for agency in ["uteseksjonen", "barnevernvakten", "bydel-grunerlokka", "bup-oslo"] {
            leads(&home, agency).await;
            let of = slugs[agency];
            let shown = report(&lead, "/reports/flow?from=2026-01-01&to=2030-01-01").await;
            assert_eq!(told(&shown), matrix(&all, of), "{agency}");
            // The same hand-offs in other groups make the same sum.
            for by in ["workflow", "urgency,receiver", "sender"] {
                let other = report(&lead, &format!("/reports/flow?from=2026-01-01&to=2030-01-01&groupBy={by}")).await;
                assert_eq!(other["total"], shown["total"], "{by}");
                let rows = other["rows"].as_array().unwrap();
                let sum: u64 = rows.iter().map(|row| row["sent"]["count"].as_u64().unwrap()).sum();
                assert_eq!(shown["total"]["sent"]["count"], sum);
            }
            let times = lead.get("/reports/response-times?from=2026-01-01&to=2030-01-01&groupBy=urgency").await.expect(200).json();
            let counted: u64 = times["rows"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum();
            assert_eq!(shown["total"]["sent"]["count"], counted, "both reports are about the same hand-offs");
            // Who may know a referral whole, knows how often it went on and that the services disagreed.
            let whole = all.iter().filter(|(referral, _)| referral.is_open_to(of));
            let mine = |log: &[Event]| legs(log).iter().any(|leg| leg.sender == of || leg.receiver == Some(of));
            let round = |(referral, log): &&(Referral, Vec<Event>)| {
                let legs = referral.handoffs.iter().filter(|leg| leg.is_sent() && leg.state != HandoffState::EnteredInError);
                mine(log) && legs.count() >= 3
            };
            assert_eq!(shown["rounds"]["count"], whole.clone().filter(round).count(), "{agency}");
            let disputed = whole.flat_map(|(_, log)| log).filter(|event| matches!(event.fact, Fact::Disputed { .. }));
            assert_eq!(shown["disputes"]["count"], disputed.count(), "{agency}");
        }
        app.finish().await;
    }

    async fn a_reason_a_rate_and_what_they_are_of(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        leads(&home, "bydel-grunerlokka").await;
        let app = home.start().await;
        let (district, lead) = (app.by(Persona::District), app.by(Persona::Lead));
        for code in ["no-capacity", "no-capacity", "outside-district"] {
            let sent = sent(&app, &clock, "bydel-grunerlokka").await;
            district.act(&sent, "decline", json!({ "code": code, "reason": "Fullt" })).await.expect(200);
        }
        let taken = sent(&app, &clock, "bydel-grunerlokka").await;
        clock.advance(TimeDelta::hours(1));
        let taken = district.act(&taken, "accept", json!({})).await.expect(200);
        sent(&app, &clock, "bydel-grunerlokka").await;
        let flow = report(&lead, "/reports/flow").await;
        let row = &flow["rows"][0];
        assert_eq!((&row["sender"]["slug"], &row["receiver"]["slug"]), (&json!("uteseksjonen"), &json!("bydel-grunerlokka")));
        assert_eq!(row["declineRate"], json!({ "share": 0.75, "of": 4 }));
        assert_eq!((&row["acceptRate"]["share"], &row["answered"]["count"], &row["sent"]["count"]), (&json!(0.25), &json!(4), &json!(5)));
        let reasons: Vec<_> = row["reasons"].as_array().unwrap().iter().map(|one| (one["code"].as_str().unwrap(), one["count"].as_u64().unwrap())).collect();
        assert_eq!(reasons, [("no-capacity", 2), ("outside-district", 1)]);
        let behind = lead.get(row["reasons"][0]["list"].as_str().unwrap()).await.expect(200).json();
        assert_eq!(behind["items"][1]["reason"], json!({ "code": "no-capacity", "title": "no capacity" }));
        // What was taken and dropped later was taken all the same.
        clock.advance(TimeDelta::days(1));
        district.act(&taken, "end-early", json!({ "reason": "Flyttet" })).await.expect(200);
        let flow = report(&lead, "/reports/flow").await;
        assert_eq!(flow["total"]["accepted"]["count"], 1);
        assert_eq!(flow["rows"][0]["reasons"].as_array().unwrap().len(), 2, "the reason of the end is none of the answer");
        app.finish().await;
    }

    async fn a_referral_goes_round_and_those_who_let_it_go_do_not_hear_of_it(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        leads(&home, "uteseksjonen").await;
        let app = home.start().await;
        let (outreach, district, lead) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Lead));
        let mut shown = sent(&app, &clock, "bydel-grunerlokka").await;
        for (by, receiver) in [(&district, "bup-oslo"), (&app.by(Persona::Outsider), "bydel-grunerlokka")] {
            clock.advance(TimeDelta::hours(1));
            shown = by.act(&shown, "decline", json!({ "code": "wrong-receiver", "reason": "Ikke vår" })).await.expect(200);
            shown = outreach.look(&shown).await.expect(200);
            assert_eq!(report(&lead, "/reports/flow").await["rounds"]["count"], 0);
            let on = json!({ "receiver": receiver, "legalBasis": consent() });
            shown = outreach.act(&shown, "hand-off", on).await.expect(200);
        }
        let flow = report(&lead, "/reports/flow").await;
        assert_eq!(flow["rounds"]["count"], 1);
        let item = &lead.get(flow["rounds"]["list"].as_str().unwrap()).await.expect(200).json()["items"][0];
        assert_eq!((&item["reference"], &item["handoffs"]), (&shown.json()["reference"], &json!(3)));
        leads(&home, "bup-oslo").await;
        let theirs = report(&lead, "/reports/flow").await;
        assert_eq!((&theirs["total"]["declined"]["count"], &theirs["rounds"]["count"]), (&json!(1), &json!(0)));
        app.finish().await;
    }

    async fn a_disagreement_lasts_until_it_is_decided(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        leads(&home, "uteseksjonen").await;
        let app = home.start().await;
        let (district, coordinator, lead) = (app.by(Persona::District), app.by(Persona::Coordinator), app.by(Persona::Lead));
        let first = sent(&app, &clock, "bydel-grunerlokka").await;
        let first = district.act(&first, "dispute", json!({ "reason": "Ikke vår" })).await.expect(200);
        let second = sent(&app, &clock, "bydel-grunerlokka").await;
        clock.advance(TimeDelta::hours(48));
        let allocate = json!({ "custodian": "bydel-grunerlokka", "reason": "Der bor hun" });
        coordinator.act(&first, "allocate", allocate).await.expect(200);
        district.act(&second, "dispute", json!({ "reason": "Heller ikke" })).await.expect(200);
        clock.advance(TimeDelta::hours(1));
        let disputes = report(&lead, "/reports/flow?sender=uteseksjonen").await["disputes"].clone();
        assert_eq!((&disputes["count"], &disputes["settled"]["count"], &disputes["running"]["count"]), (&json!(2), &json!(1), &json!(1)));
        assert_eq!((&disputes["medianMinutes"], &disputes["longestMinutes"]), (&json!(2881.0), &json!(2881.0)));
        let running = lead.get(disputes["running"]["list"].as_str().unwrap()).await.expect(200).json();
        assert_eq!((&running["items"][0]["minutes"], &running["items"][0]["settledAt"]), (&json!(60.0), &Value::Null));
        let of_others = report(&lead, "/reports/flow?receiver=bup-oslo").await;
        assert_eq!(of_others["disputes"]["count"], 0);
        app.finish().await;
    }

    async fn a_youth_who_comes_again_is_counted_by_those_who_know_the_number(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        leads(&home, "uteseksjonen").await;
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        sent(&app, &clock, "bydel-grunerlokka").await;
        clock.advance(TimeDelta::days(1));
        let without = with(service_referral("bydel-grunerlokka"), "/person/identifier", Value::Null);
        app.by(Persona::Outreach).post("/referrals", &without).await.expect(201);
        assert_eq!(report(&lead, "/reports/flow").await["repeats"]["count"], 0);
        let again = sent(&app, &clock, "bup-oslo").await;
        let flow = report(&lead, "/reports/flow").await;
        assert_eq!(flow["repeats"]["count"], 1);
        let behind = lead.get(flow["repeats"]["list"].as_str().unwrap()).await.expect(200).json();
        assert_eq!(behind["items"][0]["reference"], again.json()["reference"]);
        // Who received them wrote neither.
        leads(&home, "bydel-grunerlokka").await;
        assert_eq!(report(&lead, "/reports/flow").await["repeats"]["count"], 0);
        app.finish().await;
    }

    async fn across_agencies_nobody_is_told_of_a_single_one(kind: DatabaseKind) {
        let april: DateTime<Utc> = "2026-04-20T09:00:00Z".parse().unwrap();
        let (home, clock) = Home::with_clock(kind, april).await;
        let app = home.start().await;
        let (district, auditor) = (app.by(Persona::District), app.by(Persona::Auditor));
        let decline = json!({ "code": "no-capacity", "reason": "Fullt" });
        for nth in 0..9 {
            let sent = sent(&app, &clock, "bydel-grunerlokka").await;
            match nth {
                0..=3 => district.act(&sent, "accept", json!({})).await.expect(200),
                4..=7 => district.act(&sent, "decline", decline.clone()).await.expect(200),
                _ => district.act(&sent, "return-with-advice", json!({ "advice": "Ring" })).await.expect(200),
            };
        }
        let late = sent(&app, &clock, "bup-oslo").await;
        // A third that is not over cannot be asked for, nor a part of one.
        let third = "/reports/flow?from=2026-01-01&to=2026-04-30";
        assert_eq!(auditor.get(third).await.problem(422, "invalid-input")["errors"][0]["code"], "impossible-period");
        clock.advance(TimeDelta::days(20));
        let shown = auditor.get("/reports/flow").await.expect(200).json();
        assert_eq!((&shown["acrossAgencies"], &shown["asOf"]), (&json!(true), &json!("2026-04-30T22:00:00Z")));
        assert_eq!(auditor.get(third).await.expect(200).json(), shown);
        let row = shown["rows"].as_array().unwrap().iter().find(|row| row["receiver"]["slug"] == "bydel-grunerlokka").unwrap();
        let other = shown["rows"].as_array().unwrap().iter().find(|row| row["receiver"]["slug"] == "bup-oslo").unwrap();
        assert_eq!((&row["returned"]["count"], &other["sent"]["count"], &other["unanswered"]["count"]), (&Value::Null, &Value::Null, &Value::Null));
        // With the other figures in sight the single one could be got by subtraction.
        let hidden = |row: &Value| ANSWERS.iter().filter(|answer| row[**answer]["count"].is_null()).count();
        assert!(hidden(row) >= 2 || row["sent"]["count"].is_null(), "{row:#}");
        assert!(shown["total"]["sent"]["count"].is_null() || hidden(&shown["total"]) != 1, "{shown:#}");
        assert_eq!(row["answered"]["count"], Value::Null);
        let mut all = Vec::new();
        figures(&shown, "", &mut all);
        for (at, figure) in &all {
            assert_eq!(figure["list"], Value::Null, "{at}");
            assert!(figure["count"].as_u64().is_none_or(|count| count == 0 || count >= 3), "{at}: {figure}");
        }
        // What is answered later does not show in a third that is over: yesterday's answer cannot be subtracted from today's.
        app.by(Persona::Outsider).act(&late, "accept", json!({})).await.expect(200);
        assert_eq!(auditor.get(third).await.expect(200).json(), shown);
        // One question cannot be asked in two ways, so nothing can be subtracted.
        for attack in [
            "sender=uteseksjonen", "receiver=bup-oslo", "urgency=urgent", "workflow=service-referral", "groupBy=sender", "groupBy=receiver",
            "groupBy=sender,receiver,urgency",
        ] {
            let refused = auditor.get(&format!("{third}&{attack}")).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], "not-across-agencies", "{attack}");
            assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("sender,receiver"), "{refused}");
        }
        for period in ["from=2026-01-01&to=2026-04-29", "from=2026-01-01&to=2026-08-31", "from=2025-09-01&to=2026-04-30", "to=2026-04-30"] {
            let refused = auditor.get(&format!("/reports/flow?{period}")).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], "impossible-period", "{period}");
        }
        let table = auditor.get(third).header("accept", "text/csv").await.expect(200).text();
        assert!(table.contains(",masked,") && !table.contains("/api/v1"), "{table}");
        app.finish().await;
    }

    async fn who_may_ask_and_what_is_refused(kind: DatabaseKind) {
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let lists = ["referrals", "disputes", "rounds", "repeats"].map(|list| format!("/reports/flow/{list}"));
        for path in lists.iter().map(String::as_str).chain(["/reports/flow"]) {
            app.by_nobody().get(path).await.problem(401, "unauthenticated");
            for persona in [Persona::Outreach, Persona::ChildWelfare, Persona::Admin] {
                // Whoever may not ask is not told that the question is wrong.
                app.by(persona).get(&format!("{path}?from=soon")).await.problem(403, "forbidden");
            }
            let lead = app.by(Persona::Lead);
            lead.get(path).await.expect(200);
            lead.get(&format!("{path}?colour=red")).await.problem(422, "unknown-parameter");
            let refused = lead.get(&format!("{path}?from=2026-12-01&to=2026-11-01")).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["code"], "impossible-period");
        }
        for list in &lists {
            for persona in [Persona::Auditor, Persona::Coordinator] {
                app.by(persona).get(list).await.problem(403, "forbidden");
            }
            app.by(Persona::Lead).get(&format!("{list}?cursor=x")).await.problem(422, "invalid-cursor");
        }
        let lead = app.by(Persona::Lead);
        let refused = async |path: &str| lead.get(path).await.problem(422, "invalid-input")["errors"][0].clone();
        let grouping = refused("/reports/flow?groupBy=sender,colour").await;
        assert!(grouping["detail"].as_str().unwrap().contains("sender, receiver, workflow, urgency"), "{grouping}");
        let answer = refused("/reports/flow/referrals?answer=accepted,perhaps").await;
        assert!(answer["detail"].as_str().unwrap().contains("accepted, declined, returned-with-advice"), "{answer}");
        assert_eq!(refused("/reports/flow?sender=nobody").await["code"], "unknown-agency");
        assert_eq!(refused("/reports/flow/disputes?standing=perhaps").await["pointer"], "?standing");
        lead.get("/reports/flow").header("accept", "application/pdf").await.problem(406, "not-acceptable");
        app.finish().await;
    }

    async fn a_flow_is_also_a_table(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        home.database().execute("UPDATE agencies SET name = '=1+1' WHERE slug = 'bydel-grunerlokka'").await;
        leads(&home, "bydel-grunerlokka").await;
        let app = home.start().await;
        sent(&app, &clock, "bydel-grunerlokka").await;
        let lead = app.by(Persona::Lead);
        for (path, name) in [("/reports/flow", "flow"), ("/reports/coverage?need=housing", "coverage")] {
            let table = lead.get(path).header("accept", "text/csv").await.expect(200);
            assert_eq!(table.header("content-disposition"), format!("attachment; filename=\"{name}.csv\""));
            let lines: Vec<_> = table.text().lines().map(str::to_owned).collect();
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!(lines[0].split(',').count(), lines[1].split(',').count(), "{lines:?}");
            assert_eq!(length(&lead, lines[1].rsplit(',').next().unwrap()).await, 1);
            assert!(name != "flow" || lines[1].contains(",'=1+1,"), "a name is never a formula: {lines:?}");
        }
        app.finish().await;
    }
}
