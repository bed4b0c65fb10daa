//! Looks that make a lead look twice: by which rule, and what came of it.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Client, Home, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, concern_report, path, service_referral, with};

/// A Tuesday at two in the morning.
fn night() -> DateTime<Utc> {
    "2026-11-24T01:00:00Z".parse().unwrap()
}

async fn flagged(client: &Client, agency: &str, which: &str) -> Vec<Value> {
    let list = client
        .get(&format!("/agencies/{agency}/access-log?flagged={which}"))
        .await
        .expect(200)
        .json();
    list["items"].as_array().unwrap().clone()
}

fn rules(looks: &[Value]) -> Vec<Vec<&str>> {
    looks
        .iter()
        .map(|look| {
            look["flags"]
                .as_array()
                .unwrap()
                .iter()
                .map(|flag| flag["code"].as_str().unwrap())
                .collect()
        })
        .collect()
}

on_both_databases! {
    /// Two of a kind: somebody with the youth's family name, and somebody who reads one after the other.
    async fn a_name_and_a_mass_are_flagged(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, night()).await;
        let app = home.start().await;
        let (outreach, vakten, lead) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::Lead));
        let kin = with(concern_report(), "/person/name", json!("Kristoffer Testesen"));
        let theirs = outreach.post("/referrals", &kin).await.expect(201);
        vakten.get(&path(&theirs)).await.expect(200);
        assert_eq!(rules(&flagged(&lead, "barnevernvakten", "all").await), [["own-name"]]);
        // Twenty-four others in an hour are a busy night; the twenty-fifth is a mass, and the twenty-sixth is no second one.
        let mut others = Vec::new();
        for _ in 0..26 {
            others.push(outreach.post("/referrals", &concern_report()).await.expect(201));
        }
        clock.advance(TimeDelta::hours(2));
        for other in &others {
            clock.advance(TimeDelta::seconds(30));
            vakten.get(&path(other)).await.expect(200);
            vakten.get(&format!("{}/timeline", path(other))).await.expect(200);
        }
        let unusual = flagged(&lead, "barnevernvakten", "open").await;
        assert_eq!(rules(&unusual), [["mass"], ["own-name"]]);
        // A colleague who reads one is not unusual.
        app.by(Persona::Colleague).get(&path(&others[0])).await.expect(200);
        assert_eq!(flagged(&lead, "barnevernvakten", "open").await.len(), 2);
        home.outbox_is_drained().await;
        app.stop().await;
    }

    /// After the end of one's part, and at night by somebody without a watch; a lead says what came of it.
    async fn a_lead_says_what_came_of_it(kind: DatabaseKind) {
        let (home, clock) = Home::with_clock(kind, night()).await;
        let hours = r#"{"mon":[["08:00","15:30"]],"tue":[["08:00","15:30"]],"wed":[["08:00","15:30"]]}"#;
        home.database().execute(&format!("UPDATE agencies SET opening_hours = '{hours}' WHERE slug = 'bydel-grunerlokka'")).await;
        // Somebody leads the district as well.
        home.database().execute("UPDATE memberships SET role = 'lead', agency_id = (SELECT id FROM agencies WHERE slug = 'bydel-grunerlokka') \
            WHERE user_id = (SELECT id FROM users WHERE username = 'lead')").await;
        let app = home.start().await;
        let (outreach, district, lead) = (app.by(Persona::Outreach), app.by(Persona::District), app.by(Persona::Lead));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let seen = district.get(&path(&sent)).await.expect(200);
        assert_eq!(rules(&flagged(&lead, "bydel-grunerlokka", "all").await), [["outside-hours"]]);
        clock.set("2026-11-24T10:00:00Z".parse().unwrap());
        let declined = district.act(&seen, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        let again = outreach.look(&declined).await.expect(200);
        let next = json!({ "receiver": "bup-oslo", "legalBasis": crate::telling::consent() });
        outreach.act(&again, "hand-off", next).await.expect(200);
        clock.advance(TimeDelta::minutes(5));
        district.get(&path(&sent)).await.expect(200);
        let unusual = flagged(&lead, "bydel-grunerlokka", "open").await;
        assert_eq!(rules(&unusual), [["part-ended"], ["outside-hours"]]);
        let place = format!("/agencies/bydel-grunerlokka/access-log/{}/acknowledgement", unusual[0]["id"].as_str().unwrap());
        let note = json!({ "note": "Han skulle ringe klinikken, avtalt med meg" });
        district.put(&place, &note).await.problem(403, "forbidden");
        outreach.put(&place, &note).await.problem(403, "forbidden");
        lead.put(&place, &json!({ "note": "ok" })).await.problem(422, "invalid-input");
        let said = lead.put(&place, &note).await.expect(200).json();
        assert_eq!((&said["acknowledgement"]["note"], &said["acknowledgement"]["user"]["name"]), (&note["note"], &json!("Lead Testesen")));
        lead.put(&place, &note).await.problem(409, "conflict");
        assert_eq!(rules(&flagged(&lead, "bydel-grunerlokka", "open").await), [["outside-hours"]]);
        assert_eq!(flagged(&lead, "bydel-grunerlokka", "all").await.len(), 2);
        let open = crate::telling::impersonal_rows(home.database()).await.join("\n");
        assert!(!open.contains("klinikken"), "the note lies sealed");
        // Why somebody looked is their lead's to read, and that is a look, too; where none was given there is none.
        let one = |look: &Value| format!("/agencies/bydel-grunerlokka/access-log/{}", look["id"].as_str().unwrap());
        district.because("Ringer klinikken for ungdommen").get(&path(&sent)).await.expect(200);
        let all = flagged(&lead, "bydel-grunerlokka", "all").await;
        let (with_words, without) = (&all[0], &unusual[0]);
        let read = lead.get(&one(with_words)).await.expect(200);
        assert_eq!((&read.json()["why"]["code"], &read.json()["reason"]), (&json!("reason"), &json!("Ringer klinikken for ungdommen")));
        let request = read.header("x-request-id");
        let looks = format!("SELECT count(*) FROM looks WHERE request_id = '{request}' AND looked_at = 'reason'");
        assert_eq!(home.database().number(&looks).await, 1);
        assert_eq!(lead.get(&one(without)).await.expect(200).json()["reason"], Value::Null);
        for stranger in [&district, &outreach] {
            stranger.get(&one(with_words)).await.problem(403, "forbidden");
        }
        lead.get("/agencies/bydel-grunerlokka/access-log/nothing").await.problem(404, "not-found");
        lead.get(&format!("/agencies/bydel-grunerlokka/access-log/{}", uuid::Uuid::nil())).await.problem(404, "not-found");
        // One's own looks somebody else must judge.
        lead.get(&path(&sent)).await.expect(200);
        let own = flagged(&lead, "bydel-grunerlokka", "open").await;
        let own = own.iter().find(|look| look["user"]["name"] == "Lead Testesen").unwrap();
        let place = format!("/agencies/bydel-grunerlokka/access-log/{}/acknowledgement", own["id"].as_str().unwrap());
        lead.put(&place, &note).await.problem(403, "not-yours");
        home.outbox_is_drained().await;
        app.stop().await;
    }
}
