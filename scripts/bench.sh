#!/usr/bin/env bash
# Measures Chaitube beside its peers and writes benches/RESULTS.md: `scripts/bench.sh [PART…] [--videos N] [--quick]`.
# The parts are reads, search, writes, bytes, uploads, pipeline, memory and page; all of them if none is named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

install_for_bench
build_front_end || die "the web page could not be built"
npm_packages benches
npm_packages tests/browser
cargo build --release --locked --bin chaitube --example constant
target=$(target_folder)
export CHAITUBE_BIN=$target/release/chaitube CONSTANT_BIN=$target/release/examples/constant
CHROMIUM=$(chromium_program)
export CHROMIUM
# On a disk, which /tmp often is not: what is measured waits for it.
export BENCH_FOLDER=$target/bench POSTGRES_DURABLE=yes TMPDIR=/var/tmp
mkdir -p "$BENCH_FOLDER"
exec scripts/postgres.sh run node benches/bench.js "$@"
