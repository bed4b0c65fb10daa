//! What a table must keep so that it sends nobody astray.
//!
//! Each finding is one sentence about what would go wrong, not about the file's grammar. Whether everybody gets an answer
//! depends on the directory as well; that is [`super::totality`]'s.

use std::collections::BTreeSet;

use super::PlaceKind;
use super::table::{Conditions, Decision, Hit, ReceiverRule, Rule, Table, Way, among};
use crate::definition::{Definition, Library};
use crate::law::Validity;
use crate::person::AreaNumber;
use crate::vocabulary::{AgeBand, AgencyKind, Code, LegalBasisCode, Need, ResidenceStatus, Urgency};

/// One thing that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The name to point at in the file.
    pub(super) near: String,
    /// Whether it is a rule's: other things may have the same name.
    pub(super) of_rule: bool,
    /// The story.
    pub(super) message: String,
}

/// Everything that is wrong, the most basic first.
pub(super) fn findings(table: &Table, library: &Library) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    findings.names(table);
    findings.places(table);
    for rule in rules(table) {
        findings.conditions(rule);
        findings.law(table, rule, library);
    }
    if findings.0.is_empty() {
        // The rest would only repeat it.
        for decision in &table.decisions {
            findings.unreachable(table, decision);
        }
        findings.contradictions(table);
    }
    findings.0
}

fn rules(table: &Table) -> impl Iterator<Item = &Rule> {
    table.decisions.iter().flat_map(|decision| &decision.rules)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, near: &str, message: String) {
        self.0.push(Finding {
            near: near.to_owned(),
            of_rule: false,
            message,
        });
    }

    fn rule(&mut self, rule: &Rule, message: String) {
        self.0.push(Finding {
            near: rule.id.clone(),
            of_rule: true,
            message,
        });
    }

    fn names(&mut self, table: &Table) {
        let kebab = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if !kebab(&table.id) || table.version == 0 {
            self.add(&table.id, "the id must be kebab-case and the version at least 1".into());
        }
        let lists: [Vec<&String>; 5] = [
            table.receivers.iter().map(|one| &one.id).collect(),
            table.warnings.iter().map(|one| &one.id).collect(),
            table.together.iter().map(|one| &one.id).collect(),
            table.decisions.iter().map(|one| &one.id).collect(),
            rules(table).map(|one| &one.id).collect(),
        ];
        for ids in lists {
            let mut seen = BTreeSet::new();
            for id in ids {
                if !kebab(id) || !seen.insert(id) {
                    self.add(id, format!("the name {id:?} must be kebab-case and stand once only"));
                }
            }
        }
        for receiver in &table.receivers {
            if receiver.kinds.is_empty() {
                self.add(
                    &receiver.id,
                    format!("{:?} means nobody: name kinds of agencies", receiver.id),
                );
            }
        }
    }

    fn places(&mut self, table: &Table) {
        if table.municipality.len() != 4 || AreaNumber::parse(&table.municipality).is_none() {
            self.add(
                &table.municipality,
                "the municipality must be a number of four digits".into(),
            );
        }
        let areas = table.districts.iter().map(|district| &district.code);
        let mut seen = BTreeSet::new();
        for area in areas.chain(table.assigned.iter().map(|assigned| &assigned.district)) {
            let fits = area.len() == 6 && AreaNumber::parse(area).is_some() && area.starts_with(&table.municipality);
            if !fits || !seen.insert(area) {
                self.add(
                    area,
                    format!("{area:?} must be six digits that begin with the municipality's, and stand once only"),
                );
            }
        }
        for assigned in &table.assigned {
            if !table
                .districts
                .iter()
                .any(|district| district.code == assigned.served_by)
            {
                let (area, by) = (&assigned.district, &assigned.served_by);
                self.add(
                    by,
                    format!("{by:?} is no district of this table, so nobody would serve {area}"),
                );
            }
        }
        let otherwise = table.assigned.iter().filter(|assigned| assigned.otherwise).count();
        if !table.districts.is_empty() && otherwise != 1 {
            self.add(
                "assigned",
                "exactly one of the assigned areas must say otherwise = true, or somebody without a known district would have no district"
                    .into(),
            );
        }
    }

    fn conditions(&mut self, rule: &Rule) {
        let when = &rule.when;
        let empty = [
            ("ages", when.ages.as_ref().is_some_and(Vec::is_empty)),
            ("needs", when.needs.as_ref().is_some_and(Vec::is_empty)),
            ("places", when.places.as_ref().is_some_and(Vec::is_empty)),
            ("residence", when.residence.as_ref().is_some_and(Vec::is_empty)),
            ("urgencies", when.urgencies.as_ref().is_some_and(Vec::is_empty)),
            ("senders", when.senders.as_ref().is_some_and(Vec::is_empty)),
        ];
        for (name, _) in empty.into_iter().filter(|(_, empty)| *empty) {
            let id = &rule.id;
            self.rule(
                rule,
                format!("the rule {id:?} could never apply: {name} names nothing; leave it out to admit all"),
            );
        }
        if when.open.is_some() && when.open == when.closed {
            let id = &rule.id;
            self.rule(
                rule,
                format!("the rule {id:?} could never apply: nobody is open and closed at once"),
            );
        }
    }

    /// What the law and the workflow say of a rule.
    fn law(&mut self, table: &Table, rule: &Rule, library: &Library) {
        let Some(receiver) = table.receiver(&rule.receiver) else {
            return;
        };
        let id = &rule.id;
        let Way::Refer(workflow) = &rule.way else {
            if !rule.legal_bases.is_empty() {
                self.rule(
                    rule,
                    format!("the rule {id:?} sends nothing, so it needs no legal basis"),
                );
            }
            return;
        };
        if receiver.kinds.contains(&AgencyKind::UserOrganisation) {
            self.rule(
                rule,
                format!(
                    "the rule {id:?} would send personal data to a user organisation; it can only be contact = true"
                ),
            );
        }
        let Some(definition) = library.newest(workflow) else {
            let known: BTreeSet<&str> = library.iter().map(|definition| definition.key.id.as_str()).collect();
            let known: Vec<&str> = known.into_iter().collect();
            return self.rule(
                rule,
                format!("there is no workflow {workflow:?}; there is: {}", known.join(", ")),
            );
        };
        self.workflow(rule, receiver, definition);
        self.bases(rule, receiver, definition);
    }

    fn workflow(&mut self, rule: &Rule, receiver: &ReceiverRule, definition: &Definition) {
        let (id, workflow) = (&rule.id, &definition.key.id);
        if let Some(kind) = receiver.kinds.iter().find(|kind| !definition.receivers.contains(kind)) {
            self.rule(
                rule,
                format!("the rule {id:?} would be refused: nothing can be sent to {kind} on {workflow}"),
            );
        }
        let senders = senders().filter(|kind| among(rule.when.senders.as_ref(), kind));
        for kind in senders.filter(|kind| !definition.senders.contains(kind)) {
            self.rule(
                rule,
                format!("the rule {id:?} would be refused: {kind} cannot send on {workflow}; name senders that can"),
            );
        }
        let eligible = |band: &AgeBand| ages_of(*band).any(|age| definition.eligibility.admits(&age));
        let bands = AgeBand::ALL.iter().filter(|band| among(rule.when.ages.as_ref(), band));
        for band in bands.filter(|band| !eligible(band)) {
            self.rule(
                rule,
                format!("the rule {id:?} would be refused: {workflow} is not for the ages {band}"),
            );
        }
    }

    fn bases(&mut self, rule: &Rule, receiver: &ReceiverRule, definition: &Definition) {
        let (id, workflow) = (&rule.id, &definition.key.id);
        if rule.legal_bases.is_empty() {
            self.rule(
                rule,
                format!("the rule {id:?} would tell somebody without a legal basis; name at least one"),
            );
        }
        for basis in rule
            .legal_bases
            .iter()
            .filter(|basis| !definition.legal_bases.contains(basis))
        {
            self.rule(
                rule,
                format!("the rule {id:?} would be refused: {workflow} does not admit {basis}"),
            );
        }
        if !rule.legal_bases.contains(&LegalBasisCode::DutyToReport) {
            return;
        }
        if receiver.kinds.iter().any(|kind| *kind != AgencyKind::ChildWelfare) {
            self.rule(
                rule,
                format!(
                    "the rule {id:?} rests on the duty to report, which applies towards child welfare only (bvl § 13-2)"
                ),
            );
        }
        let bands = AgeBand::ALL.iter().filter(|band| among(rule.when.ages.as_ref(), band));
        if let Some(band) = bands.into_iter().find(|band| !band.may_be_child()) {
            self.rule(rule, format!("the rule {id:?} rests on the duty to report, which covers children under 18, not the ages {band} (bvl § 13-2)"));
        }
    }

    /// A rule that earlier ones with the same receiver cover wholly can never be the first to hit.
    fn unreachable(&mut self, table: &Table, decision: &Decision) {
        if decision.hit == Hit::Collect {
            return;
        }
        for (at, rule) in decision.rules.iter().enumerate() {
            let earlier: Vec<&Rule> = decision
                .rules
                .iter()
                .take(at)
                .filter(|earlier| earlier.receiver == rule.receiver && earlier.when.open == rule.when.open)
                .filter(|earlier| earlier.when.closed.is_none() || earlier.when.closed == rule.when.closed)
                .filter(|earlier| outlasts(table, earlier, rule))
                .collect();
            if !earlier.is_empty() && !rule_is_seen(rule, &earlier) {
                let id = &rule.id;
                let by: Vec<&str> = earlier.iter().map(|rule| rule.id.as_str()).collect();
                self.rule(
                    rule,
                    format!(
                        "the rule {id:?} can never be reached: {} take all that it is for",
                        by.join(", ")
                    ),
                );
            }
        }
    }

    /// Two rules that say different things about the same receiver in the same situation.
    fn contradictions(&mut self, table: &Table) {
        let rules: Vec<(&Decision, &Rule)> = table
            .decisions
            .iter()
            .filter(|decision| !decision.otherwise)
            .flat_map(|decision| decision.rules.iter().map(move |rule| (decision, rule)))
            .collect();
        for (at, (decision, rule)) in rules.iter().enumerate() {
            for (other_decision, other) in rules.iter().skip(at + 1) {
                // Where the first rule decides, the second is not heard.
                let ranked = decision.id == other_decision.id && decision.hit == Hit::First;
                if ranked || rule.receiver != other.receiver || !overlap(&rule.when, &other.when) {
                    continue;
                }
                let (one, two) = (&rule.id, &other.id);
                if rule.way != other.way {
                    self.rule(other, format!("the rules {one:?} and {two:?} contradict each other: they send the same situation to the same receiver in two ways"));
                } else if rule.legal_bases.first() != other.legal_bases.first() {
                    self.rule(other, format!("the rules {one:?} and {two:?} contradict each other: they name different best legal bases for the same situation"));
                }
            }
        }
    }
}

/// Whether a rule holds on all days on which a later one does. One that rests on nothing holds always.
fn outlasts(table: &Table, earlier: &Rule, later: &Rule) -> bool {
    let from = |rule: &Rule| periods(table, rule).filter_map(|period| period.from).max();
    let to = |rule: &Rule| periods(table, rule).filter_map(|period| period.to).min();
    let in_time = from(later).is_none_or(|later| from(earlier).is_none_or(|earlier| earlier <= later));
    in_time && to(earlier).is_none_or(|earlier| to(later).is_some_and(|later| later <= earlier))
}

/// From and until when there is something at each reference, whatever its wording.
fn periods<'t>(table: &'t Table, rule: &'t Rule) -> impl Iterator<Item = Validity> {
    rule.references.iter().map(|legal_ref| {
        let wordings = || table.cited(legal_ref).map(|wording| wording.validity);
        let open_start = wordings().any(|period| period.from.is_none());
        let open_end = wordings().any(|period| period.to.is_none());
        Validity {
            from: wordings()
                .filter_map(|period| period.from)
                .min()
                .filter(|_| !open_start),
            to: wordings().filter_map(|period| period.to).max().filter(|_| !open_end),
        }
    })
}

/// Who asks at all: whoever may receive nothing may send nothing either.
pub(super) fn senders() -> impl Iterator<Item = &'static AgencyKind> {
    AgencyKind::ALL
        .iter()
        .filter(|kind| **kind != AgencyKind::UserOrganisation)
}

/// Each age of a band.
fn ages_of(band: AgeBand) -> impl Iterator<Item = crate::person::Subject> {
    (0..=120)
        .map(Some)
        .chain([None])
        .filter(move |age| AgeBand::of(*age) == band)
        .map(|age| crate::person::Subject {
            present: true,
            age,
            ..crate::person::Subject::default()
        })
}

/// Whether there is a situation in which none of the earlier rules applies.
fn rule_is_seen(rule: &Rule, earlier: &[&Rule]) -> bool {
    let when = &rule.when;
    all(AgeBand::ALL, when.ages.as_ref()).any(|age| {
        all(Need::ALL, when.needs.as_ref()).any(|need| {
            all(&PlaceKind::ALL, when.places.as_ref()).any(|place| {
                let left: Vec<&Conditions> = earlier
                    .iter()
                    .map(|earlier| &earlier.when)
                    .filter(|when| among(when.ages.as_ref(), age) && among(when.needs.as_ref(), need))
                    .filter(|when| among(when.places.as_ref(), place))
                    .collect();
                all(ResidenceStatus::ALL, when.residence.as_ref()).any(|residence| {
                    all(Urgency::ALL, when.urgencies.as_ref()).any(|urgency| {
                        senders()
                            .filter(|kind| among(when.senders.as_ref(), kind))
                            .any(|sender| {
                                !left.iter().any(|when| {
                                    among(when.residence.as_ref(), residence)
                                        && among(when.urgencies.as_ref(), urgency)
                                        && among(when.senders.as_ref(), sender)
                                })
                            })
                    })
                })
            })
        })
    })
}

fn all<'a, T: PartialEq>(every: &'a [T], list: Option<&'a Vec<T>>) -> impl Iterator<Item = &'a T> {
    every.iter().filter(move |value| among(list, value))
}

/// Whether some situation fits both.
fn overlap(one: &Conditions, other: &Conditions) -> bool {
    fn meet<T: PartialEq>(one: Option<&Vec<T>>, other: Option<&Vec<T>>) -> bool {
        one.is_none_or(|list| list.iter().any(|value| among(other, value)))
    }
    let hours = |open: &Option<String>, closed: &Option<String>| open.is_none() || open != closed;
    meet(one.ages.as_ref(), other.ages.as_ref())
        && meet(one.needs.as_ref(), other.needs.as_ref())
        && meet(one.places.as_ref(), other.places.as_ref())
        && meet(one.residence.as_ref(), other.residence.as_ref())
        && meet(one.urgencies.as_ref(), other.urgencies.as_ref())
        && meet(one.senders.as_ref(), other.senders.as_ref())
        && hours(&one.open, &other.closed)
        && hours(&other.open, &one.closed)
}
