//! Setting something up while others work: what is decided on is still so when it is stored.

use e2e::{Persona, on_both_databases};
use serde_json::json;

use crate::telling::{all_at_once, count, service_referral};

/// Often enough that a look which nothing holds would have been too old at least once.
const ROUNDS: usize = 12;

on_both_databases! {
    async fn what_is_sent_to_an_agency_that_closes_is_not_lost(home: Home) {
        let app = home.start().await;
        let (admin, outreach) = (app.by(Persona::Admin), app.by(Persona::Outreach));
        for round in 0..ROUNDS {
            let slug = format!("bydel-{round}");
            let new = json!({ "slug": slug, "name": slug, "kind": "district", "municipality": "0301", "publicTasks": true });
            admin.post("/agencies", &new).await.expect(201);
            let send = outreach.post("/referrals", &service_referral(&slug));
            let close = admin.patch(&format!("/agencies/{slug}"), &json!({ "active": false })).if_match("\"1\"");
            let answers = all_at_once(vec![send, close]).await;
            let done = (count(&answers, 201), count(&answers, 200), count(&answers, 409), count(&answers, 422));
            assert!(done == (1, 0, 1, 0) || done == (0, 1, 0, 1), "{answers:#?}");
        }
        let lost = "SELECT count(*) FROM referrals r JOIN agencies a ON a.id = r.receiver_id WHERE NOT a.active AND r.closed_at IS NULL";
        assert_eq!(home.database().number(lost).await, 0);
        app.finish().await;
    }

    async fn two_administrators_do_not_take_each_other_out(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let both = [Persona::District, Persona::Colleague];
        for _ in 0..ROUNDS {
            let mut removals = Vec::new();
            for (persona, other) in [(both[0], both[1]), (both[1], both[0])] {
                let place = format!("/agencies/bup-oslo/users/{}", persona.username());
                let etag = admin.get(&place).await.expect(200).etag();
                let lent = admin.patch(&place, &json!({ "roles": ["agency-admin"] })).if_match(&etag).await.expect(200);
                removals.push(app.by(other).request(reqwest::Method::DELETE, &place).if_match(&lent.etag()));
            }
            let answers = all_at_once(removals).await;
            assert_eq!(count(&answers, 200), 1, "{answers:#?}");
            let left = "SELECT count(*) FROM memberships m JOIN agencies a ON a.id = m.agency_id \
                        WHERE a.slug = 'bup-oslo' AND m.role = 'agency-admin'";
            assert_eq!(home.database().number(left).await, 1);
        }
        app.finish().await;
    }
}
