//! The OpenAPI document is committed, so that a change of the contract shows as a change of a file.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let served = stafett_api::http::openapi::document_json().unwrap();
    assert!(
        committed == served,
        "docs/reference/openapi.json is out of date; run `cargo run -- openapi > docs/reference/openapi.json`"
    );
}
