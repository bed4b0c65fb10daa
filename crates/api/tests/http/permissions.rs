//! The permission of every operation, tried from outside: what a handler's signature asks for must be what the policy says,
//! and an operation that the policy does not know must not exist.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use stafett_workflow::policy::{Operation, Relation, Verdict, verdict};
use stafett_workflow::vocabulary::{Code, Role};
use uuid::Uuid;

use crate::harness::Server;

/// Whoever is not signed in yet may ask for nothing else.
const WITHOUT_TOKEN: [&str; 2] = ["createToken", "signOut"];

struct Tried {
    id: String,
    method: Method,
    path: String,
}

/// Every operation of the document, on a path where nothing is.
async fn operations(server: &Server) -> Vec<Tried> {
    let document = server.get("/api/v1/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let id = operation["operationId"].as_str().unwrap().to_owned();
            operations.push(Tried {
                id,
                method,
                path: nowhere(path),
            });
        }
    }
    operations
}

fn nowhere(path: &str) -> String {
    let part = |part: &str| match part {
        "{version}" => "1".to_owned(),
        _ if part.starts_with('{') => Uuid::now_v7().to_string(),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn operation_of(id: &str) -> Operation {
    let known = Operation::all()
        .into_iter()
        .find(|operation| operation.operation_ids().contains(&id));
    known.unwrap_or_else(|| panic!("the policy does not know the operation {id}"))
}

async fn ask(server: &Server, tried: &Tried, token: Option<&Value>) -> u16 {
    let bearer = token.map(|token| format!("Bearer {}", token.as_str().unwrap()));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    let body = (tried.method != Method::GET).then(|| json!({}).to_string());
    server
        .ask(tried.method.clone(), &tried.path, &headers, body.as_deref())
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn every_operation_of_the_document_is_one_of_the_policy_and_the_other_way_round() {
    let server = Server::start().await;
    let served: BTreeSet<_> = operations(&server).await.into_iter().map(|tried| tried.id).collect();
    let known = Operation::all()
        .into_iter()
        .flat_map(|operation| operation.operation_ids().iter().copied());
    let known: BTreeSet<_> = known.chain(WITHOUT_TOKEN).map(str::to_owned).collect();
    assert_eq!(served, known);
    server.stop().await;
}

#[tokio::test]
async fn nobody_gets_anywhere_without_a_token() {
    let server = Server::start().await;
    for tried in operations(&server).await {
        if !WITHOUT_TOKEN.contains(&tried.id.as_str()) {
            assert_eq!(ask(&server, &tried, None).await, 401, "{}", tried.id);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_role_gets_exactly_as_far_as_the_policy_lets_it() {
    let server = Server::start().await;
    let mut operations = operations(&server).await;
    // It ends the token with which the others are asked.
    operations.sort_by_key(|tried| tried.id == "endMySessions");
    for role in Role::ALL {
        let token = server.sign_in(role.as_str()).await["accessToken"].clone();
        for tried in operations
            .iter()
            .filter(|tried| !WITHOUT_TOKEN.contains(&tried.id.as_str()))
        {
            let operation = operation_of(&tried.id);
            let status = ask(&server, tried, Some(&token)).await;
            let as_it_should = match verdict(*role, operation, Relation::Outsider) {
                // Nothing is there, or the empty body is wrong; but nothing says that it is forbidden.
                Verdict::Allowed => ![401, 403].contains(&status) && status < 500,
                Verdict::Forbidden => status == 403,
                Verdict::Hidden => status == 404,
            };
            assert!(as_it_should, "{role} {}: {status}", tried.id);
        }
    }
    server.stop().await;
}
