#!/usr/bin/env bash
# Everything that judges the code without running it, the cheapest first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

need_cargo
PATH="$(tools_folder)/bin:$PATH"

cargo fmt --all --check
if command -v shellcheck >/dev/null; then
  shellcheck scripts/*.sh scripts/cluster/*.sh .ci/run
else
  note "not checked: the scripts (shellcheck is not installed)"
fi
if has_front_end; then
  need_node "the web page is checked with it" || exit 1
  npm_packages ui
  (cd ui && npm run check)
fi
install_parts compiler || die "a C compiler is needed to build"
cargo clippy --workspace --all-targets --locked -- -D warnings
cargo run --quiet --locked --package import-cycles -- src crates/*/src
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
if command -v cargo-deny >/dev/null; then
  # Without `advisories`: that one fetches a database, the others work offline.
  cargo deny --locked check --hide-inclusion-graph licenses bans sources
else
  note "not checked: licences and sources of dependencies (cargo install --locked cargo-deny)"
fi
