//! `GET /events`: what changes, as it changes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures_util::{Stream, stream};
use serde_json::json;
use stafett_workflow::policy::{Operation, Scope, scope};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::app::changes::{Gallery, Missed, Seat, Told};
use crate::auth::permission::{ReadEvents, Scoped};
use crate::auth::session::{Sessions, bearer};
use crate::problem::{ErrorCode, Problem};

/// So often a quiet line says that it lives, and whoever looks on is asked anew who they are.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After so long a client that was cut off comes back, in milliseconds.
const COME_BACK: u32 = 3_000;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(stream_events);
}

/// Follow what changes
///
/// Server-sent events: each names a referral and what kind of thing happened to it, and tells nothing else; read the referral to
/// see it. One hears of what the work lists show. `Last-Event-ID` gives what was missed; the same may come twice. `reset` says that
/// too much was missed: read the lists anew. `notice-sent` says that a mail has left, and has no id. The line ends with the
/// session; come back with a fresh token.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "streamEvents",
    params(("Last-Event-ID" = Option<String>, Header, description = "The last id that was seen",
        example = "019ab3f0-5c1e-7d20-9a55-0c9d5f1f0002")),
    responses(
        (status = 200, description = "A line that stays open", content((String = "text/event-stream", example = json!(EXAMPLE)))),
        (status = 503, description = "Too many look on already")
    )
)]
#[get("/events")]
async fn stream_events(
    request: HttpRequest,
    may: Scoped<ReadEvents>,
    gallery: web::Data<Gallery>,
    sessions: web::Data<Sessions>,
) -> Result<HttpResponse, Problem> {
    // Seated before what was missed is read, so that nothing falls between the two.
    let seat = gallery.seat().ok_or_else(|| Problem::new(ErrorCode::Unavailable))?;
    let mut waiting = VecDeque::from([format!("retry: {COME_BACK}\n\n")]);
    let last = request.headers().get("last-event-id");
    if let Some(last) = last.and_then(|value| value.to_str().ok()) {
        let missed = match Uuid::parse_str(last) {
            Ok(last) => gallery.missed(&may.scope, last).await?,
            Err(_not_ours) => Missed::TooMuch,
        };
        match missed {
            Missed::All(told) => waiting.extend(told.iter().map(line)),
            Missed::TooMuch => waiting.push_back(RESET.to_owned()),
        }
    }
    let mut pulse = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch {
        seat,
        scope: may.scope,
        token: bearer(request.headers()).unwrap_or_default().to_owned(),
        sessions: sessions.into_inner(),
        pulse,
        asked: Instant::now(),
        waiting,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A compressor would hold back what is small.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(lines(watch)))
}

/// For so long nobody asks again who looks on: a burst of changes is one question.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// Read everything anew.
const RESET: &str = "event: reset\ndata: {}\n\n";
const EXAMPLE: &str = "id: 019ab3f0-5c1e-7d20-9a55-0c9d5f1f0002\nevent: moved\ndata: {\"referral\":\"019ab3f0-5c1e-7d20-9a55-0c9d5f1f0000\"}\n\n";

/// One onlooker.
struct Watch {
    seat: Seat,
    scope: Scope,
    token: String,
    sessions: Arc<Sessions>,
    pulse: Interval,
    /// When it was asked last who this is.
    asked: Instant,
    waiting: VecDeque<String>,
}

fn lines(watch: Watch) -> impl Stream<Item = Result<web::Bytes, std::io::Error>> {
    stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok(web::Bytes::from(line)), watch))
    })
}

impl Watch {
    /// The next line; none when the server stops or the person may look on no more.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                return Some(line);
            }
            tokio::select! {
                biased;
                () = self.seat.closing.cancelled() => return None,
                _ = self.pulse.tick() => {
                    self.ask_again().await?;
                    return Some(": alive\n\n".to_owned());
                }
                heard = self.seat.all.recv() => match heard {
                    Ok(told) if told.is_for(&self.scope) => {
                        if self.asked.elapsed() > TRUSTED_FOR {
                            self.ask_again().await?;
                        }
                        if told.is_for(&self.scope) {
                            return Some(line(&told));
                        }
                    }
                    Ok(_not_theirs) => {}
                    Err(RecvError::Lagged(_)) => return Some(RESET.to_owned()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// Rights may have been taken and sessions ended since.
    async fn ask_again(&mut self) -> Option<()> {
        let caller = self.sessions.recognise(&self.token).await.ok()?;
        self.scope = scope(&caller.actor, Operation::ReadEvents).ok()?;
        self.asked = Instant::now();
        Some(())
    }
}

fn line(told: &Told) -> String {
    let id = told.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    let data = json!({ "referral": told.referral.0 });
    format!("{id}event: {}\ndata: {data}\n\n", told.kind)
}
