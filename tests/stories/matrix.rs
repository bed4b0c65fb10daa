//! The whole policy against the real server: role × relation × state × action × address protection. Each cell that can be set
//! up is asked for over HTTP and held against what the policy and the engine say by themselves.

use std::collections::BTreeMap;

use chrono::Utc;
use e2e::{Answer, App, Home, Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_store::referrals::{self, Name};
use stafett_store::{Db, users};
use stafett_workflow::agency::{ReferralId, UserId};
use stafett_workflow::definition::builtin;
use stafett_workflow::policy::{self, Actor, Operation, Relation, Scope, SystemTask, Verdict};
use stafett_workflow::referral::Referral;
use stafett_workflow::refusal::RefusalKind;
use stafett_workflow::vocabulary::{Action, AddressProtection, Code};
use stafett_workflow::{Definition, admit};
use tokio::task::JoinSet;

use crate::telling::{Acts, id, service_referral, with};

/// Who does what, with which input.
type Step = (Persona, &'static str, Value);

/// How to come to each state, from the first draft on.
fn ways() -> Vec<(&'static str, Vec<Step>)> {
    use Persona::{District, Outreach};
    let none = || json!({});
    let send = || (Outreach, "send", none());
    let accept = || (District, "accept", json!({ "assignee": "me" }));
    vec![
        ("draft", vec![]),
        ("sent", vec![send()]),
        ("acknowledged", vec![send(), (District, "acknowledge", none())]),
        (
            "info-requested",
            vec![send(), (District, "request-info", json!({ "text": "Hvor?" }))],
        ),
        ("accepted", vec![send(), accept()]),
        ("in-progress", vec![send(), accept(), (District, "start", none())]),
        (
            "on-hold",
            vec![send(), accept(), (District, "hold", json!({ "reason": "Venter" }))],
        ),
        (
            "declined",
            vec![
                send(),
                (District, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })),
            ],
        ),
        (
            "returned-with-advice",
            vec![send(), (District, "return-with-advice", json!({ "advice": "Ring" }))],
        ),
        (
            "forwarded",
            vec![
                send(),
                (District, "forward", json!({ "receiver": "udi", "reason": "Dit" })),
            ],
        ),
        (
            "withdrawn",
            vec![send(), (Outreach, "withdraw", json!({ "reason": "Feil" }))],
        ),
        (
            "disputed",
            vec![send(), (District, "dispute", json!({ "reason": "Ikke vår" }))],
        ),
        (
            "ended-early",
            vec![
                send(),
                accept(),
                (District, "end-early", json!({ "reason": "Flyttet" })),
            ],
        ),
        (
            "completed",
            vec![
                send(),
                accept(),
                (District, "complete", json!({ "outcome": "service-delivered" })),
            ],
        ),
        (
            "entered-in-error",
            vec![(Outreach, "mark-error", json!({ "reason": "Feil" }))],
        ),
    ]
}

async fn bring(app: &App<'_>, way: &[(Persona, &'static str, Value)], protection: AddressProtection) -> Answer {
    let body = with(service_referral("bydel-grunerlokka"), "/send", json!(false));
    let body = with(body, "/person/addressProtection", json!(protection.as_str()));
    let mut shown = app.by(Persona::Outreach).post("/referrals", &body).await.expect(201);
    for (who, action, input) in way {
        shown = app
            .by(*who)
            .because("Matrisen prøves")
            .act(&shown, action, input.clone())
            .await
            .expect(200);
    }
    shown
}

/// What the policy and the engine say by themselves, as the status that it must become.
fn expected(
    definition: &Definition,
    referral: &Referral,
    actor: &Actor,
    protection: AddressProtection,
    author: UserId,
    action: Action,
) -> u16 {
    let own = author == actor.user || referral.handoffs.iter().any(|leg| leg.assignee == Some(actor.user));
    let inside = actor.memberships.iter().any(|membership| {
        let waits = referral
            .open_handoff()
            .is_some_and(|open| open.is_sent() && open.assignee.is_none() && open.terms.receiver == membership.agency);
        let knows = membership.agency.is_some_and(|agency| referral.knows(agency));
        knows && policy::in_circle(protection, membership.role, own, waits)
    });
    match policy::permit(actor, Operation::Transition(action), referral) {
        Err(Verdict::Hidden) => 404,
        _ if !inside => 404,
        Err(_) => 403,
        Ok(_) => match admit(definition, referral, action, actor, Utc::now()) {
            Ok(_) => 422, // for the input is wrong on purpose
            Err(refusal) => match refusal.rule.kind() {
                RefusalKind::Hidden => 404,
                RefusalKind::Party => 403,
                RefusalKind::State => 409,
                RefusalKind::Input => 422,
            },
        },
    }
}

async fn everybody(app: &App<'_>, db: &Db) -> Vec<(Persona, Actor)> {
    let mut all = Vec::new();
    for persona in Persona::ALL {
        let me = app.by(persona).get("/me").await.expect(200).json();
        let user = UserId(me["id"].as_str().unwrap().parse().unwrap());
        let (_, actor) = users::actor(db, user).await.unwrap().unwrap();
        all.push((persona, actor));
    }
    all
}

/// Asks every cell of these states, those of one persona at once: what is refused changes nothing, so none waits for another.
async fn walk(
    home: &Home,
    states: impl Iterator<Item = (&'static str, Vec<Step>)>,
) -> BTreeMap<(Relation, u16), usize> {
    let app = home.start().await;
    let db = home.unlocked().await;
    let library = builtin().unwrap();
    let definition = library.newest("service-referral").unwrap();
    let people = everybody(&app, &db).await;
    let mut cells: BTreeMap<(Relation, u16), usize> = BTreeMap::new();
    for (state, way) in states {
        for protection in [AddressProtection::None, AddressProtection::StrictlyConfidential] {
            let shown = bring(&app, &way, protection).await;
            let name = id(&shown.json());
            let everything = Scope::for_system(SystemTask::Reconcile);
            let stored = Name::Id(ReferralId(name.parse().unwrap()));
            let found = referrals::find(&db, &everything, stored).await.unwrap().unwrap();
            let referral = found.referral();
            let version = format!("\"{}\"", referral.version);
            for (persona, actor) in &people {
                let client = app.by(*persona);
                let mut answers = JoinSet::new();
                for action in Action::ALL {
                    // A field that no action has: whoever gets as far as the input is refused there, and nothing moves.
                    let body = json!({ "action": action.as_str(), "input": { "colour": "blue" } });
                    let asked = client
                        .post(&format!("/referrals/{name}/transitions"), &body)
                        .if_match(&version);
                    answers.spawn(async move { (*action, asked.await) });
                }
                let answers = answers.join_all().await;
                assert_eq!(answers.len(), Action::ALL.len());
                for (action, answer) in answers {
                    let expected = expected(definition, referral, actor, protection, found.created_by(), action);
                    assert_eq!(
                        answer.status,
                        expected,
                        "{state} {protection} {persona:?} {action}: {}",
                        answer.text()
                    );
                    for agency in actor.agencies() {
                        for relation in Relation::all_of(agency, referral) {
                            *cells.entry((relation, expected)).or_default() += 1;
                        }
                    }
                }
            }
        }
    }
    db.close().await.unwrap();
    app.finish().await;
    cells
}

/// Each second state, so that both halves meet the beginning, the middle and the end of a referral.
fn half(which: usize) -> impl Iterator<Item = (&'static str, Vec<Step>)> {
    ways().into_iter().skip(which).step_by(2)
}

/// The walk met each way to say no, and these relations.
fn met(cells: &BTreeMap<(Relation, u16), usize>, relations: &[Relation]) {
    for relation in relations {
        assert!(
            cells.keys().any(|(met, _)| met == relation),
            "{}: {cells:?}",
            relation.as_str()
        );
    }
    for status in [403, 404, 409, 422] {
        assert!(cells.keys().any(|(_, met)| *met == status), "{status}: {cells:?}");
    }
}

on_both_databases! {
    async fn the_server_answers_every_cell_as_the_policy_says(home: Home) {
        // While they disagree, the municipality has its say: that state is among these.
        met(&walk(&home, half(1)).await, &Relation::ALL);
    }

    async fn and_those_of_the_other_states(home: Home) {
        met(&walk(&home, half(0)).await, &[Relation::Sender, Relation::Receiver, Relation::Custodian, Relation::Outsider]);
    }
}
