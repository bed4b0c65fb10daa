//! Setting up: agencies, units, services, people, and everybody's own account. Whoever sets up does so where they may, and
//! nobody climbs by it.

use e2e::{Answer, App, Client, Persona, on_both_databases};
use serde_json::{Value, json};

use crate::telling::{Acts, service_referral, with};

/// Somebody new at an agency, who has made the password that they were handed their own.
pub(crate) async fn hire(app: &App<'_>, by: &Client, agency: &str, username: &str, roles: &[&str]) -> Client {
    let new = json!({ "username": username, "displayName": format!("{username} Nilsen"), "roles": roles });
    let hired = by
        .post(&format!("/agencies/{agency}/users"), &new)
        .await
        .expect(201)
        .json();
    settle_in(app, username, hired["oneTimePassword"]["password"].as_str().unwrap()).await
}

/// Signs in with a password that was handed out and chooses another.
async fn settle_in(app: &App<'_>, username: &str, handed_out: &str) -> Client {
    let token = json!({ "username": username, "password": handed_out });
    let session = app.by_nobody().post("/auth/token", &token).await.expect(200).json();
    assert_eq!(session["passwordMustChange"], true);
    let client = app.by_nobody().with_token(session["accessToken"].as_str().unwrap());
    client.get("/agencies").await.problem(403, "password-change-required");
    let me = client.get("/me").await.expect(200);
    assert_eq!(me.json()["passwordMustChange"], true);
    let change = json!({ "password": { "current": handed_out, "new": "riktig hest batteri stift" } });
    let changed = client
        .patch("/me", &change)
        .if_match(&me.etag())
        .await
        .expect(200)
        .json();
    assert_eq!(changed["passwordMustChange"], false);
    client.get("/me").await.problem(401, "invalid-token");
    app.by_nobody()
        .with_token(changed["session"]["accessToken"].as_str().unwrap())
}

async fn read(client: &Client, path: &str) -> Answer {
    client.get(path).await.expect(200)
}

/// The audit entries with this action, with the roles in which it was done.
async fn audited(home: &e2e::Home, action: &str) -> Vec<String> {
    let query = format!("SELECT coalesce(role, 'none') FROM audit WHERE action = '{action}' ORDER BY id");
    home.database().texts(&query).await
}

fn unit() -> Value {
    json!({
        "slug": "barnevern-sagene", "name": "Barneverntjenesten Sagene", "kind": "child-welfare",
        "parent": "oslo-kommune", "municipality": "0301", "district": "030103", "orgnr": "991 825 827",
        "publicTasks": true, "phone": "+47 22 00 00 00"
    })
}

on_both_databases! {
    async fn an_agency_is_entered_and_changed_by_those_who_may(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let municipal = hire(&app, &admin, "oslo-kommune", "astrid", &["agency-admin"]).await;
        let entered = municipal.post("/agencies", &unit()).idempotency_key("unit").await.expect(201);
        assert_eq!((entered.etag().as_str(), entered.header("location")), ("\"1\"", "/api/v1/agencies/barnevern-sagene"));
        let again = municipal.post("/agencies", &unit()).idempotency_key("unit").await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &entered.body));
        assert_eq!(read(&admin, "/agencies/barnevern-sagene").await.json(), entered.json());
        assert_eq!((&entered.json()["orgnr"], &entered.json()["parent"]["slug"]), (&"991825827".into(), &"oslo-kommune".into()));

        // The administrator of the agency above sets the unit up, and the unit's own after that.
        let place = "/agencies/barnevern-sagene";
        let own = hire(&app, &admin, "barnevern-sagene", "berit", &["agency-admin", "worker"]).await;
        let changed = own.patch(place, &json!({ "name": " Barnevernet i Sagene ", "phone": null, "language": "en" }))
            .if_match(&entered.etag()).await.expect(200);
        let now = changed.json();
        assert_eq!((&now["name"], &now["phone"], &now["language"]), (&"Barnevernet i Sagene".into(), &Value::Null, &"en".into()));
        assert_eq!(now["district"], "030103");
        municipal.patch(place, &json!({ "kind": "outreach" })).if_match(&changed.etag()).await.expect(200);
        assert_eq!(audited(&home, "agency-added").await, ["agency-admin"]);
        assert_eq!(audited(&home, "agency-changed").await, ["agency-admin", "agency-admin"]);
        app.finish().await;
    }

    /// A kind says what may be received on which basis: nobody gives themselves another.
    async fn nobody_makes_their_agency_more_than_it_is(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let outreach = hire(&app, &admin, "uteseksjonen", "odd", &["agency-admin"]).await;
        let municipal = hire(&app, &admin, "oslo-kommune", "astrid", &["agency-admin"]).await;
        let etag = read(&admin, "/agencies/uteseksjonen").await.etag();
        for (change, field) in [
            (json!({ "kind": "child-welfare" }), "/kind"),
            (json!({ "publicTasks": false }), "/publicTasks"),
            (json!({ "parent": "oslo-kommune" }), "/parent"),
        ] {
            let refused = outreach.patch("/agencies/uteseksjonen", &change).if_match(&etag).await.problem(403, "only-system-admin");
            assert_eq!(refused["errors"][0]["pointer"], field);
        }
        // Nor by way of a unit, nor of one without a parent, nor of somebody else's.
        let mut police = unit();
        police["kind"] = "police".into();
        police["parent"] = "uteseksjonen".into();
        outreach.post("/agencies", &police).await.problem(403, "only-system-admin");
        let mut alone = unit();
        alone["parent"] = Value::Null;
        outreach.post("/agencies", &alone).await.problem(403, "forbidden");
        outreach.post("/agencies", &unit()).await.problem(403, "forbidden");
        outreach.patch("/agencies/bup-oslo", &json!({ "name": "Min" })).if_match("\"1\"").await.problem(403, "forbidden");
        municipal.patch("/agencies/uteseksjonen", &json!({ "name": "Min" })).if_match(&etag).await.problem(403, "forbidden");
        app.by(Persona::Lead).patch("/agencies/barnevernvakten", &json!({ "name": "Min" })).if_match("\"1\"").await.problem(403, "forbidden");
        assert_eq!(read(&admin, "/agencies/uteseksjonen").await.etag(), etag);
        assert_eq!(audited(&home, "agency-changed").await, [""; 0]);
        app.finish().await;
    }

    async fn what_is_wrong_with_an_agency_is_told_by_field_and_last(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        for (field, value) in [
            ("slug", json!("Bydel Sagene")), ("slug", json!("")), ("slug", json!("oslo-kommune")), ("name", json!("  ")),
            ("orgnr", json!("991825828")), ("orgnr", json!("12")), ("municipality", json!("Oslo")), ("district", json!("46")),
            ("district", json!("110303")), ("phone", json!("ring meg")), ("parent", json!("nobody")), ("kind", json!("circus")),
            ("language", json!("se")),
        ] {
            let mut body = unit();
            body[field] = value.clone();
            let refused = admin.post("/agencies", &body).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], format!("/{field}"), "{value}: {refused:#}");
        }
        admin.post("/agencies", &json!({ "slug": "x", "name": "X", "kind": "ngo", "mailbox": "x@y.no" })).await.problem(422, "unknown-field");
        admin.post("/agencies", &unit()).await.expect(201);
        let place = "/agencies/oslo-kommune";
        let ring = admin.patch(place, &json!({ "parent": "barnevern-sagene" })).if_match("\"1\"").await.problem(422, "invalid-input");
        assert_eq!(ring["errors"][0]["pointer"], "/parent");
        // In turn each has one fault less.
        let broken = json!({ "name": 7, "nonsense": true });
        app.by_nobody().patch(place, &broken).await.problem(401, "unauthenticated");
        admin.patch("/agencies/nobody", &broken).await.problem(404, "not-found");
        admin.patch(place, &broken).await.problem(428, "precondition-required");
        let stale = admin.patch(place, &broken).if_match("\"7\"").await;
        let stale = stale.problem(412, "stale-version");
        assert_eq!((&stale["current"], &stale["currentVersion"]), (&"/api/v1/agencies/oslo-kommune".into(), &1.into()));
        admin.patch(place, &broken).if_match("\"1\"").await.problem(422, "invalid-input");
        app.finish().await;
    }

    async fn an_agency_that_answers_for_something_is_not_closed(home: Home) {
        let app = home.start().await;
        let (admin, outreach, district) = (app.by(Persona::Admin), app.by(Persona::Outreach), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        let close = json!({ "active": false });
        let held = admin.patch("/agencies/uteseksjonen", &close).if_match("\"1\"").header("accept-language", "en").await;
        assert!(held.problem(409, "agency-in-use")["detail"].as_str().unwrap().contains("1 batons"), "{}", held.text());
        let open = admin.patch("/agencies/bydel-grunerlokka", &close).if_match("\"1\"").header("accept-language", "en").await;
        assert!(open.problem(409, "agency-in-use")["detail"].as_str().unwrap().contains("1 open hand-offs"), "{}", open.text());
        let declined = district.act(&sent, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        admin.patch("/agencies/bydel-grunerlokka", &close).if_match("\"1\"").await.expect(200);
        outreach.act(&declined, "revoke", json!({ "reason": "Ordnet seg" })).await.expect(200);
        admin.patch("/agencies/uteseksjonen", &close).if_match("\"1\"").await.expect(200);
        app.finish().await;
    }

    async fn services_are_kept_in_both_languages(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let district = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let place = "/agencies/bydel-grunerlokka/services";
        let new = json!({ "need": "housing", "title": { "nb": "Bolig", "en": "Housing" }, "minAge": 18, "maxAge": 25 });
        let added = district.post(place, &new).idempotency_key("s").await.expect(201);
        assert_eq!(district.post(place, &new).idempotency_key("s").await.expect(201).body, added.body);
        assert_eq!(added.etag(), read(&admin, "/agencies/bydel-grunerlokka").await.etag());
        let one = format!("{place}/{}", added.json()["id"].as_str().unwrap());
        let changed = district.patch(&one, &json!({ "maxAge": null, "title": { "nb": "Hybel", "en": "Room" } }))
            .if_match(&added.etag()).await.expect(200);
        assert_eq!((&changed.json()["title"]["nb"], &changed.json()["maxAge"]), (&"Hybel".into(), &Value::Null));
        let listed = read(&app.by(Persona::Outreach), place).await.json();
        assert_eq!((&listed["items"][0]["title"], &listed["items"][0]["minAge"]), (&"Room".into(), &18.into()));

        let nobody = district.patch(&one, &json!({ "minAge": 30, "maxAge": 20 })).if_match(&changed.etag()).await;
        assert_eq!(nobody.problem(422, "invalid-input")["errors"][0]["pointer"], "/maxAge");
        district.post(place, &json!({ "need": "circus", "title": { "nb": "x", "en": "x" } })).await.problem(422, "invalid-input");
        district.post(place, &json!({ "need": "housing", "title": { "nb": "x", "en": " " } })).await.problem(422, "invalid-input");
        district.patch(&one, &json!({})).if_match(&added.etag()).await.problem(412, "stale-version");
        district.request(reqwest::Method::DELETE, &one).await.problem(428, "precondition-required");
        district.post("/agencies/bup-oslo/services", &new).await.problem(403, "forbidden");
        let gone = district.request(reqwest::Method::DELETE, &one).if_match(&changed.etag()).await.expect(200);
        district.request(reqwest::Method::DELETE, &one).if_match(&gone.etag()).await.problem(404, "not-found");
        assert_eq!(read(&admin, place).await.json()["items"], json!([]));
        app.finish().await;
    }

    async fn people_come_work_and_go(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let boss = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let place = "/agencies/bydel-grunerlokka/users";
        let new = json!({ "username": " Siri ", "displayName": "Siri Ås", "email": "siri@bydel.example", "language": "en", "roles": ["worker"] });
        let hired = boss.post(place, &new).idempotency_key("siri").await.expect(201);
        let password = hired.json()["oneTimePassword"]["password"].as_str().unwrap().to_owned();
        let again = boss.post(place, &new).idempotency_key("siri").await.expect(201).json();
        assert_eq!((&again["id"], &again["oneTimePassword"]), (&hired.json()["id"], &Value::Null), "it is told once");
        let siri = settle_in(&app, "siri", &password).await;

        // She takes a referral, and is found.
        let sent = app.by(Persona::Outreach).post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        siri.act(&sent, "accept", json!({ "assignee": "me" })).await.expect(200);
        let names = async |query: &str| {
            let list = read(&boss, &format!("{place}?{query}")).await.json();
            list["items"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["district", "siri", "dina"], "Å comes after D, and dina is in small letters");
        assert_eq!(names("q=ÅS").await, ["siri"]);
        assert_eq!(names("role=agency-admin").await, ["dina"]);
        assert_eq!(names("active=false").await, [""; 0]);
        let first = read(&boss, &format!("{place}?limit=2")).await.json();
        let rest = read(&boss, &format!("{place}?limit=2&cursor={}", first["nextCursor"].as_str().unwrap())).await.json();
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (1, &Value::Null));
        boss.get(&format!("{place}?name=x")).await.problem(422, "unknown-parameter");

        // Rights change at once; the session does not.
        siri.get(&format!("{place}/dina")).await.expect(200);
        siri.patch(&format!("{place}/dina"), &json!({ "active": false })).if_match("\"2\"").await.problem(403, "forbidden");
        let one = format!("{place}/siri");
        let promoted = boss.patch(&one, &json!({ "roles": ["worker", "lead"] })).if_match(&read(&boss, &one).await.etag()).await.expect(200);
        assert_eq!(promoted.json()["left"]["count"], 0);
        assert_eq!(siri.get("/me").await.expect(200).json()["agencies"][0]["roles"], json!(["worker", "lead"]));

        // A closed account is out at that moment, and what she had stays with the unit.
        let closed = boss.patch(&one, &json!({ "active": false })).if_match(&promoted.etag()).await.expect(200).json();
        assert_eq!((&closed["left"]["count"], &closed["left"]["references"][0]), (&1.into(), &sent.json()["reference"]));
        siri.get("/me").await.problem(401, "invalid-token");
        let token = json!({ "username": "siri", "password": "riktig hest batteri stift" });
        app.by_nobody().post("/auth/token", &token).await.problem(401, "invalid-credentials");
        let still = app.by(Persona::District).look(&sent).await.expect(200).json();
        assert_eq!(still["handoff"]["assignee"]["name"], "Siri Ås");

        // And back again, with another password.
        let back = json!({ "active": true, "resetPassword": true });
        let back = boss.patch(&one, &back).if_match(&read(&boss, &one).await.etag()).await.expect(200).json();
        let siri = settle_in(&app, "siri", back["oneTimePassword"]["password"].as_str().unwrap()).await;
        let etag = read(&boss, &one).await.etag();
        let out = boss.request(reqwest::Method::DELETE, &one).if_match(&etag).await.expect(200).json();
        assert_eq!((&out["roles"], &out["active"], &out["left"]["count"]), (&json!([]), &false.into(), &1.into()));
        siri.get("/me").await.problem(401, "invalid-token");
        boss.get(&one).await.problem(404, "not-found");
        assert_eq!(audited(&home, "user-removed").await, ["agency-admin"]);
        for body in home.database().texts("SELECT CAST(body AS text) FROM audit").await {
            assert!(!body.to_lowercase().contains("siri") && !body.contains(&password), "{body}");
        }
        app.finish().await;
    }

    async fn nobody_climbs_by_way_of_an_agency(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let boss = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let place = "/agencies/bydel-grunerlokka/users";
        let dina = format!("{place}/dina");
        let etag = async |path: &str| read(&admin, path).await.etag();
        for role in ["system-admin", "auditor", "coordinator"] {
            let new = json!({ "username": "x", "displayName": "X", "roles": ["worker", role] });
            let refused = boss.post(place, &new).await.problem(403, "only-system-admin");
            assert_eq!(refused["errors"][0]["pointer"], "/roles/1");
            let grant = json!({ "roles": ["agency-admin", role] });
            boss.patch(&dina, &grant).if_match(&etag(&dina).await).await.problem(403, "own-roles");
        }
        // Elsewhere she is nobody, and does not even learn who works there.
        let new = json!({ "username": "x", "displayName": "X", "roles": ["worker"] });
        boss.post("/agencies/bup-oslo/users", &new).await.problem(403, "forbidden");
        boss.get("/agencies/bup-oslo/users").await.problem(403, "forbidden");
        for whom in ["outsider", "nobody"] {
            boss.get(&format!("/agencies/bup-oslo/users/{whom}")).await.problem(403, "forbidden");
        }
        let take = json!({ "roles": ["worker"] });
        boss.patch(&format!("{place}/outsider"), &take).if_match("\"1\"").await.problem(404, "not-found");

        // Whoever runs the installation may lend somebody; then their account is not hers to change.
        let lent = admin.patch(&format!("{place}/outsider"), &take).if_match("\"1\"").await.expect(200);
        let outsider = format!("{place}/outsider");
        for change in [json!({ "resetPassword": true }), json!({ "active": false }), json!({ "email": "x@y.example" }), json!({ "displayName": "X" })] {
            boss.patch(&outsider, &change).if_match(&lent.etag()).await.problem(403, "only-system-admin");
        }
        let more = boss.patch(&outsider, &json!({ "roles": ["lead"] })).if_match(&lent.etag()).await.expect(200);
        let out = boss.request(reqwest::Method::DELETE, &outsider).if_match(&more.etag()).await.expect(200).json();
        assert_eq!(out["active"], true, "the clinic still employs them");
        app.by(Persona::Outsider).get("/me").await.expect(200);

        // The last administrator stays, and nobody takes their own right away.
        let own = boss.patch(&dina, &json!({ "roles": ["worker"] })).if_match(&etag(&dina).await).await;
        own.problem(403, "own-roles");
        boss.patch(&dina, &json!({ "active": false })).if_match(&etag(&dina).await).await.problem(409, "last-administrator");
        let second = hire(&app, &boss, "bydel-grunerlokka", "egil", &["agency-admin"]).await;
        boss.request(reqwest::Method::DELETE, &dina).if_match(&etag(&dina).await).await.problem(409, "last-administrator");
        second.patch(&dina, &json!({ "roles": ["worker"] })).if_match(&etag(&dina).await).await.expect(200);
        boss.patch(&format!("{place}/egil"), &json!({ "active": false })).if_match("\"2\"").await.problem(403, "forbidden");
        app.finish().await;
    }

    async fn what_is_wrong_with_a_person_is_told_by_field(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let place = "/agencies/bup-oslo/users";
        for (field, value) in [
            ("username", json!("two words")), ("username", json!("")), ("username", json!("outsider")),
            ("displayName", json!(" ")), ("displayName", json!("to\nlinjer")), ("email", json!("x")),
            ("displayName", json!("Kari \u{202e}nesnaH")), ("username", json!("ka\u{2066}ri")),
            ("roles", json!([])), ("roles", json!(["worker", "worker"])), ("roles", json!(["king"])), ("language", json!("fr")),
        ] {
            let mut body = json!({ "username": "ny", "displayName": "Ny", "email": null, "language": "nb", "roles": ["worker"] });
            body[field] = value.clone();
            let refused = admin.post(place, &body).await.problem(422, "invalid-input");
            assert!(refused["errors"][0]["pointer"].as_str().unwrap().starts_with(&format!("/{field}")), "{value}: {refused:#}");
        }
        admin.post("/agencies/nobody/users", &json!({})).await.problem(404, "not-found");
        let one = format!("{place}/outsider");
        admin.patch(&one, &json!({ "rols": [] })).await.problem(428, "precondition-required");
        admin.patch(&one, &json!({ "rols": [] })).if_match("\"1\"").await.problem(422, "unknown-field");
        admin.patch(&one, &json!({ "roles": [] })).if_match("\"1\"").await.problem(422, "invalid-input");
        app.finish().await;
    }

    async fn my_account_is_mine(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let me = hire(&app, &admin, "bup-oslo", "mia", &["worker"]).await;
        let mine = read(&me, "/me").await;
        let changed = me.patch("/me", &json!({ "language": "en", "email": "mia@bup.example", "displayName": "Mia M." })).if_match(&mine.etag()).await.expect(200);
        let now = read(&me, "/me").await;
        assert_eq!((now.etag(), &now.json()["email"], &now.json()["language"]), (changed.etag(), &"mia@bup.example".into(), &"en".into()));
        me.patch("/me", &json!({})).await.problem(428, "precondition-required");
        me.patch("/me", &json!({})).if_match(&mine.etag()).await.problem(412, "stale-version");
        me.patch("/me", &json!({ "roles": ["system-admin"] })).if_match(&now.etag()).await.problem(422, "unknown-field");
        me.patch("/me", &json!({ "email": "nowhere" })).if_match(&now.etag()).await.problem(422, "invalid-input");
        let guess = json!({ "password": { "current": "not mine at all", "new": "riktig hest batteri" } });
        let wrong = me.patch("/me", &guess).if_match(&now.etag()).await.problem(422, "invalid-input");
        assert_eq!(wrong["errors"][0]["pointer"], "/password/current");
        let short = json!({ "password": { "current": "riktig hest batteri stift", "new": "kort" } });
        let short = me.patch("/me", &short).if_match(&now.etag()).await.problem(422, "invalid-input");
        assert_eq!(short["errors"][0]["pointer"], "/password/new");
        assert!(!short.to_string().contains("kort"), "{short}");
        me.get("/me").await.expect(200);
        app.finish().await;
    }

    async fn an_agency_says_when_and_where_it_is_reached(home: Home) {
        let app = home.start().await;
        let admin = app.by(Persona::Admin);
        let boss = hire(&app, &admin, "bydel-grunerlokka", "dina", &["agency-admin"]).await;
        let (place, calendar) = ("/agencies/bydel-grunerlokka", "/agencies/bydel-grunerlokka/calendar");
        let nothing = read(&app.by(Persona::Outreach), calendar).await;
        assert_eq!((&nothing.json()["openingHours"], &nothing.json()["outOfHours"]), (&Value::Null, &Value::Null));
        let hours = json!({ "mon": [["08:00", "15:30"]], "holidays": [["10:00", "12:00"]],
            "dates": { "2027-12-24": [["08:00", "12:00"]], "2027-12-27": [] } });
        let body = json!({ "openingHours": hours, "outOfHours": "barnevernvakten" });
        let kept = boss.put(calendar, &body).if_match(&nothing.etag()).await.expect(200);
        assert_eq!((&kept.json()["openingHours"], &kept.json()["outOfHours"]["slug"]), (&hours, &"barnevernvakten".into()));
        let seen = read(&app.by(Persona::Outreach), calendar).await;
        assert_eq!((seen.etag(), &seen.json()["openingHours"]), (kept.etag(), &hours));
        assert_eq!(read(&admin, place).await.json()["openingHours"], hours, "the directory shows them as well");

        let mailboxes = "/agencies/bydel-grunerlokka/mailboxes";
        let mail = json!({ "unit": "ny@bydel.test", "onCall": "vakt@bydel.test" });
        let moved = boss.put(mailboxes, &mail).if_match(&kept.etag()).await.expect(200);
        // Quiet hours and calendar entries are for those who ask for them.
        let whole = with(with(mail, "/quietHours", json!(false)), "/calendarFiles", json!(false));
        assert_eq!(read(&boss, mailboxes).await.json(), whole);
        app.by(Persona::Outreach).post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        home.outbox_is_drained().await;
        let mails = std::fs::read_dir(home.folder().join("mail")).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        assert!(mails.into_iter().any(|mail| mail.contains("To: ny@bydel.test")));
        for body in home.database().texts("SELECT CAST(body AS text) FROM audit").await {
            assert!(!body.contains("bydel.test"), "{body}");
        }

        // Bad hours and addresses have a place.
        for (hours, pointer) in [
            (json!({ "mon": [["15:00", "08:00"]] }), "/openingHours/mon"),
            (json!({ "always": true, "mon": [["08:00", "15:00"]] }), "/openingHours/always"),
            (json!({ "dates": { "2026-02-30": [] } }), "/openingHours/dates/2026-02-30"),
            (json!("whenever"), "/openingHours"),
        ] {
            let body = json!({ "openingHours": hours, "outOfHours": null });
            let refused = boss.put(calendar, &body).if_match(&moved.etag()).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer);
        }
        for (body, pointer) in [
            (json!({ "openingHours": null, "outOfHours": "bydel-grunerlokka" }), "/outOfHours"),
            (json!({ "openingHours": null, "outOfHours": "nobody" }), "/outOfHours"),
        ] {
            let refused = boss.put(calendar, &body).if_match(&moved.etag()).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer);
        }
        for (body, pointer) in [
            (json!({ "unit": "nowhere", "onCall": null }), "/unit"),
            (json!({ "unit": null, "onCall": "x@y.no\r\nBcc: z@y.no" }), "/onCall"),
            (json!({ "unit": "\"a b\"@b.no", "onCall": null }), "/unit"),
        ] {
            let refused = boss.put(mailboxes, &body).if_match(&moved.etag()).await.problem(422, "invalid-input");
            assert_eq!(refused["errors"][0]["pointer"], pointer);
        }

        // And it is nobody else's to say, nor, of the mail, to see.
        let wrong = json!({ "openingHours": 7, "nonsense": true });
        boss.put("/agencies/nobody/calendar", &wrong).await.problem(404, "not-found");
        boss.put(calendar, &wrong).await.problem(428, "precondition-required");
        boss.put(calendar, &wrong).if_match(&kept.etag()).await.problem(412, "stale-version");
        boss.put("/agencies/bup-oslo/calendar", &wrong).if_match("\"1\"").await.problem(403, "forbidden");
        boss.put(calendar, &wrong).if_match(&moved.etag()).await.problem(422, "unknown-field");
        boss.get("/agencies/bup-oslo/mailboxes").await.problem(403, "forbidden");
        app.by(Persona::District).get(mailboxes).await.problem(403, "forbidden");
        app.by(Persona::District).put(calendar, &body).if_match(&moved.etag()).await.problem(403, "forbidden");
        assert_eq!(read(&admin, place).await.etag(), moved.etag());
        app.finish().await;
    }
}
