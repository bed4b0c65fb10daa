//! The daily digest: how much waits and what is most pressing, as references and deadlines, for somebody who has asked for it.
//! It is the only mail that can be unsubscribed from, for it is the only one that is no duty.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use minijinja::{Value, context};
use stafett_workflow::vocabulary::Language;

use super::deadline::{self, Deadline};
use super::{Message, RenderError, Renderer, address, header};
use crate::outbox::{Content, DigestDue};

/// The words of one language.
struct Words {
    subject: &'static str,
    heading: &'static str,
    to_answer: &'static str,
    held: &'static str,
    mine: &'static str,
    overdue: &'static str,
    today: &'static str,
    first: &'static str,
    due: &'static str,
    was_due: &'static str,
    open: &'static str,
    why: &'static str,
    end: &'static str,
    settings: &'static str,
    sign_in: &'static str,
    no_reply: &'static str,
}

const fn words(language: Language) -> Words {
    match language {
        Language::Nb => Words {
            subject: "Oversikt",
            heading: "Dette venter hos dere",
            to_answer: "Venter svar fra dere",
            held: "Stafettpinnen er hos dere",
            mine: "Du er ansvarlig for",
            overdue: "Fristen er brutt",
            today: "Frist i dag",
            first: "Dette haster mest",
            due: "frist",
            was_due: "fristen var",
            open: "Åpne innboksen",
            why: "Du får denne oversikten fordi du har bedt om den. Alt som enheten må vite, sendes til enheten uansett.",
            end: "Slutt å få oversikten",
            settings: "Endre hva du får",
            sign_in: "Du må logge inn. Av hensyn til personvernet står innholdet bare i Stafett.",
            no_reply: "Svar på denne e-posten blir ikke lest.",
        },
        Language::En => Words {
            subject: "Overview",
            heading: "This waits with you",
            to_answer: "Awaiting your answer",
            held: "You hold the baton",
            mine: "You are responsible for",
            overdue: "Deadline missed",
            today: "Due today",
            first: "Most pressing",
            due: "due",
            was_due: "was due",
            open: "Open the inbox",
            why: "You get this overview because you asked for it. Whatever the unit must know is sent to the unit in any case.",
            end: "Stop getting the overview",
            settings: "Change what you get",
            sign_in: "You need to sign in. To protect privacy, the content is in Stafett only.",
            no_reply: "Replies to this e-mail are not read.",
        },
    }
}

impl Renderer {
    /// The mail for a digest.
    ///
    /// # Errors
    /// When its reader has no address, or nobody can make the link that ends it.
    pub fn digest(&self, due: &DigestDue) -> Result<Message, RenderError> {
        let mailbox = due.mailbox.as_deref().filter(|text| !text.trim().is_empty());
        let to = address::parse(mailbox.ok_or(RenderError::NoMailbox)?).map_err(|_why| RenderError::BadMailbox)?;
        let keys = self.unsubscribe.as_ref().ok_or(RenderError::NoWayOut)?;
        let end = format!("{}/avmelding/{}", self.sender.links, keys.token(due.id));
        let (subject, plain, html) = self.words_of(due, &end)?;
        let domain = &self.sender.domain;
        let letter = lettre::Message::builder()
            .date(due.created_at.into())
            .from(self.sender.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(&subject)
            .message_id(Some(format!("<{}@{domain}>", due.id)))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("List-Id", format!("Stafett <oversikt.stafett.{domain}>")))
            .raw_header(header("List-Unsubscribe", format!("<{end}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
            .raw_header(header("Content-Language", due.language.as_str()));
        let parts = MultiPart::alternative()
            .boundary(format!("=_{}", due.id.simple()))
            .singlepart(SinglePart::plain(plain.clone()))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone()));
        Ok(Message {
            id: due.id,
            reference: due.day.to_string(),
            written_at: due.created_at,
            from: self.sender.bounces.clone(),
            to,
            subject,
            text: plain,
            html,
            bytes: letter.multipart(parts)?.formatted(),
        })
    }

    fn words_of(&self, due: &DigestDue, end: &str) -> Result<(String, String, String), RenderError> {
        let (content, words, links) = (&due.content, words(due.language), &self.sender.links);
        let subject = subject(due);
        let lines: Vec<Value> = content
            .lines
            .iter()
            .map(|line| {
                let deadline = Deadline::new(line.due_at, due.created_at);
                let label = if line.due_at < due.created_at {
                    words.was_due
                } else {
                    words.due
                };
                context! {
                    reference => &line.reference,
                    due => format!("{label} {}", deadline.long(due.language)),
                    link => Value::from_safe_string(format!("{links}/formidling/{}", line.reference)),
                }
            })
            .collect();
        let counts: Vec<Value> = counts(content, &words)
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .map(|(label, number)| context! { label, number })
            .collect();
        let context = context! {
            subject => &subject,
            language => due.language.as_str(),
            counts,
            lines,
            inbox => Value::from_safe_string(format!("{links}/innboks")),
            settings => Value::from_safe_string(format!("{links}/meg")),
            end => Value::from_safe_string(end.to_owned()),
            labels => context! {
                heading => words.heading, first => words.first, open => words.open, why => words.why, end => words.end,
                settings => words.settings, sign_in => words.sign_in, no_reply => words.no_reply,
            },
        };
        let plain = self.templates.get_template("digest.txt")?.render(&context)?;
        let html = self.templates.get_template("digest.html")?.render(&context)?;
        Ok((subject, plain, html))
    }
}

const fn counts(content: &Content, words: &Words) -> [(&'static str, u32); 5] {
    [
        (words.overdue, content.overdue),
        (words.today, content.today),
        (words.to_answer, content.to_answer),
        (words.held, content.held),
        (words.mine, content.mine),
    ]
}

/// The day, and how much there is.
fn subject(due: &DigestDue) -> String {
    let words = words(due.language);
    let day = deadline::day(due.day, due.language);
    let mut told = vec![format!("[Stafett] {} {day}", words.subject)];
    for (label, number) in [
        (words.overdue, due.content.overdue),
        (words.to_answer, due.content.to_answer),
    ] {
        if number > 0 {
            told.push(format!("{}: {number}", lower(label)));
        }
    }
    told.join(" – ")
}

fn lower(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests;
