//! What is told of a youth reaches whoever may know it, and nobody else: on every way out.

use e2e::{App, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, actions, concern_report, consent, ids, path, service_referral, taken, timeline, with};

/// A referral to the district on a consent that covers the alias, the age and what has happened.
fn in_part() -> Value {
    let basis = with(consent(), "/consent/covers", json!(["alias", "age", "summary"]));
    with(service_referral("bydel-grunerlokka"), "/legalBasis", basis)
}

async fn search(app: &App<'_>, by: Persona, what: Value) -> Vec<String> {
    let found = app.by(by).post("/referrals/search", &what).await.expect(200).json();
    ids(&found)
}

on_both_databases! {
    async fn a_consent_covers_what_it_says_on_every_way_out(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        // Before anything is sent, the draft tells what would stay.
        let draft = outreach.post("/referrals", &with(in_part(), "/send", json!(false))).await.expect(201);
        let stays: Vec<_> = draft.json()["handoff"]["withheld"].as_array().unwrap().iter()
            .map(|withheld| withheld["field"].as_str().unwrap().to_owned()).collect();
        for field in ["identity-number", "name", "whereabouts", "messages"] {
            assert!(stays.contains(&field.to_owned()), "{stays:?}");
        }
        assert!(!stays.contains(&"summary".to_owned()));
        let sent = outreach.act(&draft, "send", json!({})).await.expect(200);
        assert_eq!(sent.json()["notShown"], json!([]), "the sender sees what they wrote");
        assert_eq!(sent.json()["person"]["name"], "Kristoffer Eksempelsen");

        let seen = district.look(&sent).await.expect(200);
        let person = &seen.json()["person"];
        assert_eq!((&person["alias"], &person["estimatedAge"]), (&json!("Kråka"), &json!(16)));
        for hidden in ["name", "identifier", "whereabouts", "language"] {
            assert_eq!(person[hidden], Value::Null, "{hidden}");
        }
        assert_eq!(person["flags"], json!([]));
        assert!(seen.json()["notShown"].as_array().unwrap().contains(&json!("name")));

        // What was said after it, in messages and in the log.
        outreach.post(&format!("{}/messages", path(&sent)), &json!({ "text": "Hun heter Kristoffer" })).await.expect(201);
        let messages = district.get(&format!("{}/messages", path(&sent))).await.expect(200);
        assert_eq!(messages.json()["items"], json!([]));
        let asked = district.act(&seen, "request-info", json!({ "text": "Hva heter hun?" })).await.expect(200);
        let answered = outreach.act(&asked, "answer-info", json!({ "text": "Eksempelsen" })).await.expect(200);
        let log = timeline(&district, &answered).await;
        assert!(taken(&log).contains(&"answer-info"));
        assert!(!json!(log).to_string().contains("Eksempelsen"), "{log:#?}");
        assert!(json!(timeline(&outreach, &answered).await).to_string().contains("Eksempelsen"));

        // Asking whether it is this number finds nothing; the name that they were told does.
        let number = json!({ "identifier": { "type": "fnr", "value": "17912099997" } });
        assert_eq!(search(&app, Persona::District, number.clone()).await, Vec::<String>::new());
        assert_eq!(search(&app, Persona::Outreach, number).await.len(), 1);
        assert_eq!(search(&app, Persona::District, json!({ "alias": "Kråka" })).await.len(), 1);
        // Nor does a warning tell them: their own referral about this number hints at nothing.
        let own = with(service_referral("barnevernvakten"), "/sender", json!("bydel-grunerlokka"));
        let own = with(with(own, "/person/alias", json!("Noen")), "/send", json!(false));
        let own = district.post("/referrals", &own).await.expect(201);
        assert_eq!(own.json()["warnings"], Value::Null);

        // Who takes it over and corrects it changes nothing that they were not shown.
        let accepted = district.act(&answered, "accept", json!({})).await.expect(200);
        let correction = json!({ "person": { "alias": "Kråka", "estimatedAge": 17 }, "reason": "Fylte år i går" });
        let corrected = district.post(&format!("{}/person", path(&sent)), &correction).if_match(&accepted.etag()).await.expect(200);
        assert_eq!(corrected.json()["person"]["name"], Value::Null);
        let whole = outreach.look(&sent).await.expect(200).json();
        assert_eq!(whole["person"]["name"], "Kristoffer Eksempelsen");
        assert_eq!((&whole["person"]["estimatedAge"], &whole["person"]["identifier"]["value"]), (&json!(17), &json!("17912099997")));
        app.finish().await;
    }

    async fn what_a_basis_does_not_admit_is_refused_and_said_beforehand(home: Home) {
        let app = home.start().await;
        // A volunteers' organisation, which gets information with consent only, and no identity numbers.
        home.database().execute("UPDATE agencies SET kind = 'ngo', public_tasks = (1 = 0) WHERE slug = 'bup-oslo'").await;
        let outreach = app.by(Persona::Outreach);
        let basis = json!({ "code": "right-to-disclose", "reason": "Avtalt samarbeid" });
        let refused = outreach.post("/referrals", &with(service_referral("bup-oslo"), "/legalBasis", basis)).await;
        let problem = refused.problem(422, "disclosure-not-admitted");
        assert_eq!(problem["errors"][0]["pointer"], "/legalBasis/code");

        let sent = outreach.post("/referrals", &service_referral("bup-oslo")).await.expect(201);
        let withheld = &sent.json()["handoff"]["withheld"];
        assert_eq!(withheld[0]["field"], "identity-number");
        assert_eq!(withheld[0]["legalRef"], "popplyl § 12");
        let seen = app.by(Persona::Outsider).look(&sent).await.expect(200).json();
        assert_eq!(seen["person"]["identifier"], Value::Null);
        assert_eq!(seen["person"]["name"], "Kristoffer Eksempelsen");

        let stays = json!({ "municipality": "0301", "district": "030102" });
        let question = json!({ "age": 16, "whereabouts": stays, "needs": ["shelter"], "urgency": "emergency" });
        let suggested = outreach.post("/routing/suggestions", &question).await.expect(200).json();
        let bases: Vec<&Value> = suggested["items"].as_array().unwrap().iter()
            .flat_map(|item| item["legalBases"].as_array().unwrap()).collect();
        let danger = bases.iter().find(|basis| basis["code"] == "danger-to-life").unwrap();
        assert_eq!(danger["withheld"][0]["field"], "residence-status");
        app.finish().await;
    }

    async fn a_withdrawn_consent_stops_what_comes_and_leaves_what_was(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        assert!(actions(&sent.json()).contains(&"withdraw-consent"));
        let gone = outreach.act(&sent, "withdraw-consent", json!({ "reason": "Hun har ombestemt seg" })).await.expect(200);
        assert!(!actions(&gone.json()).contains(&"withdraw-consent"));
        assert_ne!(gone.json()["handoff"]["consentWithdrawnAt"], Value::Null);
        let seen = district.look(&gone).await.expect(200);
        assert_eq!(seen.json()["person"]["name"], "Kristoffer Eksempelsen", "the past stays");
        assert!(!actions(&seen.json()).contains(&"forward"));
        let message = outreach.post(&format!("{}/messages", path(&sent)), &json!({ "text": "Mer" })).await;
        message.problem(409, "consent-withdrawn");
        district.post(&format!("{}/messages", path(&sent)), &json!({ "text": "Vi avslutter" })).await.expect(201);
        let more = json!({ "person": with(seen.json()["person"].clone(), "/residenceStatus", json!("asylum-seeker")), "reason": "Nytt" });
        let more = outreach.post(&format!("{}/person", path(&sent)), &more).if_match(&gone.etag()).await;
        more.problem(409, "consent-withdrawn");
        let told = home.database().number("SELECT count(*) FROM outbox WHERE notice = 'consent-withdrawn'").await;
        assert_eq!(told, 1);

        let report = outreach.post("/referrals", &concern_report()).await.expect(201);
        assert!(!actions(&report.json()).contains(&"withdraw-consent"), "a report has no consent to withdraw");
        app.finish().await;
    }

    async fn whether_the_youth_knows_is_said_where_the_law_asks(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let urgent = with(concern_report(), "/urgency", json!("urgent"));
        let silent = with(urgent.clone(), "/informed", Value::Null);
        let problem = outreach.post("/referrals", &silent).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/informed");
        let unasked = with(urgent.clone(), "/informed", json!({ "youth": false, "guardians": false }));
        let problem = outreach.post("/referrals", &unasked).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/informed/reason");
        // An emergency is not held up by it.
        let emergency = with(concern_report(), "/informed", Value::Null);
        outreach.post("/referrals", &emergency).await.expect(201);
        let sent = outreach.post("/referrals", &urgent).await.expect(201);
        let seen = app.by(Persona::ChildWelfare).look(&sent).await.expect(200).json();
        assert_eq!(seen["informed"]["youth"], true);
        app.finish().await;
    }
}
