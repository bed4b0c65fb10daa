#!/usr/bin/env bash
# Fails when a room of the house reaches into one that it must not know (docs/ARCHITECTURE.md).
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0

complain() {
  printf '%s\n' "$*" >&2
  failed=1
}

# The workflow crate decides about children and must stay a pure function: every crate under it is on a list that a
# person has looked at. Versions are left out, for an update brings no new power.
check_purity() {
  local list=crates/workflow/allowed-dependencies.txt difference
  difference=$(diff <(grep -v '^#' "$list" | sort -u) \
    <(cargo tree --package stafett-workflow --edges normal --prefix none --no-dedupe --format '{lib}' | sort -u)) || {
    complain "The dependencies of stafett-workflow are not those in $list ('>' is new, '<' is gone):"
    complain "$(grep '^[<>]' <<<"$difference")"
    complain "The crate may know no database, network, file, clock or chance. If the change keeps that, edit the list in"
    complain "the same commit and say why; if it does not, put the code into another crate."
  }
}

# What must not stand in the Rust code of a folder, comments and tests left out, and why.
forbid() {
  local folder=$1 words=$2 reason=$3 found
  [[ -d $folder ]] || return 0
  found=$(find "$folder" -name '*.rs' ! -name tests.rs ! -path '*/tests/*' -exec awk -v words="$words" '
    FNR == 1 { skip = 0 }
    /^#\[cfg\(test\)\]/ { skip = 1 }
    !skip && $0 !~ /^ *\/\// && $0 ~ ("(^|[^A-Za-z0-9_])(" words ")([^A-Za-z0-9_]|$)") {
      print FILENAME ":" FNR ": " $0
    }' {} +)
  if [[ -n $found ]]; then
    complain "$reason:"
    complain "$found"
  fi
}

check_purity
forbid crates/workflow/src 'std::(fs|net|env|process|thread|io)|Utc::now|SystemTime|Instant|now_v7|new_v4' \
  "crates/workflow is pure: time, chance and the world come in as arguments"
forbid crates/ledger/src 'std::(fs|net|env|process|thread)|SystemTime|Instant' \
  "crates/ledger is arithmetic: time, files and the world come in as arguments"
forbid crates/api/src/app 'actix[a-z_]*|sea_orm|sqlx' "crates/api/src/app holds use cases, which know neither HTTP nor SQL"
forbid crates/api/src/http 'sea_orm|sqlx' "crates/api/src/http speaks HTTP; the database is behind crates/store"
forbid crates/api/src/http 'Unseen' "what crates/api/src/http opens is shown to somebody, so it needs the receipt of a logged look"
forbid crates/notify/src 'sea_orm|sqlx|actix[a-z_]*' "crates/notify reaches the outbox through crates/store"
forbid migrations/src 'stafett_(workflow|store|notify|api)' \
  "migrations tell what the schema was, so they know none of today's code"

exit "$failed"
