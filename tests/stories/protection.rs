//! An address that is protected: who within an agency sees the referral at all, and that no place stays anywhere.

use e2e::{Client, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, ids, path, service_referral, with};

/// Without it nobody sees anything of whoever is strictly confidential.
const WHY: &str = "Saken er min fra i natt";

fn protected(body: Value, how: &str) -> Value {
    with(body, "/person/addressProtection", json!(how))
}

/// Every way to it by its name, each of which must answer like one that never was.
async fn is_gone_for(client: &Client, place: &str) {
    for below in ["", "/timeline", "/messages"] {
        client.get(&format!("{place}{below}")).await.problem(404, "not-found");
    }
    let act = json!({ "action": "start" });
    client
        .post(&format!("{place}/transitions"), &act)
        .if_match("\"3\"")
        .await
        .problem(404, "not-found");
    client
        .post(&format!("{place}/messages"), &json!({ "text": "Hei" }))
        .await
        .problem(404, "not-found");
    let list = client.get("/referrals?box=all").await.expect(200).json();
    let id = place.rsplit('/').next().unwrap().to_owned();
    assert!(!ids(&list).contains(&id));
    let bulk = json!({ "action": "assign", "input": { "person": "me" }, "items": [{ "id": id, "version": 3 }] });
    let bulk = client.post("/referrals/bulk", &bulk).await.expect(200).json();
    assert_eq!(bulk["items"][0]["status"], 404);
}

on_both_databases! {
    async fn once_somebody_is_responsible_only_they_and_the_leads_see_it(home: Home) {
        let app = home.start().await;
        let by = |persona| app.by(persona).because(WHY);
        let (worker, colleague, lead) = (by(Persona::ChildWelfare), by(Persona::Colleague), by(Persona::Lead));
        for how in ["confidential", "strictly-confidential"] {
            let sent = app.by(Persona::Outreach).post("/referrals", &protected(concern_report(), how)).await.expect(201);
            // Nobody is responsible yet, and somebody must take it.
            let seen = colleague.look(&sent).await.expect(200);
            let taken = worker.act(&seen, "accept", json!({ "assignee": "me" })).await.expect(200);
            assert_eq!(worker.look(&sent).await.expect(200).json()["person"]["alias"], "Kråka");
            assert_eq!(lead.look(&sent).await.expect(200).json()["person"]["alias"], "Kråka");
            assert_eq!(by(Persona::Outreach).look(&sent).await.expect(200).json()["person"]["alias"], "Kråka");
            is_gone_for(&colleague, &path(&sent)).await;
            // The lead gives it to the colleague, who then sees it; whoever had it still does.
            let me = colleague.get("/me").await.expect(200).json();
            let given = json!({ "person": me["id"] });
            lead.act(&taken, "assign", given).await.expect(200);
            colleague.look(&sent).await.expect(200);
        }
        app.finish().await;
    }

    async fn without_protection_the_agency_sees_it_and_a_correction_closes_the_circle(home: Home) {
        let app = home.start().await;
        let (worker, colleague) = (app.by(Persona::ChildWelfare), app.by(Persona::Colleague));
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let taken = worker.act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        let seen = colleague.look(&sent).await.expect(200).json();
        let hidden = with(seen["person"].clone(), "/addressProtection", json!("strictly-confidential"));
        let correction = json!({ "person": hidden, "reason": "Gradert i dag" });
        let corrected = worker.post(&format!("{}/person", path(&sent)), &correction).if_match(&taken.etag()).await.expect(200);
        assert_eq!(corrected.json()["person"]["whereabouts"], Value::Null);
        is_gone_for(&colleague, &path(&sent)).await;
        app.finish().await;
    }

    async fn no_place_is_left_of_whoever_is_strictly_confidential(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach).because(WHY);
        // A draft that says where, with an answer kept for whoever asks again; then the address turns out to be graded.
        let open = with(service_referral("barnevernvakten"), "/send", json!(false));
        let open = with(open, "/person/whereabouts", json!({ "municipality": "0301", "district": "030107" }));
        let draft = outreach.post("/referrals", &open).idempotency_key("a-place").await.expect(201);
        let person = with(open["person"].clone(), "/addressProtection", json!("strictly-confidential"));
        let raised = outreach.patch(&path(&draft), &json!({ "person": person })).if_match(&draft.etag()).await.expect(200);
        assert_eq!(raised.json()["person"]["whereabouts"], Value::Null);
        let again = outreach.post("/referrals", &open).idempotency_key("a-place").await;
        assert!(!again.text().contains("030107"), "{}", again.text());
        let sent = outreach.act(&raised, "send", json!({})).await.expect(200);
        for reader in [Persona::Outreach, Persona::ChildWelfare, Persona::Lead] {
            for below in ["", "/timeline", "/messages"] {
                let read = app.by(reader).because(WHY).get(&format!("{}{below}", path(&sent))).await.expect(200);
                assert!(!read.text().contains("030107"), "{reader:?} {below}");
            }
        }
        // By nothing that is known of them are they found, whoever looks.
        for what in [json!({ "alias": "Kråka" }), json!({ "identifier": { "type": "fnr", "value": "17912099997" } })] {
            for reader in [Persona::Outreach, Persona::ChildWelfare, Persona::Lead] {
                let found = app.by(reader).post("/referrals/search", &what).await.expect(200).json();
                assert_eq!(found["items"], json!([]), "{reader:?}");
            }
        }
        assert_eq!(home.database().number("SELECT count(*) FROM person_keys").await, 0);
        // Neither lists nor figures can be asked by place.
        for asked in ["/referrals?district=030107", "/reports/overdue?district=030107"] {
            app.by(Persona::Lead).get(asked).await.problem(422, "unknown-parameter");
        }
        let csv = app.by(Persona::Lead).get("/reports/response-times").header("accept", "text/csv").await.expect(200);
        assert!(!csv.text().contains("0301"), "{}", csv.text());
        app.finish().await;
    }

    /// What was stored by a version that did not say how well the address is guarded is guarded until somebody has looked.
    async fn what_was_stored_before_is_guarded_from_the_start(home: Home) {
        let app = home.start().await;
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        app.by(Persona::ChildWelfare).act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        home.database().execute("UPDATE referrals SET protection = NULL").await;
        app.by(Persona::Colleague).look(&sent).await.problem(404, "not-found");
        app.finish().await;
        let app = home.start().await;
        app.by(Persona::Colleague).look(&sent).await.expect(200);
        assert_eq!(home.database().number("SELECT count(*) FROM referrals WHERE protection = 'none'").await, 1);
        app.finish().await;
    }
}
