//! Every operation of the document, one by one: whoever has no part in a referral learns nothing of it there. An operation that
//! is new fails here until somebody has said how that is proved for it.

use e2e::{Answer, App, Client, Home, Persona, Request, on_both_databases};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cases::{service, trafficking};
use crate::telling::{concern_report, id, service_referral, with};

/// How it is proved that an operation tells a stranger nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Its address names a referral or a case: one that is there answers as one that is not.
    ByName,
    /// Its body or its query can name one: the same.
    InBody,
    /// It says the same before and after there is one.
    Unmoved,
    /// It changes what is set up, or who is signed in, and knows no referral. Its answer is the same while there is one.
    SetUp,
    /// Others prove it; the story is named.
    Elsewhere(&'static str),
}

fn proof(operation: &str) -> Proof {
    use Proof::{ByName, Elsewhere, InBody, SetUp, Unmoved};
    match operation {
        "getReferral"
        | "editReferral"
        | "listReferralMessages"
        | "postReferralMessage"
        | "rectifyReferralPerson"
        | "putReferralSnooze"
        | "deleteReferralSnooze"
        | "getReferralTimeline"
        | "getReferralTimeSpent"
        | "getReferralAccessLog"
        | "getReferralProof"
        | "listReferralAttachments"
        | "addReferralAttachment"
        | "putReferralAttachment"
        | "getReferralAttachment"
        | "removeReferralAttachment"
        | "transitionReferral"
        | "getReferralHold"
        | "putReferralHold"
        | "deleteReferralHold"
        | "eraseReferral"
        | "getReferralInsight" => ByName,
        "getCase" | "editCase" | "mergeCase" | "addCaseReferral" | "splitCase" | "getCaseTimeline"
        | "transitionCase" => ByName,
        "createReferral" | "transitionReferrals" | "searchReferrals" | "openCase" | "listReferrals" | "listCases" => {
            InBody
        }
        "putReferral" => Elsewhere("outsider.rs"),
        "acknowledgeLook" | "getAgencyLook" => Elsewhere("unusual_looks.rs"),
        "breakGlass" | "decideBreakGlass" | "reviewBreakGlass" => Elsewhere("break_glass.rs"),
        "askDuplicateHint" | "answerDuplicateHint" => Elsewhere("duplicate_hints.rs"),
        "listDueErasures" => Elsewhere("keeping.rs"),
        "streamEvents" => Elsewhere("look_on.rs"),
        "getReconciliation" | "getReconciliationStatement" => Elsewhere("both_sides.rs"),
        "listReconciliationStatements" | "readReconciliationStatement" => Elsewhere("statements.rs"),
        "getAuditCheckpoint"
        | "getAuditKeys"
        | "getAuditConsistencyProof"
        | "listAuditEntries"
        | "getAuditInclusionProof"
        | "putAgencyWitness"
        | "deleteAgencyWitness"
        | "cosignAuditCheckpoint" => Elsewhere("sealed_log.rs"),
        "listIncidents" | "getIncident" | "takeIncident" | "retryIncident" => Elsewhere("heard.rs"),
        "listWebhooks"
        | "createWebhook"
        | "getWebhook"
        | "changeWebhook"
        | "deleteWebhook"
        | "listWebhookDeliveries"
        | "replayWebhookDelivery" => Elsewhere("webhooks.rs"),
        "listWorkflowProposals" | "proposeWorkflow" | "getWorkflowProposal" | "answerWorkflowProposal" => {
            Elsewhere("workflow_proposals.rs")
        }
        "listOutreachPatrols"
        | "createOutreachPatrol"
        | "getOutreachPatrol"
        | "putOutreachPatrol"
        | "withdrawOutreachPatrol"
        | "listOutreachContacts"
        | "createOutreachContact"
        | "getOutreachContact"
        | "putOutreachContact"
        | "withdrawOutreachContact"
        | "listOutreachArenas"
        | "createOutreachArena"
        | "getOutreachArena"
        | "putOutreachArena"
        | "withdrawOutreachArena" => Elsewhere("outreach.rs"),
        "testAgencyMailbox" => Elsewhere("mailbox_test.rs"),
        "signOut" | "listMySessions" | "endMySession" | "endMySessions" => Elsewhere("sessions.rs"),
        "getOverdueReport"
        | "listOverdueReferrals"
        | "getAgeingReport"
        | "listAgeingReferrals"
        | "getAgreementStatement"
        | "listAgreementStatementReferrals"
        | "getFlowReport"
        | "listFlowReferrals"
        | "listFlowDisputes"
        | "listFlowRounds"
        | "listFlowRepeats"
        | "getCoverageReport"
        | "listCoverageReferrals"
        | "listCoverageUnmet"
        | "getOutreachReport"
        | "getResponseTimesReport"
        | "getResponseTimesChart"
        | "listResponseTimesReferrals"
        | "suggestReceivers"
        | "getRouting"
        | "listWorkflows"
        | "getWorkflow"
        | "getWorkflowChecks"
        | "getWorkflowDiagram"
        | "getAgencyRetention"
        | "listLegalRules"
        | "listAgencies"
        | "getAgency"
        | "getAgencyCalendar"
        | "getAgencyCapacity"
        | "listAgencyServices"
        | "getMe"
        | "getMyNotifications"
        | "listAgencyAgreements"
        | "getAgencyAgreement"
        | "listAgencyDeputies"
        | "getAgencyMailboxes"
        | "listAgencyUsers"
        | "getAgencyUser"
        | "listAgencyAccessLog"
        | "listBreakGlass"
        | "listAgencyBreakGlass"
        | "listAgencyDuplicateHints" => Unmoved,
        "createAgency"
        | "changeAgency"
        | "proposeAgencyAgreement"
        | "changeAgencyAgreement"
        | "putAgencyCalendar"
        | "putAgencyCapacity"
        | "createAgencyDeputy"
        | "deleteAgencyDeputy"
        | "putAgencyMailboxes"
        | "putAgencyRetention"
        | "createAgencyService"
        | "deleteAgencyService"
        | "changeAgencyService"
        | "createAgencyUser"
        | "removeAgencyUser"
        | "changeAgencyUser"
        | "createToken"
        | "changeMe"
        | "putMyNotifications" => SetUp,
        new => panic!("{new} is a new operation: say how it is proved that it tells a stranger nothing of a referral"),
    }
}

/// One operation of the document.
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    example: Value,
}

pub(crate) async fn operations(client: &Client) -> Vec<Operation> {
    let document = client.get("/api/v1/openapi.json").await.expect(200).json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let first = content["examples"]
                .as_object()
                .and_then(|examples| examples.values().next());
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                example: first.map_or_else(|| content["example"].clone(), |first| first["value"].clone()),
            });
        }
    }
    operations
}

impl Operation {
    fn ask(&self, client: &Client, path: &str) -> Request {
        client.request(self.method.parse().unwrap(), path)
    }

    /// With each kind of body, with and without a version.
    fn tries(&self, client: &Client, path: &str) -> Vec<Request> {
        let mut tries = vec![self.ask(client, path)];
        if self.method == "GET" {
            return tries;
        }
        for body in [
            self.example.to_string(),
            "{}".to_owned(),
            r#"{"colour": 1}"#.to_owned(),
            "{".to_owned(),
        ] {
            let with_body = || self.ask(client, path).raw("application/json", body.clone());
            tries.push(with_body());
            tries.push(with_body().if_match("\"1\""));
        }
        tries
    }
}

/// Everything but the hour and the name of the request, and the names that were asked for.
fn told(answer: &Answer, names: &[&str]) -> (u16, Vec<(String, String)>, String) {
    let without = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(name, "NAME"))
    };
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(header, _)| !["date", "x-request-id", "connection", "content-length"].contains(&header.as_str()))
        .map(|(header, value)| (header.to_string(), without(&String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    headers.sort();
    (answer.status, headers, without(&answer.text()))
}

/// Nobody of these has a part in what happens between outreach, child welfare and immigration.
const STRANGERS: [Persona; 4] = [Persona::Outsider, Persona::District, Persona::Auditor, Persona::Admin];

/// Who sees no figures of others either.
const UNMOVED: [Persona; 3] = [Persona::Outsider, Persona::District, Persona::Admin];

/// A case between outreach, child welfare and immigration.
async fn case(app: &App<'_>) -> Value {
    let report = trafficking()["referrals"][0].clone();
    let body = with(trafficking(), "/referrals", json!([report, service("udi")]));
    app.by(Persona::Outreach).post("/cases", &body).await.expect(201).json()
}

/// Two names that look alike: one is taken, one is not.
fn names(body: &Value, another: impl Fn(u64) -> String) -> [(String, String); 2] {
    let reference = body["reference"].as_str().unwrap().to_owned();
    let never = (0..8).map(another).find(|other| *other != reference).unwrap();
    [(id(body), Uuid::now_v7().to_string()), (reference, never)]
}

on_both_databases! {
    async fn no_operation_tells_a_stranger_what_they_name(home: Home) {
        use stafett_workflow::reference::{CaseReference, Reference};
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let case = case(&app).await;
        let nobody = Uuid::now_v7().to_string();
        let referral_names = names(&sent, |number| Reference::from_random(number).to_string());
        let case_names = names(&case, |number| CaseReference::from_random(number).to_string());
        for operation in operations(&app.by_nobody()).await {
            match proof(&operation.name) {
                Proof::ByName => {}
                Proof::Elsewhere(story) => {
                    let stories = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
                    assert!(stories.join(story).exists(), "{story}");
                    continue;
                }
                Proof::InBody | Proof::Unmoved | Proof::SetUp => continue,
            }
            let named = if operation.path.starts_with("/api/v1/referrals/") { &referral_names } else { &case_names };
            for persona in STRANGERS {
                let client = app.by(persona);
                for (there, nowhere) in named {
                    let path = |name: &str| operation.path.replace("{id}", name).replace("{attachment}", &nobody);
                    let tries = operation.tries(&client, &path(there)).into_iter();
                    for (nth, (to_there, to_nowhere)) in tries.zip(operation.tries(&client, &path(nowhere))).enumerate() {
                        let (found, missed) = (to_there.await, to_nowhere.await);
                        let which = format!("{persona:?} {} try {nth}", operation.name);
                        // What a role alone admits is refused before anything is looked for.
                        let by_role = operation.path.contains("/hold") || operation.path.contains("/insight") || operation.name == "eraseReferral";
                        assert!(found.status == 404 || (by_role && found.status == 403), "{which}: {}", found.text());
                        assert_eq!(told(&found, &[there]), told(&missed, &[nowhere]), "{which}");
                    }
                }
            }
        }
        app.finish().await;
    }

    async fn no_body_and_no_query_tells_a_stranger_what_it_names(home: Home) {
        use stafett_workflow::reference::Reference;
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let named = names(&sent, |number| Reference::from_random(number).to_string());
        for (persona, own) in [(Persona::Outsider, "bup-oslo"), (Persona::District, "bydel-grunerlokka")] {
            let client = app.by(persona);
            for (there, nowhere) in &named {
                type Ask<'a> = Box<dyn Fn(&str) -> Request + 'a>;
                let asks: Vec<(&str, Ask<'_>)> = vec![
                    ("bulk", Box::new(|name| client.post("/referrals/bulk", &json!({ "action": "assign",
                        "input": { "person": "me" }, "items": [{ "id": name, "version": 1 }] })))),
                    ("parent", Box::new(|name| {
                        let body = with(service_referral("udi"), "/sender", json!(own));
                        client.post("/referrals", &with(body, "/parent", json!(name)))
                    })),
                    ("attach", Box::new(|name| client.post("/cases", &json!({ "coordinator": own, "attach": [name] })))),
                    ("list", Box::new(|name| client.get(&format!("/referrals?box=all&q={name}")))),
                    ("cases", Box::new(|name| client.get(&format!("/cases?q={name}")))),
                ];
                for (what, ask) in asks {
                    let (found, missed) = (ask(there).await, ask(nowhere).await);
                    assert_eq!(told(&found, &[there]), told(&missed, &[nowhere]), "{persona:?} {what}");
                    assert!(found.status == 200 || found.status == 422, "{persona:?} {what}: {}", found.text());
                }
            }
            // By what they know of the youth.
            let search = async |what: Value| told(&client.post("/referrals/search", &what).await, &[]);
            let there = search(json!({ "identifier": { "type": "fnr", "value": "17912099997" } })).await;
            let nowhere = search(json!({ "identifier": { "type": "fnr", "value": "29822099635" } })).await;
            assert_eq!(there, nowhere, "{persona:?}");
            assert_eq!(search(json!({ "alias": "Kråka" })).await, search(json!({ "alias": "Måka" })).await, "{persona:?}");
            // Nor by writing of the same youth: no warning.
            let own_referral = with(service_referral("udi"), "/sender", json!(own));
            let warned = client.post("/referrals", &own_referral).await.expect(201).json();
            assert_eq!(warned["warnings"], Value::Null, "{persona:?}");
        }
        app.finish().await;
    }

    async fn nothing_else_moves_when_there_is_one(kind: DatabaseKind) {
        // Time stands still, for reports tell as of when they are.
        let (home, _clock) = Home::with_clock(kind, "2026-11-24T09:00:00Z".parse().unwrap()).await;
        let app = home.start().await;
        let mut before = Vec::new();
        for round in 0..2 {
            if round == 1 {
                app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
                case(&app).await;
            }
            for operation in operations(&app.by_nobody()).await {
                let proof = proof(&operation.name);
                if !matches!(proof, Proof::Unmoved | Proof::SetUp) && operation.method != "GET" {
                    continue;
                }
                if matches!(proof, Proof::ByName | Proof::Elsewhere(_)) {
                    continue;
                }
                let nobody = Uuid::nil().to_string();
                // Of an agency that takes part in it, of one that does not, and with whatever else the address asks for.
                for agency in ["barnevernvakten", "bup-oslo"] {
                    let path = operation.path.replace("{agency}", agency).replace("{id}", "concern-report").replace("{version}", "1")
                        .replace("{agreement}", &nobody).replace("{deputy}", &nobody).replace("{service}", &nobody).replace("{user}", &nobody);
                    for persona in UNMOVED {
                        let client = app.by(persona);
                        // What would change something is tried only so that it is refused.
                        let asked = match (proof, operation.name.as_str()) {
                            (_, "suggestReceivers") => operation.ask(&client, &path).json(&operation.example),
                            (Proof::SetUp, _) => operation.ask(&client, &path).raw("application/json", r#"{"colour": 1}"#),
                            _ => operation.ask(&client, &path),
                        };
                        let answer = asked.await;
                        let which = format!("{persona:?} {} {agency}", operation.name);
                        before.push((round, which, told(&answer, &[])));
                    }
                }
            }
        }
        let (first, second): (Vec<_>, Vec<_>) = before.into_iter().partition(|(round, ..)| *round == 0);
        assert!(first.len() > 100, "{}", first.len());
        assert_eq!(first.len(), second.len());
        for ((_, which, before), (_, _, after)) in first.into_iter().zip(second) {
            assert_eq!(before, after, "{which}");
        }
        app.finish().await;
    }
}
