//! A definition of one's own: one person proposes it, another takes it into use, and running referrals stay on theirs.

use chrono::Utc;
use e2e::{App, Client, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::app::migration::{self, Route};
use stafett_api::app::reconcile;
use stafett_api::workflow_library;
use stafett_workflow::calendar::Calendar;
use stafett_workflow::decide::Images;
use stafett_workflow::referral::WorkflowKey;

use crate::setup::hire;

const NOTIFICATION: &str = include_str!("../../crates/workflow/definitions/notification.toml");
const ADVICE: &str = include_str!("../../crates/workflow/definitions/advice-request.toml");

fn next() -> String {
    let source = NOTIFICATION.replacen("version = 1", "version = 2", 1);
    let faster = source.replacen(
        "urgent = \"4 hours\", routine = \"24 hours\" }\nagreed",
        "urgent = \"2 hours\", routine = \"24 hours\" }\nagreed",
        1,
    );
    assert_ne!(source, faster, "the definition has changed");
    faster
}

async fn propose(app: &App<'_>, source: &str) -> e2e::Answer {
    app.by(Persona::Admin)
        .post("/workflow-proposals", &json!({ "source": source }))
        .await
}

async fn answer(by: &Client, proposal: &Value, action: &str) -> e2e::Answer {
    let path = format!("/workflow-proposals/{}/transitions", proposal["id"].as_str().unwrap());
    by.post(&path, &json!({ "action": action })).await
}

async fn notify(app: &App<'_>) -> Value {
    let body = json!({
        "workflow": "notification", "sender": "uteseksjonen", "receiver": "barnevernvakten",
        "person": { "alias": "K.", "estimatedAge": 16 }, "needs": ["missing"], "urgency": "urgent",
        "legalBasis": { "code": "right-to-disclose", "reason": "Avtalt" }, "informed": { "youth": true, "guardians": true }, "summary": "Kom ikke hjem", "send": true
    });
    app.by(Persona::Outreach)
        .post("/referrals", &body)
        .await
        .expect(201)
        .json()
}

on_both_databases! {
    async fn a_version_takes_two_people(home: Home) {
        let app = home.start().await;
        let unsound = next().replace("notices = { receiver = \"new-referral\" }\n", "");
        let refused = propose(&app, &unsound).await.expect(422).json();
        let detail = refused["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("Line ") && detail.contains("The receiver does not hear that anything has come"), "{refused}");
        propose(&app, "id = ").await.expect(422);
        propose(&app, NOTIFICATION).await.expect(422); // version 1 is in use

        let proposal = propose(&app, &next()).await.expect(201).json();
        assert_eq!((&proposal["standing"], &proposal["changesFrom"]), (&json!("proposed"), &json!(1)));
        let changes = proposal["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "{proposal}");
        assert!(changes[0]["text"].as_str().unwrap().contains("2 hours"), "{proposal}");
        assert_eq!(proposal["actions"], json!(["withdraw"]));
        propose(&app, &next()).await.expect(409);

        // Neither whoever proposed it nor somebody without the right takes it into use.
        answer(&app.by(Persona::Admin), &proposal, "approve").await.expect(403);
        answer(&app.by(Persona::Lead), &proposal, "approve").await.expect(403);
        app.by(Persona::Outreach).get("/workflow-proposals").await.expect(403);
        let withdrawn = answer(&app.by(Persona::Admin), &proposal, "withdraw").await.expect(200).json();
        assert_eq!((&withdrawn["standing"], &withdrawn["actions"]), (&json!("withdrawn"), &json!([])));
        answer(&app.by(Persona::Admin), &proposal, "withdraw").await.expect(409);

        // What was taken back leaves its version free.
        let again = propose(&app, &next()).await.expect(201).json();
        let listed = app.by(Persona::Admin).get("/workflow-proposals?limit=1").await.expect(200).json();
        assert_eq!(listed["items"][0]["id"], again["id"]);
        assert!(listed["items"][0].get("source").is_none() && !listed["nextCursor"].is_null());
        let read = app.by(Persona::Admin).get(&format!("/workflow-proposals/{}", again["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(read["source"], json!(next()));
        app.by(Persona::Admin).get("/workflow-proposals/019ab3f0-5c1e-7d20-9a55-0c9d5f1fa001").await.expect(404);
        app.finish().await;
    }

    /// What the table of what may flow lets nobody be told is refused before it can keep the servers from starting.
    async fn what_may_not_flow_is_not_proposed(home: Home) {
        let app = home.start().await;
        // Advice may be asked for without a name, so the checker of definitions lets this through.
        let advice = ADVICE.replacen("version = 1", "version = 2", 1);
        let to_relatives = advice.replacen("receivers = [", "receivers = [\"user-organisation\", ", 1);
        let refused = propose(&app, &to_relatives).await;
        let problem = refused.problem(422, "invalid-input");
        let errors = problem["errors"].as_array().unwrap();
        assert!(errors.iter().all(|error| error["code"] == "disclosure-not-admitted"), "{problem:#}");
        assert!(errors[0]["detail"].as_str().unwrap().contains("user-organisation"), "{problem:#}");
        assert_eq!(home.database().number("SELECT count(*) FROM definitions WHERE standing = 'proposed'").await, 0);
        // One that was proposed by a version that did not ask is not taken into use.
        let admin = app.by(Persona::Admin);
        let other = hire(&app, &admin, "oslo-kommune", "solveig", &["system-admin"]).await;
        let proposal = propose(&app, &advice).await.expect(201).json();
        let swap = "UPDATE definitions SET source = replace(source, 'receivers = [', 'receivers = [\"user-organisation\", ')";
        home.database().execute(&format!("{swap} WHERE standing = 'proposed'")).await;
        answer(&other, &proposal, "approve").await.problem(422, "invalid-input");
        answer(&other, &proposal, "reject").await.expect(200);
        app.finish().await;
    }

    async fn what_two_people_took_into_use_counts_from_the_next_start(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let other = hire(&app, &admin, "oslo-kommune", "solveig", &["system-admin"]).await;
        let proposal = propose(&app, &next()).await.expect(201).json();
        let approved = answer(&other, &proposal, "approve").await.expect(200).json();
        assert_eq!((&approved["standing"], &approved["inForce"]), (&json!("in-use"), &json!(false)));
        assert_eq!((&approved["answeredBy"], &approved["actions"]), (&json!("solveig Nilsen"), &json!([])));
        answer(&other, &proposal, "reject").await.expect(409);
        let running = notify(&app).await;
        assert_eq!(running["workflow"]["version"], 1);
        app.finish().await;

        let app = home.start().await;
        assert_eq!(notify(&app).await["workflow"]["version"], 2);
        let path = format!("/referrals/{}", running["id"].as_str().unwrap());
        let still = app.by(Persona::Outreach).get(&path).await.expect(200).json();
        assert_eq!((&still["workflow"]["version"], &still["version"]), (&json!(1), &running["version"]));
        app.by(Persona::Admin).get("/workflows/notification/2/diagram.svg").await.expect(200);

        // Running ones go over when that is asked for, each with an entry in its log.
        let db = home.unlocked().await;
        let library = workflow_library::stored(&db).await.unwrap();
        let version = |version| library.get(&WorkflowKey { id: "notification".to_owned(), version }).unwrap().clone();
        let disclosure = stafett_workflow::disclosure::builtin().expect("the built-in table holds");
        let route = Route { from: version(1), to: version(2), images: Images::new(), disclosure, calendar: Calendar::default() };
        let tried = migration::run(&db, &route, Utc::now, false).await.unwrap();
        assert_eq!((tried.lines.len(), tried.refused(), tried.done), (1, 0, false));
        let effect = tried.lines[0].verdict.as_ref().unwrap();
        assert_eq!((&effect.keeps[..], effect.baton), (&["acknowledge".to_owned()][..], None));
        let unmoved = app.by(Persona::Outreach).get(&path).await.expect(200).json();
        assert_eq!(unmoved["workflow"]["version"], 1);
        let moved = migration::run(&db, &route, Utc::now, true).await.unwrap();
        assert!(moved.done && moved.lines.len() == 1);
        assert!(migration::run(&db, &route, Utc::now, true).await.unwrap().lines.is_empty(), "once");
        let report = reconcile::run(&db, &library).await.unwrap();
        assert_eq!(report.findings, []);
        db.close().await.unwrap();

        let now = app.by(Persona::Outreach).get(&path).await.expect(200).json();
        assert_eq!(now["workflow"]["version"], 2);
        assert_eq!(now["handoff"]["clocks"], still["handoff"]["clocks"], "what was promised is kept");
        let timeline = app.by(Persona::Outreach).get(&format!("{path}/timeline")).header("accept-language", "nb").await.expect(200).json();
        assert!(timeline.to_string().contains("Går nå etter versjon 2 av arbeidsflyten"), "{timeline}");
        let acknowledge = json!({ "action": "acknowledge" });
        let at = format!("{path}/transitions");
        app.by(Persona::ChildWelfare).post(&at, &acknowledge).if_match(&format!("\"{}\"", running["version"])).await.expect(412);
        app.by(Persona::ChildWelfare).post(&at, &acknowledge).if_match(&format!("\"{}\"", now["version"])).await.expect(200);
        app.finish().await;
    }
}
