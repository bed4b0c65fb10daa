//! A decision about a case, as it is written down.

use super::Case;
use super::decide::{CaseCommand, CaseContext, CaseDecision, CaseNotice};
use super::event::{CaseEvent, CaseFact};
use super::evolve::{begin, evolve};
use crate::agency::{AgencyId, CaseId, TextId};
use crate::decide::{Before, Scribe, by};
use crate::definition::TEXT_MAX;
use crate::person::check_text;
use crate::policy::Permit;
use crate::refusal::{FieldError, Refusal};
use crate::vocabulary::Notice;

/// A decision in the making: each event is applied as it is recorded.
pub(super) struct File<'a> {
    context: &'a CaseContext<'a>,
    permit: Permit,
    before: Option<Before>,
    version: u32,
    pub(super) case: Case,
    pub(super) events: Vec<CaseEvent>,
    notices: Vec<CaseNotice>,
    scribe: Scribe,
}

impl<'a> File<'a> {
    pub(super) fn begin(
        id: CaseId,
        fact: CaseFact,
        permit: Permit,
        context: &'a CaseContext<'a>,
    ) -> Result<Self, Refusal> {
        let mut scribe = Scribe::new(context.id);
        let event = CaseEvent {
            id: scribe.id(),
            seq: 1,
            version: 1,
            at: context.now,
            by: by(permit),
            fact,
        };
        let case = begin(id, &event).ok_or_else(Refusal::not_found)?;
        Ok(Self {
            context,
            permit,
            before: None,
            version: 1,
            case,
            events: vec![event],
            notices: Vec::new(),
            scribe,
        })
    }

    pub(super) fn resume(case: &Case, permit: Permit, context: &'a CaseContext<'a>) -> Self {
        Self {
            context,
            permit,
            before: Some(Before {
                version: case.version,
                event_seq: case.event_seq,
            }),
            version: case.version + 1,
            case: case.clone(),
            events: Vec::new(),
            notices: Vec::new(),
            scribe: Scribe::new(context.id),
        }
    }

    pub(super) fn record(&mut self, fact: CaseFact) {
        let event = CaseEvent {
            id: self.scribe.id(),
            seq: self.case.event_seq + 1,
            version: self.version,
            at: self.context.now,
            by: by(self.permit),
            fact,
        };
        self.case = evolve(self.case.clone(), &event);
        self.events.push(event);
    }

    /// Each agency hears once, and nobody hears of what they did themselves.
    pub(super) fn tell(&mut self, to: AgencyId, notice: Notice) {
        if to == self.permit.agency() || self.notices.iter().any(|told| told.to == to) {
            return;
        }
        if let Some(event) = self.events.last().map(|event| event.id) {
            self.notices.push(CaseNotice { to, notice, event });
        }
    }

    pub(super) fn write_reason(&mut self, pointer: &str, reason: &str) -> Result<TextId, Refusal> {
        match check_text(pointer, reason, TEXT_MAX) {
            Some(fault) => Err(Refusal::of_fields(vec![fault])),
            None => Ok(self.scribe.write("case-reason", reason)),
        }
    }

    pub(super) fn reason(&mut self, command: &CaseCommand) -> Result<TextId, Refusal> {
        self.optional_reason(command)?
            .ok_or_else(|| Refusal::of_fields(vec![FieldError::required("/input/reason")]))
    }

    pub(super) fn optional_reason(&mut self, command: &CaseCommand) -> Result<Option<TextId>, Refusal> {
        command
            .reason
            .as_deref()
            .map(|reason| self.write_reason("/input/reason", reason))
            .transpose()
    }

    pub(super) fn finish(self) -> CaseDecision {
        CaseDecision {
            before: self.before,
            next: self.case,
            events: self.events,
            notices: self.notices,
            texts: self.scribe.into_texts(),
            permit: self.permit,
        }
    }
}
