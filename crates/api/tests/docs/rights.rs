//! `reference/permissions.md`: the policy, condensed.

use stafett_workflow::policy::{Operation, Relation, Verdict, verdict};
use stafett_workflow::vocabulary::{Code, Role};

use crate::page::{keep, table};

/// For operations about one referral all who do casework have the same rights; the table has one column for each relation.
const CASEWORKERS: [Role; 3] = [Role::Worker, Role::Lead, Role::Integration];

#[test]
fn the_page_of_permissions_is_the_policy() {
    let (about_case, others): (Vec<_>, Vec<_>) = Operation::all()
        .into_iter()
        .partition(|operation| operation.is_about_case());
    let (about_one, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|operation| operation.is_about_referral());
    let by_role = others.into_iter().map(|operation| {
        let answer = |role: &Role| mark(verdict(*role, operation, Relation::Outsider));
        let [a, b, c, d, e, f, g] = std::array::from_fn(|place| answer(&Role::ALL[place]));
        [name(operation), a, b, c, d, e, f, g]
    });
    let roles: [&str; 7] = std::array::from_fn(|place| Role::ALL[place].as_str());
    let [a, b, c, d, e, f, g] = roles;
    let by_role = table(["Operation", a, b, c, d, e, f, g], by_role);

    let relations = Relation::ALL.map(Relation::as_str);
    let [a, b, c, d, e, f] = relations;
    let heads = ["Operation", a, b, c, d, e, f];
    let rows = |role: Role| {
        about_one.iter().map(move |operation| {
            let [a, b, c, d, e, f] = Relation::ALL.map(|relation| mark(verdict(role, *operation, relation)));
            [name(*operation), a, b, c, d, e, f]
        })
    };
    for operation in &about_one {
        for relation in Relation::ALL {
            let [one, two, three] = CASEWORKERS.map(|role| verdict(role, *operation, relation));
            assert!(
                one == two && two == three,
                "{operation}: caseworkers differ, so the page needs more tables"
            );
            let others = Role::ALL
                .iter()
                .filter(|role| !CASEWORKERS.contains(role) && **role != Role::Coordinator);
            for role in others {
                assert_eq!(
                    verdict(*role, *operation, relation),
                    Verdict::Hidden,
                    "{operation} {role}"
                );
            }
        }
    }
    let by_relation = table(heads, rows(Role::Worker));
    let something = |row: &[String; 7]| row.iter().any(|cell| cell == "yes");
    let coordinators = table(heads, rows(Role::Coordinator).filter(something));
    let cases = about_case.iter().map(|operation| {
        let answer = |role: Role, relation: Relation| mark(verdict(role, *operation, relation));
        let (coordinator, participant) = (Relation::Coordinator, Relation::Participant);
        [
            name(*operation),
            answer(Role::Worker, coordinator),
            answer(Role::Worker, participant),
            answer(Role::Lead, coordinator),
            answer(Role::Lead, participant),
            answer(Role::Coordinator, participant),
            answer(Role::Lead, Relation::Outsider),
        ]
    });
    let heads = [
        "Operation",
        "worker, coordinates",
        "worker, takes part",
        "lead, coordinates",
        "lead, takes part",
        "municipality's coordinator",
        "outsider",
    ];
    let cases = table(heads, cases);
    keep(
        "docs/reference/permissions.md",
        &[
            ("by role", by_role),
            ("by relation", by_relation),
            ("coordinators", coordinators),
            ("cases", cases),
        ],
    );
}

fn name(operation: Operation) -> String {
    match operation {
        Operation::Transition(action) => format!("`{action}`"),
        Operation::ChangeCase(action) => format!("`{action}`"),
        _ => operation
            .operation_ids()
            .iter()
            .map(|id| format!("`{id}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn mark(verdict: Verdict) -> String {
    match verdict {
        Verdict::Allowed => "yes",
        Verdict::Forbidden => "no",
        Verdict::Hidden => "hidden",
    }
    .to_owned()
}
