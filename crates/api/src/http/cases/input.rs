//! What a client says about a case.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stafett_workflow::content::Content;
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::vocabulary::{Need, Urgency};
use utoipa::ToSchema;

use crate::app::cases::add::Addition;
use crate::app::cases::change::Change;
use crate::app::cases::open::NewCaseDraft;
use crate::app::referrals::create::unknown_parent;
use crate::app::referrals::{NewDraft, parse_name};
use crate::http::extract::typed;
use crate::http::referrals::input::{InformedIn, LegalBasisIn, PersonIn, distinct};
use crate::http::schema;
use crate::problem::Problem;

/// A case as it is opened: with at least one referral, new or attached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseIn {
    /// Who coordinates: one of the caller's agencies, by slug or id.
    #[schema(example = "uteseksjonen")]
    coordinator: String,
    /// Needs beside those of the referrals.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// Referrals that exist, by id or reference.
    #[serde(default)]
    attach: Vec<String>,
    /// The youth, when no attached referral tells who it is. Each new referral keeps its own copy.
    person: Option<PersonIn>,
    /// New referrals.
    #[serde(default)]
    referrals: Vec<CaseReferralIn>,
}

/// A referral as it is written within a case: the case says whom it is about.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseReferralIn {
    /// The workflow's id; the newest version is taken.
    #[schema(example = "concern-report")]
    workflow: String,
    /// One of the caller's agencies, by slug or id; the case's coordinator, when it is opened and nothing is said.
    #[schema(example = "uteseksjonen")]
    sender: Option<String>,
    /// The receiver, by slug or id.
    #[schema(example = "barnevernvakten")]
    receiver: Option<String>,
    /// What the youth needs.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// How soon somebody must act.
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// Why the sender may tell the receiver.
    legal_basis: Option<LegalBasisIn>,
    /// Who of the family has been told.
    informed: Option<InformedIn>,
    /// What has happened.
    #[schema(max_length = 20_000)]
    summary: Option<String>,
    /// The referral that this one grew out of, by id or reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// Whether to send at once.
    #[serde(default)]
    send: bool,
}

/// A referral that exists and becomes part of the case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachIn {
    /// By id or reference.
    #[schema(example = "K7QF-2M")]
    attach: String,
}

/// A new referral, or one that exists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum AdditionIn {
    /// One that exists.
    Attach(AttachIn),
    /// A new one.
    New(Box<CaseReferralIn>),
}

/// A change of the needs that are registered on the case itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CasePatch {
    /// Those to register.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    add_needs: Vec<Need>,
    /// Those to take away.
    #[serde(default)]
    #[schema(schema_with = schema::needs)]
    remove_needs: Vec<Need>,
}

impl CaseIn {
    /// The draft that the engine takes.
    ///
    /// # Errors
    /// Every field that is wrong by itself.
    pub fn parse(self, instance: InstanceKind) -> Result<NewCaseDraft, Problem> {
        let mut faults = Vec::new();
        let person = self.person.map(|person| person.parse(instance, &mut faults));
        let mut attach = Vec::new();
        for (place, name) in self.attach.iter().enumerate() {
            match parse_name(name) {
                Some(name) => attach.push(name),
                None => faults.push(crate::app::cases::unknown_referral(format!("/attach/{place}"))),
            }
        }
        let mut referrals = Vec::new();
        for (place, referral) in self.referrals.into_iter().enumerate() {
            let at = format!("/referrals/{place}");
            referrals.extend(referral.parse(Some(&self.coordinator), &at, &mut faults));
        }
        if !faults.is_empty() {
            return Err(Refusal::of_fields(faults).into());
        }
        Ok(NewCaseDraft {
            coordinator: self.coordinator,
            needs: distinct(self.needs),
            attach,
            person,
            referrals,
        })
    }
}

impl CaseReferralIn {
    /// A draft without a person; what is wrong is told below `at`.
    fn parse(self, sender: Option<&str>, at: &str, faults: &mut Vec<FieldError>) -> Option<NewDraft> {
        let content = Content {
            needs: distinct(self.needs),
            summary: self.summary,
            informed: self.informed.map(InformedIn::into_value),
        };
        let before = faults.len();
        faults.extend(content.check().into_iter().map(|fault| below(fault, at)));
        let parent = self.parent.as_deref().map(parse_name);
        if parent == Some(None) {
            faults.push(below(unknown_parent(), at));
        }
        let sender = self.sender.or_else(|| sender.map(str::to_owned));
        if sender.is_none() {
            faults.push(FieldError::required(format!("{at}/sender")));
        }
        if faults.len() > before {
            return None;
        }
        Some(NewDraft {
            workflow: self.workflow,
            sender: sender?,
            receiver: self.receiver,
            person: None,
            content,
            urgency: self.urgency,
            basis: self.legal_basis.map(LegalBasisIn::into_value),
            parent: parent.flatten(),
            send: self.send,
        })
    }
}

fn below(mut fault: FieldError, at: &str) -> FieldError {
    fault.pointer.insert_str(0, at);
    fault
}

impl AdditionIn {
    /// Which of the two it is, the field `attach` tells; so what is wrong is told of that one.
    ///
    /// # Errors
    /// A field of another type, and every field that is wrong by itself.
    pub fn read(body: Value) -> Result<Addition, Problem> {
        if body.get("attach").is_some() {
            let AttachIn { attach } = typed(body)?;
            let name = parse_name(&attach).ok_or_else(|| {
                Problem::from(Refusal::of_fields(vec![crate::app::cases::unknown_referral(
                    "/attach".to_owned(),
                )]))
            })?;
            return Ok(Addition::Attach(name));
        }
        let referral: CaseReferralIn = typed(body)?;
        let mut faults = Vec::new();
        let draft = referral.parse(None, "", &mut faults);
        match draft {
            Some(draft) if faults.is_empty() => Ok(Addition::New(Box::new(draft))),
            _ => Err(Refusal::of_fields(faults).into()),
        }
    }
}

impl CasePatch {
    /// The change that the engine takes.
    #[must_use]
    pub fn parse(self) -> Change {
        Change::Needs {
            add: distinct(self.add_needs),
            remove: distinct(self.remove_needs),
        }
    }
}
