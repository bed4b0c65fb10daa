//! A youth who was registered twice: two cases become one, and two again when it was a mistake.

use e2e::{Answer, App, Client, Persona, Request, on_both_databases};
use serde_json::{Value, json};

use crate::cases::{case_path, look, open, referral, service, trafficking};
use crate::telling::{all_at_once, count, id, path, with};

fn merge(client: &Client, case: &Answer, into: &Answer) -> Request {
    let body = json!({ "into": into.json()["reference"], "reason": "Samme ungdom, møtt to netter" });
    client
        .post(&format!("{}/merge", case_path(case)), &body)
        .if_match(&case.etag())
}

fn split(client: &Client, case: &Answer, off: &Answer) -> Request {
    let body = json!({ "case": id(&off.json()), "reason": "To søstre" });
    client
        .post(&format!("{}/split", case_path(case)), &body)
        .if_match(&case.etag())
}

/// Two cases that child welfare knows both. In the first the district has a service referral, in the second a service for
/// the young has one: both of a kind of which others in the case see who has the baton.
async fn two_cases(app: &App<'_>) -> (Answer, Answer) {
    let report = trafficking()["referrals"][0].clone();
    let of = |receiver: &str| with(trafficking(), "/referrals", json!([report, service(receiver)]));
    (
        open(app, &of("bydel-grunerlokka")).await,
        open(app, &of("bup-oslo")).await,
    )
}

async fn as_seen(client: &Client, place: &str) -> Value {
    let mut case = client.get(place).await.expect(200).json();
    // What the answer is called and where it comes from differ; what is told must not.
    for own in [
        "id",
        "reference",
        "openedAt",
        "updatedAt",
        "version",
        "coordinator",
        "coordinatorPerson",
        "participants",
        "relation",
    ] {
        case.as_object_mut().unwrap().remove(own);
    }
    case
}

on_both_databases! {
    async fn two_cases_become_one_and_nobody_sees_more(home: Home) {
        let app = home.start().await;
        let (outreach, lead, district, youth) =
            (app.by(Persona::Outreach), app.by(Persona::Lead), app.by(Persona::District), app.by(Persona::Outsider));
        let (one, two) = two_cases(&app).await;
        let lead_one = look(&lead, &one).await.expect(200);
        merge(&app.by(Persona::ChildWelfare), &lead_one, &two).await.problem(403, "not-yours");
        merge(&outreach, &one, &two).await.problem(403, "not-yours");
        merge(&lead, &lead_one, &one).await.problem(422, "invalid-input");
        let before = (as_seen(&district, &case_path(&one)).await, as_seen(&youth, &case_path(&two)).await);
        let merged = merge(&lead, &lead_one, &two).await.expect(200);
        assert_eq!(merged.json()["id"], two.json()["id"]);
        // The lead's agency has a part in two reports, and sees of the services who has the baton.
        assert_eq!(merged.json()["referrals"].as_array().unwrap().len(), 4);
        // The old address leads on, for those who knew it.
        let moved = district.get(&case_path(&one)).await.expect(200);
        assert_eq!(moved.json()["id"], two.json()["id"]);
        youth.get(&case_path(&one)).await.expect(404);
        // Neither of the others sees more than before: not a referral, not a need, not a name.
        let after = (as_seen(&district, &case_path(&two)).await, as_seen(&youth, &case_path(&two)).await);
        assert_eq!(after, before);
        assert_eq!(moved.json()["coordinator"], json!(null));
        let service = referral(&district, &one, "service-referral").await;
        assert_eq!(service.json()["case"]["id"], two.json()["id"]);
        // Both histories are there, for whoever took part in both.
        let timeline = outreach.get(&format!("{}/timeline", case_path(&two))).await.expect(200).json();
        let kinds: Vec<_> = timeline["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "opened").count(), 2);
        assert!(kinds.contains(&"merged".to_owned()) && kinds.contains(&"merged-into".to_owned()));
        let lists = async |client: &Client| crate::telling::ids(&client.get("/cases").await.expect(200).json());
        assert_eq!((lists(&district).await, lists(&youth).await), (vec![id(&two.json())], vec![id(&two.json())]));
        merge(&lead, &lead_one, &two).await.problem(409, "case-not-open");

        // It was a mistake.
        split(&app.by(Persona::ChildWelfare), &merged, &one).await.problem(403, "not-yours");
        split(&outreach, &look(&outreach, &two).await, &one).await.problem(403, "not-yours");
        let apart = split(&lead, &merged, &one).await.expect(200);
        assert_eq!(apart.json()["referrals"].as_array().unwrap().len(), 2);
        assert_eq!(district.get(&case_path(&one)).await.expect(200).json()["id"], one.json()["id"]);
        district.get(&case_path(&two)).await.expect(404);
        let now = (as_seen(&district, &case_path(&one)).await, as_seen(&youth, &case_path(&two)).await);
        assert_eq!(now, before);
        assert_eq!(district.get(&path(&service)).await.expect(200).json()["case"]["id"], one.json()["id"]);
        split(&lead, &look(&lead, &two).await, &one).await.expect(409);
        app.finish().await;
    }

    /// However many leads merge at once and in whatever direction, the cases end as one.
    async fn of_those_who_merge_at_once_one_does(home: Home) {
        let app = home.start().await;
        let lead = app.by(Persona::Lead);
        let (one, two) = two_cases(&app).await;
        let (one, two) = (look(&lead, &one).await, look(&lead, &two).await);
        let answers = all_at_once(vec![
            merge(&lead, &one, &two), merge(&lead, &two, &one), merge(&lead, &one, &two), merge(&lead, &two, &one),
        ]).await;
        assert_eq!(count(&answers, 200), 1, "{:?}", answers.iter().map(e2e::Answer::text).collect::<Vec<_>>());
        assert_eq!(count(&answers, 409) + count(&answers, 412), 3);
        assert_eq!(home.database().number("SELECT count(*) FROM cases WHERE state = 'merged'").await, 1);
        assert_eq!(home.database().number("SELECT count(DISTINCT case_id) FROM referrals").await, 1);
        app.finish().await;
    }
}
