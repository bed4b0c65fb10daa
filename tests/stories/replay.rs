//! Two hundred things happen to many referrals, as the API offers them. Afterwards each log tells its referral whole, and
//! every law holds.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Answer, App, Client, Home, Persona, on_both_databases};
use serde_json::{Map, Value, json};
use stafett_api::clock::Manual;
use stafett_store::{events, referrals};
use stafett_workflow::{
    definition::builtin,
    laws,
    policy::{Scope, SystemTask},
    replay,
};

use crate::telling::{Acts, concern_report, consent, path, service_referral, with};

const ACTIONS: usize = 200;
const SEED: u64 = 2026;
const PEOPLE: [Persona; 7] = [
    Persona::Outreach,
    Persona::ChildWelfare,
    Persona::Colleague,
    Persona::District,
    Persona::DistrictChildWelfare,
    Persona::Outsider,
    Persona::Coordinator,
];

/// Dice that fall alike in every telling (splitmix64). Change [`SEED`] for another walk.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}

/// An input as the action's own schema asks for it: no client needs to know more.
fn input(schema: &Value, dice: &mut Dice) -> Value {
    let mut input = Map::new();
    for (name, field) in schema["properties"].as_object().unwrap() {
        let required = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .any(|required| required == name);
        // A text may be asked for by what another field says, so texts are always given.
        if !required && field["type"] != "string" && dice.below(2) == 0 {
            continue;
        }
        let codes: Vec<_> = field["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|option| option["const"].clone())
            .collect();
        let value = match field["format"].as_str() {
            Some("agency") => json!(dice.one_of(&[
                "barnevernvakten",
                "barnevern-grunerlokka",
                "bydel-grunerlokka",
                "bup-oslo"
            ])),
            Some("person") => json!("me"),
            Some("legal-basis") => consent(),
            _ if !codes.is_empty() => dice.one_of(&codes).clone(),
            _ => json!("Slik er det."),
        };
        input.insert(name.clone(), value);
    }
    input.into()
}

/// Something new, sent at once or not.
async fn write(outreach: &Client, dice: &mut Dice) -> Answer {
    let body = match dice.below(3) {
        0 => concern_report(),
        1 => service_referral("bydel-grunerlokka"),
        _ => service_referral("bup-oslo"),
    };
    let body = with(body, "/send", json!(dice.below(5) > 0));
    let body = with(
        body,
        "/urgency",
        json!(dice.one_of(&["emergency", "urgent", "routine"])),
    );
    outreach.post("/referrals", &body).await.expect(201)
}

/// Somebody who has a part in what an answer shows, or now and then just anybody.
fn somebody(shown: &Answer, dice: &mut Dice) -> Persona {
    let words = shown.text();
    let has_part = |persona: &Persona| words.contains(&format!(r#""slug":"{}""#, persona.agency().unwrap()));
    let people: Vec<_> = PEOPLE.into_iter().filter(has_part).collect();
    match dice.below(10) {
        0 => *dice.one_of(&PEOPLE),
        _ => *dice.one_of(&people),
    }
}

/// Somebody opens a referral and does something that they are offered. Tells what was done, if anything.
async fn one_thing(app: &App<'_>, known: &mut Answer, dice: &mut Dice) -> Option<String> {
    let client = app.by(somebody(known, dice));
    let place = path(known);
    let shown = client.get(&place).await;
    if shown.status == 404 {
        return None;
    }
    *known = shown.expect(200);
    let offered = known.json()["actions"].as_array().unwrap().clone();
    if offered.is_empty() || dice.below(8) == 0 {
        let said = client
            .post(&format!("{place}/messages"), &json!({ "text": "Noe nytt?" }))
            .await;
        // Not to one's own, and to nobody when the consent is withdrawn.
        let withdrawn = said.status == 409 && said.json()["code"] == "consent-withdrawn";
        assert!([201, 403].contains(&said.status) || withdrawn, "{}", said.text());
        return (said.status == 201).then(|| "message".to_owned());
    }
    let offer = dice.one_of(&offered);
    let action = offer["action"].as_str().unwrap();
    let done = client.act(known, action, input(&offer["input"], dice)).await;
    if done.status == 422 {
        // Not every agency may receive everything; nothing else can be wrong with what the schema asks for.
        assert_eq!(
            done.json()["code"],
            "receiver-not-admitted",
            "{action}: {}",
            done.text()
        );
        return None;
    }
    *known = done.expect(200);
    Some(action.to_owned())
}

/// Replays each log, and holds every referral against the laws.
async fn everything_agrees(home: &Home) -> usize {
    let db = home.unlocked().await;
    let (library, scope) = (builtin().unwrap(), Scope::for_system(SystemTask::Reconcile));
    let stored = referrals::sweep(&db, &scope, None, 1_000).await.unwrap();
    for record in &stored {
        let referral = record.referral();
        let log = events::log(&db, record).await.unwrap();
        let replayed = replay(referral.id, &log).unwrap();
        assert_eq!(&replayed, referral, "the log tells another story than the row");
        let definition = library.get(&referral.workflow).unwrap();
        assert_eq!(laws::broken(definition, referral), [], "{referral:#?}");
    }
    db.close().await.unwrap();
    stored.len()
}

/// Lets people do `actions` things to many referrals. Tells how many were written, and what was done how often.
pub(crate) async fn walk(app: &App<'_>, clock: &Manual, seed: u64, actions: usize) -> (usize, BTreeMap<String, usize>) {
    let outreach = app.by(Persona::Outreach);
    let (mut dice, mut done) = (Dice(seed), BTreeMap::new());
    let mut written = vec![write(&outreach, &mut dice).await];
    let mut taken = 0;
    while taken < actions {
        clock.advance(TimeDelta::minutes(i64::try_from(dice.below(600)).unwrap()));
        if dice.below(10) == 0 {
            written.push(write(&outreach, &mut dice).await);
            taken += 1;
            continue;
        }
        let nth = dice.below(written.len());
        if let Some(what) = one_thing(app, &mut written[nth], &mut dice).await {
            *done.entry(what).or_insert(0) += 1;
            taken += 1;
        }
    }
    (written.len(), done)
}

on_both_databases! {
    async fn the_log_is_the_referral(kind: DatabaseKind) {
        let start: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let (home, clock) = Home::with_clock(kind, start).await;
        let app = home.start().await;
        let (written, done) = walk(&app, &clock, SEED, ACTIONS).await;
        app.finish().await;
        assert_eq!(everything_agrees(&home).await, written);
        assert!(done.len() >= 10, "the walk led nowhere: {done:?}");
    }
}
