//! What is wrong is refused with the field and the rule, all faults at once where it can be, and nothing is stored. No
//! answer repeats what may be about a person.

use e2e::{Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, consent, footprint, path, service_referral, with, without};

/// Posts each body, which must be refused by this code with one fault at this pointer, of this kind.
async fn refused(home: &Home, who: &Client, bodies: Vec<(Value, &str, &str, &str)>) {
    let before = footprint(home).await;
    for (body, code, pointer, kind) in bodies {
        let answer = who.post("/referrals", &body).await;
        let problem = answer.problem(422, code);
        let faults: Vec<_> = problem["errors"].as_array().unwrap().iter().collect();
        let the = |fault: &&&Value| fault["pointer"] == pointer && fault["code"] == kind;
        assert_eq!(
            faults.iter().filter(the).count(),
            1,
            "no {kind} at {pointer}: {problem:#}"
        );
        for fault in faults {
            assert!(!fault["detail"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(footprint(home).await, before);
}

on_both_databases! {
    async fn unknown_fields_are_refused_wherever_they_stand(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let at = |pointer: &'static str| {
            (with(concern_report(), pointer, json!("Hemmelig")), "unknown-field", pointer, "unknown-field")
        };
        let places = ["/colour", "/person/nickname", "/person/whereabouts/street", "/person/identifier/country",
            "/legalBasis/paragraph", "/informed/school"];
        refused(&home, &outreach, places.map(at).to_vec()).await;
        let within = with(service_referral("bydel-grunerlokka"), "/legalBasis/consent/until", json!("i morgen"));
        refused(&home, &outreach, vec![(within, "unknown-field", "/legalBasis/consent/until", "unknown-field")]).await;

        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let (vakten, before) = (app.by(Persona::ChildWelfare), footprint(&home).await);
        let problem = vakten.act(&sent, "accept", json!({ "colour": "red" })).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/input/colour");
        assert_eq!(problem["errors"][0]["code"], "unknown-field");
        let place = format!("{}/transitions", path(&sent));
        let beside = json!({ "action": "accept", "colour": "red" });
        let problem = vakten.post(&place, &beside).if_match(&sent.etag()).await.problem(422, "unknown-field");
        assert_eq!(problem["errors"][0]["pointer"], "/colour");
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn wrong_types_and_codes_are_refused(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let wrong = [
            ("/person/alias", json!(7), "wrong-type"),
            ("/person", json!("Kråka"), "wrong-type"),
            ("/person/estimatedAge", json!("seksten"), "wrong-type"),
            ("/person/estimatedAge", json!(-1), "invalid-value"),
            ("/person/estimatedAge", json!(300), "invalid-value"),
            ("/person/estimatedAge", json!(121), "out-of-range"),
            ("/person/interpreter", json!("yes"), "wrong-type"),
            ("/person/flags", json!("missing"), "wrong-type"),
            ("/needs", json!({}), "wrong-type"),
            ("/send", json!("true"), "wrong-type"),
            ("/informed/youth", json!(1), "wrong-type"),
            ("/urgency", json!("soon"), "unknown-code"),
            ("/legalBasis/code", json!("because"), "unknown-code"),
            ("/person/addressProtection", json!("secret"), "unknown-code"),
            ("/person/identifier/type", json!("passport"), "unknown-code"),
        ];
        let wrong = wrong.map(|(pointer, value, kind)| (with(concern_report(), pointer, value), "invalid-input", pointer, kind));
        refused(&home, &outreach, wrong.to_vec()).await;
        let within = [
            (with(concern_report(), "/needs", json!(["shelter", "luck"])), "invalid-input", "/needs/1", "unknown-code"),
            (with(concern_report(), "/person/flags", json!(["lost"])), "invalid-input", "/person/flags/0", "unknown-code"),
            (with(concern_report(), "/workflow", json!("relay")), "unknown-workflow", "/workflow", "unknown-code"),
            (with(concern_report(), "/receiver", json!("nowhere")), "invalid-input", "/receiver", "unknown-agency"),
            (with(concern_report(), "/person/whereabouts/municipality", json!("Oslo")),
                "invalid-input", "/person/whereabouts/municipality", "invalid-municipality"),
            (with(concern_report(), "/person/whereabouts/district", json!("500101")),
                "invalid-input", "/person/whereabouts/district", "invalid-district"),
            (with(concern_report(), "/person/language", json!("norsk")), "invalid-input", "/person/language", "invalid-language"),
        ];
        refused(&home, &outreach, within.to_vec()).await;
        app.finish().await;
    }

    async fn what_is_missing_is_told_all_at_once(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for field in ["/workflow", "/sender", "/urgency"] {
            refused(&home, &outreach, vec![(without(concern_report(), field), "invalid-input", field, "required")]).await;
        }
        let before = footprint(&home).await;
        let bare = json!({ "workflow": "concern-report", "sender": "uteseksjonen", "urgency": "urgent", "send": true });
        let problem = outreach.post("/referrals", &bare).await.problem(422, "invalid-input");
        let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].clone()).collect();
        assert_eq!(pointers, ["/receiver", "/legalBasis", "/person", "/summary"]);
        assert_eq!(footprint(&home).await, before);
        // As a draft, all of it may wait.
        outreach.post("/referrals", &with(bare, "/send", json!(false))).await.expect(201);
        app.finish().await;
    }

    async fn too_long_and_blank_is_refused(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let lengths = [("/person/alias", 200), ("/person/name", 200), ("/summary", 20_000), ("/legalBasis/reason", 4_000),
            ("/informed/reason", 4_000)];
        for (pointer, longest) in lengths {
            let of = |length| with(concern_report(), pointer, json!("å".repeat(length)));
            refused(&home, &outreach, vec![(of(longest + 1), "invalid-input", pointer, "too-long")]).await;
            outreach.post("/referrals", &of(longest)).await.expect(201);
        }
        for (pointer, _) in lengths {
            for blank in ["", "  \n "] {
                let kind = match pointer {
                    "/person/alias" | "/person/name" if blank.contains('\n') => "control-character",
                    _ => "required",
                };
                let body = with(concern_report(), pointer, json!(blank));
                refused(&home, &outreach, vec![(body, "invalid-input", pointer, kind)]).await;
            }
        }
        let huge = with(concern_report(), "/summary", json!("å".repeat(300_000)));
        outreach.post("/referrals", &huge).await.problem(413, "body-too-large");

        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let (district, before) = (app.by(Persona::District), footprint(&home).await);
        for (reason, kind) in [("å".repeat(4_001), "too-long"), (" ".to_owned(), "required")] {
            let no = json!({ "code": "no-capacity", "reason": reason });
            let problem = district.act(&sent, "decline", no).await.problem(422, "invalid-input");
            assert_eq!(problem["errors"][0], json!({ "pointer": "/input/reason", "code": kind,
                "detail": problem["errors"][0]["detail"] }));
        }
        let messages = format!("{}/messages", path(&sent));
        for text in ["å".repeat(4_001), " ".to_owned(), "a\0b".to_owned()] {
            let problem = district.post(&messages, &json!({ "text": text })).await.problem(422, "invalid-input");
            assert_eq!(problem["errors"][0]["pointer"], "/text");
        }
        let note = json!({ "action": "accept", "note": "å".repeat(4_001) });
        let noted = district.post(&format!("{}/transitions", path(&sent)), &note).if_match(&sent.etag()).await;
        assert_eq!(noted.problem(422, "invalid-input")["errors"][0]["pointer"], "/note");
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn a_wrong_number_is_refused_by_its_rule_and_never_repeated(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let before = footprint(&home).await;
        let numbers = [
            ("fnr", "13097248032", "identifier-second-check-digit"),
            ("fnr", "17912099957", "identifier-first-check-digit"),
            ("fnr", "01535612303", "identifier-date"),
            ("fnr", "1791209999", "identifier-length"),
            ("fnr", "1791209999x", "identifier-digits"),
            ("fnr", "57912075186", "identifier-wrong-kind"),
            ("d-number", "17912099997", "identifier-wrong-kind"),
            ("fh-number", "17912099997", "identifier-wrong-kind"),
            ("duf", "20020570550", "identifier-length"),
        ];
        for (kind, value, rule) in numbers {
            let body = with(concern_report(), "/person/identifier", json!({ "type": kind, "value": value }));
            let answer = outreach.post("/referrals", &body).await;
            let problem = answer.problem(422, "invalid-input");
            assert_eq!(problem["errors"][0]["pointer"], "/person/identifier/value");
            assert_eq!(problem["errors"][0]["code"], rule, "{kind} {value}");
            assert!(!answer.text().contains(value), "{problem:#}");
        }
        let without_value = with(concern_report(), "/person/identifier", json!({ "type": "fnr" }));
        let nothing_with_value = with(concern_report(), "/person/identifier", json!({ "type": "none", "value": "17912099997" }));
        refused(&home, &outreach, vec![
            (without_value, "invalid-input", "/person/identifier/value", "required"),
            (nothing_with_value, "invalid-input", "/person/identifier/value", "unexpected"),
        ]).await;
        assert_eq!(footprint(&home).await, before);
        for identifier in [json!(null), json!({ "type": "none" }), json!({ "type": "d-number", "value": "57912075186" }),
            json!({ "type": "duf", "value": "200205705502" })] {
            outreach.post("/referrals", &with(concern_report(), "/person/identifier", identifier)).await.expect(201);
        }
        app.finish().await;
    }

    async fn a_demo_takes_no_number_that_may_be_somebodys(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let real = with(concern_report(), "/person/identifier/value", json!("30108299920"));
        refused(&home, &outreach, vec![(real, "invalid-input", "/person/identifier/value", "identifier-not-synthetic")]).await;
        app.finish().await;
    }

    async fn production_takes_no_number_that_is_nobodys(kind: DatabaseKind) {
        let home = Home::of_production(kind).await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for (kind, made_up) in [("fnr", "17912099997"), ("d-number", "57912075186"), ("fnr", "15507600333")] {
            let body = with(concern_report(), "/person/identifier", json!({ "type": kind, "value": made_up }));
            refused(&home, &outreach, vec![(body, "invalid-input", "/person/identifier/value", "identifier-synthetic")]).await;
        }
        let real = with(concern_report(), "/person/identifier/value", json!("30108299920"));
        let stored = outreach.post("/referrals", &real).await.expect(201).json();
        assert_eq!(stored["person"]["identifier"]["value"], "30108299920");
        app.finish().await;
    }

    async fn only_admitted_receivers_receive(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let to = |receiver: &str| with(concern_report(), "/receiver", json!(receiver));
        let refusal = |body| (body, "receiver-not-admitted", "/receiver", "receiver-not-admitted");
        refused(&home, &outreach, vec![
            refusal(to("bydel-grunerlokka")),
            refusal(to("bup-oslo")),
            refusal(to("uteseksjonen")),
            refusal(service_referral("uteseksjonen")),
        ]).await;
        home.database().execute("UPDATE agencies SET active = false WHERE slug = 'bup-oslo'").await;
        refused(&home, &outreach, vec![refusal(service_referral("bup-oslo"))]).await;

        // Nor by being sent on, or back to where it came from.
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let (vakten, before) = (app.by(Persona::ChildWelfare), footprint(&home).await);
        for receiver in ["bydel-grunerlokka", "barnevernvakten", "uteseksjonen"] {
            let on = json!({ "receiver": receiver, "reason": "Hører til der" });
            let problem = vakten.act(&sent, "forward", on).await.problem(422, "receiver-not-admitted");
            assert_eq!(problem["errors"][0]["pointer"], "/input/receiver");
        }
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn a_legal_basis_must_cover_the_youth_and_the_receiver(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let aged = |age: Value| with(concern_report(), "/person/estimatedAge", age);
        refused(&home, &outreach, vec![
            (aged(json!(18)), "legal-basis-does-not-cover", "/legalBasis/code", "legal-basis-does-not-cover"),
            (aged(json!(26)), "legal-basis-does-not-cover", "/legalBasis/code", "legal-basis-does-not-cover"),
        ]).await;
        // Seventeen is a child, and a doubt about the age is the child's to gain by.
        outreach.post("/referrals", &aged(json!(17))).await.expect(201);
        outreach.post("/referrals", &aged(Value::Null)).await.expect(201);
        // On another basis somebody of 18 can be reported, and somebody of 26 is helped elsewhere.
        outreach.post("/referrals", &with(aged(json!(18)), "/legalBasis", consent())).await.expect(201);
        let older = with(aged(json!(26)), "/legalBasis", consent());
        let to_adult = with(service_referral("bydel-grunerlokka"), "/person/estimatedAge", json!(26));
        refused(&home, &outreach, vec![
            (older, "not-eligible", "/person/estimatedAge", "not-eligible"),
            (to_adult, "not-eligible", "/person/estimatedAge", "not-eligible"),
        ]).await;

        let duty = json!({ "code": "duty-to-report", "reason": "16 år" });
        let anonymous = json!({ "code": "anonymous-consultation", "reason": "Uten navn" });
        let on = |basis| with(service_referral("bydel-grunerlokka"), "/legalBasis", basis);
        refused(&home, &outreach, vec![
            (on(duty.clone()), "legal-basis-not-admitted", "/legalBasis/code", "legal-basis-not-admitted"),
            (on(anonymous), "legal-basis-not-admitted", "/legalBasis/code", "legal-basis-not-admitted"),
            (on(without(consent(), "/consent")), "invalid-input", "/legalBasis/consent", "required"),
            (on(with(consent(), "/consent/scope", json!(" "))), "invalid-input", "/legalBasis/consent/scope", "required"),
            (on(with(consent(), "/code", json!("necessity"))), "invalid-input", "/legalBasis/consent", "unexpected"),
        ]).await;

        // A new leg needs a basis of its own, which must cover it as well.
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let back = outreach.act(&sent, "withdraw", json!({ "reason": "Feil bydel" })).await.expect(200);
        let before = footprint(&home).await;
        let anew = json!({ "receiver": "bup-oslo", "legalBasis": duty });
        let problem = outreach.act(&back, "hand-off", anew).await.problem(422, "legal-basis-not-admitted");
        assert_eq!(problem["errors"][0]["pointer"], "/input/legalBasis/code");
        let anew = json!({ "receiver": "bup-oslo" });
        let problem = outreach.act(&back, "hand-off", anew).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/input/legalBasis");
        assert_eq!(footprint(&home).await, before);
        app.finish().await;
    }

    async fn only_an_agency_that_is_bound_has_the_duty_to_report(home: Home) {
        // Child welfare in a district becomes an organisation without public tasks, for this story.
        home.database()
            .execute("UPDATE agencies SET kind = 'ngo', public_tasks = false WHERE slug = 'bydel-grunerlokka'")
            .await;
        let app = home.start().await;
        let district = app.by(Persona::District);
        let report = with(concern_report(), "/sender", json!("bydel-grunerlokka"));
        let refusal = (report.clone(), "legal-basis-does-not-cover", "/legalBasis/code", "legal-basis-does-not-cover");
        refused(&home, &district, vec![refusal]).await;
        home.database().execute("UPDATE agencies SET public_tasks = true WHERE slug = 'bydel-grunerlokka'").await;
        district.post("/referrals", &report).await.expect(201);
        app.finish().await;
    }

    async fn coded_answers_come_from_their_lists(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let before = footprint(&home).await;
        let wrong = [
            (json!({ "code": "no-time", "reason": "Fullt" }), "/input/code", "unknown-code"),
            (json!({ "reason": "Fullt" }), "/input/code", "required"),
            (json!({ "code": "no-capacity" }), "/input/reason", "required"),
            (json!({ "code": 7, "reason": "Fullt" }), "/input/code", "wrong-type"),
        ];
        for (input, pointer, kind) in wrong {
            let problem = district.act(&sent, "decline", input).await.problem(422, "invalid-input");
            assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(kind)));
        }
        for assignee in ["nobody", "outreach", &uuid::Uuid::now_v7().to_string()] {
            let problem = district.act(&sent, "accept", json!({ "assignee": assignee })).await.problem(422, "invalid-input");
            assert_eq!(problem["errors"][0]["code"], "not-a-colleague");
        }
        let place = format!("{}/transitions", path(&sent));
        let unknown = district.post(&place, &json!({ "action": "finish" })).if_match(&sent.etag()).await;
        assert_eq!(unknown.problem(422, "invalid-input")["errors"][0]["pointer"], "/action");
        assert_eq!(footprint(&home).await, before);
        // «Other» must be explained.
        let accepted = district.act(&sent, "accept", json!({})).await.expect(200);
        let problem = district.act(&accepted, "complete", json!({ "outcome": "other" })).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "/input/text");
        app.finish().await;
    }
}
