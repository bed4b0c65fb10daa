//! What somebody may know is not more than their part in it: once it has ended, through a number or a name, or by asking for
//! time again.

use e2e::{Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::cases::{case_path, look, open, trafficking};
use crate::setup::hire;
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

    /// Whoever sent it on may ask to have it after all, on what they saw last: they need not know that others have gone on.
    async fn who_sent_it_on_may_ask_to_take_it_over(home: Home) {
        let app = home.start().await;
        let (outreach, district, clinic) =
            (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let on = json!({ "receiver": "bup-oslo", "reason": "Hører hjemme der" });
        let gone = district.act(&district.look(&sent).await.expect(200), "forward", on).await.expect(200);
        let taken = clinic.act(&clinic.look(&gone).await.expect(200), "accept", json!({})).await.expect(200);
        clinic.act(&taken, "start", json!({})).await.expect(200);
        let last = district.look(&sent).await.expect(200);
        assert_eq!(last.etag(), gone.etag());
        for (state, listed) in [("sent", 1), ("accepted", 0), ("in-progress", 0)] {
            let answer = district.get(&format!("/referrals?box=all&state={state}")).await.expect(200).json();
            assert_eq!(ids(&answer).len(), listed, "{state}");
        }
        let asked = district.act(&last, "request-takeover", json!({ "reason": "Hun flyttet hit" })).await.expect(200);
        assert_eq!(asked.etag(), gone.etag(), "and it is told nothing of how it stands");
        let log = timeline(&clinic, &taken).await;
        assert!(log.iter().any(|entry| entry.to_string().contains("request-takeover")), "{log:?}");
        app.finish().await;
    }

    /// Neither a filter nor the order of a list, nor a figure, tells how it stands now with those who did not take it.
    async fn lists_and_figures_go_by_what_one_may_know(kind: DatabaseKind) {
        let (home, time) = Home::with_clock(kind, "2026-11-24T08:00:00Z".parse().unwrap()).await;
        let app = home.start().await;
        let (outreach, district, clinic) =
            (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Outsider));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let own = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&district.look(&sent).await.expect(200), "decline", no).await.expect(200);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
        let listed = async |query: &str| {
            let answer = district.get(&format!("/referrals?box=all{query}")).await.expect(200).json();
            ids(&answer)
        };
        let (theirs, still) = (crate::telling::id(&sent.json()), crate::telling::id(&own.json()));
        let same = async || {
            assert_eq!(listed("&state=declined").await, std::slice::from_ref(&theirs));
            assert_eq!(listed("&state=sent,accepted,completed").await, std::slice::from_ref(&still));
            assert_eq!(listed("&agency=bup-oslo").await, Vec::<String>::new());
            assert_eq!(listed("&agency=uteseksjonen").await.len(), 2);
            // What runs comes first, and what is known of the other has no deadline.
            assert_eq!(listed("&sort=due").await, [still.clone(), theirs.clone()]);
            assert_eq!(listed("&sort=due&limit=1").await, std::slice::from_ref(&still));
        };
        same().await;
        let taken = clinic.act(&clinic.look(&again).await.expect(200), "accept", json!({})).await.expect(200);
        same().await;
        // Late with the clinic is not late for the district, in the list and in the report.
        time.advance(chrono::TimeDelta::days(20));
        let lead = hire(&app, &app.by(Persona::Admin), "bydel-grunerlokka", "leder", &["lead"]).await;
        assert_eq!(listed("&overdue=true").await, std::slice::from_ref(&still));
        assert_eq!(listed("&overdue=false").await, std::slice::from_ref(&theirs));
        let late = lead.get("/reports/overdue/referrals").await.expect(200).text();
        let named = |shown: &e2e::Answer| late.contains(shown.json()["reference"].as_str().unwrap());
        assert!(!named(&sent) && named(&own), "{late}");
        let outcome = json!({ "outcome": "service-delivered" });
        clinic.act(&clinic.look(&taken).await.expect(200), "complete", outcome).await.expect(200);
        assert_eq!(listed("&state=completed").await, Vec::<String>::new());
        assert_eq!(listed("&state=declined").await, std::slice::from_ref(&theirs));

        // What was stored before any of this was noted is worked out at the next start.
        app.finish().await;
        home.database().execute("UPDATE parties SET known_state = NULL; DELETE FROM instance WHERE key = 'known-parts'").await;
        let app = home.start().await;
        let district = app.by(Persona::District);
        let answer = district.get("/referrals?box=all&state=declined").await.expect(200).json();
        assert_eq!(ids(&answer), [theirs]);
        app.finish().await;
    }

    /// A name that was corrected after their part had ended finds nobody for them.
    async fn nobody_is_found_by_what_was_corrected_later(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&district.look(&sent).await.expect(200), "decline", no).await.expect(200);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&outreach.look(&declined).await.expect(200), "hand-off", next).await.expect(200);
        let found = async |alias: &str| {
            let answer = district.post("/referrals/search", &json!({ "alias": alias })).await.expect(200).json();
            answer["items"].as_array().unwrap().len()
        };
        assert_eq!(found("Kråka").await, 1);
        let right = json!({ "person": { "alias": "Skjæra", "estimatedAge": 16 }, "reason": "Et annet navn" });
        let now = outreach.look(&again).await.expect(200);
        outreach.post(&format!("{}/person", path(&sent)), &right).if_match(&now.etag()).await.expect(200);
        assert_eq!(found("Skjæra").await, 0);
        assert_eq!(outreach.post("/referrals/search", &json!({ "alias": "Skjæra" })).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
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
