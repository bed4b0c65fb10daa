//! Every operation of the document, one by one: what it shows of a youth is in the access log before the answer leaves, and of
//! whoever is strictly confidential nobody is shown anything without having said why.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Answer, App, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_api::http::shows::{Shows, shows};
use uuid::Uuid;

use crate::cases::{case_path, open, trafficking};
use crate::outsider_everywhere::operations;
use crate::telling::{Acts, PERSONAL, concern_report, id, path, service_referral, with};
use crate::vault::stafett;

/// Why somebody looks, in words that no other text of a story has.
const WHY: &str = "Overtar vakten, Fjellrev leses før møtet";

/// How many looks stand in the log for the request that got this answer.
async fn looks_of(home: &Home, answer: &Answer) -> i64 {
    let request = answer.header("x-request-id");
    assert!(!request.is_empty());
    home.database()
        .number(&format!("SELECT count(*) FROM looks WHERE request_id = '{request}'"))
        .await
}

fn tells_words(answer: &Answer) -> bool {
    let text = answer.text();
    let staff = "Testesen";
    PERSONAL.iter().any(|word| *word != staff && text.contains(word))
}

fn strictly(body: Value) -> Value {
    with(body, "/person/addressProtection", json!("strictly-confidential"))
}

/// Every operation that shows a youth, asked once about one for whom that works, by its name in the document.
async fn ask_each(app: &App<'_>, why: &str) -> BTreeMap<&'static str, Answer> {
    let by = |persona| app.by(persona).because(why);
    let (outreach, vakten, lead) = (by(Persona::Outreach), by(Persona::ChildWelfare), by(Persona::Lead));
    let mut got = BTreeMap::new();
    let draft = with(concern_report(), "/send", json!(false));
    let written = Uuid::now_v7();
    let put = outreach
        .put(&format!("/referrals/{written}"), &draft)
        .header("if-none-match", "*");
    got.insert("putReferral", put.await.expect(201));
    let edited = outreach
        .patch(&format!("/referrals/{written}"), &json!({ "urgency": "urgent" }))
        .if_match("\"1\"");
    got.insert("editReferral", edited.await.expect(200));
    let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
    let place = path(&sent);
    got.insert("getReferral", vakten.look(&sent).await.expect(200));
    let taken = vakten
        .act(&sent, "accept", json!({ "assignee": "me" }))
        .await
        .expect(200);
    let right = json!({ "person": { "alias": "Kråka", "estimatedAge": 15 }, "reason": "Mormor sier 15" });
    got.insert(
        "rectifyReferralPerson",
        vakten
            .post(&format!("{place}/person"), &right)
            .if_match(&taken.etag())
            .await
            .expect(200),
    );
    let file = crate::attachments::add(&outreach, &sent, "text/plain", "Kråka.txt", "Kråka var her".as_bytes())
        .await
        .expect(201);
    got.insert(
        "listReferralAttachments",
        vakten.get(&format!("{place}/attachments")).await.expect(200),
    );
    got.insert(
        "getReferralAttachment",
        vakten.get(file.header("location")).await.expect(200),
    );
    outreach
        .post(&format!("{place}/messages"), &json!({ "text": "Hva sier Mormor?" }))
        .await
        .expect(201);
    got.insert(
        "listReferralMessages",
        vakten.get(&format!("{place}/messages")).await.expect(200),
    );
    got.insert(
        "getReferralTimeline",
        vakten.get(&format!("{place}/timeline")).await.expect(200),
    );
    got.insert(
        "getReferralTimeSpent",
        vakten.get(&format!("{place}/time-spent")).await.expect(200),
    );
    let hold = json!({ "reason": "Tilsynet har bedt om Kråka" });
    got.insert(
        "putReferralHold",
        lead.put(&format!("{place}/hold"), &hold).await.expect(200),
    );
    got.insert("getReferralHold", lead.get(&format!("{place}/hold")).await.expect(200));
    got.insert(
        "deleteReferralHold",
        lead.request(reqwest::Method::DELETE, &format!("{place}/hold"))
            .await
            .expect(200),
    );
    got.insert(
        "getReferralInsight",
        lead.get(&format!("{place}/insight")).await.expect(200),
    );
    got.insert(
        "searchReferrals",
        outreach
            .post("/referrals/search", &json!({ "alias": "Kråka" }))
            .await
            .expect(200),
    );
    got.insert("transitionReferral", taken);
    got.insert("createReferral", sent);
    through_glass(app, why, &mut got).await;
    cases(app, why, &mut got).await;
    got
}

/// The reasons of broken glasses, to who broke one and to whose referral it is.
async fn through_glass(app: &App<'_>, why: &str, got: &mut BTreeMap<&'static str, Answer>) {
    let reason = "Kråka er innlagt i natt, vi må vite hvem som har henne";
    let reference = got["createReferral"].json()["reference"].clone();
    let wanted = json!({ "referral": reference, "agency": "bup-oslo", "reason": reason });
    let breaker = app.by(Persona::Outsider);
    breaker.post("/break-glass", &wanted).await.expect(201);
    let theirs = app
        .by(Persona::Lead)
        .get("/agencies/barnevernvakten/break-glass")
        .await
        .expect(200);
    got.insert("listAgencyBreakGlass", theirs);
    // Why somebody of theirs looked.
    let log = app
        .by(Persona::Lead)
        .get("/agencies/barnevernvakten/access-log?limit=100")
        .await
        .expect(200)
        .json();
    let looks = log["items"].as_array().unwrap();
    let with_words = looks.iter().find(|look| look["why"]["code"] == "reason").unwrap();
    let one = format!(
        "/agencies/barnevernvakten/access-log/{}",
        with_words["id"].as_str().unwrap()
    );
    got.insert(
        "getAgencyLook",
        app.by(Persona::Lead).because(why).get(&one).await.expect(200),
    );
}

async fn cases(app: &App<'_>, why: &str, got: &mut BTreeMap<&'static str, Answer>) {
    let (outreach, lead) = (
        app.by(Persona::Outreach).because(why),
        app.by(Persona::Lead).because(why),
    );
    let (one, two) = (open(app, &trafficking()).await, open(app, &trafficking()).await);
    got.insert("getCase", outreach.get(&case_path(&one)).await.expect(200));
    got.insert(
        "getCaseTimeline",
        outreach.get(&format!("{}/timeline", case_path(&one))).await.expect(200),
    );
    let more = json!({ "addNeeds": ["housing"] });
    let edited = outreach
        .patch(&case_path(&one), &more)
        .if_match(&one.etag())
        .await
        .expect(200);
    let need = crate::cases::service("bup-oslo");
    let added = outreach
        .post(&format!("{}/referrals", case_path(&one)), &need)
        .if_match(&edited.etag())
        .await
        .expect(201);
    let offer = json!({ "action": "propose-coordinator", "input": { "agency": "barnevernvakten", "reason": "De kjenner henne" } });
    let offered = outreach
        .post(&format!("{}/transitions", case_path(&two)), &offer)
        .if_match(&two.etag())
        .await
        .expect(200);
    let seen = lead.get(&case_path(&one)).await.expect(200);
    let into = json!({ "into": id(&two.json()), "reason": "Samme ungdom" });
    let merged = lead
        .post(&format!("{}/merge", case_path(&one)), &into)
        .if_match(&seen.etag())
        .await
        .expect(200);
    let off = json!({ "case": id(&one.json()), "reason": "To søstre" });
    let apart = lead
        .post(&format!("{}/split", case_path(&two)), &off)
        .if_match(&merged.etag())
        .await
        .expect(200);
    got.extend([
        ("openCase", one),
        ("editCase", edited),
        ("addCaseReferral", added),
        ("transitionCase", offered),
        ("mergeCase", merged),
        ("splitCase", apart),
    ]);
}

on_both_databases! {
    async fn what_shows_a_youth_is_in_the_log_and_nothing_else_shows_one(home: Home) {
        let app = home.start().await;
        let got = ask_each(&app, WHY).await;
        let all = operations(&app.by_nobody()).await;
        let showing: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).filter(|name| shows(name) == Some(Shows::Youth)).collect();
        assert_eq!(got.keys().copied().collect::<BTreeSet<_>>(), showing, "each that shows a youth is asked here");
        for (operation, answer) in &got {
            assert!(looks_of(&home, answer).await > 0, "{operation} is not in the log: {}", answer.text());
        }
        // Those that are said to show nothing are read by everybody, about a youth of whom there is much to tell.
        let sent = id(&got["createReferral"].json());
        for operation in all.iter().filter(|one| one.method == "GET" && shows(&one.name) == Some(Shows::Nothing)) {
            for persona in [Persona::Outreach, Persona::ChildWelfare, Persona::Lead, Persona::Coordinator, Persona::Auditor, Persona::Admin] {
                let named = if operation.path.contains("/workflows/") { "concern-report" } else { sent.as_str() };
                let path = operation.path.replace("{agency}", "barnevernvakten").replace("{id}", named).replace("{version}", "1");
                let path = path.replace(['{', '}'], "");
                let answer = app.by(persona).get(&path).await;
                assert!(!tells_words(&answer), "{persona:?} {}: {}", operation.name, answer.text());
                assert_eq!(looks_of(&home, &answer).await, 0, "{persona:?} {}", operation.name);
            }
        }
        app.finish().await;
    }

    async fn of_whoever_is_strictly_confidential_nothing_is_shown_without_a_reason(home: Home) {
        let app = home.start().await;
        let plain = |persona| app.by(persona);
        let saying = |persona| app.by(persona).because(WHY);
        // Whoever tells of them has looked at nothing, also when the answer was lost.
        for _twice in 0..2 {
            plain(Persona::Outreach).post("/referrals", &strictly(concern_report())).idempotency_key("told").await.expect(201);
        }
        let sent = plain(Persona::Outreach).post("/referrals", &strictly(service_referral("barnevernvakten"))).await.expect(201);
        let place = path(&sent);
        let ask = async |client: &Client| -> Vec<(&'static str, Answer)> {
            let act = json!({ "action": "acknowledge" });
            vec![
                ("referral", client.get(&place).await),
                ("timeline", client.get(&format!("{place}/timeline")).await),
                ("messages", client.get(&format!("{place}/messages")).await),
                ("files", client.get(&format!("{place}/attachments")).await),
                ("act", client.post(&format!("{place}/transitions"), &act).if_match(&sent.etag()).await),
            ]
        };
        let refused = |what: &str, answer: &Answer| {
            let problem = answer.problem(422, "look-reason-required");
            assert!(problem["detail"].as_str().unwrap().contains("Look-Reason"), "{what}");
            assert!(!tells_words(answer), "{what}");
        };
        for (what, answer) in ask(&plain(Persona::ChildWelfare)).await {
            refused(what, &answer);
            assert_eq!(looks_of(&home, &answer).await, 0, "{what}: nobody has looked");
        }
        refused("one's own", &plain(Persona::Outreach).look(&sent).await);
        let lead = plain(Persona::Lead);
        refused("insight", &lead.get(&format!("{place}/insight")).await);
        refused("hold", &lead.get(&format!("{place}/hold")).await);
        // Neither was it opened, nor acknowledged.
        let seen = saying(Persona::Outreach).look(&sent).await.expect(200).json();
        assert_eq!((&seen["handoff"]["state"], &seen["handoff"]["receipts"]["seen"]), (&json!("sent"), &json!(null)));
        // To others it is as if it were not there, whatever they say.
        for stranger in [plain(Persona::District), saying(Persona::District)] {
            stranger.get(&place).await.problem(404, "not-found");
        }
        for (what, answer) in ask(&saying(Persona::ChildWelfare)).await {
            assert_eq!(answer.status, 200, "{what}: {}", answer.text());
            let request = answer.header("x-request-id");
            let with_words = format!("SELECT count(*) FROM looks WHERE request_id = '{request}' AND why = 'reason' AND reason_text_id IS NOT NULL");
            assert_eq!(home.database().number(&with_words).await, 1, "{what}");
        }
        saying(Persona::Lead).get(&format!("{place}/insight")).await.expect(200);
        let rows = crate::telling::impersonal_rows(home.database()).await.join("\n");
        assert!(!rows.contains("Fjellrev"), "the reason stands open");
        app.finish().await;
    }

    /// A case names a youth by what lies in it: so does the rule, for those who could open that.
    async fn a_case_asks_those_who_could_open_what_lies_in_it(home: Home) {
        let app = home.start().await;
        let case = open(&app, &strictly(trafficking())).await;
        let place = case_path(&case);
        let outreach = app.by(Persona::Outreach);
        for below in ["", "/timeline"] {
            outreach.get(&format!("{place}{below}")).await.problem(422, "look-reason-required");
            let told = outreach.because(WHY).get(&format!("{place}{below}")).await.expect(200);
            assert!(looks_of(&home, &told).await > 0);
        }
        let added = outreach.post(&format!("{place}/referrals"), &crate::cases::service("bup-oslo"));
        added.if_match(&case.etag()).await.expect(201);
        app.finish().await;
    }

    /// The operator's insight names who asked and why, in the log of everybody who takes part.
    async fn whoever_asks_at_the_command_line_stands_in_the_log(home: Home) {
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &strictly(concern_report())).await.expect(201);
        let reference = sent.json()["reference"].as_str().unwrap().to_owned();
        let refused = async |more: &[&str]| {
            let asked: Vec<&str> = ["insight", reference.as_str()].into_iter().chain(more.iter().copied()).collect();
            let done = stafett(&home, &asked).await;
            assert_eq!(done.status.code(), Some(2), "{more:?}");
            assert!(done.stdout.is_empty(), "{more:?}");
        };
        refused(&[]).await;
        refused(&["--by", "admin"]).await;
        refused(&["--by", "nobody", "--reason", WHY]).await;
        refused(&["--by", "admin", "--reason", "kort"]).await;
        let me = app.by(Persona::Admin).get("/me").await.expect(200).json();
        let told = stafett(&home, &["insight", &reference, "--by", me["username"].as_str().unwrap(), "--reason", WHY]).await;
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let by_nobody = "SELECT count(*) FROM looks l WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id)";
        assert_eq!(home.database().number(by_nobody).await, 0);
        let log = app.by(Persona::Outreach).get(&format!("{}/access-log", path(&sent))).await.expect(200).json();
        let by_operator: Vec<&Value> = log["items"].as_array().unwrap().iter().filter(|look| look["user"]["id"] == me["id"]).collect();
        assert!(!by_operator.is_empty(), "{log:#}");
        assert!(by_operator.iter().all(|look| look["why"]["code"] == "reason"), "{log:#}");
        app.finish().await;
    }
}
