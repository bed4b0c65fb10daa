#!/usr/bin/env bash
# Makes sure that the named tools are there: installs what may be installed, and says what to do about the rest.
# Usage: scripts/ensure.sh (compiler | nightly | curl | nextest | deny | machete | typos | mutants | fuzz | cyclonedx | postgresql | node |
#        chromium) …
set -euo pipefail

NEXTEST_VERSION=0.9.151
DENY_VERSION=0.20.2
MACHETE_VERSION=0.9.2
TYPOS_VERSION=1.52.0
MUTANTS_VERSION=27.1.0
FUZZ_VERSION=0.13.2
CYCLONEDX_VERSION=0.5.9
NODE_VERSION=22.23.3

# The tools run for seconds, so they are built to be ready soon rather than to be fast.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256
export CARGO_PROFILE_RELEASE_DEBUG=0

has() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\n' "$*" >&2; }

# Installs Debian packages where that can be done without asking anybody.
install_packages() {
  local -a become=()
  if [[ $(id -u) -ne 0 ]]; then
    if has sudo && sudo -n true 2>/dev/null; then become=(sudo -n); else return 1; fi
  fi
  has apt-get || return 1
  say "Installing $* with apt-get …"
  "${become[@]}" apt-get update -qq >&2
  "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >&2
}

# crate, version and further options; the program has the crate's name unless said otherwise.
install_crate() {
  local crate=$1 version=$2
  shift 2
  say "Installing $crate $version with cargo; this happens once and takes some minutes …"
  cargo install --quiet --locked "$crate" --version "$version" "$@"
}

ensure_compiler() {
  has cargo || { say "Rust is not installed. Get it at https://rustup.rs, then try again."; return 1; }
  has cc || install_packages gcc libc6-dev || {
    say "No C compiler found; SQLite and the cryptography need one. On Debian: apt-get install gcc libc6-dev"
    return 1
  }
}

has_postgresql() {
  [[ -n ${TEST_POSTGRES_URL:-} ]] && return
  has initdb && has postgres && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

ensure_postgresql() {
  has_postgresql || install_packages postgresql || {
    say "PostgreSQL is not installed, and the tests run on it as well as on SQLite."
    say "Install it (Debian and Ubuntu: sudo apt-get install postgresql; Fedora: sudo dnf install postgresql-server;"
    say "macOS: brew install postgresql), or set TEST_POSTGRES_URL to a server where the tests may create databases."
    say "Only the SQLite half: cargo nextest run --workspace -E 'not test(postgres)'"
    return 1
  }
}

# The README is tried as it is written, and it is written with curl.
ensure_curl() {
  has curl || install_packages curl ca-certificates || { say "curl is not installed; the README's examples need it."; return 1; }
}

ensure_nextest() {
  # An updater inside a tool that the package manager updates is weight without use.
  has cargo-nextest || install_crate cargo-nextest "$NEXTEST_VERSION" --no-default-features --features default-no-update
}

ensure_deny() { has cargo-deny || install_crate cargo-deny "$DENY_VERSION"; }

ensure_machete() { has cargo-machete || install_crate cargo-machete "$MACHETE_VERSION"; }

ensure_typos() { has typos || install_crate typos-cli "$TYPOS_VERSION"; }

ensure_mutants() { has cargo-mutants || install_crate cargo-mutants "$MUTANTS_VERSION"; }

ensure_fuzz() { has cargo-fuzz || install_crate cargo-fuzz "$FUZZ_VERSION"; }

ensure_cyclonedx() { has cargo-cyclonedx || install_crate cargo-cyclonedx "$CYCLONEDX_VERSION"; }

# Fuzzing needs options that only the nightly compiler takes.
ensure_nightly() {
  cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal || {
    say "The nightly compiler is not installed. Get it with: rustup toolchain install nightly"
    return 1
  }
}

# Vite wants Node.js 20.19 or newer.
has_node() { has npm && has node && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; }

# Debian 12 has an older one; with its npm a newer one comes from the registry, into a folder that the Makefile looks into.
ensure_node() {
  has_node && return
  has npm || install_packages nodejs npm || true
  if has npm && ! has_node; then
    say "Node.js is older than 20.19; fetching $NODE_VERSION into target/node …"
    npm install --silent --no-audit --no-fund --prefix "$(dirname "$0")/../target/node" "node@$NODE_VERSION" >&2 || true
    PATH="$(dirname "$0")/../target/node/node_modules/.bin:$PATH"
  fi
  has_node || {
    say "Node.js 20.19 or newer with npm is not installed, and the web application is built with it. Get it at"
    say "https://nodejs.org. Without the web application: cargo run --profile demo --bin stafett -- demo"
    return 1
  }
}

ensure_chromium() {
  has chromium || has chromium-browser || has google-chrome || [[ -n ${CHROMIUM:-} ]] || install_packages chromium || {
    say "Chromium is not installed, and the pages are tried in it. Install it (Debian: sudo apt-get install chromium), or"
    say "name one in CHROMIUM."
    return 1
  }
}

for tool in "$@"; do
  case $tool in
    compiler | nightly | curl | nextest | deny | machete | typos | mutants | fuzz | cyclonedx | postgresql | node | chromium)
      "ensure_$tool"
      ;;
    *)
      say "ensure.sh: unknown tool '$tool'"
      exit 2
      ;;
  esac
done
