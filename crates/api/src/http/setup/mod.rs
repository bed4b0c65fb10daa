//! Setting up below `/agencies`: what agencies are and offer, who works there, what they have agreed.
//!
//! Every part of an agency that its administrator keeps (its facts, services, mailboxes, calendar) has one version, the
//! agency's: whoever changes any of it shows the `ETag` of what they saw.

pub mod access_log;
pub mod agencies;
pub mod agreements;
mod agreements_output;
pub mod deputies;
pub mod reach;
pub mod retention;
pub mod services;
pub mod staff;
mod staff_output;
pub mod webhooks;
pub mod witness;

use serde::{Deserialize, Serialize};
use stafett_workflow::vocabulary::Text;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .configure(agencies::configure)
        .configure(services::configure)
        .configure(staff::configure)
        .configure(reach::configure)
        .configure(deputies::configure)
        .configure(retention::configure)
        .configure(access_log::configure)
        .configure(agreements::configure)
        .configure(webhooks::configure)
        .configure(witness::configure);
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
