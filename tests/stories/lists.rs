//! The work lists: what lies where, what a filter leaves, and pages that lose nothing while others write.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, App, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, id, ids, path, service_referral, with};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// One referral of each sort, by a name of its own.
struct World {
    draft: Answer,
    sent: Answer,
    declined: Answer,
    accepted: Answer,
    completed: Answer,
    concern: Answer,
}

async fn world(app: &App<'_>) -> World {
    let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
    let service = service_referral("bydel-grunerlokka");
    let write = async |body: &Value| outreach.post("/referrals", body).await.expect(201);
    let no = json!({ "code": "no-capacity", "reason": "Fullt" });
    let (sent, draft) = (
        write(&service).await,
        write(&with(service.clone(), "/send", json!(false))).await,
    );
    let declined = write(&with(service.clone(), "/urgency", json!("routine"))).await;
    district.act(&declined, "decline", no).await.expect(200);
    let accepted = write(&service).await;
    district
        .act(&accepted, "accept", json!({ "assignee": "me" }))
        .await
        .expect(200);
    let completed = write(&service).await;
    let taken = district.act(&completed, "accept", json!({})).await.expect(200);
    district
        .act(&taken, "complete", json!({ "outcome": "service-delivered" }))
        .await
        .expect(200);
    World {
        draft,
        sent,
        declined,
        accepted,
        completed,
        concern: write(&concern_report()).await,
    }
}

/// The list holds exactly these, whatever the order.
async fn holds<'a>(who: &Client, query: &str, expected: impl IntoIterator<Item = &'a Answer>) {
    let list = who.get(&format!("/referrals?{query}")).await.expect(200).json();
    let expected: BTreeSet<_> = expected.into_iter().map(|one| id(&one.json())).collect();
    let found = ids(&list);
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected, "{query}");
    assert_eq!(found.len(), expected.len(), "{query}: something comes twice");
}

/// All pages from this one on, by the links; between two pages `meanwhile` happens.
async fn pages(who: &Client, first: &str, meanwhile: impl AsyncFn()) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(page) = next {
        let answer = who.get(&page).await.expect(200);
        found.extend(ids(&answer.json()));
        next = link(&answer);
        assert_eq!(next.is_none(), answer.json()["nextCursor"].is_null());
        meanwhile().await;
    }
    found
}

/// All pages, while nobody writes.
async fn all(who: &Client, first: &str) -> Vec<String> {
    pages(who, first, async || ()).await
}

/// The address of the next page in the `Link` header.
fn link(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let address = link
        .strip_prefix('<')
        .and_then(|rest| rest.split_once(">; rel=\"next\""));
    assert_eq!(address.is_none(), link.is_empty(), "{link}");
    address.map(|(address, _)| address.to_owned())
}

on_both_databases! {
    async fn each_box_holds_what_belongs_there(home: Home) {
        let app = home.start().await;
        let world = world(&app).await;
        let World { draft, sent, declined, accepted, completed, concern } = &world;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        holds(&outreach, "", [draft, sent, declined, accepted, completed, concern]).await;
        holds(&outreach, "box=all", [draft, sent, declined, accepted, completed, concern]).await;
        holds(&outreach, "box=inbox", []).await;
        holds(&outreach, "box=sent", [sent, declined, accepted, completed, concern]).await;
        holds(&outreach, "box=custody", [draft, sent, declined, concern]).await;
        holds(&district, "box=all", [sent, declined, accepted, completed]).await;
        holds(&district, "box=inbox", [sent, accepted]).await;
        holds(&district, "box=sent", []).await;
        holds(&district, "box=custody", [accepted]).await;
        let vakten = app.by(Persona::ChildWelfare);
        holds(&vakten, "box=inbox", [concern]).await;
        holds(&vakten, "box=all", [concern]).await;
        holds(&app.by(Persona::Lead), "box=inbox", [concern]).await;
        for nothing in ["", "box=inbox", "box=sent", "box=custody", "box=all", "overdue=false", "sort=created"] {
            holds(&app.by(Persona::Outsider), nothing, []).await;
        }
        // Nobody disagrees, so the coordinator has nothing to decide.
        holds(&app.by(Persona::Coordinator), "", []).await;
        for persona in [Persona::Auditor, Persona::Admin] {
            app.by(persona).get("/referrals").await.problem(403, "forbidden");
        }
        app.by_nobody().get("/referrals").await.problem(401, "unauthenticated");
        app.finish().await;
    }

    async fn each_filter_leaves_what_it_says(home: Home) {
        let app = home.start().await;
        let world = world(&app).await;
        let World { draft, sent, declined, accepted, completed, concern } = &world;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        // States of the referral and of the hand-off, alone and together.
        holds(&outreach, "state=draft", [draft]).await;
        holds(&outreach, "state=active", [sent, declined, accepted, concern]).await;
        holds(&outreach, "state=sent", [sent, concern]).await;
        holds(&outreach, "state=declined", [declined]).await;
        holds(&outreach, "state=accepted,declined", [accepted, declined]).await;
        holds(&outreach, "state=completed", [completed]).await;
        holds(&outreach, "state=draft,completed,declined", [draft, completed, declined]).await;
        holds(&outreach, "state=revoked", []).await;
        holds(&outreach, "state=sent&box=custody", [sent, concern]).await;
        holds(&outreach, "urgency=emergency", [concern]).await;
        holds(&outreach, "urgency=routine", [declined]).await;
        holds(&outreach, "workflow=concern-report", [concern]).await;
        holds(&outreach, "workflow=service-referral&state=sent", [sent]).await;
        holds(&outreach, "agency=barnevernvakten", [concern]).await;
        holds(&outreach, "agency=bup-oslo", []).await;
        holds(&outreach, "agency=bydel-grunerlokka&state=active", [sent, declined, accepted]).await;
        holds(&district, "assignee=me", [accepted]).await;
        holds(&outreach, "assignee=me", []).await;
        let me = id(&district.get("/me").await.expect(200).json());
        holds(&outreach, &format!("assignee={me}"), [accepted]).await;
        // References, as people say them.
        let reference = concern.json()["reference"].as_str().unwrap().to_owned();
        for said in [reference.clone(), reference.to_lowercase(), reference.replace('-', ""), reference.replace('-', "%20")] {
            holds(&outreach, &format!("q={said}"), [concern]).await;
        }
        let found = outreach.get(&format!("/referrals?q={}", &reference[..3])).await.expect(200).json();
        assert!(ids(&found).contains(&id(&concern.json())));
        for nothing in ["q=%25", "q=_", "q=%E2%80%A6", "q=ZZZZ-ZZ"] {
            holds(&outreach, nothing, []).await;
        }
        holds(&app.by(Persona::Outsider), &format!("q={reference}"), []).await;
        app.finish().await;
    }

    async fn what_is_late_is_found(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let world = world(&app).await;
        let World { draft, sent, declined, accepted, completed, concern } = &world;
        let outreach = app.by(Persona::Outreach);
        holds(&outreach, "overdue=true", []).await;
        holds(&outreach, "overdue=false", [draft, sent, declined, accepted, completed, concern]).await;
        clock.advance(TimeDelta::hours(25));
        holds(&outreach, "overdue=true", [draft, concern]).await;
        holds(&outreach, "overdue=false", [sent, declined, accepted, completed]).await;
        clock.advance(TimeDelta::days(30));
        holds(&outreach, "overdue=true", [draft, sent, declined, accepted, concern]).await;
        holds(&outreach, "overdue=false", [completed]).await;
        holds(&outreach, "overdue=true&state=declined", [declined]).await;
        let late = outreach.get("/referrals?overdue=true").await.expect(200).json();
        assert!(late["items"].as_array().unwrap().iter().all(|row| row["overdue"] == true));
        app.finish().await;
    }

    async fn the_shortest_limit_comes_first_or_the_newest(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let mut written = Vec::new();
        for urgency in ["routine", "emergency", "urgent"] {
            let body = with(service_referral("bydel-grunerlokka"), "/urgency", json!(urgency));
            written.push(id(&outreach.post("/referrals", &body).await.expect(201).json()));
            clock.advance(TimeDelta::minutes(1));
        }
        let list = async |query: &str| ids(&outreach.get(query).await.expect(200).json());
        let [routine, emergency, urgent] = written.try_into().unwrap();
        let by_limit = [emergency.clone(), urgent.clone(), routine.clone()];
        assert_eq!(list("/referrals").await, by_limit);
        assert_eq!(list("/referrals?sort=due").await, by_limit);
        assert_eq!(list("/referrals?sort=created").await, [urgent, emergency, routine]);
        app.finish().await;
    }

    async fn pages_lose_nothing_while_others_write(kind: DatabaseKind) {
        // Time stands still, so that all are written at one instant and due at one.
        let (home, _clock) = Home::with_clock(kind, monday()).await;
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let mut written = BTreeSet::new();
        for place in 0..23 {
            let urgency = ["emergency", "urgent", "routine"][place % 3];
            let body = with(service_referral("bydel-grunerlokka"), "/urgency", json!(urgency));
            written.insert(id(&outreach.post("/referrals", &body).await.expect(201).json()));
        }
        for (who, query) in [
            (&outreach, "sort=due"), (&outreach, "sort=created"), (&outreach, "box=sent&sort=due"),
            (&outreach, "box=custody"), (&district, "box=inbox"), (&district, "box=inbox&sort=created"),
        ] {
            for limit in [1, 7, 100] {
                let found = all(who, &format!("/referrals?{query}&limit={limit}")).await;
                assert_eq!(found.len(), written.len(), "{query}, {limit} a page");
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), written, "{query}, {limit} a page");
            }
        }
        let others_send = async || {
            for urgency in ["emergency", "routine"] {
                let body = with(service_referral("bydel-grunerlokka"), "/urgency", json!(urgency));
                outreach.post("/referrals", &body).await.expect(201);
            }
        };
        for query in ["sort=created&limit=5", "sort=due&limit=7"] {
            let found = pages(&district, &format!("/referrals?{query}"), &others_send).await;
            let distinct: BTreeSet<_> = found.iter().cloned().collect();
            assert_eq!(distinct.len(), found.len(), "{query}: one comes twice");
            assert!(distinct.is_superset(&written), "{query}: one is lost");
        }
        // The newest first: whatever comes later stands before where the reader began.
        let before = all(&district, "/referrals?sort=created&limit=100").await;
        assert_eq!(pages(&district, "/referrals?sort=created&limit=9", &others_send).await, before);
        app.finish().await;
    }

    async fn a_page_has_fifty_rows_when_nobody_says(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for _ in 0..51 {
            outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        }
        let page = outreach.get("/referrals?box=sent&urgency=urgent").await.expect(200);
        assert_eq!(ids(&page.json()).len(), 50);
        let next = link(&page).unwrap();
        assert!(next.starts_with("/api/v1/referrals?box=sent&urgency=urgent&cursor="), "the link keeps the filters: {next}");
        let last = outreach.get(&next).await.expect(200);
        assert_eq!((ids(&last.json()).len(), link(&last)), (1, None));
        app.finish().await;
    }

    async fn what_is_no_question_is_refused(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for _ in 0..2 {
            outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        }
        for (query, code, pointer) in [
            ("colour=red", "unknown-parameter", "?colour"),
            ("Box=inbox", "unknown-parameter", "?Box"),
            ("box=outbox", "invalid-input", "?box"),
            ("state=sent,lost", "invalid-input", "?state"),
            ("urgency=soon", "invalid-input", "?urgency"),
            ("overdue=perhaps", "invalid-input", "?overdue"),
            ("assignee=nobody", "invalid-input", "?assignee"),
            ("agency=nowhere", "invalid-input", "?agency"),
            ("sort=name", "invalid-input", "?sort"),
            ("limit=0", "invalid-input", "?limit"),
            ("limit=101", "invalid-input", "?limit"),
            ("limit=-1", "invalid-input", "?limit"),
            ("limit=many", "invalid-input", "?limit"),
            ("state=sent&state=draft", "invalid-input", "?state"),
        ] {
            let problem = outreach.get(&format!("/referrals?{query}")).await.problem(422, code);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem:#}");
        }
        for limit in [1, 100] {
            outreach.get(&format!("/referrals?limit={limit}")).await.expect(200);
        }
        let by_due = outreach.get("/referrals?sort=due&limit=1").await.expect(200).json()["nextCursor"].clone();
        let by_due = by_due.as_str().unwrap();
        for cursor in ["x".to_owned(), String::new(), format!("{by_due}x"), format!("{by_due}&sort=created")] {
            outreach.get(&format!("/referrals?cursor={cursor}")).await.problem(422, "invalid-cursor");
        }
        app.finish().await;
    }

    async fn a_row_tells_where_it_stands_and_nothing_of_the_youth(home: Home) {
        let app = home.start().await;
        let world = world(&app).await;
        let district = app.by(Persona::District);
        let list = district.get("/referrals?state=accepted").await.expect(200);
        let row = &list.json()["items"][0];
        let shown = district.get(&path(&world.accepted)).await.expect(200).json();
        for same in ["id", "reference", "workflow", "state", "urgency", "custodian", "nextDueAt", "overdue", "version"] {
            assert_eq!(row[same], shown[same], "{same}");
        }
        for same in ["id", "state", "sender", "receiver", "assignee"] {
            assert_eq!(row["handoff"][same], shown["handoff"][same], "{same}");
        }
        for words in crate::telling::PERSONAL {
            assert!(!list.text().contains(words) || words == "Testesen", "«{words}» stands in {}", list.text());
        }
        app.finish().await;
    }
}
