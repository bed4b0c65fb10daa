//! From a notice to a mail.
//!
//! Rendering is a pure function of the outbox row and the sender: a mail that must be sent again, because nobody can
//! know whether the server took it, is the same to the last byte.

pub mod address;
mod calendar;
mod deadline;
mod digest;
mod wording;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use stafett_workflow::definition::Escalation;
use stafett_workflow::reference::CaseReference;
use stafett_workflow::vocabulary::{Code, Language, Notice, Urgency};
use uuid::Uuid;

use crate::outbox::Due;
use crate::settings::Sender;
use crate::unsubscribe::Unsubscribe;
use deadline::Deadline;
use wording::Limit;

/// Names longer than this are cut; the text stays readable on a phone.
const LONGEST_NAME: usize = 120;

/// Turns rows that are due into mails.
#[derive(Debug, Clone)]
pub struct Renderer {
    sender: Sender,
    templates: Environment<'static>,
    /// For digests alone; nobody unsubscribes from a duty.
    unsubscribe: Option<Unsubscribe>,
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
        templates.add_template("digest.txt", include_str!("templates/digest.txt"))?;
        templates.add_template("digest.html", include_str!("templates/digest.html"))?;
        Ok(Self {
            sender,
            templates,
            unsubscribe: None,
        })
    }

    /// The same, able to write digests: each carries the link that ends it.
    #[must_use]
    pub fn with_unsubscribe(self, keys: Unsubscribe) -> Self {
        Self {
            unsubscribe: Some(keys),
            ..self
        }
    }

    /// The mail for a row.
    ///
    /// # Errors
    /// When the unit has no mailbox that a server could take, or the row holds what no row can.
    pub fn render(&self, due: &Due) -> Result<Message, RenderError> {
        let mailbox = due.recipient.mailbox.as_deref().filter(|text| !text.trim().is_empty());
        let to = address::parse(mailbox.ok_or(RenderError::NoMailbox)?).map_err(|_why| RenderError::BadMailbox)?;
        let facts = Facts::of(due, &self.sender.links)?;
        let calendar = due
            .calendar_file
            .then(|| calendar::entry(due, &facts, &self.sender.domain));
        let texts = Texts {
            calendar: calendar.flatten(),
            ..self.texts(&facts)?
        };
        let bytes = self.letter(due, to.clone(), &texts)?;
        Ok(Message {
            id: due.id,
            reference: due.reference.clone(),
            written_at: due.created_at,
            from: self.sender.bounces.clone(),
            to,
            subject: texts.subject,
            text: texts.plain,
            html: texts.html,
            bytes,
        })
    }

    /// The subject that a mail of a notice has: what can be said of it in a line.
    #[must_use]
    pub fn subject(
        &self,
        notice: Notice,
        language: Language,
        urgency: Urgency,
        reference: &str,
        due_at: Option<DateTime<Utc>>,
        given_at: DateTime<Utc>,
    ) -> String {
        let facts = Facts {
            about: match reference.parse::<CaseReference>() {
                Ok(_case) => About::Case,
                Err(_no_case) => About::Referral,
            },
            notice,
            language,
            urgency,
            reference,
            because: None,
            stands_in: false,
            on_call: false,
            copy: false,
            deadline: due_at.map(|due_at| Deadline::new(due_at, given_at)),
            due_at,
            link: String::new(),
            unit: String::new(),
        };
        facts.subject()
    }

    fn texts(&self, facts: &Facts<'_>) -> Result<Texts, RenderError> {
        let (subject, words) = (facts.subject(), wording::words(facts.notice, facts.language));
        let labels = wording::labels(facts.language);
        let limit = facts.limit();
        let context = context! {
            subject => &subject,
            language => facts.language.as_str(),
            happened => words.happened,
            because => facts.why(),
            todo => facts.todo(),
            asks => words.asks,
            deadline => limit.map(|(_, deadline)| deadline.long(facts.language)),
            urgency => facts.urgency(),
            reference => Some(facts.reference).filter(|_| facts.about != About::Setup),
            // Made of what needs no escaping, see `link_base` and `Facts::of`; escaped slashes would make filters wary.
            link => Value::from_safe_string(facts.link.clone()),
            unit => &facts.unit,
            labels => context! {
                todo => labels.todo,
                deadline => limit.map(|(label, _)| label),
                urgency => labels.urgency,
                reference => labels.reference,
                open => match facts.about {
                    About::Referral if facts.is_for_coordinator() => labels.open_overdue,
                    About::Referral => labels.open,
                    About::Case => labels.open_case,
                    About::Setup => labels.open_setup,
                },
                sign_in => labels.sign_in,
                to => labels.to,
                no_reply => labels.no_reply,
            },
        };
        Ok(Texts {
            plain: self.templates.get_template("notice.txt")?.render(&context)?,
            html: self.templates.get_template("notice.html")?.render(&context)?,
            subject,
            calendar: None,
        })
    }

    fn letter(&self, due: &Due, to: Address, texts: &Texts) -> Result<Vec<u8>, RenderError> {
        let domain = &self.sender.domain;
        let kind = About::of(due).thread();
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
        let words = parts.singlepart(SinglePart::plain(texts.plain.clone())).singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_HTML)
                .body(texts.html.clone()),
        );
        let letter = match &texts.calendar {
            None => letter.multipart(words)?,
            Some(entry) => {
                let mixed = MultiPart::mixed().boundary(format!("=_mixed_{}", due.id.simple()));
                let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH")
                    .map_err(|_not_a_type| RenderError::BadReference)?;
                let file = Attachment::new(format!("{}.ics", due.reference)).body(entry.clone(), kind);
                letter.multipart(mixed.multipart(words).singlepart(file))?
            }
        };
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
    html: String,
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

    /// The same as HTML, before it is encoded.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
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
    /// There is nothing to make a link by that ends the digest.
    #[error("no-way-out: a digest cannot be sent without the link that ends it")]
    NoWayOut,
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
    about: About,
    notice: Notice,
    language: Language,
    urgency: Urgency,
    reference: &'a str,
    because: Option<Escalation>,
    stands_in: bool,
    on_call: bool,
    copy: bool,
    deadline: Option<Deadline>,
    due_at: Option<DateTime<Utc>>,
    link: String,
    unit: String,
}

impl<'a> Facts<'a> {
    fn of(due: &'a Due, links: &str) -> Result<Self, RenderError> {
        let (about, reference) = (About::of(due), due.reference.as_str());
        // It becomes part of a link, a subject and a file name.
        let is_reference = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_reference && about != About::Setup {
            return Err(RenderError::BadReference);
        }
        Ok(Self {
            notice: due.notice,
            language: due.recipient.language,
            urgency: due.urgency,
            reference,
            because: due.because,
            stands_in: due.stands_in,
            on_call: due.on_call,
            copy: due.copy,
            due_at: due.due_at,
            deadline: due.due_at.map(|due_at| Deadline::new(due_at, due.created_at)),
            link: match about {
                // Told is not let in: they find it in their list.
                About::Referral if due.because == Some(Escalation::Coordinator) => format!("{links}/folg-opp/frister"),
                About::Referral => format!("{links}/formidling/{reference}"),
                About::Case => format!("{links}/sak/{reference}"),
                About::Setup => format!("{links}/oppsett"),
            },
            about,
            unit: harmless(&due.recipient.agency_name),
        })
    }

    /// The deadline that this notice tells, with its label.
    fn limit(&self) -> Option<(&'static str, Deadline)> {
        let (label, _) = wording::limit_labels(wording::limit(self.notice), self.language)?;
        Some((label, self.deadline?))
    }

    fn is_for_coordinator(&self) -> bool {
        self.because == Some(Escalation::Coordinator)
    }

    /// What to do now.
    fn todo(&self) -> &'static str {
        let own = self
            .because
            .and_then(|link| wording::todo_of(self.notice, link, self.language));
        own.unwrap_or(wording::words(self.notice, self.language).todo)
    }

    /// Why it is this recipient who hears of it, where that needs to be said.
    fn why(&self) -> Option<&'static str> {
        if self.on_call {
            return Some(wording::because_on_call(self.language));
        }
        if self.copy {
            return Some(match self.stands_in {
                true => wording::because_copy_deputy(self.language),
                false => wording::because_copy(self.language),
            });
        }
        self.because.map(|link| match self.stands_in {
            true => wording::because_deputy(self.language),
            false => wording::because(link, self.language),
        })
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
        if self.about != About::Setup {
            subject.push_str(" – ");
            subject.push_str(self.reference);
        }
        subject
    }
}

struct Texts {
    subject: String,
    plain: String,
    html: String,
    /// The deadline as a calendar entry, where the recipient wishes it.
    calendar: Option<String>,
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Referral,
    Case,
    /// What agencies keep: an agreement, a mailbox.
    Setup,
}

impl About {
    fn of(due: &Due) -> Self {
        // The codes of cases and of referrals are never alike.
        match (due.notice.is_of_setup(), due.reference.parse::<CaseReference>()) {
            (true, _) => Self::Setup,
            (false, Ok(_case)) => Self::Case,
            (false, Err(_no_case)) => Self::Referral,
        }
    }

    /// What the thread's root is called by.
    const fn thread(self) -> &'static str {
        match self {
            Self::Referral => "referral",
            Self::Case => "case",
            Self::Setup => "setup",
        }
    }
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
