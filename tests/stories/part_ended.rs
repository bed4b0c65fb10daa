//! What somebody may know is not more than their part in it: once it has ended, through a number or a name, or by asking for
//! time again.

use e2e::{Client, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::cases::{case_path, look, open, trafficking};
use crate::telling::{Acts, PERSONAL, actions, concern_report, consent, ids, path, service_referral, timeline, with};

fn clock<'a>(referral: &'a Value, handoff: usize, name: &str, nth: usize) -> &'a Value {
    let clocks = referral["handoffs"][handoff]["clocks"].as_array().unwrap();
    clocks.iter().filter(|clock| clock["id"] == name).nth(nth).unwrap()
}

/// Everything that somebody can read of a referral.
async fn all_of_it(client: &Client, place: &str) -> String {
    let mut said = String::new();
    for part in ["", "/timeline", "/messages"] {
        said += &client.get(&format!("{place}{part}")).await.expect(200).text();
    }
    said + &client.get("/referrals?box=all").await.expect(200).text()
}

on_both_databases! {
    /// Sent to the wrong district, taken back, and given to the clinic: the district sees that, and no more.
    async fn from_whom_it_was_taken_back_reads_nothing_of_what_comes_later(home: Home) {
        let app = home.start().await;
        let (outreach, district, clinic) =
            (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let place = path(&sent);
        assert_eq!(district.get(&place).await.expect(200).json()["person"]["alias"], "Kråka");
        let seen = outreach.look(&sent).await.expect(200);
        let withdrawn = outreach.act(&seen, "withdraw", json!({ "reason": "Mormor bor i en annen bydel" })).await.expect(200);
        home.outbox_is_drained().await;
        let before = all_of_it(&district, &place).await;
        let reduced = district.get(&place).await.expect(200).json();
        assert_eq!((&reduced["person"], &reduced["summary"], &reduced["needs"]), (&json!(null), &json!(null), &json!([])));
        assert_eq!((&reduced["handoff"]["state"], &reduced["custodian"]["slug"]), (&json!("withdrawn"), &json!("uteseksjonen")));
        assert_eq!(reduced["handoff"]["legalBasis"]["reason"], json!(null));
        assert_eq!(actions(&reduced), Vec::<&str>::new());
        assert_eq!(clock(&reduced, 0, "answer", 0)["status"], "stopped", "nobody has answered");
        for word in PERSONAL.iter().filter(|word| **word != "Testesen") {
            assert!(!before.contains(word), "{word} is still told: {before}");
        }
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&withdrawn, "hand-off", next).await.expect(200);
        let taken = clinic.act(&again, "accept", json!({})).await.expect(200);
        clinic.post(&format!("{place}/messages"), &json!({ "text": "Hun kommer i morgen" })).await.expect(201);
        let right = json!({ "person": { "alias": "Skjæra", "estimatedAge": 15 }, "reason": "Et annet navn" });
        let taken = outreach.look(&taken).await.expect(200);
        outreach.post(&format!("{place}/person"), &right).if_match(&taken.etag()).await.expect(200);
        // Nothing of it changes anything that the district can see, and it can do nothing with it.
        assert_eq!(all_of_it(&district, &place).await, before);
        assert_eq!(district.get(&place).await.expect(200).etag(), withdrawn.etag());
        district.post(&format!("{place}/messages"), &json!({ "text": "Hva skjer?" })).await.problem(403, "not-yours");
        assert!(all_of_it(&clinic, &place).await.contains("Skjæra"));
        app.finish().await;
    }

    /// What was sent by mistake stays to be seen as a mistake.
    async fn what_was_entered_in_error_tells_nothing_of_the_youth(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        outreach.act(&sent, "mark-error", json!({ "reason": "Kråka var ikke Kråka" })).await.expect(200);
        let reduced = district.get(&path(&sent)).await.expect(200).json();
        assert_eq!((&reduced["state"], &reduced["person"]), (&json!("entered-in-error"), &json!(null)));
        let said = all_of_it(&district, &path(&sent)).await;
        assert!(!said.contains("Kråka"), "{said}");
        app.finish().await;
    }

    /// Who declined keeps what they had; who was asked next tells them nothing.
    async fn who_declined_keeps_what_they_had_and_hears_no_more(home: Home) {
        let app = home.start().await;
        let (outreach, district, clinic) =
            (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let place = path(&sent);
        let opened = district.look(&sent).await.expect(200);
        let no = json!({ "code": "outside-district", "reason": "Bor på Sagene" });
        let declined = district.act(&opened, "decline", no).await.expect(200);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&declined, "hand-off", next).await.expect(200);
        home.outbox_is_drained().await;
        let before = all_of_it(&district, &place).await;
        let kept = district.get(&place).await.expect(200);
        assert_eq!((&kept.json()["person"]["alias"], kept.etag()), (&json!("Kråka"), declined.etag()));
        assert_eq!(kept.json()["handoffs"].as_array().unwrap().len(), 1);
        let taken = clinic.act(&again, "accept", json!({})).await.expect(200);
        assert_eq!(all_of_it(&district, &place).await, before);
        let row = district.get("/referrals?box=all").await.expect(200).json()["items"][0].clone();
        assert_eq!((&row["handoff"]["state"], &row["custodian"]["slug"]), (&json!("declined"), &json!("uteseksjonen")));
        // What was corrected afterwards is not theirs, and what stood before is not what is known now.
        let right = json!({ "person": { "alias": "Skjæra" }, "reason": "Et annet navn" });
        let taken = outreach.look(&taken).await.expect(200);
        outreach.post(&format!("{place}/person"), &right).if_match(&taken.etag()).await.expect(200);
        assert_eq!(district.get(&place).await.expect(200).json()["person"], json!(null));
        app.finish().await;
    }

    /// A child referral may name its parent only to those who know of it.
    async fn a_parent_is_named_to_those_who_know_of_it(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let parent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let child = with(service_referral("bydel-grunerlokka"), "/parent", parent.json()["id"].clone());
        let child = outreach.post("/referrals", &child).await.expect(201);
        assert_eq!(child.json()["parentId"], parent.json()["id"]);
        let seen = district.look(&child).await.expect(200);
        assert_eq!(seen.json()["parentId"], json!(null));
        let answer = district.act(&seen, "acknowledge", json!({})).idempotency_key("one").await.expect(200);
        assert_eq!(answer.json()["parentId"], json!(null));
        let list = district.get("/referrals?box=all").await.expect(200);
        assert_eq!(ids(&list.json()), [child.json()["id"].as_str().unwrap()]);
        assert!(!list.text().contains(parent.json()["id"].as_str().unwrap()));
        app.finish().await;
    }

    /// Two things that one decision makes are numbered; the names that a reader sees must not be, or a gap tells of a third.
    async fn the_names_in_a_cases_timeline_tell_of_no_neighbours(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let case = open(&app, &trafficking()).await;
        let place = format!("{}/timeline", case_path(&case));
        let names = async |client: &Client| {
            let entries = client.get(&place).await.expect(200).json();
            let entries = entries["items"].as_array().unwrap().iter();
            entries.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let all = names(&outreach).await;
        assert!(all.len() > 2);
        for (place, name) in all.iter().enumerate() {
            assert!(!all[..place].iter().any(|other| other[..18] == name[..18]), "{all:?}");
        }
        let some = names(&district).await;
        assert!(some.len() < all.len() && some.iter().all(|name| all.contains(name)));
        assert_eq!(some, names(&district).await, "a name stays");
        look(&district, &case).await.expect(200);
        app.finish().await;
    }

    /// Nobody has told the reporter, and closing and opening again gives no new weeks to do it.
    async fn reopening_gives_no_new_limit_of_the_law(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let opened = vakten.look(&sent).await.expect(200);
        let taken = vakten.act(&opened, "accept", json!({})).await.expect(200);
        let done = vakten.act(&taken, "complete", json!({ "outcome": "service-delivered" })).await.expect(200);
        let first = clock(&done.json(), 0, "feedback", 0).clone();
        assert_eq!(first["status"], "stopped", "nobody was told");
        let again = vakten.act(&done, "reopen", json!({ "reason": "Ny uro" })).await.expect(200).json();
        let second = clock(&again, 0, "feedback", 1);
        assert_eq!((&second["startedAt"], &second["dueAt"]), (&first["startedAt"], &first["dueAt"]));
        assert_eq!(second["status"], "running");
        assert_eq!(timeline(&outreach, &sent).await.last().unwrap()["kind"], "clock-armed");
        app.finish().await;
    }

    /// An answer is repeated for those who might hear it now, and for nobody else.
    async fn a_kept_answer_does_not_outlive_the_right_to_it(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).idempotency_key("new").await.expect(201);
        let seen = district.look(&sent).await.expect(200);
        let acknowledge = async || district.act(&seen, "acknowledge", json!({})).idempotency_key("one").await;
        let first = acknowledge().await.expect(200);
        assert_eq!(acknowledge().await.expect(200).text(), first.text());
        outreach.act(&first, "withdraw", json!({ "reason": "Feil bydel" })).await.expect(200);
        acknowledge().await.problem(404, "not-found");
        let again = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).idempotency_key("new").await.expect(201);
        assert_eq!(again.text(), sent.text());
        // Everybody of outreach now works for the clinic.
        home.database().execute(
            "UPDATE memberships SET agency_id = (SELECT id FROM agencies WHERE slug = 'bup-oslo') \
             WHERE agency_id = (SELECT id FROM agencies WHERE slug = 'uteseksjonen')",
        ).await;
        outreach.get(&path(&sent)).await.expect(404);
        outreach.post("/referrals", &service_referral("bydel-grunerlokka")).idempotency_key("new").await.expect(404);
        app.finish().await;
    }
}
