#!/usr/bin/env bash
# Runs the server and Vite in front of it, for work on either: a change of the server's sources builds and restarts it, a
# change of the page is shown at once. Its data is apart from `make run`'s, and empty at first. Ctrl-C ends both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

page_port=5173
export PORT=${PORT:-8000} PUBLIC_BASE_URL=${PUBLIC_BASE_URL:-http://localhost:$page_port}
export CHAITUBE_SERVER=http://localhost:$PORT SHUTDOWN_TIMEOUT=${SHUTDOWN_TIMEOUT:-2s}

page=
server=
stop() {
  local child=$1
  if [[ -n $child ]] && kill -TERM "$child" 2>/dev/null; then wait "$child" || true; fi
}
clean_up() {
  trap '' INT TERM HUP
  stop "$server"
  stop "$page"
  if [[ -n ${stamp:-} ]]; then rm -f "$stamp"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

install_for_run
npm_packages ui
target=$(target_folder)
export DATA_DIR=${DATA_DIR:-$target/dev-data}
stamp=$(mktemp)

has_changed() {
  [[ -n $(find src crates migrations build.rs Cargo.toml Cargo.lock -newer "$stamp" -print -quit) ]]
}

(cd ui && exec node_modules/.bin/vite --port "$page_port" --strictPort --logLevel warn) &
page=$!
while true; do
  # Before the build, so that what is changed meanwhile is built next.
  touch "$stamp"
  if cargo build --locked --quiet; then
    stop "$server"
    "$target/debug/chaitube" serve &
    server=$!
  else
    note "the build failed; waiting for a change"
  fi
  until has_changed; do
    kill -0 "$page" 2>/dev/null || die "Vite ended; is port $page_port taken?"
    sleep 1
  done
done
