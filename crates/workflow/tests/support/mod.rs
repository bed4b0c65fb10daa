//! A small world for the relay: agencies of several kinds, one person in each, and a steady supply of ids.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "each test uses its part"
)]

use chrono::{DateTime, Duration, TimeZone, Utc};
use serde_json::{Map, Value, json};
use stafett_workflow::agency::{Agencies, AgencyFacts, AgencyId, AgreementId, ReferralId, UserId};
use stafett_workflow::agreement::{Agreement, Status, Word};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::command::{Colleague, DraftTerms, LegalBasis};
use stafett_workflow::content::{InformedOutline, Outline};
use stafett_workflow::decide::{Firing, fire};
use stafett_workflow::definition::{Definition, builtin};
use stafett_workflow::disclosure;
use stafett_workflow::event::Event;
use stafett_workflow::law::Validity;
use stafett_workflow::person::Subject;
use stafett_workflow::policy::{Actor, Membership};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{Action, AgencyKind, Language, LegalBasisCode, Role, Urgency};
use stafett_workflow::{Command, Context, Decision, NewReferral, Referral, Refusal, create, decide};
use std::sync::Arc;
use uuid::Uuid;

pub struct World {
    pub definition: Arc<Definition>,
    pub agencies: Agencies,
    pub slugs: Vec<(&'static str, AgencyId)>,
    pub now: DateTime<Utc>,
    pub subject: Subject,
    pub outline: Outline,
    pub calendar: Calendar,
    /// Who writes the referrals.
    pub sender: &'static str,
    pub history: Vec<Event>,
    pub agreements: Vec<Agreement>,
    /// The municipality that clocks may call.
    pub coordinator: Option<&'static str>,
    counter: u128,
}

pub const SLUGS: [(&str, AgencyKind); 12] = [
    ("uteseksjonen", AgencyKind::Outreach),
    ("barnevernvakten", AgencyKind::ChildWelfare),
    ("barnevern-sagene", AgencyKind::ChildWelfare),
    ("bydel-sagene", AgencyKind::District),
    ("bup-oslo", AgencyKind::SpecialistHealth),
    ("en-forening", AgencyKind::Ngo),
    ("brukerforeningen", AgencyKind::UserOrganisation),
    ("oslo-kommune", AgencyKind::Municipality),
    ("tsb-oslo", AgencyKind::SpecialistHealth),
    ("et-mottak", AgencyKind::ReceptionCentre),
    ("oslo-politidistrikt", AgencyKind::Police),
    ("udi", AgencyKind::Immigration),
];

impl World {
    pub fn new(workflow: &str) -> Self {
        let definition = builtin().unwrap().newest(workflow).unwrap().clone();
        let slugs: Vec<_> = SLUGS
            .iter()
            .enumerate()
            .map(|(i, (slug, _))| (*slug, AgencyId(Uuid::from_u128(100 + i as u128))))
            .collect();
        let facts = SLUGS
            .iter()
            .zip(&slugs)
            .map(|((slug, kind), (_, id))| AgencyFacts {
                id: *id,
                slug: (*slug).to_owned(),
                kind: *kind,
                public_tasks: false,
                active: true,
                hours: None,
            })
            .collect();
        Self {
            definition,
            agencies: Agencies::new(facts),
            slugs,
            now: Utc.with_ymd_and_hms(2026, 11, 24, 9, 0, 0).unwrap(),
            subject: Subject {
                present: true,
                age: Some(16),
                ..Subject::default()
            },
            outline: Outline {
                needs: true,
                summary: true,
                informed: Some(InformedOutline {
                    youth: true,
                    guardians: false,
                    reason: true,
                }),
            },
            calendar: Calendar::default(),
            sender: match workflow {
                "specialist-referral" => "bydel-sagene",
                "notification" => "et-mottak",
                _ => "uteseksjonen",
            },
            history: Vec::new(),
            agreements: Vec::new(),
            coordinator: Some("oslo-kommune"),
            counter: 1 << 80,
        }
    }

    pub fn id(&self, slug: &str) -> AgencyId {
        self.slugs.iter().find(|(name, _)| *name == slug).unwrap().1
    }

    pub fn slug(&self, id: AgencyId) -> &'static str {
        self.slugs.iter().find(|(_, agency)| *agency == id).unwrap().0
    }

    pub fn actor(&self, slug: &str) -> Actor {
        self.actor_as(
            slug,
            if slug == "oslo-kommune" {
                Role::Coordinator
            } else {
                Role::Worker
            },
        )
    }

    pub fn actor_as(&self, slug: &str, role: Role) -> Actor {
        let agency = self.id(slug);
        Actor {
            user: UserId(Uuid::from_u128(agency.0.as_u128() + 1000)),
            language: Language::Nb,
            memberships: vec![Membership {
                agency: Some(agency),
                role,
            }],
        }
    }

    fn fresh(&mut self) -> Uuid {
        self.counter += 1 << 16;
        Uuid::from_u128(self.counter)
    }

    pub fn with_context<T>(&mut self, actor: &Actor, then: impl FnOnce(&Definition, &Context<'_>) -> T) -> T {
        let id = self.fresh();
        let colleague = Colleague {
            user: actor.user,
            agencies: actor.agencies(),
        };
        let disclosure = disclosure::builtin().unwrap();
        let context = Context {
            now: self.now,
            id,
            actor,
            subject: self.subject,
            outline: self.outline,
            disclosure: &disclosure,
            agencies: &self.agencies,
            colleague: Some(&colleague),
            coordinator: Some(self.id("oslo-kommune")),
            history: &self.history,
            agreements: &self.agreements,
            calendar: &self.calendar,
        };
        then(&self.definition, &context)
    }

    pub fn basis(&self) -> LegalBasis {
        let code = match self.definition.key.id.as_str() {
            "concern-report" => LegalBasisCode::DutyToReport,
            "advice-request" => LegalBasisCode::AnonymousConsultation,
            _ => LegalBasisCode::RightToDisclose,
        };
        LegalBasis {
            code,
            reason: "Akutt bekymring".into(),
            consent: None,
        }
    }

    pub fn new_referral(&mut self, receiver: &str, send: bool) -> NewReferral {
        let id = self.fresh();
        NewReferral {
            id: ReferralId(id),
            reference: Reference::from_random(id.as_u128() as u64 >> 16),
            sender: self.sender.into(),
            draft: DraftTerms {
                urgency: Urgency::Routine,
                receiver: Some(receiver.into()),
                basis: Some(self.basis()),
            },
            send,
        }
    }

    pub fn create(&mut self, new: &NewReferral) -> Result<Decision, Refusal> {
        let actor = self.actor(self.sender);
        self.with_context(&actor, |definition, context| create(definition, new, context))
    }

    pub fn act(&mut self, referral: &Referral, slug: &str, action: Action, input: Value) -> Result<Decision, Refusal> {
        let actor = self.actor(slug);
        let command = Command {
            action,
            input: object(input),
            note: None,
        };
        self.with_context(&actor, |definition, context| {
            decide(definition, referral, &command, context)
        })
    }

    /// What the clocks of a referral do now.
    pub fn fire(&mut self, referral: &Referral) -> Option<Decision> {
        let firing = Firing {
            now: self.now,
            id: self.fresh(),
            coordinator: self.coordinator.map(|slug| self.id(slug)),
            calendar: &self.calendar,
        };
        fire(&self.definition, referral, &firing)
    }

    /// The sender and `receiver` have agreed on these limits, from now on.
    pub fn agree(&mut self, receiver: &str, limits: Value) -> AgreementId {
        let id = AgreementId(self.fresh());
        let (sender, receiver) = (self.id(self.sender), self.id(receiver));
        let word = |agency: AgencyId| Word {
            user: UserId(Uuid::from_u128(agency.0.as_u128() + 1000)),
            agency,
            at: self.now,
        };
        let agreement = Agreement {
            id,
            number: u32::try_from(self.agreements.len()).unwrap() + 1,
            revision: 2,
            sender,
            receiver,
            reference: "2026/418".into(),
            limits: serde_json::from_value(limits).unwrap(),
            validity: Validity {
                from: "2026-11-24".parse().ok(),
                to: None,
            },
            status: Status::Approved,
            proposed: word(sender),
            answered: Some(word(receiver)),
            ended: None,
        };
        self.agreements.push(agreement);
        id
    }

    /// An agency is open in these hours.
    pub fn open(&mut self, slug: &str, hours: Value) {
        let ids: Vec<_> = self.agencies.ids().collect();
        let facts = ids.iter().map(|id| {
            let mut facts = self.agencies.by_id(*id).unwrap().clone();
            if facts.slug == slug {
                facts.hours = serde_json::from_value(hours.clone()).unwrap();
            }
            facts
        });
        self.agencies = Agencies::new(facts.collect());
    }

    pub fn later(&mut self, by: Duration) {
        self.now += by;
    }

    pub fn slug_of(&self, user: UserId) -> &'static str {
        self.slug(AgencyId(Uuid::from_u128(user.0.as_u128() - 1000)))
    }

    /// A sufficient input for each action.
    pub fn input_for(&self, action: Action, other_receiver: &str) -> Value {
        let basis = serde_json::to_value(self.basis()).unwrap();
        match action {
            Action::Send
            | Action::Acknowledge
            | Action::Accept
            | Action::Start
            | Action::Resume
            | Action::AcceptReturn
            | Action::Undo => json!({}),
            Action::RequestInfo | Action::AnswerInfo | Action::GiveFeedback | Action::ReportFound => {
                json!({ "text": "Hvor er hun nå?" })
            }
            Action::Decline => json!({ "code": "outside-district", "reason": "Bor på Sagene" }),
            Action::ReturnWithAdvice => json!({ "advice": "Ring BUP" }),
            Action::Forward => json!({ "receiver": other_receiver, "reason": "Hører til dere" }),
            Action::Withdraw
            | Action::Revoke
            | Action::EndEarly
            | Action::Hold
            | Action::RequestReturn
            | Action::RefuseReturn
            | Action::RequestWithdrawal
            | Action::RequestTakeover
            | Action::Dispute
            | Action::MarkError
            | Action::WithdrawConsent
            | Action::Reopen => json!({ "reason": "Ikke lenger aktuelt" }),
            Action::Dismiss => json!({ "code": "other-agency", "reason": "Følges opp av bydelen" }),
            Action::Conclude => json!({ "code": "voluntary-measures", "text": "Familien får hjelp" }),
            Action::Complete if self.definition.key.id == "advice-request" => json!({ "advice": "Ring BUP" }),
            Action::Complete => json!({ "outcome": "service-delivered" }),
            Action::Assign => json!({ "person": "me" }),
            Action::HandOff => json!({ "receiver": other_receiver, "legalBasis": basis }),
            Action::Allocate => json!({ "custodian": other_receiver, "reason": "Oppholder seg der" }),
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A referral with its whole log.
#[derive(Debug, Clone)]
pub struct Logged {
    pub referral: Referral,
    pub log: Vec<Event>,
}

impl Logged {
    pub fn new(decision: &Decision) -> Self {
        Self {
            referral: decision.next().clone(),
            log: decision.events().to_vec(),
        }
    }

    /// What this person may do here, with the log at hand so that they may undo.
    pub fn act(&self, world: &mut World, slug: &str, action: Action, input: Value) -> Result<Decision, Refusal> {
        world.history.clone_from(&self.log);
        world.act(&self.referral, slug, action, input)
    }

    pub fn then(&self, decision: &Decision) -> Self {
        let mut log = self.log.clone();
        log.extend_from_slice(decision.events());
        Self {
            referral: decision.next().clone(),
            log,
        }
    }
}
