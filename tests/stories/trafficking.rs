//! A suspected trafficking goes to child welfare and to immigration at once: one case, and each has its own part, its own
//! legal basis, its own baton and its own limits, and does not learn of the other's.

use e2e::{Persona, on_both_databases};
use serde_json::{Value, json};

use crate::cases::{case_path, look, open, referral, trafficking};
use crate::telling::{Acts, running_clocks, with, without};

/// The report as it always is, and beside it a notification to the immigration directorate.
fn with_immigration() -> Value {
    with(trafficking(), "/referrals/1/receiver", json!("udi"))
}

/// Each need with where it stands, and with whom.
fn cover(case: &Value) -> Vec<(String, String, Value)> {
    let word = |need: &Value, name: &str| need[name].as_str().unwrap().to_owned();
    let needs = case["needs"].as_array().unwrap().iter();
    needs
        .map(|need| (word(need, "need"), word(need, "cover"), need["agency"]["slug"].clone()))
        .collect()
}

fn is(need: &str, cover: &str, agency: Value) -> (String, String, Value) {
    (need.to_owned(), cover.to_owned(), agency)
}

on_both_databases! {
    async fn child_welfare_and_immigration_are_told_at_once_and_see_their_own_part(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, udi) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Immigration));
        // The router says to whom, and that it is to all of them in one case.
        let asked = json!({ "age": 16, "needs": ["trafficking"], "urgency": "emergency", "sender": "uteseksjonen",
            "whereabouts": { "municipality": "0301", "district": "030102" }, "residenceStatus": "undocumented" });
        let suggested = outreach.post("/routing/suggestions", &asked).await.expect(200).json();
        let together: Vec<_> = suggested["items"].as_array().unwrap().iter()
            .filter(|one| one["together"] == "trafficking" && !one["workflow"].is_null())
            .map(|one| (one["agency"]["slug"].as_str().unwrap(), one["workflow"]["id"].as_str().unwrap()))
            .collect();
        assert!(together.contains(&("udi", "notification")), "{together:?}");
        assert!(together.iter().any(|(_, workflow)| *workflow == "concern-report"), "{together:?}");

        let case = open(&app, &with_immigration()).await;
        let (report, notice) =
            (referral(&outreach, &case, "concern-report").await, referral(&outreach, &case, "notification").await);
        // Two of everything: scope, basis, baton, limits.
        let (one, other) = (report.json(), notice.json());
        assert_ne!(one["handoff"]["legalBasis"]["code"], other["handoff"]["legalBasis"]["code"]);
        assert_ne!(one["needs"], other["needs"]);
        assert_eq!((running_clocks(&one).is_empty(), running_clocks(&other).is_empty()), (false, false));
        assert_ne!(running_clocks(&one), running_clocks(&other));

        // Neither learns that the other was told anything, whatever it asks for.
        let blind = async |client: &e2e::Client, foreign: &[&str], hidden: &str| {
            let answer = look(client, &case).await.expect(200).json();
            assert_eq!(answer["referrals"].as_array().unwrap().len(), 1);
            let told = [
                without(answer, "/actions").to_string(),
                client.get(&format!("{}/timeline", case_path(&case))).await.expect(200).text(),
                client.get("/cases").await.expect(200).text(),
                client.get("/referrals?box=all").await.expect(200).text(),
            ];
            for word in foreign {
                assert!(told.iter().all(|text| !text.contains(word)), "{word} in {told:?}");
            }
            client.get(hidden).await.problem(404, "not-found");
        };
        let place = |shown: &Value| format!("/referrals/{}", shown["id"].as_str().unwrap());
        let theirs = ["notification", "residence-permit", "udi", "Utlendingsdirektoratet", "Mormor"];
        let ours = ["concern-report", "shelter", "barnevernvakten", "Barnevernvakten", "trikkestallen"];
        blind(&vakten, &theirs, &place(&other)).await;
        blind(&udi, &ours, &place(&one)).await;

        // Immigration takes its part, child welfare has not answered: whoever coordinates sees who has what.
        let noted = udi.act(&udi.look(&notice).await.expect(200), "acknowledge", json!({})).await.expect(200);
        assert_eq!(noted.json()["custodian"]["slug"], "udi");
        let now = look(&outreach, &case).await.expect(200).json();
        assert_eq!(cover(&now), [
            is("shelter", "waiting", json!("barnevernvakten")),
            is("school-work", "nobody", json!(null)),
            is("residence-permit", "taken", json!("udi")),
        ]);
        assert_eq!(now["uncovered"], 1);
        blind(&vakten, &theirs, &place(&other)).await;

        // Child welfare takes its part too. The baton of each lies where it was taken, and one end is not the other's.
        let taken = vakten.act(&vakten.look(&report).await.expect(200), "accept", json!({ "assignee": "me" })).await.expect(200);
        assert_eq!(taken.json()["custodian"]["slug"], "barnevernvakten");
        udi.act(&noted, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        let now = look(&outreach, &case).await.expect(200).json();
        assert_eq!(cover(&now)[0], is("shelter", "taken", json!("barnevernvakten")));
        assert_eq!(cover(&now)[1], is("school-work", "nobody", json!(null)));
        assert_eq!(cover(&now)[2].1, "met");
        let still = vakten.look(&taken).await.expect(200).json();
        assert_eq!((&still["state"], still["version"].as_u64()), (&json!("active"), taken.json()["version"].as_u64()));
        blind(&vakten, &theirs, &place(&other)).await;
        blind(&udi, &ours, &place(&one)).await;
        app.finish().await;
    }
}
