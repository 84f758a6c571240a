#!/usr/bin/env bash
# Runs the benchmarks of benches/ on SQLite and on PostgreSQL; arguments go to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

compgen -G 'benches/*.rs' >/dev/null || compgen -G 'benches/*/main.rs' >/dev/null ||
  die "there are no benchmarks in benches/ yet"
install_for_test
cargo bench --locked --bench '*' -- "$@"
scripts/postgres.sh run cargo bench --locked --bench '*' -- "$@"

# The page, with what the browser tests use.
if has_browser_tests && has_front_end; then
  build_front_end || die "the web page could not be built"
  npm_packages tests/browser
  cargo build --release --locked
  CHROMIUM=$(chromium_program) CHAITUBE_BIN=$(target_folder)/release/chaitube node benches/page/measure.js
fi
