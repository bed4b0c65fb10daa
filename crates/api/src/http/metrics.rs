//! A few counters for those who run the server, in the text format of Prometheus.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

const REQUESTS: &str = "stafett_http_requests_total";
const METADATA: Metadata<'static> = Metadata::new("stafett", Level::INFO, None);

/// The counters of one server. They are not global: a test runs several servers in one process.
#[derive(Clone)]
pub struct Metrics(Arc<PrometheusRecorder>);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let help = "Requests by operation (method and route pattern) and status".into();
        recorder.describe_counter(REQUESTS.into(), None, help);
        let fired = "Referrals whose clocks have told somebody of a limit".into();
        recorder.describe_counter("stafett_clocks_fired_total".into(), None, fired);
        let failed = "Attempts to run a referral's clocks that failed".into();
        recorder.describe_counter("stafett_clocks_failed_total".into(), None, failed);
        Self(Arc::new(recorder))
    }
}

impl Metrics {
    fn count(&self, operation: String, status: u16) {
        let labels = vec![
            Label::new("operation", operation),
            Label::new("status", status.to_string()),
        ];
        self.0
            .register_counter(&Key::from_parts(REQUESTS, labels), &METADATA)
            .increment(1);
    }

    /// Adds to a counter without labels.
    pub fn add(&self, name: &'static str, number: u64) {
        self.0
            .register_counter(&Key::from_static_name(name), &METADATA)
            .increment(number);
    }

    /// Sets a gauge to what was counted elsewhere.
    pub fn set(&self, name: &'static str, label: (&'static str, &'static str), value: f64) {
        let key = Key::from_parts(name, vec![Label::new(label.0, label.1)]);
        self.0.register_gauge(&key, &METADATA).set(value);
    }

    /// Everything, as text.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.handle().render()
    }
}

/// Counts every answer.
///
/// # Errors
/// Those of the inner services, unchanged.
pub async fn count<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let response = next.call(request).await?;
    if let Some(metrics) = metrics {
        let request = response.request();
        // A path that matches nothing is made up by somebody; as a label it would grow without end.
        let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        // So would a method.
        let method = match request.method().as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _made_up => "OTHER",
        };
        metrics.count(format!("{method} {route}"), response.status().as_u16());
    }
    Ok(response)
}
