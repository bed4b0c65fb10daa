//! The directory and the definitions, as a client meets them.

use e2e::{Persona, on_both_databases};
use serde_json::Value;

/// All pages of a list, one item each.
async fn all(client: &e2e::Client, path: &str) -> Vec<Value> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut next) = (Vec::new(), Some(format!("{path}{separator}limit=1")));
    while let Some(page) = next {
        let answer = client.get(&page).await.expect(200);
        let link = answer.header("link").to_owned();
        next = link
            .strip_prefix('<')
            .and_then(|rest| rest.split_once(">; rel=\"next\""))
            .map(|(address, _)| address.to_owned());
        let page = answer.json();
        assert_eq!(page["nextCursor"].is_null(), next.is_none());
        items.extend(page["items"].as_array().unwrap().clone());
    }
    items
}

fn slugs(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["slug"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn the_directory_is_found_and_filtered(home: Home) {
        home.database()
            .execute(
                "UPDATE agencies SET opening_hours = '{\"always\": true}' WHERE slug = 'barnevernvakten'; \
                 UPDATE agencies SET opening_hours = '\"whenever\"', active = false WHERE slug = 'bup-oslo'; \
                 UPDATE agencies SET parent_id = (SELECT id FROM agencies WHERE slug = 'oslo-kommune'), opening_hours = '{}' \
                 WHERE slug = 'bydel-grunerlokka'",
            )
            .await;
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let agencies = all(&outreach, "/agencies").await;
        let everybody =
            ["barnevern-grunerlokka", "barnevernvakten", "bup-oslo", "bydel-grunerlokka", "oslo-kommune", "udi", "uteseksjonen"];
        assert_eq!(slugs(&agencies), everybody);
        for agency in &agencies {
            assert!(!agency.to_string().contains("post@"), "a mailbox is nobody's business: {agency}");
        }
        let filtered = async |query: &str| slugs(&all(&outreach, &format!("/agencies?{query}")).await).join(" ");
        assert_eq!(filtered("kind=child-welfare").await, "barnevern-grunerlokka barnevernvakten");
        assert_eq!(filtered("kind=child-welfare&district=030102").await, "barnevern-grunerlokka");
        assert_eq!(filtered("active=false").await, "bup-oslo");
        assert_eq!(filtered("municipality=0301&active=true").await, everybody.join(" ").replace("bup-oslo ", "").replace("udi ", ""));
        assert_eq!(filtered("need=housing").await, "");

        let guard = outreach.get("/agencies/barnevernvakten").await.expect(200);
        assert_eq!(guard.etag(), "\"1\"");
        let guard = guard.json();
        assert_eq!((&guard["openNow"], &guard["openingHours"]["always"]), (&true.into(), &true.into()));
        let by_id = outreach.get(&format!("/agencies/{}", guard["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(by_id, guard);
        let district = outreach.get("/agencies/bydel-grunerlokka").await.expect(200).json();
        assert_eq!((&district["parent"]["slug"], &district["openNow"]), (&"oslo-kommune".into(), &false.into()));
        let unreadable = outreach.get("/agencies/bup-oslo").await.expect(200).json();
        assert_eq!((&unreadable["openingHours"], &unreadable["openNow"]), (&Value::Null, &Value::Null));

        outreach.get("/agencies/nobody").await.problem(404, "not-found");
        outreach.get("/agencies/nobody/services").await.problem(404, "not-found");
        outreach.get("/agencies?kind=circus").await.problem(422, "invalid-input");
        outreach.get("/agencies?municipality=Oslo").await.problem(422, "invalid-input");
        outreach.get("/agencies?limit=101").await.problem(422, "invalid-input");
        outreach.get("/agencies?name=oslo").await.problem(422, "unknown-parameter");
        outreach.get("/agencies?cursor=x").await.problem(422, "invalid-cursor");
        app.by_nobody().get("/agencies").await.problem(401, "unauthenticated");
        app.finish().await;
    }

    async fn services_are_told_in_the_language_of_the_caller(home: Home) {
        let services = [("1", "housing", "Bolig", "Housing"), ("2", "economy", "Økonomi", "Money"), ("3", "housing", "Hybel", "Room")];
        for (number, need, nb, en) in services {
            let id = match home.database().kind() {
                e2e::DatabaseKind::Sqlite => format!("x'{number:0>32}'"),
                e2e::DatabaseKind::Postgres => format!("'{number:0>32}'::uuid"),
            };
            home.database()
                .execute(&format!(
                    "INSERT INTO services (id, agency_id, need, title_nb, title_en, min_age) \
                     SELECT {id}, id, '{need}', '{nb}', '{en}', 18 FROM agencies WHERE slug = 'bydel-grunerlokka'"
                ))
                .await;
        }
        let app = home.start().await;
        let client = app.by(Persona::Outreach);
        let titles = |items: &[Value]| -> Vec<String> {
            items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
        };
        let english = all(&client, "/agencies/bydel-grunerlokka/services").await;
        assert_eq!(titles(&english), ["Money", "Housing", "Room"]);
        assert_eq!((&english[0]["minAge"], &english[0]["maxAge"]), (&18.into(), &Value::Null));
        let answer = client.get("/agencies/bydel-grunerlokka/services").header("accept-language", "nb").await.expect(200);
        assert_eq!(titles(answer.json()["items"].as_array().unwrap()), ["Økonomi", "Bolig", "Hybel"]);
        let helps = client.get("/agencies?need=economy").await.expect(200).json();
        assert_eq!(slugs(helps["items"].as_array().unwrap()), ["bydel-grunerlokka"]);
        app.finish().await;
    }

    async fn the_definitions_are_told_whole(home: Home) {
        let app = home.start().await;
        let client = app.by(Persona::Admin);
        let listed = all(&client, "/workflows").await;
        let ids: Vec<_> = listed.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert!(ids.is_sorted() && ids.contains(&"concern-report") && ids.contains(&"service-referral"), "{ids:?}");
        for item in listed {
            let path = format!("/workflows/{}/{}", item["id"].as_str().unwrap(), item["version"]);
            let english = client.get(&path).await.expect(200).json();
            let norwegian = client.get(&path).header("accept-language", "no").await.expect(200).json();
            assert_eq!(english["title"], item["title"]);
            assert_ne!(english["title"], norwegian["title"]);
            assert_eq!(english["states"][0]["core"], "draft");
            for part in ["states", "transitions", "clocks", "legalBases", "senders", "receivers"] {
                assert!(english[part].as_array().is_some_and(|part| !part.is_empty()), "{part}");
            }
        }
        let concern = client.get("/workflows/concern-report/1").await.expect(200).json();
        let review = concern["clocks"].as_array().unwrap().iter().find(|clock| clock["id"] == "review").unwrap();
        assert_eq!(review["limit"]["urgent"], serde_json::json!({ "amount": 1, "unit": "weeks", "text": "1 week" }));
        assert_eq!(review["legalRef"], "bvl § 2-1");
        // Each statute that a limit or a legal basis names can be read, as it stands today.
        let rules = all(&client, "/legal-rules").await;
        let clocks = concern["clocks"].as_array().unwrap().iter().map(|clock| &clock["legalRef"]);
        for legal_ref in clocks.filter_map(Value::as_str) {
            assert!(rules.iter().any(|rule| rule["legalRef"] == legal_ref), "{legal_ref}");
        }
        let review = client.get("/legal-rules?ref=bvl%20%C2%A7%202-1&on=2026-11-22").await.expect(200).json();
        assert_eq!(review["items"][0]["id"], "review-of-report");
        let before = client.get("/legal-rules?ref=bvl%20%C2%A7%202-1&on=2022-12-31").await.expect(200).json();
        assert_eq!(before["items"], Value::Array(vec![]));
        for missing in ["/workflows/concern-report/9", "/workflows/concern-report/x", "/workflows/nothing/1"] {
            client.get(missing).await.problem(404, "not-found");
        }
        app.finish().await;
    }
}
