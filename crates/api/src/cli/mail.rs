//! `stafett mail`: what a mail looks like, and whether one arrives.

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_notify::mail::RenderError;
use stafett_notify::outbox::{Content, DigestDue, Line};
use stafett_notify::unsubscribe::Unsubscribe;
use stafett_notify::{Due, Message, Recipient, Renderer};
use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

use super::output::{Format, text};
use super::{CliError, Common, Outcome};
use crate::clock::{Clock, System};
use crate::mailroom;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a mail as it would be sent, with made-up facts
    Preview(Preview),
    /// Send one to an address, by the way that the settings name
    Test(Test),
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    #[command(flatten)]
    choice: Choice,
    /// The daily digest instead of a notice
    #[arg(long, conflicts_with = "notice")]
    digest: bool,
    /// Its HTML, for a browser
    #[arg(long, conflicts_with = "json")]
    html: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// Where to send it
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Choice {
    /// What is told (a wrong one lists them all)
    #[arg(long, default_value = "new-referral")]
    notice: Notice,
    /// nb or en
    #[arg(long, default_value = "nb")]
    language: Language,
}

#[derive(Serialize)]
struct Shown<'a> {
    subject: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Sent {
    to: String,
    reply: String,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let config = common.config()?;
        let (channel, renderer) = mailroom::open(&config, &config.public_url(config.server.listen))?;
        match self {
            Self::Preview(preview) => {
                let mail = match preview.digest {
                    true => preview.choice.digest(renderer)?,
                    false => preview.choice.render(&renderer, "enhet@example.no")?,
                };
                if preview.html {
                    text(mail.html());
                    return Ok(Outcome::Fine);
                }
                let shown = Shown {
                    subject: mail.subject(),
                    text: mail.text(),
                };
                preview.format.one(&shown, |shown| {
                    format!("Subject: {}\n\n{}", shown.subject, shown.text.trim_end())
                });
            }
            Self::Test(test) => {
                let mail = test.choice.render(&renderer, &test.to)?;
                let answer = channel.deliver(&mail).await;
                channel.close().await;
                let reply = answer.map_err(|failure| {
                    CliError::Failed(format!(
                        "the mail was not taken: {failure}; see `stafett check` and the mail settings"
                    ))
                })?;
                let sent = Sent {
                    to: test.to,
                    reply: reply.as_str().to_owned(),
                };
                test.format
                    .one(&sent, |sent| format!("sent to {}: {}", sent.to, sent.reply));
            }
        }
        Ok(Outcome::Fine)
    }
}

impl Choice {
    fn render(&self, renderer: &Renderer, to: &str) -> Result<Message, CliError> {
        let now = System.now();
        let due = Due {
            id: Uuid::now_v7(),
            token: Uuid::now_v7(),
            notice: self.notice,
            referral_id: Uuid::now_v7(),
            reference: "K7QF-2M".to_owned(),
            urgency: Urgency::Routine,
            recipient: Recipient {
                agency_name: "Prøveenheten".to_owned(),
                mailbox: Some(to.to_owned()),
                language: self.language,
            },
            because: None,
            stands_in: false,
            due_at: Some(now + TimeDelta::days(3)),
            attempts: 0,
            created_at: now,
            on_call: false,
            copy: false,
            calendar_file: false,
        };
        renderer.render(&due).map_err(|error| unwritten(&error))
    }

    fn digest(&self, renderer: Renderer) -> Result<Message, CliError> {
        let now = System.now();
        let line = |reference: &str, hours| Line {
            reference: reference.to_owned(),
            due_at: now + TimeDelta::hours(hours),
        };
        let due = DigestDue {
            id: Uuid::now_v7(),
            token: Uuid::now_v7(),
            day: now.date_naive(),
            content: Content {
                to_answer: 3,
                held: 4,
                mine: 2,
                overdue: 1,
                today: 1,
                lines: vec![line("9QMM-JY", -20), line("K7QF-2M", 6), line("B3TR-8N", 80)],
            },
            mailbox: Some("kari@example.no".to_owned()),
            language: self.language,
            attempts: 0,
            created_at: now,
        };
        // A link that leads nowhere: this digest is nobody's.
        let renderer = renderer.with_unsubscribe(Unsubscribe::new(Uuid::now_v7().as_bytes()));
        renderer.digest(&due).map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &RenderError) -> CliError {
    CliError::Failed(format!("the mail cannot be written: {error}"))
}
