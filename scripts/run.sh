#!/usr/bin/env bash
# Installs what is missing, builds Chaitube and starts it; arguments go to `chaitube serve`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

install_for_run
build_front_end || die "the web page could not be built"
cargo build --release --locked
exec "$(target_folder)/release/chaitube" serve "$@"
