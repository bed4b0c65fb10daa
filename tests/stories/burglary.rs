//! Whoever sets agencies up reads no referral, and does not get to by setting something up: neither by saying whom an agency
//! serves, nor by saying who works in it.

use e2e::{Answer, Client, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::setup::hire;
use crate::telling::{Acts, service_referral, with};

async fn read(client: &Client, path: &str) -> Answer {
    client.get(path).await.expect(200)
}

/// The fields that are not the caller's to set.
#[track_caller]
fn reserved(answer: &Answer) -> Vec<String> {
    let refused = answer.problem(403, "only-system-admin");
    let faults = refused["errors"].as_array().unwrap();
    faults
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect()
}

fn municipality(slug: &str, number: &str) -> Value {
    json!({ "slug": slug, "name": slug, "kind": "municipality", "municipality": number, "publicTasks": true })
}

on_both_databases! {
    async fn no_agency_says_itself_whom_it_serves(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let made = admin.post("/agencies", &municipality("barum-kommune", "3201")).await.expect(201);
        let barum = hire(&app, &admin, "barum-kommune", "bente", &["agency-admin"]).await;
        let place = "/agencies/barum-kommune";
        let to_oslo = json!({ "municipality": "0301" });
        assert_eq!(reserved(&barum.patch(place, &to_oslo).if_match(&made.etag()).await), ["/municipality"]);
        let nowhere = json!({ "municipality": null, "district": "030102" });
        assert_eq!(reserved(&barum.patch(place, &nowhere).if_match(&made.etag()).await), ["/municipality", "/district"]);
        let unit = json!({ "slug": "oslo", "name": "Oslo", "kind": "municipality", "parent": "barum-kommune", "municipality": "0301" });
        assert_eq!(reserved(&barum.post("/agencies", &unit).await), ["/municipality", "/kind"]);

        // Of two municipalities with one number nobody could tell which decides, so nobody at all enters the second.
        let second = admin.patch(place, &to_oslo).if_match(&made.etag()).await.problem(422, "invalid-input");
        assert_eq!((&second["errors"][0]["pointer"], &second["errors"][0]["code"]), (&"/municipality".into(), &"taken".into()));
        admin.post("/agencies", &municipality("oslo-to", "0301")).await.problem(422, "invalid-input");
        let closed = admin.patch(place, &json!({ "active": false })).if_match(&made.etag()).await.expect(200);
        let moved = admin.patch(place, &to_oslo).if_match(&closed.etag()).await.expect(200);
        admin.patch(place, &json!({ "active": true })).if_match(&moved.etag()).await.problem(422, "invalid-input");
        assert_eq!(read(&admin, place).await.etag(), moved.etag());
        app.finish().await;
    }

    async fn a_unit_lies_in_what_its_agency_serves(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let district = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let unit = |slug: &str, facts: Value| {
            let mut unit = json!({ "slug": slug, "name": slug, "kind": "child-welfare", "parent": "bydel-grunerlokka" });
            unit.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
            unit
        };
        let barum = unit("barnevern-barum", json!({ "municipality": "3201" }));
        assert_eq!(reserved(&district.post("/agencies", &barum).await), ["/municipality", "/district"]);
        let sentrum = unit("barnevern-sentrum", json!({ "municipality": "0301", "district": "030116" }));
        assert_eq!(reserved(&district.post("/agencies", &sentrum).await), ["/district"]);

        // What is not said is as in the agency above, and not the whole country.
        let made = district.post("/agencies", &unit("barnevern-to", json!({}))).await.expect(201);
        assert_eq!((&made.json()["municipality"], &made.json()["district"]), (&"0301".into(), &"030102".into()));
        let place = "/agencies/barnevern-to";
        for (elsewhere, field) in [(json!({ "district": "030116" }), "/district"), (json!({ "district": null }), "/district")] {
            assert_eq!(reserved(&district.patch(place, &elsewhere).if_match(&made.etag()).await), [field]);
        }
        let own = hire(&app, &admin, "barnevern-to", "berit", &["agency-admin"]).await;
        assert_eq!(reserved(&own.patch(place, &json!({ "district": "030116" })).if_match(&made.etag()).await), ["/district"]);
        // Whoever runs the installation may: a unit may serve several districts.
        admin.patch(place, &json!({ "district": null })).if_match(&made.etag()).await.expect(200);
        app.finish().await;
    }

    async fn of_two_municipalities_with_one_number_neither_decides(home: Home) {
        let app = home.start().await;
        let (admin, outreach, district) = (app.by(Persona::Admin), app.by(Persona::Outreach), app.by(Persona::District));
        admin.post("/agencies", &municipality("barum-kommune", "3201")).await.expect(201);
        let barum = json!({ "username": "bo", "displayName": "Bo", "roles": ["coordinator"] });
        admin.post("/agencies/barum-kommune/users", &barum).await.expect(201);
        home.database().execute("UPDATE agencies SET municipality = '0301' WHERE slug = 'barum-kommune'").await;
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let reason = json!({ "reason": "Ikke vårt" });
        district.act(&sent, "dispute", reason.clone()).await.problem(409, "no-coordinator");
        app.by(Persona::Coordinator).look(&sent).await.problem(404, "not-found");
        home.database().execute("UPDATE agencies SET municipality = '3201' WHERE slug = 'barum-kommune'").await;
        district.act(&sent, "dispute", reason).await.expect(200);
        app.by(Persona::Coordinator).look(&sent).await.expect(200);
        app.finish().await;
    }

    async fn nobody_lets_themselves_in(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let sent = app.by(Persona::Outreach).post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        for role in ["lead", "worker", "agency-admin", "coordinator"] {
            for agency in ["bydel-grunerlokka", "barnevernvakten", "oslo-kommune"] {
                let place = format!("/agencies/{agency}/users/admin");
                let refused = admin.patch(&place, &json!({ "roles": [role] })).if_match("\"1\"").await.problem(403, "own-roles");
                assert_eq!(refused["errors"][0]["pointer"], "/roles/0");
            }
        }
        admin.look(&sent).await.problem(404, "not-found");

        let boss = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin", "integration"]).await;
        let dina = "/agencies/bydel-grunerlokka/users/dina";
        let change = json!({ "roles": ["agency-admin", "integration", "lead"] });
        let refused = boss.patch(dina, &change).if_match(&read(&boss, dina).await.etag()).await.problem(403, "own-roles");
        assert_eq!(refused["errors"][0]["pointer"], "/roles/2");
        // Another may give it, and what one has one may drop.
        let change = json!({ "roles": ["agency-admin", "lead"] });
        let given = admin.patch(dina, &change).if_match(&read(&boss, dina).await.etag()).await.expect(200);
        boss.look(&sent).await.expect(200);
        boss.patch(dina, &json!({ "roles": ["agency-admin"] })).if_match(&given.etag()).await.expect(200);
        boss.look(&sent).await.problem(404, "not-found");
        app.finish().await;
    }

    /// A unit shares nothing with the agency above, and so that one's administrator has no say in who works there.
    async fn nobody_comes_in_through_the_unit_below(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let below = json!({ "parent": "bydel-grunerlokka" });
        admin.patch("/agencies/barnevern-grunerlokka", &below).if_match("\"1\"").await.expect(200);
        let boss = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let (place, one) = ("/agencies/barnevern-grunerlokka/users", "/agencies/barnevern-grunerlokka/users/district-child-welfare");
        let etag = read(&boss, one).await.etag();
        for change in [json!({ "resetPassword": true }), json!({ "roles": ["lead"] }), json!({ "active": false }), json!({ "email": "x@y.no" })] {
            boss.patch(one, &change).if_match(&etag).await.problem(403, "forbidden");
        }
        boss.request(reqwest::Method::DELETE, one).if_match(&etag).await.problem(403, "forbidden");
        boss.post(place, &json!({ "username": "x", "displayName": "X", "roles": ["worker"] })).await.problem(403, "forbidden");
        // What the unit is called and offers is still hers to keep, and whoever runs the installation leaves a trace.
        boss.patch("/agencies/barnevern-grunerlokka", &json!({ "name": "Ny" })).if_match("\"2\"").await.expect(200);
        admin.patch(one, &json!({ "resetPassword": true })).if_match(&etag).await.expect(200);
        let trace = "SELECT role FROM audit WHERE action = 'user-changed'";
        assert_eq!(home.database().texts(trace).await, ["system-admin"]);
        app.finish().await;
    }

    async fn no_name_reads_as_another(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        for unseen in ["\u{202e}", "\u{2066}", "\u{202a}", "\u{7}"] {
            let alias = with(service_referral("bydel-grunerlokka"), "/person/alias", json!(format!("Sol{unseen}nes")));
            let refused = outreach.post("/referrals", &alias).await.problem(422, "invalid-input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&"/person/alias".into(), &"control-character".into()));
        }
        // A mark as an Arabic keyboard puts it turns nothing but its own word.
        let alias = with(service_referral("bydel-grunerlokka"), "/person/alias", json!("\u{200f}شمس"));
        outreach.post("/referrals", &alias).await.expect(201);
        app.finish().await;
    }
}
