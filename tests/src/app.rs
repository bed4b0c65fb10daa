//! A server in the process of its story.

use stafett_api::server::{self, Options, Running};

use crate::{Client, Home, Persona};

/// A running server on a port of its own.
///
/// A story ends it with [`App::finish`], which sees to it that no notice was left lying, or with [`App::stop`] when that is
/// what the story is about. One that does neither has failed.
#[derive(Debug)]
#[must_use = "a story ends its server with `finish`"]
pub struct App<'h> {
    home: &'h Home,
    running: Option<Running>,
    url: String,
    /// One for all who speak to it: each of its own would read the world's certificates anew.
    nobody: Client,
}

impl<'h> App<'h> {
    pub(crate) async fn start(home: &'h Home) -> Self {
        let options = Options {
            clock: home.clock(),
            kind: home.instance(),
        };
        let running = server::start(home.config(), options)
            .await
            .unwrap_or_else(|error| panic!("the server does not start: {error}"));
        let url = format!("http://{}", running.addr());
        Self {
            home,
            running: Some(running),
            nobody: Client::nobody(&url),
            url,
        }
    }

    /// The address of the server, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Speaks to it as this persona.
    #[must_use]
    pub fn by(&self, persona: Persona) -> Client {
        self.by_nobody().with_token(self.home.token(persona))
    }

    /// Speaks to it without a token.
    #[must_use]
    pub fn by_nobody(&self) -> Client {
        self.nobody.clone()
    }

    /// Ends the server when every notice has left the house.
    ///
    /// # Panics
    /// When some have not after ten seconds.
    pub async fn finish(self) {
        self.home.outbox_is_drained().await;
        self.stop().await;
    }

    /// Ends the server whatever waits in the outbox.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

impl Drop for App<'_> {
    fn drop(&mut self) {
        assert!(
            self.running.is_none() || std::thread::panicking(),
            "a story ends its server with `finish`, which looks whether a notice was left lying"
        );
    }
}
