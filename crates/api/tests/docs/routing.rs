//! `reference/routing.md`: the table that ships, written out.

use stafett_workflow::definition::builtin as workflows;
use stafett_workflow::routing::table::{Conditions, Decision, Reach, Rule, Table, Way};
use stafett_workflow::routing::{PlaceKind, builtin, builtin_source};

use crate::page::{code, first_column, keep, read, table};

const PAGE: &str = "docs/reference/routing.md";

fn oslo() -> Table {
    builtin(&workflows().unwrap()).unwrap()
}

#[test]
fn the_page_of_routing_is_the_table() {
    let oslo = oslo();
    let decisions: String = oslo.decisions.iter().map(decision).collect();
    let receivers = oslo.receivers.iter().map(|receiver| {
        let mut which = vec![format!("{}, {}", code(&receiver.kinds), receiver.reach.as_str())];
        which.extend(receiver.round_the_clock.then(|| "open round the clock".to_owned()));
        which.extend(receiver.offering.then(|| "offering what is needed".to_owned()));
        [
            format!("`{}`<br>{}<br>{}", receiver.id, receiver.title.nb, receiver.title.en),
            which.join("; "),
            receiver
                .missing
                .as_ref()
                .map(|missing| missing.en.clone())
                .unwrap_or_default(),
        ]
    });
    let references = oslo.references.iter().map(|reference| {
        [
            reference.legal_ref.clone(),
            reference.text.en.clone(),
            reference
                .validity
                .from
                .map(|first| first.to_string())
                .unwrap_or_default(),
            reference.validity.to.map(|last| last.to_string()).unwrap_or_default(),
        ]
    });
    let assigned = oslo.assigned.iter().map(|assigned| {
        [
            format!("`{}` {}", assigned.district, assigned.name.nb),
            format!("`{}`", assigned.served_by),
        ]
    });
    let warnings = oslo.warnings.iter().map(|warning| {
        [
            format!("`{}`", warning.id),
            warning.text.nb.clone(),
            warning.text.en.clone(),
        ]
    });
    let parts = [
        ("decisions", decisions),
        (
            "receivers",
            table(["Receiver", "Who that is", "When the directory has none"], receivers),
        ),
        (
            "references",
            table(["Reference", "What it says", "From", "To"], references),
        ),
        ("assigned", table(["Area", "Served by"], assigned)),
        ("warnings", table(["Code", "Norsk", "English"], warnings)),
    ];
    keep(PAGE, &parts);
}

#[test]
fn the_page_of_routing_has_every_key_and_word_and_no_other() {
    let page = read(PAGE);
    let library = workflows().unwrap();
    for (heading, before) in [
        ("### The file", ""),
        ("### Rules", "[[decisions.rules]]\n"),
        ("### Decisions", "[[decisions]]\n"),
        ("### Receivers", "[[receivers]]\n"),
    ] {
        let broken = match before {
            "" => format!("no_such_key = 1\n{}", builtin_source()),
            before => builtin_source().replacen(before, &format!("{before}no_such_key = 1\n"), 1),
        };
        let error = Table::parse("page", &broken, &library).unwrap_err().remove(0).message;
        let (_, known) = error
            .split_once("expected one of ")
            .unwrap_or_else(|| panic!("{heading}: {error}"));
        let mut known: Vec<String> = known.split(", ").map(|key| key.trim_matches('`').to_owned()).collect();
        let mut told = first_column(&page, heading);
        known.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, known, "{heading}");
    }
    let conditions = [
        "ages",
        "needs",
        "places",
        "residence",
        "urgencies",
        "senders",
        "open",
        "closed",
    ];
    assert_eq!(first_column(&page, "### Conditions"), conditions);
    assert_eq!(first_column(&page, "### Places"), PlaceKind::ALL.map(PlaceKind::as_str));
    let reaches = [Reach::Local, Reach::Municipality, Reach::Nearest].map(Reach::as_str);
    assert_eq!(first_column(&page, "### Reach"), reaches);
}

fn decision(decision: &Decision) -> String {
    let rows = decision.rules.iter().map(rule);
    let rows = table(["Rule", "When", "To", "How", "Legal bases", "Why"], rows);
    let otherwise = if decision.otherwise {
        " Asked only for a need for which nobody was found before."
    } else {
        ""
    };
    format!(
        "### {}\n\n{} / {} Hits: {}.{otherwise}\n\n{rows}\n",
        decision.id,
        decision.title.nb,
        decision.title.en,
        decision.hit.as_str()
    )
}

fn rule(rule: &Rule) -> [String; 6] {
    let how = match &rule.way {
        Way::Refer(workflow) => format!("`{workflow}`"),
        Way::Contact => "shown the way".to_owned(),
    };
    let together = rule
        .together
        .as_ref()
        .map(|id| format!(" together: `{id}`"))
        .unwrap_or_default();
    [
        format!("`{}`", rule.id),
        when(&rule.when),
        format!("`{}`{together}", rule.receiver),
        how,
        code(&rule.legal_bases),
        rule.reason.en.clone(),
    ]
}

fn when(when: &Conditions) -> String {
    let mut parts = Vec::new();
    parts.extend(when.ages.as_ref().map(|ages| format!("ages {}", code(ages))));
    parts.extend(when.needs.as_ref().map(|needs| format!("needs {}", code(needs))));
    let places = when
        .places
        .as_ref()
        .map(|places| places.iter().map(|place| place.as_str()));
    parts.extend(places.map(|places| format!("places {}", code(places))));
    parts.extend(
        when.residence
            .as_ref()
            .map(|residence| format!("residence {}", code(residence))),
    );
    parts.extend(
        when.urgencies
            .as_ref()
            .map(|urgencies| format!("urgency {}", code(urgencies))),
    );
    parts.extend(when.senders.as_ref().map(|senders| format!("sender {}", code(senders))));
    parts.extend(when.open.as_ref().map(|open| format!("`{open}` is open")));
    parts.extend(when.closed.as_ref().map(|closed| format!("`{closed}` is closed")));
    parts.join("; ")
}
