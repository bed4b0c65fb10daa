//! From the street to the outcome: outreach reports a concern, child welfare takes it, and the reporter is told.

use std::time::Duration;

use e2e::{Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{
    Acts, PERSONAL, actions, concern_report, id, ids, impersonal_rows, path, running_clocks, taken, tells_nothing,
    timeline,
};

/// A mail leaves within so long of the commit.
const AT_ONCE: Duration = Duration::from_secs(1);

on_both_databases! {
    async fn a_report_travels_from_the_street_to_its_outcome(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));

        // Outreach reports. It keeps the baton, and a clock runs.
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let report = sent.json();
        assert_eq!(sent.header("location"), format!("/api/v1{}", path(&sent)));
        assert_eq!(report["state"], "active");
        assert_eq!(report["handoff"]["state"], "sent");
        assert_eq!(report["custodian"]["slug"], "uteseksjonen");
        assert!(running_clocks(&report).contains(&"review"), "{report:#}");
        assert!(actions(&report).contains(&"withdraw") && !actions(&report).contains(&"accept"));

        // Child welfare hears of it at once, by one mail that tells nothing.
        let mails = sink.wait_for(1, AT_ONCE).await;
        tells_nothing(&mails[0], "barnevernvakten", &["uteseksjon"]);
        assert!(mails[0].mentions(report["reference"].as_str().unwrap()));
        home.outbox_is_drained().await;
        assert_eq!(sink.mails().len(), 1);

        // It lies in the inbox of child welfare, and in no other.
        let inbox = vakten.get("/referrals?box=inbox").await.expect(200);
        assert_eq!(ids(&inbox.json()), [id(&report)]);
        for words in PERSONAL {
            assert!(!inbox.text().contains(words), "«{words}» stands in a list: {}", inbox.text());
        }
        let own = outreach.get("/referrals?box=inbox").await.expect(200).json();
        assert!(ids(&own).is_empty());

        // The sender's own look is nobody's receipt; the receiver's is, and moves nothing.
        let seen_by_sender = outreach.look(&sent).await.expect(200);
        let receipts = &seen_by_sender.json()["handoff"]["receipts"];
        assert!(!receipts["stored"].is_null() && !receipts["queued"].is_null() && !receipts["mailed"].is_null());
        assert!(receipts["seen"].is_null(), "{receipts:#}");
        let opened = vakten.look(&sent).await.expect(200);
        assert_eq!(opened.json()["person"]["name"], "Kristoffer Eksempelsen");
        assert!(!opened.json()["handoff"]["receipts"]["seen"].is_null());
        assert_eq!(opened.etag(), sent.etag());
        let seen = outreach.look(&sent).await.expect(200).json()["handoff"]["receipts"]["seen"].clone();
        assert!(seen.is_string());

        // Received, not yet taken: the baton stays.
        let acknowledged = vakten.act(&opened, "acknowledge", json!({})).await.expect(200);
        assert_ne!(acknowledged.etag(), sent.etag());
        let now = acknowledged.json();
        assert_eq!(now["handoff"]["state"], "acknowledged");
        assert_eq!(now["custodian"]["slug"], "uteseksjonen");
        assert_eq!(now["handoff"]["receipts"]["seen"], seen);
        assert!(!now["handoff"]["receipts"]["acknowledged"].is_null());
        tells_nothing(&sink.wait_for(2, AT_ONCE).await[1], "uteseksjonen", &["barnevern"]);

        // Taken for review: the baton moves.
        let accepted = vakten.act(&acknowledged, "accept", json!({ "assignee": "me" })).await.expect(200);
        let now = accepted.json();
        assert_eq!((&now["handoff"]["state"], &now["handoff"]["step"]["id"]), (&json!("accepted"), &json!("screening")));
        assert_eq!(now["custodian"]["slug"], "barnevernvakten");
        assert_eq!(now["handoff"]["assignee"]["name"], "ChildWelfare Testesen");
        assert!(!running_clocks(&now).is_empty(), "whoever holds the baton has a limit");
        tells_nothing(&sink.wait_for(3, AT_ONCE).await[2], "uteseksjonen", &["barnevern"]);

        // Concluded.
        let outcome = json!({ "outcome": "service-delivered", "text": "Fikk plass i natt" });
        let completed = vakten.act(&accepted, "complete", outcome).await.expect(200);
        tells_nothing(&sink.wait_for(4, AT_ONCE).await[3], "uteseksjonen", &["barnevern"]);
        for end in [completed.json(), outreach.look(&sent).await.expect(200).json()] {
            assert_eq!(end["state"], "completed");
            assert_eq!(end["handoff"]["state"], "completed");
            assert_eq!(end["handoff"]["code"], "service-delivered");
            assert!(running_clocks(&end).is_empty(), "{end:#}");
            assert_eq!((&end["nextDueAt"], &end["overdue"]), (&Value::Null, &json!(false)));
            let open = ["acknowledge", "accept", "start", "complete", "forward", "withdraw", "hand-off", "revoke"];
            assert!(!actions(&end).iter().any(|action| open.contains(action)), "nothing is left to do: {end:#}");
            assert!(!end["closedAt"].is_null());
        }
        for empty in ["inbox", "custody"] {
            let list = vakten.get(&format!("/referrals?box={empty}")).await.expect(200).json();
            assert!(ids(&list).is_empty(), "{empty}: {list:#}");
        }

        // One mail for each answer, in one thread.
        home.outbox_is_drained().await;
        let mails = sink.mails();
        let to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        let reporter = mailbox("uteseksjonen");
        assert_eq!(to, [mailbox("barnevernvakten"), reporter.clone(), reporter.clone(), reporter]);
        for mail in &mails {
            assert_eq!(mail.header("References"), mails[0].header("References"));
            assert_eq!(mails.iter().filter(|other| other.message_id() == mail.message_id()).count(), 1);
        }
        app.finish().await;
    }

    async fn the_timeline_tells_all_of_it(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let opened = vakten.look(&sent).await.expect(200);
        let acknowledged = vakten.act(&opened, "acknowledge", json!({})).await.expect(200);
        let accepted = vakten.act(&acknowledged, "accept", json!({})).await.expect(200);
        let outcome = json!({ "outcome": "other", "text": "Mormor henter henne" });
        let completed = vakten.act(&accepted, "complete", outcome).await.expect(200);

        // How far each notice has come stands in it too: they must have gone.
        home.outbox_is_drained().await;
        let log = timeline(&outreach, &completed).await;
        assert_eq!(log, timeline(&vakten, &completed).await, "both sides read the same");
        assert_eq!(taken(&log), ["send", "acknowledge", "accept", "complete"]);
        assert_eq!(log[0]["kind"], "created");
        for (place, entry) in log.iter().enumerate() {
            assert_eq!(entry["seq"], place + 1, "no gap");
            let actor = &entry["actor"];
            assert!(actor["user"]["name"].as_str().unwrap().ends_with("Testesen"), "{entry:#}");
            assert_eq!(actor["role"], "worker");
            assert!(!actor["agency"]["name"].as_str().unwrap().is_empty());
            assert!(!entry["title"].as_str().unwrap().is_empty());
        }
        assert!(log.windows(2).all(|pair| pair[0]["at"].as_str() <= pair[1]["at"].as_str()), "in order of time");
        let the = |kind: &str| log.iter().find(|entry| entry["kind"] == kind).unwrap();
        assert_eq!(the("seen")["actor"]["agency"]["slug"], "barnevernvakten");
        assert_eq!(the("seen")["version"], 1, "a look is no change");
        assert_eq!(the("baton-passed")["custodian"]["slug"], "barnevernvakten");
        let answer = log.iter().find(|entry| entry["action"] == "complete").unwrap();
        assert_eq!(answer["codes"], json!({ "outcome": "other" }));
        assert_eq!(answer["texts"], json!({ "text": "Mormor henter henne" }));
        assert!(log.iter().filter(|entry| entry["action"] == "accept").all(|entry| !entry["clock"].is_null()));
        assert_eq!(log.last().unwrap()["clock"], Value::Null, "no clock is left at the end");
        app.finish().await;
    }

    async fn the_youth_stands_in_one_place(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let question = json!({ "text": "Er Kråka fortsatt ved Vaterland?" });
        let asked = vakten.act(&sent, "request-info", question).await.expect(200);
        let answered = outreach.act(&asked, "answer-info", json!({ "text": "Ja, ved trikkestallen" })).await.expect(200);
        let message = json!({ "text": "Kråka er ruset" });
        outreach.post(&format!("{}/messages", path(&sent)), &message).await.expect(201);
        let note = json!({ "action": "accept", "note": "Mormor er varslet" });
        vakten
            .post(&format!("{}/transitions", path(&sent)), &note)
            .if_match(&answered.etag())
            .await
            .expect(200);
        let rows = impersonal_rows(home.database()).await;
        assert!(rows.iter().any(|row| row.starts_with("events:")) && rows.iter().any(|row| row.starts_with("audit:")));
        for row in rows {
            for words in PERSONAL {
                assert!(!row.contains(words), "«{words}» stands in {row}");
            }
        }
        app.finish().await;
    }
}
