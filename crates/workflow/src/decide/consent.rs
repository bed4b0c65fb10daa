//! Consent: what it covers, and what follows when it is taken back. Future sharing stops, the past stays, and whoever has
//! received it is told. What was told on another legal basis is not touched.

use crate::policy::Permit;
use crate::referral::{Handoff, Referral};
use crate::refusal::{Refusal, Rule};
use crate::vocabulary::{Action, LegalBasisCode};

impl Handoff {
    /// Whether it rests on a consent that has been taken back.
    #[must_use]
    pub fn consent_withdrawn(&self) -> bool {
        self.terms.basis == Some(LegalBasisCode::Consent) && self.marks.contains_key(&Action::WithdrawConsent)
    }
}

/// Whether the consent on which the leg rests allows the action.
pub(super) fn admit(referral: &Referral, action: Action) -> Result<(), Refusal> {
    let Some(current) = referral.current_handoff() else {
        return Ok(());
    };
    if action == Action::WithdrawConsent && current.terms.basis != Some(LegalBasisCode::Consent) {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Den bygger ikke på samtykke, så det er ikke noe samtykke å trekke.",
            "It does not rest on consent, so there is no consent to withdraw.",
        ));
    }
    if action == Action::WithdrawConsent && current.consent_withdrawn() {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Det er allerede meldt at samtykket er trukket.",
            "It has been reported already that the consent was withdrawn.",
        ));
    }
    if matches!(action, Action::AnswerInfo | Action::Forward) && current.consent_withdrawn() {
        return Err(withdrawn());
    }
    Ok(())
}

/// Whether somebody may write to the other side: not the sender, once the consent is gone.
pub(super) fn admit_message(referral: &Referral, permit: &Permit) -> Result<(), Refusal> {
    match referral.current_handoff() {
        Some(current) if current.consent_withdrawn() && permit.agency() == current.sender => Err(withdrawn()),
        _ => Ok(()),
    }
}

fn withdrawn() -> Refusal {
    Refusal::new(
        Rule::ConsentWithdrawn,
        "Samtykket er trukket tilbake, så ingenting mer kan deles på det. Be om at den avsluttes, eller overlever på et annet rettsgrunnlag.",
        "The consent was withdrawn, so nothing more can be shared on it. Ask for its end, or hand it off on another legal basis.",
    )
}
