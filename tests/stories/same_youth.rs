//! The same youth: likely duplicates as a warning, a search that finds only what one may see, and corrections.

use e2e::{Persona, on_both_databases};
use serde_json::{Value, json};
use stafett_store::{referrals, texts};
use stafett_workflow::policy::{Scope, SystemTask};

use crate::telling::{Acts, actions, concern_report, id, path, service_referral, timeline, with, without};

fn called(alias: &str, age: u8) -> Value {
    let person = json!({ "alias": alias, "estimatedAge": age, "whereabouts": { "municipality": "0301" } });
    with(concern_report(), "/person", person)
}

on_both_databases! {
    async fn a_likely_duplicate_is_a_warning_and_refuses_nothing(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let first = outreach.post("/referrals", &called("K.", 16)).await.expect(201);
        assert_eq!(first.json().get("warnings"), None);
        let warned = |answer: &e2e::Answer| -> Vec<Value> {
            let body = answer.json();
            let warnings = body["warnings"].as_array().cloned().unwrap_or_default();
            warnings.into_iter().map(|warning| {
                assert_eq!(warning["code"], "likely-duplicate");
                warning["referral"]["reference"].clone()
            }).collect()
        };
        let again = outreach.post("/referrals", &called(" k ", 17)).await.expect(201);
        assert_eq!(warned(&again), [first.json()["reference"].clone()]);
        for other in [called("L.", 16), called("K.", 14), with(called("K.", 16), "/person/whereabouts/municipality", json!("3201")),
            without(called("K.", 16), "/person/estimatedAge")] {
            assert_eq!(warned(&outreach.post("/referrals", &other).await.expect(201)), Vec::<Value>::new(), "{other}");
        }
        // A number settles it, whatever they are called.
        let known = outreach.post("/referrals", &concern_report()).await.expect(201);
        let same = with(concern_report(), "/person/alias", json!("Noen"));
        let put = format!("/referrals/{}", uuid::Uuid::now_v7());
        let same = outreach.put(&put, &same).header("if-none-match", "*").await.expect(201);
        assert_eq!(warned(&same), [known.json()["reference"].clone()]);
        // What one may not see, nobody is warned of.
        let district = app.by(Persona::District);
        let theirs = with(with(service_referral("bup-oslo"), "/sender", json!("bydel-grunerlokka")), "/send", json!(false));
        assert_eq!(warned(&district.post("/referrals", &theirs).await.expect(201)), Vec::<Value>::new());
        // Nor of somebody whose address is protected.
        let hidden = with(concern_report(), "/person/addressProtection", json!("confidential"));
        assert_eq!(warned(&outreach.post("/referrals", &hidden).await.expect(201)), Vec::<Value>::new());
        // The number itself is nowhere but with the person.
        assert_eq!(home.database().number("SELECT count(*) FROM person_keys WHERE digest LIKE '%17912099997%'").await, 0);
        app.finish().await;
    }

    async fn a_search_finds_what_one_may_see_and_is_written_down(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let report = outreach.post("/referrals", &concern_report()).await.expect(201);
        let by_number = json!({ "identifier": { "type": "fnr", "value": "179120 99997" } });
        let by_alias = json!({ "alias": "kråka" });
        let search = async |persona: Persona, body: &Value| {
            let found = app.by(persona).post("/referrals/search", body).await.expect(200);
            assert!(!found.text().contains("17912099997") && !found.text().contains("Kråka"));
            crate::telling::ids(&found.json())
        };
        for body in [&by_number, &by_alias] {
            assert_eq!(search(Persona::Outreach, body).await, [id(&report.json())]);
            assert_eq!(search(Persona::ChildWelfare, body).await, [id(&report.json())]);
            assert_eq!(search(Persona::District, body).await, Vec::<String>::new());
        }
        assert_eq!(search(Persona::Outreach, &json!({ "alias": "Kristoffer" })).await, Vec::<String>::new());
        // Each of the seven stands in the log once, whether it found one or nobody.
        let noted = "SELECT count(*) FROM looks WHERE looked_at = 'search'";
        assert_eq!(home.database().number(noted).await, 7);
        for _ in 0..2 {
            outreach.post("/referrals", &concern_report()).await.expect(201);
        }
        let page = outreach.post("/referrals/search", &with(by_alias.clone(), "/limit", json!(2))).await.expect(200).json();
        let next = with(with(by_alias, "/limit", json!(2)), "/cursor", page["nextCursor"].clone());
        let rest = outreach.post("/referrals/search", &next).await.expect(200).json();
        assert_eq!((crate::telling::ids(&page).len(), crate::telling::ids(&rest).len(), &rest["nextCursor"]), (2, 1, &json!(null)));
        for wrong in [json!({}), json!({ "alias": "K.", "identifier": { "type": "fnr", "value": "17912099997" } }), json!({ "alias": " . " }),
            json!({ "identifier": { "type": "fnr", "value": "17912099998" } }), json!({ "alias": "K.", "cursor": "x" }), json!({ "alias": "K.", "limit": 0 })] {
            assert_eq!(outreach.post("/referrals/search", &wrong).await.status, 422, "{wrong}");
        }
        for persona in [Persona::Coordinator, Persona::Auditor, Persona::Admin] {
            app.by(persona).post("/referrals/search", &by_number).await.expect(403);
        }
        app.finish().await;
    }

    /// What was registered wrong is corrected, kept, and told to whoever has it.
    async fn what_was_registered_wrong_is_corrected_and_told(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let place = format!("{}/person", path(&sent));
        let right = json!({ "person": { "alias": "Kråka", "estimatedAge": 15 }, "reason": "Mormor sier 15, og et annet navn" });
        outreach.post(&place, &right).await.problem(428, "precondition-required");
        vakten.post(&place, &right).if_match(&sent.etag()).await.problem(403, "not-yours");
        app.by(Persona::Outsider).post(&place, &right).if_match(&sent.etag()).await.expect(404);
        for wrong in [json!({}), json!({ "person": {}, "reason": "" }), with(right.clone(), "/person/estimatedAge", json!(130))] {
            assert_eq!(outreach.post(&place, &wrong).if_match(&sent.etag()).await.status, 422, "{wrong}");
        }
        let corrected = outreach.post(&place, &right).if_match(&sent.etag()).idempotency_key("fix").await.expect(200);
        assert_eq!((&corrected.json()["person"]["estimatedAge"], &corrected.json()["person"]["name"]), (&json!(15), &json!(null)));
        let again = outreach.post(&place, &right).if_match(&sent.etag()).idempotency_key("fix").await.expect(200);
        assert_eq!(again.text(), corrected.text());
        outreach.post(&place, &right).if_match(&sent.etag()).await.problem(412, "stale-version");
        outreach.post(&place, &right).if_match(&corrected.etag()).await.problem(422, "invalid-input");
        let seen = vakten.look(&sent).await.expect(200);
        assert_eq!(seen.json()["person"]["estimatedAge"], 15);
        let log = timeline(&vakten, &sent).await;
        let entry = log.iter().find(|entry| entry["kind"] == "person-rectified").unwrap();
        assert_eq!((&entry["texts"], &entry["actor"]["agency"]["slug"]), (&json!({ "reason": "Mormor sier 15, og et annet navn" }), &json!("uteseksjonen")));
        // What stood before is kept, apart from the log, and is not searched for any more.
        let kept = home.database().number("SELECT count(*) FROM texts WHERE kind = 'person-before'").await;
        assert_eq!(kept, 1);
        let gone = json!({ "identifier": { "type": "fnr", "value": "17912099997" } });
        assert_eq!(outreach.post("/referrals/search", &gone).await.expect(200).json()["items"], json!([]));
        // Whoever has the baton may correct too, and after the end as well.
        let taken = vakten.act(&seen, "acknowledge", json!({})).await.expect(200);
        let taken = vakten.act(&taken, "accept", json!({})).await.expect(200);
        assert!(actions(&taken.json()).contains(&"complete"));
        let done = vakten.act(&taken, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        let right = with(right, "/person/estimatedAge", json!(14));
        vakten.post(&place, &right).if_match(&done.etag()).await.expect(200);
        let draft = outreach.post("/referrals", &with(concern_report(), "/send", json!(false))).await.expect(201);
        outreach.post(&format!("{}/person", path(&draft)), &right).if_match(&draft.etag()).await.problem(409, "action-not-allowed-now");
        app.finish().await;
        let told = "SELECT count(*) FROM outbox WHERE notice = 'person-rectified'";
        assert_eq!(home.database().number(told).await, 2);
    }

    /// Whoever goes into hiding has not left an address behind: not in what stood before, nor in an answer that is kept.
    async fn where_somebody_hides_is_forgotten_everywhere(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &called("Kråka", 16)).idempotency_key("sent").await.expect(201);
        let place = format!("{}/person", path(&sent));
        let moved = json!({ "alias": "Kråka", "estimatedAge": 15, "whereabouts": { "municipality": "3201" } });
        let moved = json!({ "person": moved, "reason": "Hun har flyttet" });
        let moved = outreach.post(&place, &moved).if_match(&sent.etag()).idempotency_key("moved").await.expect(200);
        let hidden = json!({ "alias": "Kråka", "estimatedAge": 15, "addressProtection": "strictly-confidential" });
        let hidden = json!({ "person": hidden, "reason": "Sperret adresse" });
        let hidden = outreach.post(&place, &hidden).if_match(&moved.etag()).idempotency_key("hidden").await.expect(200);
        assert_eq!(hidden.json()["person"]["whereabouts"], Value::Null);
        let again = outreach.post("/referrals", &called("Kråka", 16)).idempotency_key("sent");
        again.await.problem(409, "erased");
        let left = home.unlocked().await;
        let all = Scope::for_system(SystemTask::Reconcile);
        let record = referrals::sweep(&left, &all, None, 1).await.unwrap().remove(0);
        let kept = texts::page(&left, &record, &["person-before"], None, 10, stafett_store::looks::Unseen::Test).await.unwrap().items;
        assert_eq!(kept.len(), 2);
        for text in kept {
            let body = text.body.unwrap();
            assert!(body.contains("Kråka") && !body.contains("3201") && !body.contains("0301"), "{body}");
        }
        left.close().await.unwrap();
        app.finish().await;
    }
}
