//! `reference/permissions.md`: the policy, condensed.

use stafett_workflow::policy::{Operation, Relation, Verdict, verdict};
use stafett_workflow::vocabulary::{Code, Role};

use crate::page::{keep, table};

/// Most operations about one referral are open to all who do casework alike: one table stands for the three. Where they differ,
/// each has its own lines in another.
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
    let row = |role: Role, operation: Operation| {
        let [a, b, c, d, e, f] = answers(role, operation).map(mark);
        [name(operation), a, b, c, d, e, f]
    };
    for operation in &about_one {
        for relation in Relation::ALL {
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
    let (alike, apart): (Vec<_>, Vec<_>) = about_one
        .iter()
        .copied()
        .partition(|operation| caseworkers_by_answer(*operation).len() == 1);
    let by_relation = table(heads, alike.into_iter().map(|operation| row(Role::Worker, operation)));
    let by_role_and_relation = apart.into_iter().flat_map(|operation| {
        caseworkers_by_answer(operation).into_iter().map(move |roles| {
            let [_, a, b, c, d, e, f] = row(roles[0], operation);
            let roles: Vec<&str> = roles.into_iter().map(Role::as_str).collect();
            [name(operation), roles.join(", "), a, b, c, d, e, f]
        })
    });
    let [a, b, c, d, e, f] = relations;
    let by_role_and_relation = table(["Operation", "Role", a, b, c, d, e, f], by_role_and_relation);
    let something = |row: &[String; 7]| row.iter().any(|cell| cell == "yes");
    let coordinators = about_one.iter().map(|operation| row(Role::Coordinator, *operation));
    let coordinators = table(heads, coordinators.filter(something));
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
            ("by role and relation", by_role_and_relation),
            ("coordinators", coordinators),
            ("cases", cases),
        ],
    );
}

/// What the policy says to a role, for each relation.
fn answers(role: Role, operation: Operation) -> [Verdict; 6] {
    Relation::ALL.map(|relation| verdict(role, operation, relation))
}

/// Who do casework, together with those to whom the policy says the same.
fn caseworkers_by_answer(operation: Operation) -> Vec<Vec<Role>> {
    let mut groups: Vec<Vec<Role>> = Vec::new();
    for role in CASEWORKERS {
        let same = |group: &&mut Vec<Role>| answers(group[0], operation) == answers(role, operation);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(role),
            None => groups.push(vec![role]),
        }
    }
    groups
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
