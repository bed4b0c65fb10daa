//! `stafett serve`.

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Common, Outcome};
use crate::auth::keys;
use crate::server::{self, Running};
use crate::{telemetry, vault_keys};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address by which the world reaches this server
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let mut flags = Vec::new();
        flags.extend(self.listen.map(|listen| ("--listen", "server.listen", listen)));
        flags.extend(self.public_url.map(|url| ("--public-url", "server.public_url", url)));
        let config = common.load(flags)?.config;
        telemetry::init(&config.log);
        let key = config.signing_key_file();
        let log_key = config.log_key_file();
        let settings = config.clone();
        // Listening for signals begins before the server does, so that none is lost in between.
        let stop = stopped()?;
        let running = server::start(config, server::Options::default()).await?;
        if keys::is_exposed(&key) {
            tracing::warn!("others than its owner can read the signing key; run chmod 600 on it");
        }
        if keys::is_exposed(&log_key) {
            tracing::warn!("others than its owner can read the log's key; run chmod 600 on it");
        }
        if vault_keys::is_exposed(&settings) {
            tracing::warn!("others than its owner can read the master keys; run chmod 600 on them");
        }
        eprintln!(
            "stafett: listening on {}, the API's reference is at {}/api/docs/",
            running.addr(),
            running.public_url()
        );
        until_stopped(stop, running).await
    }
}

/// Waits until somebody asks the process to stop, or a worker of the server has fallen: then whoever watches over the
/// process (systemd, a container's host) is to start it anew.
///
/// # Errors
/// The worker's name.
pub(super) async fn until_stopped(stop: impl Future<Output = ()>, running: Running) -> Result<Outcome, CliError> {
    let fallen = tokio::select! {
        () = stop => None,
        name = running.fell() => Some(name),
    };
    running.stop().await;
    match fallen {
        None => Ok(Outcome::Fine),
        Some(name) => Err(CliError::Failed(format!(
            "the worker “{name}” ended by itself, which is a defect; the log says why. Start the server again: nothing is lost"
        ))),
    }
}

/// Ends when somebody asks the process to stop.
pub(super) fn stopped() -> Result<impl Future<Output = ()>, CliError> {
    let failed =
        |error: std::io::Error| CliError::Failed(format!("signals cannot be received ({error}); start it again"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
