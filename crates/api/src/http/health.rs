//! `/healthz`, `/readyz` and `/metrics`: for load balancers and those who watch. They tell nothing about anybody.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use serde_json::json;
use stafett_store::{Db, outbox};

use super::metrics::Metrics;
use crate::clock::SharedClock;
use crate::workers::Pulses;

/// Counting the outbox walks it whole, so it is done this often at most, however often somebody asks.
const COUNT_EVERY: Duration = Duration::from_secs(60);

/// Registers the services.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(alive).service(ready).service(figures);
}

/// When the outbox was counted last.
#[derive(Debug, Default)]
pub struct LastCount(Mutex<Option<Instant>>);

impl LastCount {
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= COUNT_EVERY);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

/// The process runs and answers.
#[get("/healthz")]
async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// A request sent here can be carried out: the database answers and is up to date, and
/// the clocks, the mails and whatever else works beside the requests are at work.
#[get("/readyz")]
async fn ready(db: web::Data<Db>, pulses: web::Data<Pulses>) -> HttpResponse {
    let database = db.ping().await;
    let migrations = match &database {
        Ok(()) => db.pending_migrations().await.map(|pending| pending.is_empty()),
        Err(_) => Ok(false),
    };
    let mut checks = vec![
        ("database", database.is_ok()),
        ("migrations", matches!(migrations, Ok(true))),
    ];
    checks.extend(pulses.iter().map(|(worker, pulse)| (*worker, pulse.is_felt())));
    if let Some(error) = database.err().or(migrations.err()) {
        tracing::warn!(%error, "not ready");
    }
    let words = |good: bool| if good { "ok" } else { "failed" };
    let all = checks.iter().all(|(_, good)| *good);
    let body = json!({
        "status": if all { "ready" } else { "not-ready" },
        "checks": checks.iter().map(|(name, good)| (*name, words(*good))).collect::<std::collections::BTreeMap<_, _>>(),
    });
    if all {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// The counters, for Prometheus.
#[get("/metrics")]
async fn figures(
    db: web::Data<Db>,
    metrics: web::Data<Metrics>,
    last: web::Data<LastCount>,
    clock: web::Data<SharedClock>,
) -> HttpResponse {
    // A database that is away must not hide the other figures; `/readyz` tells of it.
    if last.is_due()
        && let Ok(counts) = outbox::counts(db.get_ref()).await
    {
        for (status, number) in [
            ("pending", counts.pending),
            ("sent", counts.sent),
            ("dead", counts.dead),
        ] {
            metrics.set("stafett_outbox_notices", ("status", status), number as f64);
        }
    }
    if let Ok(since) = outbox::waiting_since(db.get_ref()).await {
        let waited = since
            .map(|since| (clock.now() - since).as_seconds_f64().max(0.0))
            .unwrap_or_default();
        metrics.set("stafett_outbox_oldest_seconds", ("status", "pending"), waited);
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.render())
}
