//! From a notice to a mail.
//!
//! Rendering is a pure function of the outbox row and the sender: a mail that must be sent again, because nobody can
//! know whether the server took it, is the same to the last byte.

pub mod address;
mod deadline;
mod wording;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use stafett_workflow::definition::Escalation;
use stafett_workflow::reference::CaseReference;
use stafett_workflow::vocabulary::{Code, Language, Notice, Urgency};
use uuid::Uuid;

use crate::outbox::Due;
use crate::settings::Sender;
use deadline::Deadline;
use wording::Limit;

/// Names longer than this are cut; the text stays readable on a phone.
const LONGEST_NAME: usize = 120;

/// Turns rows that are due into mails.
#[derive(Debug)]
pub struct Renderer {
    sender: Sender,
    templates: Environment<'static>,
}

impl Renderer {
    /// A renderer for one sender.
    ///
    /// # Errors
    /// When a template of the product does not parse.
    pub fn new(sender: Sender) -> Result<Self, RenderError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.add_template("notice.txt", include_str!("templates/notice.txt"))?;
        templates.add_template("notice.html", include_str!("templates/notice.html"))?;
        Ok(Self { sender, templates })
    }

    /// The mail for a row.
    ///
    /// # Errors
    /// When the unit has no mailbox that a server could take, or the row holds what no row can.
    pub fn render(&self, due: &Due) -> Result<Message, RenderError> {
        let mailbox = due.recipient.mailbox.as_deref().filter(|text| !text.trim().is_empty());
        let to = address::parse(mailbox.ok_or(RenderError::NoMailbox)?).map_err(|_why| RenderError::BadMailbox)?;
        let texts = self.texts(&Facts::of(due, &self.sender.links)?)?;
        let bytes = self.letter(due, to.clone(), &texts)?;
        Ok(Message {
            id: due.id,
            reference: due.reference.clone(),
            written_at: due.created_at,
            from: self.sender.from.email.clone(),
            to,
            subject: texts.subject,
            text: texts.plain,
            bytes,
        })
    }

    fn texts(&self, facts: &Facts<'_>) -> Result<Texts, RenderError> {
        let (subject, words) = (facts.subject(), wording::words(facts.notice, facts.language));
        let labels = wording::labels(facts.language);
        let limit = facts.limit();
        let context = context! {
            subject => &subject,
            language => facts.language.as_str(),
            happened => words.happened,
            because => facts.because.map(|link| match facts.stands_in {
                true => wording::because_deputy(facts.language),
                false => wording::because(link, facts.language),
            }),
            todo => words.todo,
            asks => words.asks,
            deadline => limit.map(|(_, deadline)| deadline.long(facts.language)),
            urgency => facts.urgency(),
            reference => facts.reference,
            // Made of what needs no escaping, see `link_base` and `Facts::of`; escaped slashes would make filters wary.
            link => Value::from_safe_string(facts.link.clone()),
            unit => &facts.unit,
            labels => context! {
                todo => labels.todo,
                deadline => limit.map(|(label, _)| label),
                urgency => labels.urgency,
                reference => labels.reference,
                open => if is_case(facts.reference) { labels.open_case } else { labels.open },
                sign_in => labels.sign_in,
                to => labels.to,
                no_reply => labels.no_reply,
            },
        };
        Ok(Texts {
            plain: self.templates.get_template("notice.txt")?.render(&context)?,
            html: self.templates.get_template("notice.html")?.render(&context)?,
            subject,
        })
    }

    fn letter(&self, due: &Due, to: Address, texts: &Texts) -> Result<Vec<u8>, RenderError> {
        let domain = &self.sender.domain;
        let kind = if is_case(&due.reference) { "case" } else { "referral" };
        let thread = format!("<{kind}-{}@{domain}>", due.referral_id);
        let mut letter = lettre::Message::builder()
            .date(due.created_at.into())
            .from(self.sender.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&texts.subject)
            .message_id(Some(format!("<{}@{domain}>", due.id)))
            .in_reply_to(thread.clone())
            .references(thread)
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("List-Id", format!("Stafett <stafett.{domain}>")))
            .raw_header(header("Content-Language", due.recipient.language.as_str()));
        if due.urgency == Urgency::Emergency && awaits_recipient(due.notice) {
            letter = letter.raw_header(header("Importance", "high"));
        }
        let parts = MultiPart::alternative().boundary(format!("=_{}", due.id.simple()));
        let letter = letter.multipart(
            parts.singlepart(SinglePart::plain(texts.plain.clone())).singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_HTML)
                    .body(texts.html.clone()),
            ),
        )?;
        Ok(letter.formatted())
    }
}

/// A finished mail to one recipient.
#[derive(Clone)]
pub struct Message {
    id: Uuid,
    reference: String,
    written_at: DateTime<Utc>,
    from: Address,
    to: Address,
    subject: String,
    text: String,
    bytes: Vec<u8>,
}

impl Message {
    /// The outbox row that it tells of.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// The reference of the referral that it tells of.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// When the notice was given.
    #[must_use]
    pub const fn written_at(&self) -> DateTime<Utc> {
        self.written_at
    }

    /// The subject, before it is encoded.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The plain text, before it is encoded.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole mail as RFC 5322 has it, in ASCII with CRLF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn from(&self) -> &Address {
        &self.from
    }

    pub(crate) fn to(&self) -> &Address {
        &self.to
    }
}

// Whatever is printed may land in a log, and a log has no addresses.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why there is no mail. Each begins with a stable code.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The unit has no mailbox.
    #[error("no-mailbox: the unit has no mailbox; give it one and send again")]
    NoMailbox,
    /// The unit's mailbox is no address.
    #[error("bad-mailbox: the unit's mailbox is not an address that a server can take; correct it and send again")]
    BadMailbox,
    /// The reference is none.
    #[error("bad-reference: the row names its referral in a way that no referral is named")]
    BadReference,
    /// A template failed.
    #[error("template: {0}")]
    Template(#[from] minijinja::Error),
    /// The mail could not be put together.
    #[error("letter: {0}")]
    Letter(#[from] lettre::error::Error),
}

/// All that a mail can say. There is no field for a person, a need, a sender or a service: what cannot be carried
/// cannot leak.
struct Facts<'a> {
    notice: Notice,
    language: Language,
    urgency: Urgency,
    reference: &'a str,
    because: Option<Escalation>,
    stands_in: bool,
    deadline: Option<Deadline>,
    link: String,
    unit: String,
}

impl<'a> Facts<'a> {
    fn of(due: &'a Due, links: &str) -> Result<Self, RenderError> {
        let reference = due.reference.as_str();
        // It becomes part of a link, a subject and a file name.
        if reference.is_empty() || !reference.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(RenderError::BadReference);
        }
        Ok(Self {
            notice: due.notice,
            language: due.recipient.language,
            urgency: due.urgency,
            reference,
            because: due.because,
            stands_in: due.stands_in,
            deadline: due.due_at.map(|due_at| Deadline::new(due_at, due.created_at)),
            link: match is_case(reference) {
                true => format!("{links}/sak/{reference}"),
                false => format!("{links}/formidling/{reference}"),
            },
            unit: harmless(&due.recipient.agency_name),
        })
    }

    /// The deadline that this notice tells, with its label.
    fn limit(&self) -> Option<(&'static str, Deadline)> {
        let (label, _) = wording::limit_labels(wording::limit(self.notice), self.language)?;
        Some((label, self.deadline?))
    }

    /// Told only where it asks the recipient to hurry.
    fn urgency(&self) -> Option<&'static str> {
        (awaits_recipient(self.notice) && self.urgency != Urgency::Routine).then(|| self.urgency.title(self.language))
    }

    fn subject(&self) -> String {
        let mut subject = String::from("[Stafett] ");
        if self.urgency == Urgency::Emergency && awaits_recipient(self.notice) {
            subject.push_str(wording::labels(self.language).emergency);
            subject.push_str(": ");
        }
        subject.push_str(wording::words(self.notice, self.language).subject);
        let label = wording::limit_labels(wording::limit(self.notice), self.language).and_then(|(_, label)| label);
        if let (Some(label), Some(deadline)) = (label, self.deadline) {
            subject.push_str(&format!(" – {label} {}", deadline.short(self.language)));
        }
        subject.push_str(" – ");
        subject.push_str(self.reference);
        subject
    }
}

struct Texts {
    subject: String,
    plain: String,
    html: String,
}

/// The codes of cases and of referrals are never alike.
fn is_case(reference: &str) -> bool {
    reference.parse::<CaseReference>().is_ok()
}

fn awaits_recipient(notice: Notice) -> bool {
    matches!(wording::limit(notice), Limit::Ours | Limit::Near | Limit::Missed)
}

/// A name that cannot break out of its line: no line breaks, no control characters, nothing that turns the direction of
/// writing or hides.
fn harmless(name: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let seen: String = name.chars().map(|c| if unseen(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_NAME).collect()
}

fn header(name: &'static str, value: impl Into<String>) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into())
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
