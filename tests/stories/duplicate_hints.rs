//! Two agencies follow the same youth and do not know it: their leads learn that, and who the other is only when both sides agree.

use e2e::{Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, PERSONAL, concern_report, id, service_referral, with};

async fn hints(client: &Client, agency: &str) -> Vec<Value> {
    let list = client
        .get(&format!("/agencies/{agency}/duplicate-hints"))
        .await
        .expect(200);
    for word in PERSONAL.iter().filter(|word| **word != "Testesen") {
        assert!(!list.text().contains(word), "{word}");
    }
    list.json()["items"].as_array().unwrap().clone()
}

/// The coordinator leads the clinic here, which has no lead otherwise.
pub(crate) async fn a_lead_for_the_clinic(home: &Home) {
    let sql = "UPDATE memberships SET role = 'lead', agency_id = (SELECT id FROM agencies WHERE slug = 'bup-oslo') \
               WHERE user_id = (SELECT id FROM users WHERE username = 'coordinator')";
    home.database().execute(sql).await;
}

fn basis(code: &str) -> Value {
    json!({ "legalBasis": { "code": code, "reason": "Kråka ønsker at de som hjelper, snakker sammen" } })
}

on_both_databases! {
    async fn each_side_learns_that_and_not_who(home: Home) {
        a_lead_for_the_clinic(&home).await;
        let app = home.start().await;
        let (outreach, vakten, lead) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let (district, clinic, other) = (app.by(Persona::District), app.by(Persona::Outsider), app.by(Persona::Coordinator));
        let ours = outreach.post("/referrals", &concern_report()).await.expect(201);
        vakten.act(&ours, "accept", json!({})).await.expect(200);
        assert_eq!(hints(&lead, "barnevernvakten").await, Vec::<Value>::new(), "one alone is no duplicate");
        let theirs = with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka"));
        let theirs = district.post("/referrals", &theirs).await.expect(201);
        clinic.act(&theirs, "accept", json!({})).await.expect(200);
        let (one, two) = (hints(&lead, "barnevernvakten").await, hints(&other, "bup-oslo").await);
        assert_eq!((one.len(), two.len()), (1, 1));
        assert_eq!((&one[0]["referral"]["reference"], &one[0]["other"], &one[0]["state"]["code"]), (&ours.json()["reference"], &json!(null), &json!("open")));
        assert!(!one[0].to_string().contains("bup") && !two[0].to_string().contains("barnevern"), "{one:?} {two:?}");
        // It is found once, and only leads see it.
        assert_eq!(hints(&lead, "barnevernvakten").await.len(), 1);
        vakten.get("/agencies/barnevernvakten/duplicate-hints").await.problem(403, "forbidden");
        lead.get("/agencies/bup-oslo/duplicate-hints").await.problem(403, "forbidden");
        let place = |agency: &str, what: &str| format!("/agencies/{agency}/duplicate-hints/{}/{what}", id(&one[0]));
        for wrong in ["duty-to-report", "anonymous-consultation", "nothing"] {
            assert_eq!(lead.put(&place("barnevernvakten", "question"), &basis(wrong)).await.status, 422, "{wrong}");
        }
        other.put(&place("bup-oslo", "question"), &basis("order-to-disclose")).await.problem(422, "invalid-input");
        other.put(&place("bup-oslo", "answer"), &json!({ "accepts": true })).await.problem(409, "action-not-allowed-now");
        let asked = lead.put(&place("barnevernvakten", "question"), &basis("consent")).await.expect(200).json();
        assert_eq!((&asked["state"]["code"], &asked["other"], &asked["askedByUs"]), (&json!("asked"), &json!(null), &json!(true)));
        lead.put(&place("barnevernvakten", "answer"), &json!({ "accepts": true })).await.problem(409, "action-not-allowed-now");
        let seen = &hints(&other, "bup-oslo").await[0];
        assert_eq!((&seen["basis"]["code"], &seen["other"], &seen["askedByUs"]), (&json!("consent"), &json!(null), &json!(false)));
        let revealed = other.put(&place("bup-oslo", "answer"), &json!({ "accepts": true })).await.expect(200).json();
        assert_eq!(revealed["other"]["slug"], "barnevernvakten");
        assert_eq!(hints(&lead, "barnevernvakten").await[0]["other"]["slug"], "bup-oslo");
        // What either has written stays where it is.
        lead.get(&format!("/referrals/{}", id(&theirs.json()))).await.problem(404, "not-found");
        assert_eq!(home.database().number("SELECT count(*) FROM audit WHERE object_kind = 'duplicate-hint'").await, 2);
        let open = crate::telling::impersonal_rows(home.database()).await.join("\n");
        assert!(!open.contains("snakker sammen"), "the reason lies sealed");
        app.finish().await;
    }

    /// Child welfare may order it; whoever has address protection gives no hint.
    async fn an_order_binds_and_protection_hides(home: Home) {
        a_lead_for_the_clinic(&home).await;
        let app = home.start().await;
        let (outreach, lead, clinic) = (app.by(Persona::Outreach), app.by(Persona::Lead), app.by(Persona::Outsider));
        let ours = outreach.post("/referrals", &concern_report()).await.expect(201);
        app.by(Persona::ChildWelfare).act(&ours, "accept", json!({})).await.expect(200);
        let theirs = with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka"));
        let hidden = with(theirs.clone(), "/person/addressProtection", json!("confidential"));
        let hidden = app.by(Persona::District).post("/referrals", &hidden).await.expect(201);
        clinic.act(&hidden, "accept", json!({})).await.expect(200);
        assert_eq!(hints(&lead, "barnevernvakten").await, Vec::<Value>::new());
        let theirs = app.by(Persona::District).post("/referrals", &theirs).await.expect(201);
        clinic.act(&theirs, "accept", json!({})).await.expect(200);
        let hint = id(&hints(&lead, "barnevernvakten").await[0]);
        let place = format!("/agencies/barnevernvakten/duplicate-hints/{hint}/question");
        let revealed = lead.put(&place, &basis("order-to-disclose")).await.expect(200).json();
        assert_eq!((&revealed["state"]["code"], &revealed["other"]["slug"]), (&json!("revealed"), &json!("bup-oslo")));
        app.finish().await;
    }
}
