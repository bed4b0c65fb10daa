use crate::world::{World, on_both};
use stafett_store::referrals::*;
use serde_json::json;
use stafett_workflow::vocabulary::Action;
use std::time::Instant;

on_both! {
    async fn perf(world: World) {
        let pg = world.db.kind() == stafett_store::Kind::Postgres;
        let n = 200_000;
        world.create("bup-oslo", true).await;
        world.create("bydel-sagene", true).await;
        let rnd = if pg { "gen_random_uuid()" } else { "randomblob(16)" };
        let gen_ = if pg { format!("(SELECT i FROM generate_series(1,{n}) i)") } else { format!("(WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM g WHERE i < {n}) SELECT i FROM g)") };
        let due = if pg { "r.next_due_at + (g.i || ' seconds')::interval" } else { "strftime('%Y-%m-%dT%H:%M:%S+00:00', r.next_due_at, g.i || ' seconds')" };
        let cre = if pg { "r.created_at - (g.i || ' seconds')::interval" } else { "strftime('%Y-%m-%dT%H:%M:%S+00:00', r.created_at, -g.i || ' seconds')" };
        let cast = if pg { "g.i::text" } else { "CAST(g.i AS TEXT)" };
        let mut sql = String::new();
        sql += &format!("CREATE TABLE ids AS SELECT {rnd} AS id, g.i AS i FROM {gen_} g;");
        sql += &format!("INSERT INTO referrals SELECT g.id, 'X' || {cast}, workflow_id, workflow_version, state, originator_id, custodian_id, receiver_id, person_id, parent_id, urgency, needs, content_id, handoff_count, {due}, version, event_seq, creation_digest, created_by, {cre}, updated_at, closed_at FROM ids g JOIN (SELECT * FROM referrals WHERE receiver_id = (SELECT id FROM agencies WHERE slug='bup-oslo')) r ON 1=1;");
        sql += &format!("INSERT INTO handoffs SELECT {rnd}, g.id, ordinal, state, step, sender_id, receiver_id, assignee_id, forwarded_by, successor_id, basis_code, basis_text_id, open, created_at, sent_at, seen_at, acknowledged_at, decided_at, ended_at, code FROM ids g JOIN (SELECT * FROM handoffs WHERE receiver_id = (SELECT id FROM agencies WHERE slug='bup-oslo') LIMIT 1) h ON 1=1;");
        sql += &format!("INSERT INTO parties SELECT p.agency_id, g.id, {}, p.sent FROM ids g JOIN (SELECT * FROM parties WHERE referral_id = (SELECT id FROM referrals WHERE receiver_id = (SELECT id FROM agencies WHERE slug='bup-oslo') AND reference NOT LIKE 'X%')) p ON 1=1;", if pg {"p.created_at - (g.i || ' seconds')::interval"} else {"strftime('%Y-%m-%dT%H:%M:%S+00:00', p.created_at, -g.i || ' seconds')"});
        if pg { sql += "ANALYZE;"; }
        let t = Instant::now();
        world.raw(&sql).await.unwrap();
        eprintln!("filled {:?}", t.elapsed());
        for (slug, b) in [("bup-oslo", ReferralBox::Inbox), ("uteseksjonen", ReferralBox::Custody), ("uteseksjonen", ReferralBox::Sent), ("bup-oslo", ReferralBox::All), ("bydel-sagene", ReferralBox::All)] {
            for sort in [Sort::Due, Sort::Created] {
                let q = ReferralQuery { scope: world.scope(slug), in_box: b, states: vec![], handoff_states: vec![], urgency: None, overdue: None, assignee: None, workflow: None, agency: None, reference: None, sort, after: None, limit: 50 };
                // rows have unparsable references, so errors are expected; time the query all the same
                let _ = list(&world.db, &q).await.map(|p| p.items.len());
                let t = Instant::now();
                for _ in 0..3 { let _ = list(&world.db, &q).await.map(|p| p.items.len()); }
                eprintln!("{} {slug} {b:?} {sort:?}: {:?}", world.db.kind().as_str(), t.elapsed() / 3);
            }
        }
        let t = Instant::now();
        let mut r = world.create("bup-oslo", true).await;
        eprintln!("create {:?}", t.elapsed());
        let t = Instant::now();
        for i in 0..200 {
            let a = if i % 2 == 0 { ("bup-oslo", Action::RequestInfo) } else { ("uteseksjonen", Action::AnswerInfo) };
            r = world.act(r, a.0, a.1, json!({"text": "x"})).await;
        }
        eprintln!("{} commit+decide {:?}", world.db.kind().as_str(), t.elapsed() / 200);
        let t = Instant::now();
        for _ in 0..200 { world.find("bup-oslo", r.referral().id).await.unwrap(); }
        eprintln!("{} find {:?}", world.db.kind().as_str(), t.elapsed() / 200);
    }
}
