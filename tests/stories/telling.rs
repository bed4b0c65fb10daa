//! What the stories have in common: what is written, how it is acted upon, and where its traces are looked for.

use std::sync::Arc;

use e2e::{Answer, Client, Database, DatabaseKind, Home, Request, mailbox, smtp::Mail};
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};

/// Words about the youth, their family and their helpers, as [`concern_report`] and [`service_referral`] have them. They
/// stand with the person, among the texts, and nowhere else.
pub(crate) const PERSONAL: [&str; 10] = [
    "Kråka",
    "Kristoffer",
    "Eksempelsen",
    "17912099997",
    "179120",
    "Vaterland",
    "trikkestallen",
    "Mormor",
    "ruset",
    "Testesen",
];

/// A concern report from outreach to the emergency child welfare service, sent at once.
pub(crate) fn concern_report() -> Value {
    json!({
        "workflow": "concern-report",
        "sender": "uteseksjonen",
        "receiver": "barnevernvakten",
        "person": person(),
        "needs": ["substance-use", "shelter"],
        "urgency": "emergency",
        "legalBasis": { "code": "duty-to-report", "reason": "16 år, alene ute om natten og ruset" },
        "informed": { "youth": true, "guardians": false, "reason": "Mormor svarer ikke" },
        "summary": "Vi traff Kråka ved Vaterland. Hun sover i trikkestallen.",
        "send": true
    })
}

/// A referral from outreach to a service, sent at once.
pub(crate) fn service_referral(receiver: &str) -> Value {
    json!({
        "workflow": "service-referral",
        "sender": "uteseksjonen",
        "receiver": receiver,
        "person": person(),
        "needs": ["housing"],
        "urgency": "urgent",
        "legalBasis": consent(),
        "informed": { "youth": true, "guardians": false, "reason": "Mormor svarer ikke" },
        "summary": "Kråka trenger et sted å bo. Hun sover i trikkestallen.",
        "send": true
    })
}

/// A legal basis that covers a service for somebody of any age.
pub(crate) fn consent() -> Value {
    json!({
        "code": "consent",
        "reason": "Kråka ønsker hjelpen selv",
        "consent": { "by": "youth", "age": 16, "scope": "Det som står i formidlingen, til bydelen" }
    })
}

fn person() -> Value {
    json!({
        "alias": "Kråka",
        "name": "Kristoffer Eksempelsen",
        "estimatedAge": 16,
        "identifier": { "type": "fnr", "value": "17912099997" },
        "whereabouts": { "municipality": "0301", "district": "030116" },
        "flags": ["missing"],
        "language": "nb",
        "interpreter": false,
        "addressProtection": "none"
    })
}

/// `body` with one field set, or added when it is new.
pub(crate) fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => fields.insert(name.to_owned(), value),
        other => panic!("no object at {parent}: {other}"),
    };
    body
}

/// `body` without one field.
pub(crate) fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(name)
        .unwrap();
    body
}

/// What somebody does with a referral as an answer has shown it to them.
pub(crate) trait Acts {
    /// Takes an action on the version that the answer shows.
    fn act(&self, shown: &Answer, action: &str, input: Value) -> Request;

    /// Reads it again.
    fn look(&self, shown: &Answer) -> Request;
}

impl Acts for Client {
    fn act(&self, shown: &Answer, action: &str, input: Value) -> Request {
        let body = json!({ "action": action, "input": input });
        self.post(&format!("{}/transitions", path(shown)), &body)
            .if_match(&shown.etag())
    }

    fn look(&self, shown: &Answer) -> Request {
        self.get(&path(shown))
    }
}

/// The path of the referral in an answer.
#[track_caller]
pub(crate) fn path(shown: &Answer) -> String {
    format!("/referrals/{}", id(&shown.json()))
}

/// The id of what a body shows.
#[track_caller]
pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

/// The clocks of the current hand-off that run, by name.
#[track_caller]
pub(crate) fn running_clocks(referral: &Value) -> Vec<&str> {
    let clocks = referral["handoffs"].as_array().unwrap().iter();
    clocks
        .flat_map(|handoff| handoff["clocks"].as_array().unwrap())
        .filter(|clock| ["running", "warned", "overdue"].contains(&clock["status"].as_str().unwrap()))
        .map(|clock| clock["id"].as_str().unwrap())
        .collect()
}

/// The actions that an answer offers, by name.
#[track_caller]
pub(crate) fn actions(referral: &Value) -> Vec<&str> {
    let actions = referral["actions"].as_array().unwrap().iter();
    actions.map(|action| action["action"].as_str().unwrap()).collect()
}

/// The log of a referral.
pub(crate) async fn timeline(client: &Client, shown: &Answer) -> Vec<Value> {
    let timeline = client
        .get(&format!("{}/timeline", path(shown)))
        .await
        .expect(200)
        .json();
    timeline["items"].as_array().unwrap().clone()
}

/// The actions in a log, in order.
pub(crate) fn taken(timeline: &[Value]) -> Vec<&str> {
    timeline.iter().filter_map(|entry| entry["action"].as_str()).collect()
}

/// The ids in a list.
#[track_caller]
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(id).collect()
}

/// Sends all of them at the same moment.
pub(crate) async fn all_at_once(requests: Vec<Request>) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(requests.len()));
    let mut running = JoinSet::new();
    for request in requests {
        let start = Arc::clone(&start);
        running.spawn(async move {
            start.wait().await;
            request.await
        });
    }
    running.join_all().await
}

/// How many answers have this status.
pub(crate) fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// Everything that counts in the database: it is the same as long as nothing was written. Who has looked at what is kept
/// too, but not here.
pub(crate) async fn footprint(home: &Home) -> String {
    let tables = [
        "referrals",
        "handoffs",
        "clocks",
        "events",
        "parties",
        "persons",
        "texts",
        "outbox",
        "idempotency",
    ];
    let counts: Vec<_> = tables
        .iter()
        .map(|table| format!("'{table} ' || (SELECT count(*) FROM {table})"))
        .collect();
    let versions = "'versions ' || (SELECT coalesce(sum(version), 0) FROM referrals)";
    let query = format!("SELECT {} || ', ' || {versions}", counts.join(" || ', ' || "));
    home.database().texts(&query).await.remove(0)
}

/// Everything in the database outside of the two places for personal data, row by row.
pub(crate) async fn impersonal_rows(database: &Database) -> Vec<String> {
    let tables = match database.kind() {
        DatabaseKind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        DatabaseKind::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut rows = Vec::new();
    for table in database.texts(tables).await {
        // Who works where is no secret within the house.
        if ["persons", "texts", "users"].contains(&table.as_str()) {
            continue;
        }
        let all = match database.kind() {
            DatabaseKind::Sqlite => {
                let columns = format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')");
                let columns = database.texts(&columns).await.join(" || '|' || ");
                format!("SELECT {columns} FROM {table}")
            }
            DatabaseKind::Postgres => format!("SELECT to_jsonb(t)::text FROM {table} t"),
        };
        rows.extend(
            database
                .texts(&all)
                .await
                .into_iter()
                .map(|row| format!("{table}: {row}")),
        );
    }
    rows
}

/// That a mail tells nothing of the youth, the sender or the matter to whoever reads over a shoulder. `others` are the
/// names of everybody but its reader.
#[track_caller]
pub(crate) fn tells_nothing(mail: &Mail, reader: &str, others: &[&str]) {
    assert_eq!(mail.to, [mailbox(reader)]);
    // Its own address names the reader, which is no news to them.
    let raw = String::from_utf8_lossy(&mail.raw).replace(&mailbox(reader), "");
    let without_address = Mail {
        from: mail.from.clone(),
        to: Vec::new(),
        raw: raw.into_bytes(),
    };
    let matter = [
        "bekymring",
        "concern",
        "rusmid",
        "substance",
        "shelter",
        "sove",
        "savnet",
        "missing",
        "0301",
        "16 år",
        "meldeplikt",
        "duty",
        "samtykke",
        "consent",
        "bolig",
        "housing",
    ];
    for words in PERSONAL.iter().chain(&matter).chain(others) {
        assert!(
            !without_address.mentions(words),
            "«{words}» stands in a mail:\n{}",
            mail.text()
        );
    }
}
