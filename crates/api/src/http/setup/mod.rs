//! Setting up below `/agencies`: what agencies are and offer, who works there, what they have agreed.
//!
//! Every part of an agency that its administrator keeps (its facts, services, mailboxes, calendar) has one version, the
//! agency's: whoever changes any of it shows the `ETag` of what they saw.

pub mod agencies;
pub mod agreements;
mod agreements_output;
pub mod deputies;
pub mod reach;
pub mod services;
pub mod staff;
mod staff_output;

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use stafett_workflow::vocabulary::Text;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::referrals::Asker;
use crate::app::setup::Authority;
use crate::auth::session::Caller;
use crate::telemetry;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .configure(agencies::configure)
        .configure(services::configure)
        .configure(staff::configure)
        .configure(reach::configure)
        .configure(deputies::configure)
        .configure(agreements::configure);
}

/// A text in both languages.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BothLanguages {
    /// Norwegian bokmål.
    nb: String,
    /// English.
    en: String,
}

impl From<BothLanguages> for Text {
    fn from(both: BothLanguages) -> Self {
        Self::new(both.nb, both.en)
    }
}

impl From<Text> for BothLanguages {
    fn from(text: Text) -> Self {
        Self {
            nb: text.nb,
            en: text.en,
        }
    }
}

/// Who asks, with the request as it stands in the logs.
struct Asking<'a> {
    caller: &'a Caller,
    request_id: Option<String>,
}

impl<'a> Asking<'a> {
    fn of(caller: &'a Caller, request: &HttpRequest) -> Self {
        Self {
            caller,
            request_id: telemetry::request_id(request),
        }
    }

    fn asker(&self) -> Asker<'_> {
        Asker {
            actor: &self.caller.actor,
            request_id: self.request_id.as_deref(),
        }
    }

    fn authority(&self) -> Authority<'_> {
        Authority::Person(self.asker())
    }
}
