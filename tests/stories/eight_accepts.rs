//! Many answer at the same moment, and one answer counts.

use e2e::{Answer, Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::json;

use crate::telling::{Acts, all_at_once, concern_report, count, id, path, service_referral, taken, timeline};

/// All but one are told that they are late, and where things stand now.
#[track_caller]
fn one_wins(answers: &[Answer]) -> Answer {
    assert_eq!(
        (count(answers, 200), count(answers, 412)),
        (1, answers.len() - 1),
        "{answers:#?}"
    );
    let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
    for late in answers.iter().filter(|answer| answer.status == 412) {
        let problem = late.problem(412, "stale-version");
        assert_eq!(problem["current"], format!("/api/v1{}", path(winner)));
        assert_eq!(late.etag(), winner.etag(), "it tells the version to go on with");
    }
    winner.clone()
}

on_both_databases! {
    async fn eight_accept_and_one_has_it(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, lead) = (app.by(Persona::Outreach), app.by(Persona::Lead));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let people = [Persona::ChildWelfare, Persona::Colleague, Persona::Lead].map(|persona| app.by(persona));
        let accepts = people.iter().cycle().take(8);
        let answers = all_at_once(accepts.map(|one| one.act(&sent, "accept", json!({ "assignee": "me" }))).collect()).await;
        let winner = one_wins(&answers);

        // The late ones follow the link and see who was first.
        let current = answers.iter().find(|answer| answer.status == 412).unwrap().json()["current"].clone();
        let shown = lead.get(current.as_str().unwrap()).await.expect(200);
        assert_eq!(shown.json()["handoff"]["assignee"], winner.json()["handoff"]["assignee"]);
        assert_eq!(shown.etag(), winner.etag());
        let log = timeline(&lead, &sent).await;
        assert_eq!(taken(&log).iter().filter(|action| **action == "accept").count(), 1);
        assert_eq!(log.iter().filter(|entry| entry["kind"] == "baton-passed").count(), 1);
        assert_eq!(log.iter().filter(|entry| entry["kind"] == "assigned").count(), 1);
        home.outbox_is_drained().await;
        let told = sink.mails().iter().filter(|mail| mail.to == [mailbox("uteseksjonen")]).count();
        assert_eq!(told, 1, "the sender is told once");
        app.finish().await;
    }

    async fn a_yes_and_a_no_at_once_are_one_answer(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        for _ in 0..4 {
            let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
            let no = json!({ "code": "no-capacity", "reason": "Fullt" });
            let answers = [("accept", json!({})), ("decline", no)];
            let answers = answers.iter().cycle().take(8);
            let answers = all_at_once(answers.map(|(say, input)| district.act(&sent, say, input.clone())).collect()).await;
            let winner = one_wins(&answers).json();
            let (said, holder) = match winner["handoff"]["state"].as_str().unwrap() {
                "accepted" => ("accept", "bydel-grunerlokka"),
                "declined" => ("decline", "uteseksjonen"),
                other => panic!("neither yes nor no: {other}"),
            };
            let now = outreach.look(&sent).await.expect(200).json();
            assert_eq!(now["custodian"]["slug"], holder);
            assert_eq!(now["handoff"]["state"], winner["handoff"]["state"]);
            assert_eq!(taken(&timeline(&outreach, &sent).await), ["send", said]);
        }
        app.finish().await;
    }

    async fn the_sender_takes_it_back_while_the_receiver_takes_it(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(outreach.act(&sent, "withdraw", json!({ "reason": "Hun er hjemme igjen" })));
            answers.push(district.act(&sent, "accept", json!({})));
        }
        let winner = one_wins(&all_at_once(answers).await).json();
        let now = outreach.look(&sent).await.expect(200).json();
        assert_eq!(now["handoff"]["state"], winner["handoff"]["state"]);
        assert_eq!((id(&now), taken(&timeline(&outreach, &sent).await).len()), (id(&winner), 2));
        app.finish().await;
    }

    async fn a_draft_changed_by_two_keeps_one_change(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let draft = crate::telling::with(concern_report(), "/send", json!(false));
        let draft = outreach.post("/referrals", &draft).await.expect(201);
        let patches = (0..8).map(|who| json!({ "summary": format!("Slik så {who} det") }));
        let patches = patches.map(|patch| outreach.patch(&path(&draft), &patch).if_match(&draft.etag()));
        let winner = one_wins(&all_at_once(patches.collect()).await);
        let now = outreach.look(&draft).await.expect(200);
        assert_eq!(now.json()["summary"], winner.json()["summary"]);
        app.finish().await;
    }
}
