//! Whoever looks on hears at once what has changed, of what they may know, and nothing of what it says.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use e2e::{PATIENCE, Persona, on_both_databases};
use reqwest::Response;
use serde_json::{Value, json};

use crate::telling::{Acts, PERSONAL, concern_report, consent, id, service_referral};

/// One that looks on, with what it has heard and not yet looked at.
struct Onlooker {
    line: Response,
    heard: String,
}

/// One event: its id, its kind and what it is about.
#[derive(Debug, PartialEq)]
struct Event {
    id: Option<String>,
    kind: String,
    referral: Value,
}

impl Onlooker {
    async fn sit(url: &str, token: &str, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::new()
            .get(format!("{url}/api/v1/events"))
            .bearer_auth(token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let line = request.send().await.unwrap();
        assert_eq!(line.status(), 200);
        assert_eq!(line.headers()["content-type"], "text/event-stream");
        let mut onlooker = Self {
            line,
            heard: String::new(),
        };
        // Seated when the first word has come.
        assert!(onlooker.block().await.unwrap().starts_with("retry:"));
        onlooker
    }

    /// The next block of lines; none when the line has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.heard.split_once("\n\n") {
                let block = block.to_owned();
                self.heard = rest.to_owned();
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.line.chunk())
                .await
                .expect("something is heard in time");
            match chunk {
                Ok(Some(chunk)) => self.heard.push_str(std::str::from_utf8(&chunk).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    async fn next(&mut self) -> Event {
        loop {
            let block = self.block().await.expect("the line is open");
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            let Some(kind) = field("event: ") else { continue };
            for word in PERSONAL {
                assert!(!block.contains(word), "{block}");
            }
            let data: Value = serde_json::from_str(&field("data: ").unwrap()).unwrap();
            assert!(data.as_object().unwrap().len() <= 1, "thin: {data}");
            return Event {
                id: field("id: "),
                kind,
                referral: data["referral"].clone(),
            };
        }
    }

    /// What it hears until this kind of thing happens to this referral.
    async fn until(&mut self, kind: &str, referral: &Value) -> Vec<Event> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.next().await);
            let last = heard.last().unwrap();
            if last.kind == kind && &last.referral == referral {
                return heard;
            }
        }
    }
}

on_both_databases! {
    async fn those_who_may_know_hear_at_once_and_nobody_else(home: Home) {
        let app = home.start().await;
        let sit = async |who| Onlooker::sit(app.url(), home.token(who), None).await;
        let (mut sender, mut receiver, mut outsider) =
            (sit(Persona::Outreach).await, sit(Persona::ChildWelfare).await, sit(Persona::Outsider).await);
        let sent = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let heard = sender.until("created", &sent["id"]).await;
        assert!(heard.iter().all(|event| event.referral == sent["id"] && event.id.is_some()), "{heard:?}");
        receiver.until("created", &sent["id"]).await;
        // That the mail has left is heard too.
        let left = receiver.until("notice-sent", &sent["id"]).await.pop().unwrap();
        assert_eq!(left.id, None);
        // The outsider hears of what is sent to them, and of nothing before it.
        let theirs = app.by(Persona::Outreach).post("/referrals", &service_referral("bup-oslo")).await.expect(201).json();
        assert_eq!(outsider.next().await.referral, theirs["id"]);
        // Whoever gives roles to nobody hears nothing at all.
        app.by(Persona::Auditor).get("/events").await.problem(403, "forbidden");
        app.by_nobody().get("/events").await.problem(401, "unauthenticated");
        app.finish().await;
        // The server has not waited for those who look on, and has ended their lines.
        while outsider.block().await.is_some() {}
    }

    async fn whoever_was_away_hears_what_was_missed(home: Home) {
        let app = home.start().await;
        let (url, token) = (app.url().to_owned(), home.token(Persona::Outreach));
        let mut sender = Onlooker::sit(&url, token, None).await;
        let first = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201);
        let last = sender.until("created", &first.json()["id"]).await.pop().unwrap().id.unwrap();
        drop(sender);
        app.by(Persona::ChildWelfare).act(&first, "accept", json!({})).await.expect(200);
        let second = app.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let mut back = Onlooker::sit(&url, token, Some(&last)).await;
        let heard = back.until("created", &second["id"]).await;
        assert!(heard.iter().any(|event| event.kind == "baton-passed"), "{heard:?}");
        assert!(!heard.iter().any(|event| event.id.as_ref() == Some(&last)), "what was seen last is not told again");
        // An id that is none of ours says nothing of what was missed.
        let mut lost = Onlooker::sit(&url, token, Some("yesterday")).await;
        assert_eq!(lost.next().await.kind, "reset");
        app.finish().await;
    }

    async fn whose_part_has_ended_hears_no_more(home: Home) {
        let app = home.start().await;
        let (outreach, district) = (app.by(Persona::Outreach), app.by(Persona::District));
        let mut onlooker = Onlooker::sit(app.url(), home.token(Persona::District), None).await;
        let sent = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201);
        onlooker.until("created", &sent.json()["id"]).await;
        let no = json!({ "code": "no-capacity", "reason": "Fullt" });
        let declined = district.act(&sent, "decline", no).await.expect(200);
        let again = json!({ "receiver": "barnevern-grunerlokka", "legalBasis": consent() });
        let next = outreach.act(&declined, "hand-off", again).await.expect(200);
        app.by(Persona::DistrictChildWelfare).act(&next, "accept", json!({})).await.expect(200);
        // Something of theirs comes last, so that whatever is to be heard before it is heard.
        let other = outreach.post("/referrals", &service_referral("bydel-grunerlokka")).await.expect(201).json();
        let heard = onlooker.until("created", &other["id"]).await;
        let kinds: Vec<_> = heard.iter().filter(|event| event.referral == sent.json()["id"]).map(|event| event.kind.as_str()).collect();
        assert!(!kinds.contains(&"opened") && !kinds.contains(&"baton-passed"), "{kinds:?}");
        app.finish().await;
    }

    async fn another_process_on_the_same_database_is_heard(home: Home) {
        // On SQLite one process serves a file.
        if home.database().kind() == e2e::DatabaseKind::Sqlite {
            return;
        }
        let app = home.start().await;
        let mut sender = Onlooker::sit(app.url(), home.token(Persona::Outreach), None).await;
        let other = home.start_process(Path::new(env!("CARGO_BIN_EXE_stafett-under-test"))).await;
        let sent = other.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        sender.until("created", &sent["id"]).await;
        assert!(!id(&sent).is_empty());
        other.stop().await;
        app.finish().await;
    }

    /// Whoever is signed out hears nothing more, long before the next heartbeat would ask who they are.
    async fn whoever_is_signed_out_hears_no_more(home: Home) {
        let app = home.start().await;
        crate::setup::hire(&app, &app.by(Persona::Admin), "barnevernvakten", "kari", &["worker"]).await;
        let (_, pair) = crate::sessions::sign_in(&app, "kari").await;
        let mut onlooker = Onlooker::sit(app.url(), pair["accessToken"].as_str().unwrap(), None).await;
        let outreach = app.by(Persona::Outreach);
        let before = outreach.post("/referrals", &concern_report()).await.expect(201).json();
        onlooker.until("created", &before["id"]).await;
        app.by_nobody().post("/auth/sign-out", &json!({ "refreshToken": pair["refreshToken"] })).await.expect(204);
        let out = Instant::now();
        // Each thing that happens may be the last one told, for a second.
        let ended = async { while onlooker.block().await.is_some() {} };
        let happens = async {
            loop {
                outreach.post("/referrals", &concern_report()).await.expect(201);
            }
        };
        tokio::select! {
            () = ended => {}
            () = happens => {}
        }
        assert!(out.elapsed() < Duration::from_secs(10), "{:?}", out.elapsed());
        app.finish().await;
    }

    /// A server is killed under somebody who looks on; at the next one they hear all that they missed, and nothing that is not theirs.
    async fn whoever_loses_a_server_goes_on_at_another(home: Home) {
        const ROUNDS: usize = 3;
        let program = Path::new(env!("CARGO_BIN_EXE_stafett-under-test"));
        let is_sqlite = home.database().kind() == e2e::DatabaseKind::Sqlite;
        let mut last = None;
        let (mut sent, mut heard, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
        // On SQLite one process serves a file, and the next one begins when it is gone.
        let mut standby = None;
        for _ in 0..ROUNDS {
            let first = match standby.take() {
                Some(server) => server,
                None => home.start_process(program).await,
            };
            let mut onlooker = Onlooker::sit(first.url(), home.token(Persona::ChildWelfare), last.as_deref()).await;
            let before = first.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
            sent.push(before["id"].clone());
            let told = onlooker.until("created", &before["id"]).await;
            last = told.iter().rev().find_map(|event| event.id.clone());
            heard.extend(told);
            let other = if is_sqlite { None } else { Some(home.start_process(program).await) };
            first.kill().await;
            while onlooker.block().await.is_some() {}
            let other = match other {
                Some(server) => server,
                None => home.start_process(program).await,
            };
            // What happens while nobody looks on, some of it none of theirs.
            let outreach = other.by(Persona::Outreach);
            for _ in 0..3 {
                sent.push(outreach.post("/referrals", &concern_report()).await.expect(201).json()["id"].clone());
                foreign.push(outreach.post("/referrals", &service_referral("bup-oslo")).await.expect(201).json()["id"].clone());
            }
            let mut back = Onlooker::sit(other.url(), home.token(Persona::ChildWelfare), last.as_deref()).await;
            let told = back.until("created", sent.last().unwrap()).await;
            last = told.iter().rev().find_map(|event| event.id.clone());
            heard.extend(told);
            standby = Some(other);
        }
        for id in &sent {
            assert!(heard.iter().any(|event| event.kind == "created" && &event.referral == id), "{id} was missed");
        }
        assert!(heard.iter().all(|event| !foreign.contains(&event.referral)), "nothing out of scope");
        // The control: without the id of what was seen last, what happened in between is missed. Somebody else hears when all of it
        // has been told, for what was read of the past may be told as news a little later.
        let server = standby.unwrap();
        let mut other = Onlooker::sit(server.url(), home.token(Persona::ChildWelfare), None).await;
        let between = server.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        other.until("created", &between["id"]).await;
        let mut fresh = Onlooker::sit(server.url(), home.token(Persona::ChildWelfare), None).await;
        let next = server.by(Persona::Outreach).post("/referrals", &concern_report()).await.expect(201).json();
        let told = fresh.until("created", &next["id"]).await;
        sent.push(between["id"].clone());
        // That a mail of one of them leaves only now is heard all the same.
        let made = |id: &Value| told.iter().any(|event| event.kind == "created" && &event.referral == id);
        assert!(!sent.iter().any(made));
        server.stop().await;
    }
}
