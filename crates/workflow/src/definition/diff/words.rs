//! The words of what changes that no definition says itself.

use crate::definition::{Addressee, ClockRule, Definition, Guard, Holder, Party};
use crate::vocabulary::{Code, Language, Urgency};

pub(super) fn changed<T: Copy + PartialEq>(before: &[T], after: &[T]) -> (Vec<T>, Vec<T>) {
    let without = |these: &[T], those: &[T]| these.iter().copied().filter(|one| !those.contains(one)).collect();
    (without(after, before), without(before, after))
}

pub(super) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|letter| letter.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

pub(super) fn lengths(clock: &ClockRule, language: Language) -> String {
    let none = match language {
        Language::Nb => "bare når det er avtalt",
        Language::En => "only where agreed",
    };
    let limit = clock.limit.as_ref().map(|limit| {
        let mut each: Vec<String> = Urgency::ALL
            .iter()
            .map(|urgency| limit.of(*urgency).text(language))
            .collect();
        each.dedup();
        each.join(" / ")
    });
    limit.unwrap_or_else(|| none.to_owned())
}

pub(super) fn ages(definition: &Definition, language: Language) -> String {
    let eligibility = &definition.eligibility;
    let (any, from, to) = match language {
        Language::Nb => ("alle aldre", "fra", "til og med"),
        Language::En => ("any age", "from", "up to and including"),
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(eligibility.min_age.map(|age| format!("{from} {age}")));
    parts.extend(eligibility.max_age.map(|age| format!("{to} {age}")));
    if parts.is_empty() {
        parts.push(any.to_owned());
    }
    let mut told = vec![parts.join(" ")];
    let areas: Vec<&str> = eligibility
        .municipalities
        .iter()
        .chain(&eligibility.districts)
        .map(String::as_str)
        .collect();
    if !areas.is_empty() {
        told.push(areas.join(", "));
    }
    let residence: Vec<&str> = eligibility
        .residence
        .iter()
        .map(|status| status.title(language))
        .collect();
    if !residence.is_empty() {
        told.push(residence.join(", "));
    }
    told.join("; ")
}

pub(super) const fn who(holder: Holder) -> (&'static str, &'static str) {
    match holder {
        Holder::Sender => ("avsender", "the sender"),
        Holder::Receiver => ("mottaker", "the receiver"),
        Holder::Originator => ("den som skrev den", "whoever wrote it"),
    }
}

pub(super) const fn party(party: Party) -> (&'static str, &'static str) {
    match party {
        Party::Sender => ("avsender", "the sender"),
        Party::Receiver => ("mottaker", "the receiver"),
        Party::Custodian => ("den som har stafettpinnen", "whoever has the baton"),
        Party::Either => ("avsender eller mottaker", "the sender or the receiver"),
        Party::Earlier => ("en som har deltatt før", "somebody who took part before"),
        Party::Coordinator => ("kommunens koordinator", "the municipality's coordinator"),
    }
}

pub(super) const fn addressee(to: Addressee) -> (&'static str, &'static str) {
    match to {
        Addressee::Originator => ("den som skrev den", "whoever wrote it"),
        Addressee::Sender => ("avsender", "the sender"),
        Addressee::Receiver => ("mottaker", "the receiver"),
        Addressee::NextReceiver => ("den neste mottakeren", "the next receiver"),
        Addressee::Coordinator => ("kommunens koordinator", "the municipality's coordinator"),
    }
}

pub(super) const fn demand(guard: Guard) -> (&'static str, &'static str) {
    match guard {
        Guard::ReceiverAdmitted => ("mottakeren kan ta imot slikt", "the receiver can receive such a thing"),
        Guard::BasisCovers => ("rettsgrunnlaget dekker det", "the legal basis covers it"),
        Guard::Eligible => ("den unge er i målgruppen", "the youth is in the target group"),
        Guard::PersonGiven => ("det er sagt hvem det gjelder", "it is said whom it is about"),
        Guard::ContentGiven => ("det er sagt hva som har hendt", "it is said what has happened"),
    }
}
