//! What has happened to a referral: who, for which agency, what, when, and how the clock stood then.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::outbox::{self, Receipt};
use stafett_store::referrals::Name;
use stafett_store::{agreements, events, texts};
use stafett_workflow::agency::{AgencyId, AgreementId, TextId};
use stafett_workflow::agreement::Agreement;
use stafett_workflow::definition::Definition;
use stafett_workflow::disclosure::Field;
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::evolve::{begin, evolve};
use stafett_workflow::insight::{Insight, Past};
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::Scope;
use stafett_workflow::referral::Clock;

use super::message::is_own;
use super::reading::reading_or_behind;
use super::view::{Names, known_to};
use super::{Asker, read};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;

/// One entry.
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// The limit that it is about, when a clock told somebody of it.
    pub clock: Option<String>,
    /// The limit that was up next after it.
    pub next_clock: Option<Clock>,
    /// Who held the baton after it.
    pub custodian: AgencyId,
    /// The free texts, by field; nothing in the place of one that is erased.
    pub texts: BTreeMap<String, Option<String>>,
    /// Who was told of it, and how far that has come.
    pub told: Vec<Receipt>,
}

/// The whole log with the words in it.
pub struct Timeline {
    /// The entries, the oldest first.
    pub entries: Vec<Entry>,
    /// The definition, for its names of steps and clocks.
    pub definition: Arc<Definition>,
    /// The agreements that set limits of its clocks.
    pub agreements: BTreeMap<AgreementId, Agreement>,
    /// What agencies and people are called.
    pub names: Names,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// The timeline of one referral.
///
/// # Errors
/// Hidden; the store's; [`AppError::Internal`] when the log does not begin with the creation.
pub async fn timeline(engine: &Engine, asker: Asker<'_>, scope: &Scope, name: Name) -> Result<Timeline, AppError> {
    let (record, glass) = read::find_or_behind(engine, asker, scope, name).await?;
    let viewing = Viewing::reading(engine, asker, LookedAt::Timeline).through(glass);
    let look = viewing.begin(engine, &record).await?;
    let id = record.referral().id;
    let definition = engine.definition(&record.referral().workflow)?;
    let mut log = events::log(&engine.db, &record).await?;
    let past = match Insight::of(record.referral(), scope.agencies()) {
        Insight::Whole => None,
        Insight::Past(past) => Some(past),
    };
    let seen = |event: &Event| past.as_ref().is_none_or(|past| past.sees(&event.fact));
    if let Some(past) = &past {
        log.truncate(past.log(&log).len());
    }
    let keeps = past.as_ref().is_none_or(Past::keeps);
    let shown_words =
        reading_or_behind(engine, &engine.db, record.referral(), scope.agencies(), glass.as_ref()).await?;
    let ids: Vec<TextId> = log
        .iter()
        .filter(|event| keeps && (shown_words.shows(Field::Messages) || is_own(event, scope)))
        .flat_map(|event| named_texts(&event.fact))
        .map(|(_, id)| id)
        .collect();
    let logged = look.logged().await?;
    let words: BTreeMap<TextId, Option<String>> = texts::by_ids(&engine.db, &record, &ids, &logged)
        .await?
        .into_iter()
        .map(|text| (text.id, text.body))
        .collect();
    let shown = || log.iter().filter(|event| seen(event));
    let agencies = shown().flat_map(agencies_in).chain(record.referral().parties());
    let mut people: Vec<_> = shown().filter_map(|event| event.by.map(|by| by.user)).collect();
    people.extend(shown().filter_map(|event| match &event.fact {
        Fact::Assigned { assignee, .. } => Some(*assignee),
        _ => None,
    }));
    let names = Names::load(&engine.db, agencies, people).await?;
    let agreed = log.iter().filter_map(|event| match &event.fact {
        Fact::ClockArmed { clock } => clock.agreement,
        _ => None,
    });
    let agreements = agreements::by_ids(&engine.db, agreed).await?;
    let receipts = outbox::receipts(&engine.db, &record).await?;
    let receipts = known_to(scope, past.is_some(), &receipts);
    let mut state = None;
    let mut entries = Vec::with_capacity(log.len());
    for event in log {
        let next = match state.take() {
            None => begin(id, &event),
            Some(before) => Some(evolve(before, &event)),
        };
        let referral = next.ok_or_else(|| AppError::internal("a log without a creation"))?;
        let texts = named_texts(&event.fact)
            .into_iter()
            .filter_map(|(field, id)| Some((field, words.get(&id)?.clone())))
            .collect();
        let clock = event.fact.fired().and_then(|(id, ..)| {
            let clock = referral.clocks.iter().find(|clock| clock.id == id)?;
            Some(clock.name.clone())
        });
        let next_clock = referral.running_clocks().min_by_key(|clock| clock.due_at).cloned();
        if !seen(&event) {
            state = Some(referral);
            continue;
        }
        let told = receipts.iter().filter(|receipt| receipt.event == Some(event.id));
        let told = told.cloned().collect();
        let event = match keeps {
            true => event,
            // Numbers and ids count what is hidden from them too.
            false => Event {
                id: engine.index.pseudonym("event", event.id),
                seq: u32::try_from(entries.len() + 1).unwrap_or(u32::MAX),
                ..event
            },
        };
        entries.push(Entry {
            event,
            clock,
            next_clock,
            custodian: referral.custodian,
            texts,
            told,
        });
        state = Some(referral);
    }
    Ok(Timeline {
        entries,
        definition,
        agreements,
        names,
        now: engine.now(),
    })
}

/// The legal basis is shown with the hand-off, not here.
fn named_texts(fact: &Fact) -> Vec<(String, TextId)> {
    match fact {
        Fact::Moved { texts, .. }
        | Fact::Noted { texts, .. }
        | Fact::Disputed { texts, .. }
        | Fact::Allocated { texts, .. }
        | Fact::Revoked { texts } => texts.iter().map(|(field, id)| (field.clone(), *id)).collect(),
        Fact::PersonRectified { reason, .. } => vec![("reason".to_owned(), *reason)],
        Fact::MessagePosted { text } => vec![("text".to_owned(), *text)],
        _ => Vec::new(),
    }
}

fn agencies_in(event: &Event) -> Vec<AgencyId> {
    let mut ids: Vec<AgencyId> = event.by.map(|by| by.agency).into_iter().collect();
    match &event.fact {
        Fact::BatonPassed { from, to } => ids.extend([*from, *to]),
        Fact::Disputed { coordinator, .. } => ids.push(*coordinator),
        Fact::Allocated { custodian, .. } => ids.push(*custodian),
        Fact::Opened { sender, terms, .. } => ids.extend(std::iter::once(*sender).chain(terms.receiver)),
        Fact::Created { terms, .. } | Fact::Edited { terms, .. } | Fact::TermsSettled { terms, .. } => {
            ids.extend(terms.receiver);
        }
        other => ids.extend(other.fired().map(|(_, to, _)| to.agency)),
    }
    ids
}
