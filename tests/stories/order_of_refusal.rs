//! Refusals come in one order, so that nobody learns more than they may: 401, 404, 428 and 412, 403, 409, 422. Each is
//! shown to win over all that come after it, and nothing is written whatever is refused.

use e2e::{Answer, App, Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, footprint, id, path, service_referral};

/// A hand-off that the district has received, and somebody who knows of it and has nothing to do with it any more.
struct Scene {
    /// Sent by outreach to the clinic, after the district has declined.
    referral: Answer,
    stale: String,
}

async fn scene(app: &App<'_>) -> Scene {
    let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
    let sent = outreach
        .post("/referrals", &service_referral("bydel-grunerlokka"))
        .await
        .expect(201);
    let no = json!({ "code": "no-capacity", "reason": "Fullt" });
    let declined = district.act(&sent, "decline", no).await.expect(200);
    let basis = crate::telling::consent();
    let again = json!({ "receiver": "barnevern-grunerlokka", "legalBasis": basis });
    let referral = outreach.act(&declined, "hand-off", again).await.expect(200);
    Scene {
        referral,
        stale: sent.etag(),
    }
}

/// What the address of a request is, and its body.
type Ask<'a> = &'a dyn Fn(&Client) -> e2e::Request;

/// Expects each refusal, and that nothing was written.
async fn refuse(home: &Home, who: &Client, ask: Ask<'_>, status: u16, code: &str) {
    let before = footprint(home).await;
    let problem = ask(who).await.problem(status, code);
    assert_eq!(
        footprint(home).await,
        before,
        "something was written by what was refused: {problem:#}"
    );
}

/// A body that names an action and is wrong in every way that a body can be wrong.
fn wrong(action: &str) -> Value {
    json!({ "action": action, "input": { "code": "no-such-code", "outcome": "no-such-outcome", "nonsense": true } })
}

on_both_databases! {
    async fn a_transition_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let Scene { referral, stale } = scene(&app).await;
        let (now, place) = (referral.etag(), format!("{}/transitions", path(&referral)));
        let post = |client: &Client, action: &str| client.post(&place, &wrong(action));
        // In turn each has one fault less.
        let (nobody, outsider) = (app.by_nobody(), app.by(Persona::Outsider));
        let (sender, receiver) = (app.by(Persona::Outreach), app.by(Persona::DistrictChildWelfare));
        refuse(&home, &nobody, &|who| post(who, "complete"), 401, "unauthenticated").await;
        refuse(&home, &outsider, &|who| post(who, "complete"), 404, "not-found").await;
        refuse(&home, &outsider, &|who| post(who, "complete").if_match(&stale), 404, "not-found").await;
        refuse(&home, &outsider, &|who| post(who, "complete").if_match(&now), 404, "not-found").await;
        refuse(&home, &sender, &|who| post(who, "complete"), 428, "precondition-required").await;
        refuse(&home, &sender, &|who| post(who, "complete").if_match(&stale), 412, "stale-version").await;
        refuse(&home, &sender, &|who| post(who, "complete").if_match(&now), 403, "not-yours").await;
        refuse(&home, &receiver, &|who| post(who, "complete").if_match(&now), 409, "action-not-allowed-now").await;
        refuse(&home, &receiver, &|who| post(who, "decline").if_match(&now), 422, "invalid-input").await;
        let known = app.by(Persona::District);
        // Whose part has ended has seen an earlier version, and no later one is theirs to know.
        let seen = known.look(&referral).await.expect(200).etag();
        refuse(&home, &known, &|who| post(who, "decline").if_match(&now), 412, "stale-version").await;
        refuse(&home, &known, &|who| post(who, "decline").if_match(&seen), 403, "not-yours").await;
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        receiver.act(&referral, "decline", no).await.expect(200);
        app.finish().await;
    }

    /// A body that does not even have the right fields comes last as well.
    async fn a_transition_with_an_unknown_field_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let Scene { referral, stale } = scene(&app).await;
        let (now, place) = (referral.etag(), format!("{}/transitions", path(&referral)));
        let (outsider, sender) = (app.by(Persona::Outsider), app.by(Persona::Outreach));
        let receiver = app.by(Persona::DistrictChildWelfare);
        let complete = json!({ "action": "complete", "outcome": "service-delivered" });
        let decline = json!({ "action": "decline", "code": "no-capacity" });
        refuse(&home, &outsider, &|who| who.post(&place, &complete).if_match(&now), 404, "not-found").await;
        refuse(&home, &sender, &|who| who.post(&place, &complete), 428, "precondition-required").await;
        refuse(&home, &sender, &|who| who.post(&place, &complete).if_match(&stale), 412, "stale-version").await;
        refuse(&home, &receiver, &|who| who.post(&place, &decline).if_match(&now), 422, "unknown-field").await;
        refuse(&home, &receiver, &|who| who.post(&place, &complete).if_match(&now), 409, "action-not-allowed-now").await;
        refuse(&home, &sender, &|who| who.post(&place, &complete).if_match(&now), 403, "not-yours").await;
        app.finish().await;
    }

    async fn an_edit_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let Scene { referral, stale } = scene(&app).await;
        let (now, place) = (referral.etag(), path(&referral));
        let patch = json!({ "summary": " ", "person": { "estimatedAge": 121 } });
        let (outsider, sender) = (app.by(Persona::Outsider), app.by(Persona::Outreach));
        let receiver = app.by(Persona::DistrictChildWelfare);
        refuse(&home, &app.by_nobody(), &|who| who.patch(&place, &patch), 401, "unauthenticated").await;
        refuse(&home, &outsider, &|who| who.patch(&place, &patch), 404, "not-found").await;
        refuse(&home, &outsider, &|who| who.patch(&place, &patch).if_match(&now), 404, "not-found").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch), 428, "precondition-required").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch).if_match(&stale), 412, "stale-version").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch).if_match(&now), 403, "not-yours").await;
        refuse(&home, &sender, &|who| who.patch(&place, &patch).if_match(&now), 409, "not-a-draft").await;
        let draft = crate::telling::with(service_referral("bydel-grunerlokka"), "/send", json!(false));
        let draft = sender.post("/referrals", &draft).await.expect(201);
        let place = path(&draft);
        refuse(&home, &sender, &|who| who.patch(&place, &patch).if_match(&draft.etag()), 422, "invalid-input").await;
        app.finish().await;
    }

    async fn an_edit_with_an_unknown_field_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let Scene { referral, stale } = scene(&app).await;
        let (now, place) = (referral.etag(), path(&referral));
        let patch = json!({ "colour": "red" });
        let (sender, receiver) = (app.by(Persona::Outreach), app.by(Persona::DistrictChildWelfare));
        refuse(&home, &app.by(Persona::Outsider), &|who| who.patch(&place, &patch), 404, "not-found").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch), 428, "precondition-required").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch).if_match(&stale), 412, "stale-version").await;
        refuse(&home, &sender, &|who| who.patch(&place, &patch).if_match(&now), 409, "not-a-draft").await;
        refuse(&home, &receiver, &|who| who.patch(&place, &patch).if_match(&now), 403, "not-yours").await;
        app.finish().await;
    }

    async fn a_message_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let Scene { referral, .. } = scene(&app).await;
        let place = format!("{}/messages", path(&referral));
        let (blank, unknown) = (json!({ "text": " " }), json!({ "text": "Hei", "colour": "red" }));
        let (known, sender) = (app.by(Persona::District), app.by(Persona::Outreach));
        refuse(&home, &app.by_nobody(), &|who| who.post(&place, &blank), 401, "unauthenticated").await;
        refuse(&home, &app.by(Persona::Outsider), &|who| who.post(&place, &blank), 404, "not-found").await;
        refuse(&home, &app.by(Persona::Outsider), &|who| who.post(&place, &unknown), 404, "not-found").await;
        refuse(&home, &known, &|who| who.post(&place, &blank), 403, "not-yours").await;
        refuse(&home, &sender, &|who| who.post(&place, &blank), 422, "invalid-input").await;
        refuse(&home, &sender, &|who| who.post(&place, &unknown), 422, "unknown-field").await;
        refuse(&home, &known, &|who| who.post(&place, &unknown), 403, "not-yours").await;
        app.finish().await;
    }

    /// What is no JSON at all is told to those who may know what they asked about.
    async fn malformed_json_is_told_after_the_version(home: Home) {
        let app = home.start().await;
        let Scene { referral, stale } = scene(&app).await;
        let (now, place) = (referral.etag(), path(&referral));
        let torn = |who: &Client, method: &str, place: &str| {
            let request = who.request(method.parse().unwrap(), place);
            request.raw("application/json", r#"{"action": "accept", "inp"#)
        };
        let sender = app.by(Persona::Outreach);
        for (method, place) in [("POST", format!("{place}/transitions")), ("PATCH", place.clone())] {
            let ask = |who: &Client| torn(who, method, &place);
            refuse(&home, &app.by_nobody(), &ask, 401, "unauthenticated").await;
            refuse(&home, &app.by(Persona::Outsider), &ask, 404, "not-found").await;
            refuse(&home, &sender, &ask, 428, "precondition-required").await;
            refuse(&home, &sender, &|who| ask(who).if_match(&stale), 412, "stale-version").await;
            refuse(&home, &sender, &|who| ask(who).if_match(&now), 400, "malformed-json").await;
        }
        for place in ["/referrals".to_owned(), format!("{place}/messages")] {
            let ask = |who: &Client| torn(who, "POST", &place);
            refuse(&home, &app.by_nobody(), &ask, 401, "unauthenticated").await;
            refuse(&home, &sender, &ask, 400, "malformed-json").await;
        }
        refuse(&home, &sender, &|who| who.post("/referrals", &json!({})), 422, "invalid-input").await;
        app.finish().await;
    }

    async fn a_wrong_tag_is_a_stale_one(home: Home) {
        let app = home.start().await;
        let sender = app.by(Persona::Outreach);
        let sent = sender.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let place = format!("{}/transitions", path(&sent));
        let withdraw = json!({ "action": "withdraw", "input": { "reason": "Feil" } });
        for tag in ["\"99\"", "W/\"1\"", "1", "\"\"", "\"x\"", "*"] {
            refuse(&home, &sender, &|who| who.post(&place, &withdraw).if_match(tag), 412, "stale-version").await;
        }
        let problem = sender.post(&place, &withdraw).if_match("\"99\"").await.problem(412, "stale-version");
        assert_eq!(id(&sender.get(problem["current"].as_str().unwrap()).await.expect(200).json()), id(&sent.json()));
        sender.post(&place, &withdraw).if_match("\"7\", \"1\"").await.expect(200);
        app.finish().await;
    }

    async fn a_new_referral_is_refused_in_order(home: Home) {
        let app = home.start().await;
        let not_admitted = crate::telling::with(service_referral("bydel-grunerlokka"), "/legalBasis/code", json!("necessity"));
        let post = |who: &Client, body: &Value| who.post("/referrals", body);
        refuse(&home, &app.by_nobody(), &|who| post(who, &json!({ "colour": 1 })), 401, "unauthenticated").await;
        for persona in [Persona::Coordinator, Persona::Auditor, Persona::Admin] {
            let who = app.by(persona);
            refuse(&home, &who, &|who| post(who, &service_referral("bydel-grunerlokka")), 403, "forbidden").await;
        }
        // On behalf of others, and with a basis that would not do.
        let district = app.by(Persona::District);
        refuse(&home, &district, &|who| post(who, &not_admitted), 403, "not-yours").await;
        refuse(&home, &app.by(Persona::Outreach), &|who| post(who, &not_admitted), 422, "invalid-input").await;
        app.finish().await;
    }
}
