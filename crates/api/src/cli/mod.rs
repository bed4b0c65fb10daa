//! The command line: one file for each command.
//!
//! What a command prints stands on standard output, as a table for people or, with `--json`, as JSON for scripts. What
//! goes wrong stands on standard error in one sentence that says what to do next. Exit status: 0 fine, 1 failed, 2 wrong
//! usage or findings.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line is for"
)]

mod agency;
mod audit;
mod backup;
mod check;
mod config;
mod demo;
mod health;
mod insight;
mod mail;
mod migrate;
mod outbox;
mod output;
mod reconcile;
mod report;
mod restore;
mod retention;
mod routing;
mod serve;
mod token;
mod user;
mod vault;
mod workflow;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::app::AppError;
use crate::app::backup::BackupError;
use crate::auth::keys::KeyError;
use crate::auth::password::PasswordError;
use crate::config::{Config, ConfigError, Loaded, Sources};
use crate::http::openapi;
use crate::mailroom::MailroomError;
use crate::server::StartError;
use crate::vault_keys::{self, VaultKeyError};
use crate::workflow_library::LibraryError;
use stafett_store::{Db, StoreError};
use stafett_workflow::refusal::FieldError;

/// Referrals between services for children and young people, where somebody always holds the baton.
#[derive(Debug, Parser)]
#[command(name = "stafett", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// Settings that every command takes; all others stand in the file or the environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
struct Common {
    /// Configuration file [default: stafett.toml, when it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STAFETT_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// Folder of the embedded database, its keys and mails that go to files
    #[arg(long = "data", global = true, value_name = "DIR")]
    data: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT
    Serve(serve::Serve),
    /// Run the server with a synthetic Oslo in which something has happened
    Demo(demo::Demo),
    /// Bring the tables of the database up to date
    Migrate(migrate::Migrate),
    /// Try everything that the server needs: settings, key, database, mail server
    Check(check::Check),
    /// Show the settings
    #[command(subcommand)]
    Config(config::Command),
    /// Make an access token for somebody
    Token(token::Token),
    /// The directory of agencies
    #[command(subcommand)]
    Agency(agency::Command),
    /// People and their roles
    #[command(subcommand)]
    User(user::Command),
    /// The workflow definitions
    #[command(subcommand)]
    Workflow(workflow::Command),
    /// Who to send to: the routing table, and whom it leaves out
    #[command(subcommand)]
    Routing(routing::Command),
    /// Notices on their way out
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// See or send a mail
    #[command(subcommand)]
    Mail(mail::Command),
    /// The keys under which personal data lies sealed, and erasure
    #[command(subcommand)]
    Vault(vault::Command),
    /// How long what was told is kept, and what is due to be erased
    #[command(subcommand)]
    Retention(retention::Command),
    /// Print everything about one youth, for them to have; it is written to the audit trail
    Insight(insight::Insight),
    /// Write everything but the keys into one sealed file, while the servers run
    Backup(backup::Backup),
    /// Put such a file into an empty database, or only try it with --verify
    Restore(restore::Restore),
    /// The audit trail as a log that proves itself
    #[command(subcommand)]
    Audit(audit::Command),
    /// Hold everything stored against the laws; exit status 2 when something is wrong
    Reconcile(reconcile::Reconcile),
    /// Print the figures of an agency: response times, ages, missed limits, flow and coverage
    Report(report::Report),
    /// Ask a running server whether it is ready
    Health(health::Health),
    /// Print the OpenAPI document
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Fine.
    Fine,
    /// It found something that somebody must see to.
    Findings,
}

/// Why a command failed: one sentence.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Vault(#[from] VaultKeyError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Mail(#[from] MailroomError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What was asked for cannot be: status 2.
    #[error("{0}")]
    Usage(String),
    /// It went wrong in a way of its own.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// What is wrong with what was given, each field by the flag that sets it.
    fn fields(faults: &[FieldError]) -> Self {
        let told = faults.iter().map(|fault| {
            let field = fault.pointer.trim_start_matches(['/', '?']);
            let flag: String = field
                .chars()
                .flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase()))
                .collect();
            format!("{flag}: {}", fault.detail.en.trim_end_matches('.'))
        });
        let told = told.collect::<Vec<_>>().join("; ");
        match faults.iter().all(|fault| fault.code == "taken") {
            true => Self::Failed(told),
            false => Self::Usage(told),
        }
    }
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Store(error) => Self::Store(error),
            AppError::Fields(faults) => Self::fields(&faults),
            AppError::Refused(refusal) => Self::Failed(refusal.detail.en),
            AppError::AgencyInUse(held) => Self::Failed(format!(
                "the agency holds {} batons, {} open hand-offs and {} undecided disputes; complete, forward or decide them first",
                held.batons, held.handoffs, held.disputes
            )),
            AppError::StaleAt { .. } => Self::Failed("somebody else has just changed it; try again".to_owned()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Nobody else has set one; a second call could only come from a test.
    let _already_set = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("stafett: the operating system gives no threads ({error}); raise its limits and try again");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(2),
        Err(error) => {
            eprintln!("stafett: {error}");
            ExitCode::from(if matches!(error, CliError::Usage(_)) { 2 } else { 1 })
        }
    }
}

async fn run(cli: Cli) -> Result<Outcome, CliError> {
    let common = cli.common;
    match cli.command {
        Command::Serve(command) => command.run(&common).await,
        Command::Demo(command) => command.run(&common).await,
        Command::Migrate(command) => command.run(&common).await,
        Command::Check(command) => command.run(&common).await,
        Command::Config(command) => command.run(&common),
        Command::Token(command) => command.run(&common).await,
        Command::Agency(command) => command.run(&common).await,
        Command::User(command) => command.run(&common).await,
        Command::Workflow(command) => command.run(&common).await,
        Command::Routing(command) => command.run(&common).await,
        Command::Outbox(command) => command.run(&common).await,
        Command::Mail(command) => command.run(&common).await,
        Command::Vault(command) => command.run(&common).await,
        Command::Retention(command) => command.run(&common).await,
        Command::Insight(command) => command.run(&common).await,
        Command::Backup(command) => command.run(&common).await,
        Command::Restore(command) => command.run(&common).await,
        Command::Audit(command) => command.run(&common).await,
        Command::Reconcile(command) => command.run(&common).await,
        Command::Report(command) => command.run(&common).await,
        Command::Health(command) => command.run(&common).await,
        Command::Openapi => {
            let text = openapi::document_json().map_err(|error| CliError::Failed(error.to_string()))?;
            output::text(text.trim_end());
            Ok(Outcome::Fine)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "stafett", &mut script);
            output::text(String::from_utf8_lossy(&script).trim_end());
            Ok(Outcome::Fine)
        }
    }
}

impl Common {
    /// The configuration, with flags of a command that set settings of their own.
    fn load(&self, flags: Vec<(&'static str, &'static str, String)>) -> Result<Loaded, ConfigError> {
        let mut sources = Sources::of_process();
        sources.file.clone_from(&self.config);
        sources.flags = self
            .data
            .iter()
            .map(|folder| ("--data", "data_dir", folder.clone()))
            .chain(flags)
            .collect();
        sources.load()
    }

    fn config(&self) -> Result<Config, ConfigError> {
        Ok(self.load(Vec::new())?.config)
    }

    /// The database, which must be up to date: a command that writes must not meet tables of another version.
    async fn database(&self) -> Result<(Config, Db), CliError> {
        let config = self.config()?;
        let db = crate::database::open(&config).await?;
        match db.pending_migrations().await? {
            pending if pending.is_empty() => Ok((config, db)),
            pending => Err(StartError::Migrations(pending).into()),
        }
    }

    /// The same, unlocked: for a command that looks at what is told of people.
    async fn unlocked_database(&self) -> Result<(Config, Db), CliError> {
        let (config, db) = self.database().await?;
        vault_keys::unlock(&config, &db, false).await?;
        Ok((config, db))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
