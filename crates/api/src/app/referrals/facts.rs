//! What a decision must know besides the referral: loaded here, so that the engine itself loads nothing.

use serde_json::Value;
use stafett_store::agencies::{self, AgencyQuery};
use stafett_store::looks::Unseen;
use stafett_store::referrals::Record;
use stafett_store::{Handle, StoreError, Tx, agreements, events, users};
use stafett_workflow::agency::{Agencies, AgencyId};
use stafett_workflow::agreement::Agreement;
use stafett_workflow::command::Colleague;
use stafett_workflow::content::Outline;
use stafett_workflow::event::Event;
use stafett_workflow::person::Subject;
use stafett_workflow::policy::Actor;
use stafett_workflow::vocabulary::{Action, AgencyKind};
use stafett_workflow::{Command, Context};
use uuid::Uuid;

use crate::app::engine::Engine;

/// The facts of one decision.
#[derive(Debug, Default)]
pub struct Facts {
    /// What the rules must know of the youth.
    pub subject: Subject,
    /// What is said of the situation.
    pub outline: Outline,
    /// The parties and whatever agency the input names.
    pub agencies: Agencies,
    /// What these have agreed between them.
    pub agreements: Vec<Agreement>,
    /// The person whom the input names.
    pub colleague: Option<Colleague>,
    /// The municipality that decides when the services disagree.
    pub coordinator: Option<AgencyId>,
    /// The log, when it is to be undone.
    pub history: Vec<Event>,
}

impl Facts {
    /// What a stored referral says by itself.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            subject: record.subject(),
            outline: record.content(Unseen::Decide).outline(),
            ..Self::default()
        }
    }

    /// The same with what `command` is about.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn for_command(tx: &Tx, record: &Record, command: &Command) -> Result<Self, StoreError> {
        let referral = record.referral();
        let text = |field: &&str| command.input.get(*field).and_then(Value::as_str);
        let named: Vec<&str> = ["receiver", "custodian"].iter().filter_map(text).collect();
        let mut parties = referral.parties();
        parties.extend(referral.current_handoff().and_then(|draft| draft.terms.receiver));
        // Whoever says `me` needs no looking up.
        let person = ["assignee", "person"]
            .iter()
            .find_map(text)
            .filter(|name| *name != "me");
        let agencies = agencies::hold(tx, &parties, &named).await?;
        Ok(Self {
            agreements: agreements::approved_among(tx, agencies.ids()).await?,
            agencies,
            colleague: match person {
                Some(name) => users::colleague(tx, name).await?,
                None => None,
            },
            coordinator: match command.action {
                Action::Dispute => held_coordinator(tx, record).await?,
                _ => None,
            },
            history: match command.action {
                Action::Undo => events::log(tx, record).await?,
                _ => Vec::new(),
            },
            ..Self::of(record)
        })
    }

    /// The context of a decision that `actor` asks for now.
    #[must_use]
    pub fn context<'a>(&'a self, engine: &'a Engine, actor: &'a Actor) -> Context<'a> {
        Context {
            now: engine.now(),
            id: Uuid::now_v7(),
            actor,
            subject: self.subject,
            outline: self.outline,
            disclosure: &engine.disclosure,
            agencies: &self.agencies,
            colleague: self.colleague.as_ref(),
            coordinator: self.coordinator,
            history: &self.history,
            agreements: &self.agreements,
            calendar: &engine.calendar,
        }
    }
}

/// The coordinator of a decision, who stays one until it is stored.
async fn held_coordinator(tx: &Tx, record: &Record) -> Result<Option<AgencyId>, StoreError> {
    let Some(found) = coordinator(tx, record).await? else {
        return Ok(None);
    };
    let held = agencies::hold(tx, &[found], &[]).await?;
    Ok(held.by_id(found).filter(|facts| facts.active).map(|facts| facts.id))
}

/// The municipality where the youth is staying (bvl § 15-4), else the one where the referral was written. `None` also when two
/// agencies say that they are this municipality: it is not for chance to choose who may read the referral.
///
/// # Errors
/// When the database does not answer.
pub async fn coordinator(on: &impl Handle, record: &Record) -> Result<Option<AgencyId>, StoreError> {
    let staying = record
        .person(Unseen::Decide)
        .and_then(|person| person.whereabouts.as_ref())
        .map(|place| place.municipality.clone());
    let written = agencies::find(on, &record.referral().originator.to_string())
        .await?
        .and_then(|agency| agency.municipality);
    for municipality in [staying, written].into_iter().flatten() {
        let query = AgencyQuery {
            kind: Some(AgencyKind::Municipality),
            municipality: Some(municipality),
            active: Some(true),
            limit: 2,
            ..AgencyQuery::default()
        };
        match agencies::list(on, &query).await?.items.as_slice() {
            [] => {}
            [one] => return Ok(Some(one.id)),
            [..] => return Ok(None),
        }
    }
    Ok(None)
}
