//! Questions, answers and messages between the two sides of a referral.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stafett_store::idempotency::Answer;
use stafett_store::referrals::{self, Name, Outcome};
use stafett_store::{events, texts};
use stafett_workflow::Refusal;
use stafett_workflow::decide::admit_message;
use stafett_workflow::disclosure::Field;
use stafett_workflow::event::{By, Event, Fact};
use stafett_workflow::insight::Insight;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::vocabulary::Action;
use uuid::Uuid;

use super::facts::Facts;
use super::reading::reading_or_behind;
use super::view::Names;
use super::{Answered, Asker, Repeatable, claim, keep, read, replayed_about};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;

/// What was said, by whom.
pub struct Message {
    /// The event's id.
    pub id: Uuid,
    /// What it is.
    pub kind: MessageKind,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Option<By>,
    /// The words; nothing once they are erased.
    pub text: Option<String>,
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Free.
    Message,
    /// The receiver asks.
    Question,
    /// The sender answers.
    Answer,
    /// The receiver returned it with advice.
    Advice,
}

impl MessageKind {
    /// As it is written out.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Advice => "advice",
        }
    }
}

/// All that was said about a referral, the oldest first, with the names in it.
///
/// # Errors
/// Hidden; the store's.
pub async fn list(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
) -> Result<(Vec<Message>, Names), AppError> {
    let (record, glass) = read::find_or_behind(engine, asker, scope, name).await?;
    let viewing = Viewing::reading(engine, asker, LookedAt::Messages).through(glass);
    let look = viewing.begin(engine, &record).await?;
    let log = events::log(&engine.db, &record).await?;
    let known: &[Event] = match Insight::of(record.referral(), scope.agencies()) {
        Insight::Whole => &log,
        Insight::Past(past) if past.keeps() => past.log(&log),
        Insight::Past(_) => &[],
    };
    let shown = reading_or_behind(engine, &engine.db, record.referral(), scope.agencies(), glass.as_ref()).await?;
    let said: Vec<(&Event, MessageKind, _)> = known
        .iter()
        .filter(|event| shown.shows(Field::Messages) || is_own(event, scope))
        .filter_map(|event| spoken(event).map(|(kind, id)| (event, kind, id)))
        .collect();
    let ids: Vec<_> = said.iter().map(|(_, _, id)| *id).collect();
    let logged = look.logged().await?;
    let mut words: BTreeMap<_, _> = texts::by_ids(&engine.db, &record, &ids, &logged)
        .await?
        .into_iter()
        .map(|text| (text.id, text.body))
        .collect();
    let messages: Vec<Message> = said
        .into_iter()
        .filter_map(|(event, kind, id)| {
            let text = words.remove(&id)?;
            Some(Message {
                id: event.id,
                kind,
                at: event.at,
                by: event.by,
                text,
            })
        })
        .collect();
    let names = names_of(engine, messages.iter().filter_map(|message| message.by)).await?;
    Ok((messages, names))
}

/// Refuses as [`post`] would before it looks at the text.
///
/// # Errors
/// Hidden, or not a party; the store's.
pub async fn precheck(engine: &Engine, actor: &Actor, scope: &Scope, name: Name) -> Result<(), AppError> {
    let record = read::find(engine, scope, name).await?;
    admit_message(record.referral(), actor)?;
    Ok(())
}

/// Writes a message to the other side.
///
/// # Errors
/// Hidden, not a party, or an empty or too long text; the errors of an idempotency key; the store's.
pub async fn post(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    text: &str,
    repeatable: Option<&Repeatable<'_>>,
    render: &(dyn Fn(&Message, &Names) -> Answer + Sync),
) -> Result<Answered<(Message, Names)>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, scope, Some(name), answer).await,
    };
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let definition = engine.definition(&record.referral().workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let decision = stafett_workflow::decide::post_message(&definition, record.referral(), text, &context)?;
    let Outcome::Stored(record) = referrals::commit(&tx, record, &decision, asker.request_id).await? else {
        return Err(AppError::internal("a locked referral was changed by somebody else"));
    };
    let event = decision
        .events()
        .first()
        .ok_or_else(|| AppError::internal("a message without an event"))?;
    let message = Message {
        id: event.id,
        kind: MessageKind::Message,
        at: event.at,
        by: event.by,
        text: Some(text.to_owned()),
    };
    let names = Names::load(&tx, event.by.map(|by| by.agency), event.by.map(|by| by.user)).await?;
    keep(&tx, engine, claimed, Some(&record), || render(&message, &names)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now((message, names)))
}

/// Whether the reader's own agency wrote it.
pub(super) fn is_own(event: &Event, scope: &Scope) -> bool {
    event.by.is_some_and(|by| scope.agencies().contains(&by.agency))
}

fn spoken(event: &Event) -> Option<(MessageKind, stafett_workflow::agency::TextId)> {
    match &event.fact {
        Fact::MessagePosted { text } => Some((MessageKind::Message, *text)),
        Fact::Moved { action, texts, .. } => {
            let (kind, field) = match action {
                Action::RequestInfo => (MessageKind::Question, "text"),
                Action::AnswerInfo => (MessageKind::Answer, "text"),
                Action::ReturnWithAdvice => (MessageKind::Advice, "advice"),
                _ => return None,
            };
            texts.get(field).map(|id| (kind, *id))
        }
        _ => None,
    }
}

pub(super) async fn names_of(engine: &Engine, by: impl Iterator<Item = By>) -> Result<Names, AppError> {
    let by: Vec<By> = by.collect();
    let agencies = by.iter().map(|by| by.agency);
    let people = by.iter().map(|by| by.user);
    Ok(Names::load(&engine.db, agencies, people).await?)
}
