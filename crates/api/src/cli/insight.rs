//! `stafett insight`: everything about one youth, on the word of whoever answers for the installation.

use std::io::Write;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use stafett_store::users;
use stafett_workflow::look::StatedReason;
use stafett_workflow::vocabulary::Language;

use super::{CliError, Common, Outcome};
use crate::app::insight;
use crate::app::referrals::parse_name;
use crate::clock::System;
use crate::http::insight::{InsightOut, document};
use crate::server;

#[derive(Debug, Args)]
pub(super) struct Insight {
    /// A referral about the youth
    #[arg(value_name = "REFERENCE")]
    referral: String,
    /// Who answers for it: the name that they sign in with. They stand in the access log
    #[arg(long, value_name = "USER")]
    by: String,
    /// Why, in 10 to 1000 characters; kept sealed in the access log
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// As what it is written
    #[arg(long = "as", value_enum, default_value = "json")]
    form: Form,
    /// Language of its words: nb or en
    #[arg(long, default_value = "nb")]
    language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Pdf,
}

impl Insight {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let written = &self.referral;
        let name = parse_name(written)
            .ok_or_else(|| CliError::Usage(format!("`{written}` is no reference, such as K7QF-2M")))?;
        let reason = StatedReason::parse(&self.reason, "--reason")
            .map_err(|fault| CliError::Usage(fault.detail.in_language(Language::En).to_owned()))?;
        let (config, db) = common.unlocked_database().await?;
        let by = users::colleague(&db, &self.by).await?.ok_or_else(|| {
            CliError::Usage(format!(
                "there is no active user `{}`; see `stafett user list`",
                self.by
            ))
        })?;
        let engine = server::engine(&config, &db, Arc::new(System)).await?;
        let dossier = insight::of_operator(&engine, by.user, &reason, name).await?;
        db.close().await?;
        let told = InsightOut::of(&dossier, self.language);
        let failed = |error: &dyn std::error::Error| CliError::Failed(error.to_string());
        let bytes = match self.form {
            Form::Json => serde_json::to_vec_pretty(&told).map_err(|error| failed(&error))?,
            Form::Pdf => document(&told, self.language).map_err(|error| failed(&error))?,
        };
        std::io::stdout()
            .lock()
            .write_all(&bytes)
            .map_err(|error| failed(&error))?;
        Ok(Outcome::Fine)
    }
}
