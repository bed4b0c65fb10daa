//! A thousand faults, each of its own kind of place and in a referral of its own: every one of them is found, and nothing else.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use e2e::{Database, DatabaseKind, on_both_databases};
use stafett_api::app::reconcile::{self, Depth};
use stafett_api::demo;
use stafett_store::{Db, Options};
use stafett_vault::{KeyId, MasterKeys};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::definition::builtin;

/// So many referrals, and nearly as many faults.
const REFERRALS: u32 = 1_150;

/// A fault: its name, for which referrals it can be planted, and the statement that plants it. `{r}` stands for the referral's id;
/// `{other}` for an agency that has no part in anything.
struct Fault {
    name: &'static str,
    within: &'static str,
    plant: &'static str,
}

const fn fault(name: &'static str, within: &'static str, plant: &'static str) -> Fault {
    Fault { name, within, plant }
}

const FAR: &str = "'2099-01-01T00:00:00+00:00'";

const FAULTS: &[Fault] = &[
    // What is stored of the referral.
    fault(
        "version",
        "1 = 1",
        "UPDATE referrals SET version = version + 1 WHERE id = {r}",
    ),
    fault(
        "length of the log",
        "1 = 1",
        "UPDATE referrals SET event_seq = event_seq + 1 WHERE id = {r}",
    ),
    fault(
        "custodian",
        "1 = 1",
        "UPDATE referrals SET custodian_id = {other} WHERE id = {r}",
    ),
    fault(
        "originator",
        "1 = 1",
        "UPDATE referrals SET originator_id = {other} WHERE id = {r}",
    ),
    fault(
        "state",
        "r.state = 'active'",
        "UPDATE referrals SET state = 'on-hold' WHERE id = {r}",
    ),
    fault(
        "an end",
        "r.state = 'completed'",
        "UPDATE referrals SET state = 'active' WHERE id = {r}",
    ),
    fault(
        "urgency",
        "1 = 1",
        "UPDATE referrals SET urgency = CASE urgency WHEN 'urgent' THEN 'routine' ELSE 'urgent' END WHERE id = {r}",
    ),
    fault(
        "inbox",
        "r.receiver_id IS NOT NULL",
        "UPDATE referrals SET receiver_id = NULL WHERE id = {r}",
    ),
    fault(
        "another inbox",
        "r.receiver_id IS NOT NULL",
        "UPDATE referrals SET receiver_id = {other} WHERE id = {r}",
    ),
    fault(
        "listed deadline",
        "r.closed_at IS NULL",
        "UPDATE referrals SET next_due_at = {far} WHERE id = {r}",
    ),
    fault(
        "when it ended",
        "r.closed_at IS NOT NULL",
        "UPDATE referrals SET closed_at = {far} WHERE id = {r}",
    ),
    fault(
        "workflow",
        "r.workflow_version = 1",
        "UPDATE referrals SET workflow_version = 9 WHERE id = {r}",
    ),
    // Its hand-offs.
    fault(
        "step",
        "EXISTS (SELECT 1 FROM handoffs h WHERE h.referral_id = r.id AND h.ordinal = 1 AND h.step <> 'sent')",
        "UPDATE handoffs SET step = 'sent', state = 'sent' WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "no such step",
        "1 = 1",
        "UPDATE handoffs SET step = 'nowhere' WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "sender",
        "1 = 1",
        "UPDATE handoffs SET sender_id = {other} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "receiver",
        "1 = 1",
        "UPDATE handoffs SET receiver_id = {other} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "when it was sent",
        "EXISTS (SELECT 1 FROM handoffs h WHERE h.referral_id = r.id AND h.ordinal = 1 AND h.sent_at IS NOT NULL)",
        "UPDATE handoffs SET sent_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "when it was seen",
        "1 = 1",
        "UPDATE handoffs SET seen_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "when it was acknowledged",
        "1 = 1",
        "UPDATE handoffs SET acknowledged_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "when it was decided",
        "1 = 1",
        "UPDATE handoffs SET decided_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "code",
        "1 = 1",
        "UPDATE handoffs SET code = 'invented' WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "where it resumes",
        "1 = 1",
        "UPDATE handoffs SET resumes_to = 'sent' WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "basis",
        "1 = 1",
        "UPDATE handoffs SET basis_code = CASE basis_code WHEN 'necessity' THEN 'consent' ELSE 'necessity' END WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "who sent it on",
        "1 = 1",
        "UPDATE handoffs SET forwarded_by = {other} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "without a successor",
        "EXISTS (SELECT 1 FROM handoffs h WHERE h.referral_id = r.id AND h.successor_id IS NOT NULL)",
        "UPDATE handoffs SET successor_id = NULL WHERE referral_id = {r}",
    ),
    // Its clocks.
    fault(
        "limit",
        "1 = 1",
        "UPDATE clocks SET due_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "warning",
        "1 = 1",
        "UPDATE clocks SET warn_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "name of a clock",
        "1 = 1",
        "UPDATE clocks SET name = 'invented' WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "a clock that stops",
        "EXISTS (SELECT 1 FROM clocks c WHERE c.referral_id = r.id AND c.stopped_at IS NULL)",
        "UPDATE clocks SET stopped_at = started_at, next_fire_at = NULL WHERE referral_id = {r} AND stopped_at IS NULL",
    ),
    fault(
        "a clock that goes on",
        "EXISTS (SELECT 1 FROM clocks c WHERE c.referral_id = r.id AND c.stopped_at IS NOT NULL)",
        "UPDATE clocks SET stopped_at = NULL WHERE referral_id = {r} AND stopped_at IS NOT NULL",
    ),
    fault(
        "a clock that stands still",
        "EXISTS (SELECT 1 FROM clocks c WHERE c.referral_id = r.id AND c.paused_at IS NULL)",
        "UPDATE clocks SET paused_at = started_at WHERE referral_id = {r} AND paused_at IS NULL",
    ),
    fault(
        "level",
        "1 = 1",
        "UPDATE clocks SET level = level + 1 WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "told",
        "1 = 1",
        "UPDATE clocks SET warned_at = {far} WHERE referral_id = {r} AND ordinal = 1",
    ),
    fault(
        "tells next",
        "EXISTS (SELECT 1 FROM clocks c WHERE c.referral_id = r.id AND c.next_fire_at IS NOT NULL)",
        "UPDATE clocks SET next_fire_at = {far} WHERE referral_id = {r} AND next_fire_at IS NOT NULL",
    ),
    fault(
        "a lost clock",
        "1 = 1",
        "DELETE FROM clocks WHERE referral_id = {r} AND ordinal = 1",
    ),
    // Its log.
    fault(
        "the last event is gone",
        "1 = 1",
        "DELETE FROM events WHERE referral_id = {r} AND seq = (SELECT max(seq) FROM events WHERE referral_id = {r})",
    ),
    fault(
        "the first event is gone",
        "1 = 1",
        "DELETE FROM events WHERE referral_id = {r} AND seq = 1",
    ),
    fault(
        "an event is gone",
        "r.event_seq > 3",
        "DELETE FROM events WHERE referral_id = {r} AND seq = 2",
    ),
    fault(
        "when something happened",
        "r.event_seq > 3",
        "UPDATE events SET at = {far} WHERE referral_id = {r} AND kind IN ('created', 'moved')",
    ),
    fault(
        "which version it made",
        "r.event_seq > 3",
        "UPDATE events SET version = version + 1 WHERE referral_id = {r} AND seq = (SELECT max(seq) FROM events WHERE referral_id = {r})",
    ),
    fault(
        "what happened",
        "EXISTS (SELECT 1 FROM events e WHERE e.referral_id = r.id AND e.kind = 'moved')",
        "UPDATE events SET body = (SELECT b.body FROM events b WHERE b.referral_id = {r} AND b.kind = 'moved' ORDER BY b.seq LIMIT 1) WHERE referral_id = {r} AND kind = 'clock-armed'",
    ),
    // Who was told.
    fault(
        "nobody was told",
        "EXISTS (SELECT 1 FROM outbox o WHERE o.referral_id = r.id)",
        "DELETE FROM outbox WHERE referral_id = {r}",
    ),
    fault(
        "the sender was not told",
        "EXISTS (SELECT 1 FROM outbox o WHERE o.referral_id = r.id AND o.notice IN ('accepted', 'declined', 'completed', 'acknowledged', 'forwarded'))",
        "DELETE FROM outbox WHERE referral_id = {r} AND notice IN ('accepted', 'declined', 'completed', 'acknowledged', 'forwarded')",
    ),
    fault(
        "another was told",
        "EXISTS (SELECT 1 FROM outbox o WHERE o.referral_id = r.id)",
        "UPDATE outbox SET agency_id = {other} WHERE referral_id = {r}",
    ),
    fault(
        "told of something else",
        "EXISTS (SELECT 1 FROM outbox o WHERE o.referral_id = r.id AND o.event_id IS NOT NULL AND o.because IS NULL)",
        "UPDATE outbox SET event_id = id WHERE referral_id = {r}",
    ),
    // Who may know.
    fault(
        "a party is gone",
        "1 = 1",
        "DELETE FROM parties WHERE referral_id = {r} AND agency_id = (SELECT originator_id FROM referrals WHERE id = {r})",
    ),
    fault(
        "one party more",
        "1 = 1",
        "INSERT INTO parties (agency_id, referral_id, created_at, sent) SELECT {other}, id, created_at, {yes} FROM referrals WHERE id = {r}",
    ),
    fault(
        "listed as having sent",
        "1 = 1",
        "UPDATE parties SET sent = NOT sent WHERE referral_id = {r}",
    ),
    // What was written.
    fault(
        "an open text",
        "EXISTS (SELECT 1 FROM texts t WHERE t.referral_id = r.id AND t.kind <> 'content')",
        "UPDATE texts SET sealed = {nothing} WHERE referral_id = {r} AND kind <> 'content'",
    ),
    fault(
        "a text of another",
        "EXISTS (SELECT 1 FROM texts t WHERE t.referral_id = r.id AND t.kind <> 'content')",
        "UPDATE texts SET key_id = id WHERE referral_id = {r} AND kind <> 'content'",
    ),
];

async fn opened(database: &Database, key: &str) -> Db {
    let db = Db::connect(&database.url(), &Options::default()).await.unwrap();
    db.unlock(MasterKeys::parse(key).unwrap()).await.unwrap();
    db
}

async fn furnished(database: &Database, key: &str) -> Db {
    let db = opened(database, key).await;
    db.migrate().await.unwrap();
    db.establish_vault(Utc::now()).await.unwrap();
    demo::furnish(
        &db,
        Calendar::default(),
        "2026-11-24T13:20:00Z".parse().unwrap(),
        Some(REFERRALS),
        &|_| (),
    )
    .await
    .unwrap();
    db
}

/// A disk that fails asks no constraint.
async fn unguard(database: &Database) {
    database.execute("DROP INDEX handoffs_one_open_key").await;
    if database.kind() == DatabaseKind::Postgres {
        database
            .execute(
                "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint \
                 WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace LOOP \
                 EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$",
            )
            .await;
    }
}

/// Gives each fault in turn the next referral in which it can be planted and nothing has been, until there is none left.
async fn planned(database: &Database) -> BTreeMap<String, &'static Fault> {
    let mut candidates: Vec<Vec<String>> = Vec::new();
    for fault in FAULTS {
        // From both ends in turn, so that faults of one kind are spread over all sorts of referrals.
        let order = if candidates.len().is_multiple_of(2) {
            "ASC"
        } else {
            "DESC"
        };
        let query = format!(
            "SELECT r.reference FROM referrals r WHERE {} ORDER BY r.reference {order}",
            fault.within
        );
        candidates.push(database.texts(&query).await);
    }
    let mut plan = BTreeMap::new();
    loop {
        let before = plan.len();
        for (fault, candidates) in FAULTS.iter().zip(&mut candidates) {
            while let Some(reference) = candidates.pop() {
                if let Entry::Vacant(place) = plan.entry(reference) {
                    place.insert(fault);
                    break;
                }
            }
        }
        if plan.len() == before {
            return plan;
        }
    }
}

async fn plant(database: &Database, plan: &BTreeMap<String, &'static Fault>) {
    let (yes, nothing, look_away) = match database.kind() {
        DatabaseKind::Sqlite => (
            "1",
            "x''",
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;",
        ),
        DatabaseKind::Postgres => ("true", "''::bytea", ""),
    };
    // An agency that nobody has entered.
    let unknown = match database.kind() {
        DatabaseKind::Sqlite => "x'00000000000040008000000000000001'",
        DatabaseKind::Postgres => "'00000000-0000-4000-8000-000000000001'::uuid",
    };
    let mut statements = String::from(look_away);
    for (reference, fault) in plan {
        let id = format!("(SELECT id FROM referrals WHERE reference = '{reference}')");
        let statement = fault
            .plant
            .replace("{r}", &id)
            .replace("{other}", unknown)
            .replace("{far}", FAR)
            .replace("{yes}", yes)
            .replace("{nothing}", nothing);
        statements += &statement;
        statements += ";\n";
    }
    database.execute(&statements).await;
}

on_both_databases! {
    async fn a_thousand_planted_faults_are_found(database: Database) {
        let key = MasterKeys::fresh_line(&KeyId::new("test").unwrap()).unwrap();
        let db = furnished(&database, &key).await;
        let library = builtin().unwrap();
        let sound = reconcile::walk(&db, &library, Depth::EveryStep).await.unwrap();
        assert_eq!(sound.findings, [], "what is sound has no findings, however deep one looks");
        db.close().await.unwrap();

        unguard(&database).await;
        let plan = planned(&database).await;
        assert!(plan.len() >= 1_000, "{} faults", plan.len());
        let kinds: BTreeSet<_> = plan.values().map(|fault| fault.name).collect();
        assert_eq!(kinds.len(), FAULTS.len(), "every kind was planted");
        plant(&database, &plan).await;

        let db = opened(&database, &key).await;
        let report = reconcile::walk(&db, &library, Depth::EveryStep).await.unwrap();
        db.close().await.unwrap();
        let mut found = BTreeSet::new();
        for finding in &report.findings {
            match finding.reference {
                Some(reference) => found.insert(reference.to_string()),
                // What cannot be read has no name, so the database is asked for it.
                None => found.insert(reference_of(&database, finding.referral.0).await),
            };
        }
        let mut missed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (reference, fault) in plan.iter().filter(|(reference, _)| !found.contains(*reference)) {
            missed.entry(fault.name).or_default().push(reference);
        }
        assert!(missed.is_empty(), "not found: {missed:?}");
        assert!(found.iter().all(|reference| plan.contains_key(reference)), "nothing else was found");
    }
}

async fn reference_of(database: &Database, id: uuid::Uuid) -> String {
    let literal = match database.kind() {
        DatabaseKind::Sqlite => format!("x'{}'", id.simple()),
        DatabaseKind::Postgres => format!("'{id}'"),
    };
    let mut found = database
        .texts(&format!("SELECT reference FROM referrals WHERE id = {literal}"))
        .await;
    found.pop().unwrap_or_default()
}
