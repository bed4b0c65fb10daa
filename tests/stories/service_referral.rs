//! A youth needs a service, and the baton finds its way there: declined, handed off anew, sent on, returned, taken back.
//! Whoever must act next always holds it, and a clock runs for them.

use e2e::{Persona, SmtpSink, mailbox, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{
    Acts, actions, consent, id, ids, path, running_clocks, service_referral, taken, tells_nothing, timeline, with,
    without,
};

on_both_databases! {
    async fn what_is_declined_comes_back_and_is_handed_off_anew(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));

        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let no = json!({ "code": "outside-district", "reason": "Hun bor på Sagene" });
        let declined = district.act(&sent, "decline", no).await.expect(200).json();
        assert_eq!(declined["handoff"]["code"], "outside-district");

        // Back at the sender, who must find the next receiver before a limit.
        let back = outreach.look(&sent).await.expect(200);
        let now = back.json();
        assert_eq!((&now["state"], &now["handoff"]["state"]), (&json!("active"), &json!("declined")));
        assert_eq!(now["custodian"]["slug"], "uteseksjonen");
        assert_eq!(running_clocks(&now), ["returned"]);
        assert!(now["nextDueAt"].is_string());
        assert!(["hand-off", "revoke"].iter().all(|next| actions(&now).contains(next)), "{now:#}");
        let custody = outreach.get("/referrals?box=custody").await.expect(200).json();
        assert_eq!(ids(&custody), [id(&now)]);
        let log = timeline(&outreach, &back).await;
        let decline = log.iter().find(|entry| entry["action"] == "decline").unwrap();
        assert_eq!(decline["codes"]["code"], "outside-district");
        assert_eq!(decline["texts"]["reason"], "Hun bor på Sagene");

        // Whoever has declined still knows that it was here, and it is not theirs to answer any more.
        let offered = district.look(&sent).await.expect(200).json();
        assert!(!actions(&offered).iter().any(|action| ["accept", "decline", "forward"].contains(action)), "{offered:#}");

        // The next leg.
        let anew = json!({ "receiver": "bup-oslo", "legalBasis": consent() });
        let again = outreach.act(&back, "hand-off", anew).await.expect(200);
        let now = again.json();
        assert_eq!(now["handoffs"].as_array().unwrap().len(), 2);
        assert_eq!((&now["handoff"]["state"], &now["handoff"]["receiver"]["slug"]), (&json!("sent"), &json!("bup-oslo")));
        assert_eq!(running_clocks(&now), ["answer"]);
        assert_eq!(now["custodian"]["slug"], "uteseksjonen");
        let clinic = app.by(Persona::Outsider);
        let accepted = clinic.act(&again, "accept", json!({})).await.expect(200).json();
        assert_eq!(accepted["custodian"]["slug"], "bup-oslo");
        assert_eq!(running_clocks(&accepted), ["start"]);
        assert!(running_clocks(&outreach.look(&sent).await.expect(200).json()).contains(&"start"));

        home.outbox_is_drained().await;
        let mails = sink.mails();
        let to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        let expected = ["bydel-grunerlokka", "uteseksjonen", "bup-oslo", "uteseksjonen"];
        assert_eq!(to, expected.map(mailbox));
        tells_nothing(&mails[1], "uteseksjonen", &["grünerløkka", "grunerlokka", "sagene", "outside"]);
        app.finish().await;
    }

    async fn what_is_sent_on_stays_with_the_first_sender_until_it_is_taken(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let next = json!({ "receiver": "barnevern-grunerlokka", "reason": "Trenger mer enn vi kan gi" });
        let forwarded = district.act(&sent, "forward", next).await.expect(200);

        let now = outreach.look(&sent).await.expect(200).json();
        let (first, second) = (&now["handoffs"][0], &now["handoffs"][1]);
        assert_eq!((&first["state"], &first["successorId"]), (&json!("forwarded"), &second["id"]));
        assert_eq!((&second["state"], &second["forwardedBy"]["slug"]), (&json!("sent"), &json!("bydel-grunerlokka")));
        assert_eq!(second["sender"]["slug"], "uteseksjonen");
        assert_eq!(now["custodian"]["slug"], "uteseksjonen");
        assert!(!running_clocks(&now).is_empty());

        let taker = app.by(Persona::DistrictChildWelfare);
        assert_eq!(ids(&taker.get("/referrals?box=inbox").await.expect(200).json()), [id(&now)]);
        let accepted = taker.act(&forwarded, "accept", json!({})).await.expect(200).json();
        assert_eq!(accepted["custodian"]["slug"], "barnevern-grunerlokka");
        home.outbox_is_drained().await;
        let mut to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        let mut expected =
            ["bydel-grunerlokka", "uteseksjonen", "barnevern-grunerlokka", "uteseksjonen"].map(mailbox);
        expected.sort();
        assert_eq!(to, expected, "each leg's receiver once, the sender of each answer");
        app.finish().await;
    }

    async fn what_is_returned_comes_with_advice(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let advice = json!({ "advice": "Spør Uteseksjonens egen helsesykepleier først" });
        district.act(&sent, "return-with-advice", advice).await.expect(200);
        let now = outreach.look(&sent).await.expect(200).json();
        assert_eq!(now["handoff"]["state"], "returned-with-advice");
        assert_eq!(now["custodian"]["slug"], "uteseksjonen");
        assert_eq!(running_clocks(&now), ["returned"]);
        let said = outreach.get(&format!("{}/messages", path(&sent))).await.expect(200).json();
        assert_eq!(said["items"][0]["kind"], "advice");
        assert_eq!(said["items"][0]["text"], "Spør Uteseksjonens egen helsesykepleier først");
        app.finish().await;
    }

    async fn a_question_is_answered_and_the_baton_waits(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let asked = district.act(&sent, "request-info", json!({ "text": "Hvor er hun nå?" })).await.expect(200);
        assert_eq!(asked.json()["handoff"]["state"], "info-requested");
        assert_eq!(asked.json()["custodian"]["slug"], "uteseksjonen");
        assert!(!running_clocks(&asked.json()).is_empty());
        let shown = outreach.look(&sent).await.expect(200);
        assert!(actions(&shown.json()).contains(&"answer-info"));
        let answered = outreach.act(&shown, "answer-info", json!({ "text": "Hos en venn" })).await.expect(200);
        assert_eq!(answered.json()["handoff"]["state"], "acknowledged");
        let messages = format!("{}/messages", path(&sent));
        outreach.post(&messages, &json!({ "text": "Ring gjerne" })).await.expect(201);
        assert_eq!(outreach.look(&sent).await.expect(200).etag(), answered.etag(), "a message changes no version");
        for reader in [&outreach, &district] {
            let said = reader.get(&messages).await.expect(200).json();
            let said: Vec<_> = said["items"].as_array().unwrap().iter().map(|one| (&one["kind"], &one["text"])).collect();
            let expected = [("question", "Hvor er hun nå?"), ("answer", "Hos en venn"), ("message", "Ring gjerne")];
            assert_eq!(said, expected.map(|(kind, text)| (json!(kind), json!(text))).each_ref().map(|(k, t)| (k, t)));
        }
        home.outbox_is_drained().await;
        let to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        assert_eq!(to, ["bydel-grunerlokka", "uteseksjonen", "bydel-grunerlokka", "bydel-grunerlokka"].map(mailbox));
        app.finish().await;
    }

    async fn what_is_withdrawn_must_go_somewhere_else_or_be_ended_with_a_reason(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let withdrawn = outreach.act(&sent, "withdraw", json!({ "reason": "Hun er hjemme igjen" })).await.expect(200);
        let now = withdrawn.json();
        assert_eq!((&now["state"], &now["handoff"]["state"]), (&json!("active"), &json!("withdrawn")));
        assert_eq!(running_clocks(&now), ["returned"], "an open end has a limit");
        assert!(ids(&district.get("/referrals?box=inbox").await.expect(200).json()).is_empty());

        outreach.act(&withdrawn, "revoke", json!({})).await.problem(422, "invalid-input");
        let revoked = outreach.act(&withdrawn, "revoke", json!({ "reason": "Trenger ikke mer" })).await.expect(200);
        let end = revoked.json();
        assert_eq!(end["state"], "revoked");
        assert!(running_clocks(&end).is_empty());
        assert!(!actions(&end).iter().any(|action| ["hand-off", "revoke"].contains(action)), "{end:#}");
        assert_eq!(end["nextDueAt"], Value::Null);
        home.outbox_is_drained().await;
        let to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        assert_eq!(to, ["bydel-grunerlokka", "bydel-grunerlokka"].map(mailbox), "the receiver hears of the withdrawal");
        app.finish().await;
    }

    async fn what_ends_early_is_the_originators_again(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let accepted = district.act(&sent, "accept", json!({})).await.expect(200);
        let started = district.act(&accepted, "start", json!({})).await.expect(200);
        assert_eq!(started.json()["handoff"]["state"], "in-progress");
        assert_eq!(running_clocks(&started.json()), ["follow-up"]);
        let reason = json!({ "code": "moved", "reason": "Flyttet til Drammen" });
        let ended = district.act(&started, "end-early", reason).await.expect(200).json();
        assert_eq!((&ended["state"], &ended["handoff"]["state"]), (&json!("active"), &json!("ended-early")));
        assert_eq!(ended["custodian"]["slug"], "uteseksjonen");
        assert_eq!(running_clocks(&ended), ["returned"]);
        let shown = outreach.look(&sent).await.expect(200);
        assert!(["hand-off", "revoke"].iter().all(|next| actions(&shown.json()).contains(next)));
        let log = timeline(&outreach, &shown).await;
        assert_eq!(taken(&log), ["send", "accept", "start", "end-early"]);
        home.outbox_is_drained().await;
        let to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        let expected = ["bydel-grunerlokka", "uteseksjonen", "uteseksjonen", "uteseksjonen"];
        assert_eq!(to, expected.map(mailbox), "one mail for each answer, though it is told for two reasons");
        app.finish().await;
    }

    async fn a_draft_is_written_corrected_and_sent(home: Home) {
        let sink = SmtpSink::start().await;
        home.send_mail_to(&sink);
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let body = without(without(service_referral("bydel-grunerlokka"), "/receiver"), "/legalBasis");
        let draft = outreach.post("/referrals", &with(body, "/send", json!(false))).await.expect(201);
        let now = draft.json();
        assert_eq!((&now["state"], &now["handoff"]["state"]), (&json!("draft"), &json!("draft")));
        assert_eq!(running_clocks(&now), ["send"], "a draft does not lie for ever");
        district.look(&draft).await.problem(404, "not-found");

        let patch = json!({ "receiver": "bydel-grunerlokka", "urgency": "routine", "informed": null });
        let edited = outreach.patch(&path(&draft), &patch).if_match(&draft.etag()).await.expect(200);
        assert_ne!(edited.etag(), draft.etag());
        let now = edited.json();
        assert_eq!((&now["urgency"], &now["informed"]), (&json!("routine"), &Value::Null));
        assert_eq!(now["summary"], "Kråka trenger et sted å bo. Hun sover i trikkestallen.", "what is left out stays");
        district.look(&draft).await.problem(404, "not-found");
        assert!(ids(&district.get("/referrals").await.expect(200).json()).is_empty());

        // Without a legal basis it does not leave.
        let refused = outreach.act(&edited, "send", json!({})).await.problem(422, "invalid-input");
        assert_eq!(refused["errors"][0]["pointer"], "/input/legalBasis");
        let sent = outreach.act(&edited, "send", json!({ "legalBasis": consent() })).await.expect(200);
        assert_eq!(sent.json()["handoff"]["state"], "sent");
        district.look(&sent).await.expect(200);
        home.outbox_is_drained().await;
        let to: Vec<_> = sink.mails().iter().flat_map(|mail| mail.to.clone()).collect();
        assert_eq!(to, [mailbox("bydel-grunerlokka")]);
        app.finish().await;
    }
}
