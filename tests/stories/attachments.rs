//! Files: what is taken and what is not, who reads them, what a retry does, and that nothing of them lies open anywhere.

use e2e::{Answer, Client, Home, Persona, on_both_databases, traces};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    telling::{Acts, concern_report, path, service_referral, timeline, with},
    vault::{stafett, told},
};

const PHOTO: &[u8] = include_bytes!("../fixtures/photo.jpg");
const LETTER: &[u8] = include_bytes!("../fixtures/letter.pdf");

fn named(name: &str) -> String {
    let encoded: String = name
        .bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() || byte == b'.' {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename*=UTF-8''{encoded}")
}

fn place(referral: &Answer) -> String {
    format!("{}/attachments", path(referral))
}

pub(crate) fn add(client: &Client, referral: &Answer, kind: &str, name: &str, body: &[u8]) -> e2e::Request {
    client
        .request(Method::POST, &place(referral))
        .raw(kind, body)
        .header("content-disposition", &named(name))
}

fn put(client: &Client, referral: &Answer, id: &str, kind: &str, body: &[u8]) -> e2e::Request {
    client
        .request(Method::PUT, &format!("{}/{id}", place(referral)))
        .raw(kind, body)
        .header("if-none-match", "*")
        .header("content-disposition", &named("bilde.jpg"))
}

async fn listed(client: &Client, referral: &Answer) -> Vec<Value> {
    let list = client.get(&place(referral)).await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

fn objects(home: &Home) -> usize {
    std::fs::read_dir(home.folder().join("files")).map_or(0, Iterator::count)
}

/// Waits until the janitor has left so many objects, and the database knows of no more.
async fn swept(home: &Home, left: usize) {
    let known = || home.database().number("SELECT count(*) FROM objects");
    let expected = i64::try_from(left).unwrap();
    let done = async {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
        while objects(home) != left || known().await != expected {
            tick.tick().await;
        }
    };
    let patience = std::time::Duration::from_secs(60);
    let ended = tokio::time::timeout(patience, done).await;
    assert!(ended.is_ok(), "{} objects, not {left}", objects(home));
}

on_both_databases! {
    async fn a_picture_is_added_read_by_both_sides_and_never_shown(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let added = add(&outreach, &sent, "image/jpeg", "Rommet på Vålerenga.JPG", PHOTO).await.expect(201);
        let file = added.json();
        assert_eq!((&file["name"], &file["mediaType"], &file["state"]),
            (&json!("Rommet på Vålerenga.jpg"), &json!("image/jpeg"), &json!("kept")));
        let address = added.header("location").to_owned();
        for client in [&outreach, &vakten] {
            let read = client.get(&address).await.expect(200);
            assert_eq!(read.header("content-type"), "image/jpeg");
            assert_eq!(read.header("content-disposition"),
                "attachment; filename=\"Rommet p_ V_lerenga.jpg\"; filename*=UTF-8''Rommet%20p%C3%A5%20V%C3%A5lerenga.jpg");
            assert_eq!(read.header("x-content-type-options"), "nosniff");
            assert!(read.header("content-security-policy").contains("sandbox"), "{:?}", read.headers);
            assert_eq!(read.header("cache-control"), "no-store");
            assert_eq!(read.body.len() as u64, file["size"].as_u64().unwrap());
            assert!(!String::from_utf8_lossy(&read.body).contains("MARK"), "what the camera wrote is gone");
        }
        let (theirs, ours) = (&listed(&vakten, &sent).await[0], &listed(&outreach, &sent).await[0]);
        assert_eq!((&theirs["removable"], &ours["removable"]), (&json!(false), &json!(true)));
        let now = outreach.look(&sent).await.expect(200);
        assert_eq!(now.etag(), sent.etag(), "nothing moved");
        let log = timeline(&vakten, &sent).await;
        let entry = log.iter().find(|entry| entry["kind"] == "attachment-added").unwrap();
        assert_eq!((&entry["title"], &entry["texts"]), (&json!("File added"), &json!({})));
        assert!(!serde_json::to_string(&log).unwrap().contains("Rommet"));
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--files", "--json"]).await["findings"], json!([]));
    }

    async fn what_is_not_what_it_says_is_not_taken_and_leaves_nothing(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        for (kind, body, status, code) in [
            ("image/png", PHOTO, 422, "file-not-taken"),
            ("image/jpeg", &b"<html>"[..], 422, "file-not-taken"),
            ("image/jpeg", &PHOTO[..300], 422, "file-not-taken"),
            ("image/jpeg", &b""[..], 422, "file-not-taken"),
            ("application/pdf", b"MZ\x90\x00", 422, "file-not-taken"),
            ("text/html", b"<html>", 415, "unsupported-media-type"),
            ("application/x-msdownload", b"MZ", 415, "unsupported-media-type"),
            ("image/svg+xml", b"<svg/>", 415, "unsupported-media-type"),
        ] {
            let refused = add(&outreach, &sent, kind, "x", body).await;
            let problem = refused.problem(status, code);
            assert!(problem["detail"].as_str().unwrap().len() > 20, "{problem}");
        }
        assert_eq!(listed(&outreach, &sent).await, [Value::Null; 0]);
        swept(&home, 0).await;
        app.finish().await;
    }

    async fn a_phone_that_repeats_itself_adds_one_file(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let draft = outreach.post("/referrals", &with(concern_report(), "/send", json!(false))).await.expect(201);
        let id = Uuid::now_v7().to_string();
        put(&outreach, &draft, &id, "image/jpeg", PHOTO).await.expect(201);
        for _ in 0..2 {
            put(&outreach, &draft, &id, "image/jpeg", PHOTO).await.problem(412, "already-stored");
        }
        put(&outreach, &draft, &id, "application/pdf", LETTER).await.problem(409, "conflict");
        // The id says nothing to those who have no part in it, and an id is taken wherever it is.
        put(&vakten, &draft, &id, "image/jpeg", PHOTO).await.problem(404, "not-found");
        let other = vakten.post("/referrals", &service_referral("bydel-grunerlokka")).await;
        let other = match other.status {
            201 => other,
            _ => outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201),
        };
        put(&outreach, &other, &id, "image/jpeg", PHOTO).await.problem(409, "conflict");
        let without = outreach.request(Method::PUT, &format!("{}/{}", place(&draft), Uuid::now_v7())).raw("image/jpeg", PHOTO);
        without.await.problem(428, "precondition-required");
        // The same by POST with a key.
        let key = Uuid::now_v7().to_string();
        let first = add(&outreach, &draft, "application/pdf", "brev.pdf", LETTER).idempotency_key(&key).await.expect(201);
        let again = add(&outreach, &draft, "application/pdf", "brev.pdf", LETTER).idempotency_key(&key).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
        add(&outreach, &draft, "application/pdf", "annet.pdf", LETTER).idempotency_key(&key).await.problem(422, "idempotency-key-reused");
        assert_eq!(listed(&outreach, &draft).await.len(), 2);
        swept(&home, 2).await;
        // Before it is sent, the receiver knows of nothing; then of all.
        vakten.get(&place(&draft)).await.problem(404, "not-found");
        let now = outreach.look(&draft).await.expect(200);
        outreach.act(&now, "send", json!({})).await.expect(200);
        assert_eq!(listed(&vakten, &draft).await.len(), 2);
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--files", "--json"]).await["findings"], json!([]));
    }

    async fn whose_part_has_ended_reads_what_was_there_then(home: Home) {
        let app = home.start().await;
        let (outreach, vakten, district) =
            (app.by(Persona::Outreach), app.by(Persona::ChildWelfare), app.by(Persona::District));
        let sent = outreach.post("/referrals", &service_referral("barnevernvakten")).await.expect(201);
        let early = add(&outreach, &sent, "image/jpeg", "a.jpg", PHOTO).await.expect(201);
        let declined = vakten.act(&sent, "decline", json!({ "code": "no-capacity", "reason": "Fullt" })).await.expect(200);
        let basis = json!({ "code": "consent", "reason": "Hun ber om det", "consent": { "by": "youth", "age": 17, "scope": "Alt" } });
        outreach.act(&declined, "hand-off", json!({ "receiver": "bydel-grunerlokka", "legalBasis": basis })).await.expect(200);
        let late = add(&outreach, &sent, "application/pdf", "b.pdf", LETTER).await.expect(201);
        assert_eq!(listed(&vakten, &sent).await.len(), 1);
        assert_eq!(listed(&district, &sent).await.len(), 2);
        vakten.get(early.header("location")).await.expect(200);
        vakten.get(late.header("location")).await.problem(404, "not-found");
        add(&vakten, &sent, "image/jpeg", "c.jpg", PHOTO).await.problem(403, "not-yours");
        // From whom it is taken back, reads nothing any more.
        let now = outreach.look(&sent).await.expect(200);
        outreach.act(&now, "withdraw", json!({ "reason": "Feil" })).await.expect(200);
        assert_eq!(listed(&district, &sent).await.len(), 0);
        district.get(early.header("location")).await.problem(404, "not-found");
        // Whoever has no part in it at all: as for what never was.
        let admin = app.by(Persona::Coordinator);
        let hidden = admin.get(early.header("location")).await;
        let never = admin.get(&format!("/referrals/{}/attachments/{}", Uuid::now_v7(), Uuid::now_v7())).await;
        assert_eq!((hidden.status, never.status), (404, 404));
        app.finish().await;
    }

    async fn what_was_added_by_mistake_is_taken_away_for_good_by_those_who_added_it(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let key = Uuid::now_v7().to_string();
        let name = format!("{}.jpg", traces::canary("Filnavn"));
        let added = add(&outreach, &sent, "image/jpeg", &name, PHOTO).idempotency_key(&key).await.expect(201);
        let address = added.header("location").to_owned();
        vakten.request(Method::DELETE, &address).await.problem(403, "not-yours");
        let left = outreach.request(Method::DELETE, &address).await.expect(200).json();
        assert_eq!((&left["state"], &left["name"], &left["removable"]), (&json!("removed"), &json!(null), &json!(false)));
        outreach.request(Method::DELETE, &address).await.problem(404, "not-found");
        for client in [&outreach, &vakten] {
            client.get(&address).await.problem(404, "not-found");
            let list = listed(client, &sent).await;
            assert_eq!((&list[0]["state"], &list[0]["name"]), (&json!("removed"), &Value::Null));
            let kinds: Vec<_> = timeline(client, &sent).await.iter().map(|entry| entry["kind"].clone()).collect();
            assert!(kinds.contains(&json!("attachment-added")) && kinds.contains(&json!("attachment-removed")), "{kinds:?}");
        }
        add(&outreach, &sent, "image/jpeg", &name, PHOTO).idempotency_key(&key).await.problem(409, "erased");
        swept(&home, 0).await;
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--json"]).await["findings"], json!([]));
    }

    async fn three_pictures_in_a_row_are_one_mail(home: Home) {
        let app = home.start().await;
        let (outreach, vakten) = (app.by(Persona::Outreach), app.by(Persona::ChildWelfare));
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        home.outbox_is_drained().await;
        let mails = "SELECT count(*) FROM outbox";
        let before = home.database().number(mails).await;
        for name in ["1.jpg", "2.jpg"] {
            add(&outreach, &sent, "image/jpeg", name, PHOTO).await.expect(201);
        }
        assert_eq!(home.database().number(mails).await, before, "they have just heard of the report itself");
        for name in ["3.jpg", "4.jpg", "5.jpg"] {
            add(&vakten, &sent, "image/jpeg", name, PHOTO).await.expect(201);
        }
        assert_eq!(home.database().number(mails).await, before + 1, "the other side had heard of nothing");
        app.finish().await;
    }

    async fn a_file_that_is_damaged_or_lost_is_found_and_never_half_read(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let sent = outreach.post("/referrals", &concern_report()).await.expect(201);
        let mut large = LETTER.to_vec();
        large.resize(300_000, b' ');
        let added = add(&outreach, &sent, "application/pdf", "stor.pdf", &large).await.expect(201);
        let address = added.header("location").to_owned();
        assert_eq!(outreach.get(&address).await.expect(200).body, large);
        let object = std::fs::read_dir(home.folder().join("files")).unwrap().next().unwrap().unwrap().path();
        let whole = std::fs::read(&object).unwrap();
        assert!(!whole.windows(8).any(|part| part == b"/Catalog"), "it lies sealed");
        // One part changed, two exchanged, the end cut off, the whole gone.
        let part = 64 * 1024 + 29;
        let mut changed = whole.clone();
        changed[part + 100] ^= 1;
        let swapped = [&whole[part..2 * part], &whole[..part], &whole[2 * part..]].concat();
        for damaged in [changed, swapped, whole[..3 * part].to_vec()] {
            std::fs::write(&object, &damaged).unwrap();
            let read = outreach.get(&address).attempt().await;
            assert!(read.is_err() || read.is_ok_and(|read| read.status == 500), "a damaged file is not read to its end");
            let found = stafett(&home, &["reconcile", "--files", "--json"]).await;
            assert_eq!(found.status.code(), Some(2));
            assert!(String::from_utf8_lossy(&found.stdout).contains("file-is-whole"));
        }
        std::fs::remove_file(&object).unwrap();
        outreach.get(&address).await.problem(503, "unavailable");
        let found = stafett(&home, &["reconcile", "--json"]).await;
        assert!(String::from_utf8_lossy(&found.stdout).contains("file-is-there"));
        std::fs::write(&object, &whole).unwrap();
        let stranger = home.folder().join("files").join(Uuid::new_v4().to_string());
        std::fs::write(&stranger, b"nobody's").unwrap();
        let found = stafett(&home, &["reconcile", "--json"]).await;
        assert!(String::from_utf8_lossy(&found.stdout).contains("file-has-owner"));
        std::fs::remove_file(&stranger).unwrap();
        assert_eq!(told(&home, &["reconcile", "--files", "--json"]).await["findings"], json!([]));
        app.finish().await;
    }

    async fn whoever_becomes_the_referrals_youth_gets_the_files_with_it(home: Home) {
        let app = home.start().await;
        let outreach = app.by(Persona::Outreach);
        let mut advice = concern_report();
        advice["workflow"] = json!("advice-request");
        advice["send"] = json!(false);
        advice["person"] = Value::Null;
        advice["receiver"] = Value::Null;
        advice["legalBasis"] = Value::Null;
        let draft = outreach.post("/referrals", &advice).await.expect(201);
        let added = add(&outreach, &draft, "image/jpeg", "hen.jpg", PHOTO).await.expect(201);
        let before = outreach.get(added.header("location")).await.expect(200).body;
        for person in [json!({ "alias": "K.", "estimatedAge": 16 }), Value::Null] {
            let now = outreach.look(&draft).await.expect(200);
            outreach.patch(&path(&draft), &json!({ "person": person })).if_match(&now.etag()).await.expect(200);
            assert_eq!(outreach.get(added.header("location")).await.expect(200).body, before);
            assert_eq!(listed(&outreach, &draft).await[0]["name"], "hen.jpg");
        }
        app.finish().await;
        assert_eq!(told(&home, &["reconcile", "--files", "--json"]).await["findings"], json!([]));
    }
}
