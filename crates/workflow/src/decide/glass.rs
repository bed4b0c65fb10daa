//! What a broken glass adds to the log of the referral, and who hears of it: its leads, at once. The version stays, for nothing
//! of the referral changes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::relay::{Before, Decision, NoticeIntent, Relay, Scribe};
use crate::Context;
use crate::agency::AgencyId;
use crate::definition::{Definition, Escalation};
use crate::event::{Event, Fact};
use crate::evolve::evolve;
use crate::glass::{Glass, GlassStep};
use crate::policy::Permit;
use crate::referral::Referral;
use crate::vocabulary::Notice;

/// Notes a step of a glass that somebody takes. With [`GlassStep::Asked`] and [`GlassStep::Broken`] the leads of the sender and
/// of the holder hear of it.
#[must_use]
pub fn glass_step(
    definition: &Definition,
    referral: &Referral,
    context: &Context<'_>,
    permit: Permit,
    glass: &Glass,
    step: GlassStep,
) -> Decision {
    let mut relay = Relay::annotate(definition, context, permit, referral.clone());
    relay.record(Fact::Glass { glass: glass.id, step });
    let notice = match step {
        GlassStep::Asked => Some(Notice::GlassAsked),
        GlassStep::Broken => Some(Notice::GlassBroken),
        GlassStep::Approved | GlassStep::Refused | GlassStep::Reviewed | GlassStep::Unreviewed => None,
    };
    if let Some(notice) = notice {
        for (to, because) in leads(glass) {
            relay.tell_leads(to, notice, because);
        }
    }
    relay.finish()
}

/// Notes that nobody has reviewed it in time, and tells the same leads again. `None` when the referral was never sent.
#[must_use]
pub fn glass_unreviewed(referral: &Referral, glass: &Glass, now: DateTime<Utc>, id: Uuid) -> Option<Decision> {
    let handoff = referral.current_handoff()?.id;
    let mut scribe = Scribe::new(id);
    let event = Event {
        id: scribe.id(),
        seq: referral.event_seq + 1,
        version: referral.version,
        at: now,
        by: None,
        fact: Fact::Glass {
            glass: glass.id,
            step: GlassStep::Unreviewed,
        },
    };
    let notices = leads(glass)
        .into_iter()
        .map(|(to, because)| NoticeIntent {
            to,
            notice: Notice::GlassUnreviewed,
            handoff,
            event: event.id,
            due_at: None,
            because: Some(because),
        })
        .collect();
    let before = Before {
        version: referral.version,
        event_seq: referral.event_seq,
    };
    let next = evolve(referral.clone(), &event);
    Some(Decision::of_clocks(before, next, vec![event], notices))
}

/// Whose leads hear, each agency once.
fn leads(glass: &Glass) -> Vec<(AgencyId, Escalation)> {
    let [sender, holder] = glass.owners;
    let mut leads = vec![(holder, Escalation::HolderLead)];
    if sender != holder {
        leads.push((sender, Escalation::SenderLead));
    }
    leads
}
