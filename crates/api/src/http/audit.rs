//! `/audit`: the sealed log, its checkpoints, its entries and its proofs.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stafett_ledger::tree::Hash;
use stafett_store::sealed_log::{Entry, Kept};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::extract::{Deferred, Query};
use super::paging::Limit;
use super::referrals::output::AgencyOut;
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::sealed_log::{self, Proved, Which};
use crate::auth::log_keys::LogKeys;
use crate::auth::permission::{CosignCheckpoint, ReadAuditEntries, ReadCheckpoint, Scoped};
use crate::problem::Problem;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_audit_checkpoint)
        .service(cosign_audit_checkpoint)
        .service(get_audit_keys)
        .service(list_audit_entries)
        .service(get_inclusion_proof)
        .service(get_consistency_proof);
}

/// What a checkpoint looks like.
pub(super) const NOTE: &str = "stafett.example.org/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    \u{2014} stafett.example.org/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

/// By which keys the log is checked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeysOut {
    /// What the log is called.
    origin: String,
    /// The keys of the log in the form `name+id+key`, the one that signs first.
    keys: Vec<String>,
    /// The keys by which agencies witness it.
    witnesses: Vec<WitnessOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct WitnessOut {
    /// Whose it is.
    agency: AgencyOut,
    /// The key in the form `name+id+key`.
    key: String,
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EntriesParams {
    /// The number of the first one; usually 0.
    #[serde(default)]
    #[param(value_type = Option<u64>)]
    from: u64,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
}

/// Entries in their order.
#[derive(Debug, Serialize, ToSchema)]
struct LogEntriesOut {
    /// The entries.
    items: Vec<LogEntryOut>,
    /// The number of the one after the last of these, to go on from; null when there is none.
    next: Option<u64>,
}

/// An entry of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogEntryOut {
    /// Its number, from 0.
    index: u64,
    /// What was sealed, byte for byte: the row of the audit trail as canonical JSON. Null when there is no such row any more.
    leaf: Option<String>,
    /// The hash with which it was sealed, `SHA-256(0x00 ‖ leaf)` in base64.
    hash: String,
}

impl LogEntryOut {
    fn of(entry: Entry) -> Self {
        Self {
            index: entry.number,
            leaf: entry.leaf,
            hash: entry.hash.to_string(),
        }
    }
}

/// An entry with its proof.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProvedOut {
    #[serde(flatten)]
    entry: LogEntryOut,
    /// Of how many entries the log is in which it is proved to stand.
    size: u64,
    /// The hashes of the proof (RFC 6962, 2.1.1), in base64.
    proof: Vec<String>,
}

impl ProvedOut {
    /// As it is answered.
    pub(super) fn of(proved: Proved) -> Self {
        Self {
            size: proved.size,
            proof: told(&proved.hashes),
            entry: LogEntryOut::of(proved.entry),
        }
    }
}

/// Which entry, in which log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InclusionParams {
    /// Its number. Either this or `entry`.
    index: Option<u64>,
    /// The id of its row in the audit trail.
    entry: Option<Uuid>,
    /// Of how many entries the log is; left out: as many as the newest checkpoint says.
    size: Option<u64>,
}

/// From which size to which.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsistencyParams {
    /// How many entries the older log had.
    #[param(example = 1)]
    from: u64,
    /// How many the newer one has; left out: as many as the newest checkpoint says.
    to: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ConsistencyOut {
    from: u64,
    to: u64,
    /// The hashes of the proof (RFC 6962, 2.1.2), in base64.
    proof: Vec<String>,
}

/// What a witness has signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CosignatureIn {
    /// Of how many entries the checkpoint is.
    size: u64,
    /// The line that goes onto its note (C2SP tlog-cosignature, `cosignature/v1`).
    signature: String,
}

fn told(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

fn note(kept: Kept) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(kept.note)
}

/// Get the newest checkpoint
///
/// How many entries the sealed log has and the root over all of them, signed, with the signatures of witnesses that have come
/// (C2SP tlog-checkpoint). Keep it: whatever is changed of what it is over shows against it, for ever.
#[utoipa::path(
    tag = "Audit",
    operation_id = "getAuditCheckpoint",
    responses(
        (status = 200, description = "A signed note", body = String, content_type = "text/plain", example = json!(NOTE)),
        (status = 404, description = "Nothing is sealed yet")
    )
)]
#[get("/audit/checkpoint")]
async fn get_audit_checkpoint(
    _may: Scoped<ReadCheckpoint>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    Ok(note(sealed_log::checkpoint(&engine).await?))
}

/// Hand in what a witness has signed
///
/// By the key that the caller's agency has named. From then on it stands on the checkpoint. A witness first makes sure, by a proof
/// of consistency, that the checkpoint goes on from the one that it signed before.
#[utoipa::path(
    tag = "Audit",
    operation_id = "cosignAuditCheckpoint",
    request_body(content = CosignatureIn, example = json!({
        "size": 20852163,
        "signature": "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    })),
    responses(
        (status = 200, description = "The checkpoint with it", body = String, content_type = "text/plain", example = json!(NOTE)),
        (status = 404, description = "There is no checkpoint over so many entries"),
        (status = 422, description = "The signature does not hold, or is not by the key of the caller's agency")
    )
)]
#[post("/audit/checkpoint/cosignatures")]
async fn cosign_audit_checkpoint(
    may: Scoped<CosignCheckpoint>,
    engine: web::Data<Engine>,
    body: Deferred<CosignatureIn>,
) -> Result<HttpResponse, Problem> {
    let body = body?.0;
    Ok(note(
        sealed_log::cosign(&engine, &may.scope, body.size, &body.signature).await?,
    ))
}

/// Get the keys of the log and of its witnesses
///
/// To compare with what one has from elsewhere: keys that come from whoever is to be checked prove nothing.
#[utoipa::path(
    tag = "Audit",
    operation_id = "getAuditKeys",
    responses((status = 200, description = "The keys", body = KeysOut, example = json!({
        "origin": "stafett.example.org/log",
        "keys": ["stafett.example.org/log+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"],
        "witnesses": [{
            "agency": { "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01", "slug": "barnevernvakten", "name": "Barnevernvakten" },
            "key": "witness.example.com/w1+8d66cf3f+BDzp2J2bqS0ZJ4h8bLzXc9zZ9wq4b8qL8xkO1nC5eYQ9"
        }]
    })))
)]
#[get("/audit/keys")]
async fn get_audit_keys(
    _may: Scoped<ReadCheckpoint>,
    keys: web::Data<LogKeys>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, Problem> {
    let witnesses = sealed_log::witnesses(&engine).await?;
    let agencies = witnesses.iter().map(|witness| witness.agency);
    let names = Names::load(&engine.db, agencies, []).await.map_err(AppError::from)?;
    let witnesses = witnesses.into_iter().map(|witness| WitnessOut {
        agency: AgencyOut::of(witness.agency, &names),
        key: witness.key.to_string(),
    });
    Ok(HttpResponse::Ok().json(KeysOut {
        origin: keys.signer().verifier().name().to_owned(),
        keys: keys.accepted().iter().map(ToString::to_string).collect(),
        witnesses: witnesses.collect(),
    }))
}

/// List the entries of the log
///
/// In their order, as they were sealed. They hold codes, ids, times and hashes of what lies sealed, and nothing of a youth.
#[utoipa::path(
    tag = "Audit",
    operation_id = "listAuditEntries",
    params(EntriesParams),
    responses((status = 200, description = "Some entries", body = LogEntriesOut, example = json!({
        "items": [entry_example()], "next": null
    })))
)]
#[get("/audit/entries")]
async fn list_audit_entries(
    _may: Scoped<ReadAuditEntries>,
    engine: web::Data<Engine>,
    params: Query<EntriesParams>,
) -> Result<HttpResponse, Problem> {
    let limit = u64::from(params.0.limit.get());
    let mut entries = sealed_log::entries(&engine, params.0.from, limit + 1).await?;
    let next = match entries.len() as u64 > limit {
        true => entries.pop().map(|first| first.number),
        false => None,
    };
    let items = entries.into_iter().map(LogEntryOut::of).collect();
    Ok(HttpResponse::Ok().json(LogEntriesOut { items, next }))
}

/// Prove that an entry stands in the log
#[utoipa::path(
    tag = "Audit",
    operation_id = "getAuditInclusionProof",
    params(InclusionParams),
    responses(
        (status = 200, description = "The entry with its proof", body = ProvedOut, example = json!(proved_example())),
        (status = 404, description = "There is no such entry in a log of this size")
    )
)]
#[get("/audit/proofs/inclusion")]
async fn get_inclusion_proof(
    _may: Scoped<ReadAuditEntries>,
    engine: web::Data<Engine>,
    params: Query<InclusionParams>,
) -> Result<HttpResponse, Problem> {
    let which = match (params.0.index, params.0.entry) {
        (_, Some(id)) => Which::Row(id),
        (Some(number), None) => Which::Number(number),
        (None, None) => return Err(Problem::not_found()),
    };
    let proved = sealed_log::inclusion(&engine, which, params.0.size).await?;
    Ok(HttpResponse::Ok().json(ProvedOut::of(proved)))
}

/// Prove that an older log is the beginning of a newer one
#[utoipa::path(
    tag = "Audit",
    operation_id = "getAuditConsistencyProof",
    params(ConsistencyParams),
    responses(
        (status = 200, description = "The proof", body = ConsistencyOut, example = json!({
            "from": 1, "to": 2, "proof": ["CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="]
        })),
        (status = 404, description = "The log has not so many entries")
    )
)]
#[get("/audit/proofs/consistency")]
async fn get_consistency_proof(
    _may: Scoped<ReadCheckpoint>,
    engine: web::Data<Engine>,
    params: Query<ConsistencyParams>,
) -> Result<HttpResponse, Problem> {
    let from = params.0.from;
    let (to, hashes) = sealed_log::consistency(&engine, from, params.0.to).await?;
    let proof = told(&hashes);
    Ok(HttpResponse::Ok().json(ConsistencyOut { from, to, proof }))
}

fn entry_example() -> Value {
    json!({
        "index": 0,
        "leaf": "{\"action\":\"accept\",\"actor\":\"019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b01\",\"v\":1}",
        "hash": "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    })
}

/// What a proved entry looks like.
pub(super) fn proved_example() -> Value {
    let mut example = entry_example();
    if let Some(members) = example.as_object_mut() {
        members.insert("size".to_owned(), json!(2));
        members.insert(
            "proof".to_owned(),
            json!(["lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c="]),
        );
    }
    example
}
