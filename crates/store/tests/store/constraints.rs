//! The schema refuses what no defect above it may ever store.

use std::collections::BTreeSet;

use serde_json::json;
use stafett_workflow::vocabulary::{
    Action, AgencyKind, Code, HandoffState, LegalBasisCode, ReferralState, Role, Urgency,
};

use crate::world::{World, on_both};

on_both! {
    async fn what_breaks_a_law_is_refused(world: World) {
        let declined = world.create("bup-oslo", true).await;
        let declined = world.act(declined, "bup-oslo", Action::Decline, json!({ "code": "no-capacity", "reason": "Fullt" })).await;
        let basis = serde_json::to_value(world.basis()).unwrap();
        let again = json!({ "receiver": "bydel-sagene", "legalBasis": basis });
        world.act(declined, "uteseksjonen", Action::HandOff, again).await;
        world.create("bup-oslo", false).await;

        for (sql, law) in [
            ("UPDATE referrals SET custodian_id = NULL", "somebody always holds the baton"),
            ("UPDATE referrals SET custodian_id = id", "the custodian is an agency"),
            ("UPDATE handoffs SET open = (1 = 1), state = 'sent', ended_at = NULL WHERE ordinal = 1 AND state = 'declined'",
             "one hand-off is open"),
            ("UPDATE handoffs SET open = (1 = 0) WHERE state = 'sent'", "what is under way is open"),
            ("UPDATE handoffs SET ended_at = created_at WHERE state = 'sent'", "what is open has not ended"),
            ("UPDATE handoffs SET ended_at = NULL WHERE state = 'declined'", "what is not open has ended"),
            ("UPDATE handoffs SET receiver_id = NULL WHERE state = 'sent'", "what is sent has a receiver"),
            ("UPDATE handoffs SET basis_code = NULL WHERE state = 'sent'", "what is sent has a legal basis"),
            ("UPDATE handoffs SET sent_at = created_at WHERE state = 'draft'", "a draft is not sent"),
            ("UPDATE handoffs SET sent_at = NULL WHERE state = 'declined'", "what is declined was sent"),
            ("UPDATE handoffs SET state = 'lost' WHERE state = 'sent'", "states are of the list"),
            ("UPDATE handoffs SET basis_code = 'curiosity' WHERE state = 'sent'", "bases are of the list"),
            ("UPDATE handoffs SET ordinal = 1", "legs are numbered without doubles"),
            ("UPDATE referrals SET state = 'completed'", "what has ended has a time of its end"),
            ("UPDATE referrals SET closed_at = created_at WHERE state = 'active'", "what runs has none"),
            ("UPDATE referrals SET next_due_at = created_at, state = 'completed', receiver_id = NULL, closed_at = created_at",
             "nothing is due after the end"),
            ("UPDATE referrals SET urgency = 'whenever'", "urgencies are of the list"),
            ("UPDATE referrals SET reference = 'K7QF-2M'", "no two referrals have one name"),
            ("UPDATE referrals SET version = 0", "versions count from one"),
            ("UPDATE referrals SET next_due_at = NULL", "a list by deadline misses nobody"),
            ("UPDATE events SET seq = 1", "the log is numbered without doubles"),
            ("UPDATE events SET actor_id = NULL", "an actor is whole or absent"),
            ("UPDATE clocks SET stopped_at = NULL, name = 'answer', handoff_id = (SELECT MIN(h.id) FROM handoffs h WHERE h.open)",
             "a rule runs once on a hand-off"),
            ("UPDATE outbox SET status = 'sent'", "what is sent has a time of sending"),
            ("UPDATE outbox SET lease_until = created_at", "a lease has a token"),
            ("INSERT INTO outbox SELECT * FROM outbox", "a notice is queued once"),
            ("UPDATE outbox SET event_id = (SELECT MIN(event_id) FROM outbox WHERE status = 'pending'), \
              agency_id = (SELECT MIN(agency_id) FROM outbox), notice = 'accepted'", "one notice of a fact for each recipient"),
            ("UPDATE texts SET referral_id = id", "a text belongs to a referral that exists"),
            ("DELETE FROM agencies", "an agency that takes part stays"),
            ("DELETE FROM events", "a fact that was told of stays"),
            ("UPDATE memberships SET agency_id = NULL", "a worker is one somewhere"),
            ("UPDATE memberships SET role = 'king'", "roles are of the list"),
            ("UPDATE agencies SET kind = 'circus'", "kinds are of the list"),
            ("UPDATE agencies SET slug = 'one'", "no two agencies have one name"),
        ] {
            // MIN of a UUID is not for PostgreSQL 15; as text it is.
            let sql = match world.db.kind() {
                stafett_store::Kind::Sqlite => sql.to_owned(),
                stafett_store::Kind::Postgres => ["h.id", "event_id", "agency_id"].iter().fold(sql.to_owned(), |sql, column| {
                    sql.replace(&format!("MIN({column})"), &format!("MIN({column}::text)::uuid"))
                }),
            };
            let error = world.raw(&sql).await.expect_err(law);
            let refused = error.as_database_error().is_some_and(|error| {
                !matches!(error.kind(), sqlx::error::ErrorKind::Other)
            });
            assert!(refused, "{law}: refused for another reason: {error}");
        }
    }
}

/// The lists in the frozen migrations are the vocabulary of today: a code that was added to one only would be refused by
/// the database, or be unreadable.
#[tokio::test]
async fn the_lists_of_the_schema_are_the_vocabulary() {
    let world = World::sqlite().await;
    check::<AgencyKind>(&world, "agencies", "kind").await;
    check::<Role>(&world, "memberships", "role").await;
    check::<Urgency>(&world, "referrals", "urgency").await;
    check::<ReferralState>(&world, "referrals", "state").await;
    check::<HandoffState>(&world, "handoffs", "state").await;
    check::<LegalBasisCode>(&world, "handoffs", "basis_code").await;
}

async fn check<C: Code>(world: &World, table: &str, column: &str) {
    let sql = world
        .text(&format!(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'"
        ))
        .await;
    let (_, list) = sql
        .split_once(&format!("\"{column}\" IN ("))
        .unwrap_or_else(|| panic!("{table}.{column}: {sql}"));
    let (list, _) = list.split_once(')').unwrap();
    let stored: BTreeSet<_> = list.split(", ").map(|code| code.trim_matches('\'')).collect();
    let known: BTreeSet<_> = C::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(stored, known, "{table}.{column}");
}
