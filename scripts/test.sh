#!/usr/bin/env bash
# Runs every test: the crates' and the web page's own, the integration tests and the browser's on SQLite; then on a
# throwaway PostgreSQL the integration tests that depend on the database, and one journey in the browser.
# `scripts/test.sh sqlite unit` runs only the suites that it names. One runs only when named, as CI does, for it needs a
# release build: `instructions` counts those of hot paths under Valgrind.
# The last line of its output is `N passed, M failed`, which CI reads.
# shellcheck disable=SC2317 # functions called by traps and by name look unreachable to it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/postgres.sh
source scripts/postgres.sh

suite_seconds_max=${TEST_SECONDS_MAX:-1800}
suites=" ${*:-unit ui sqlite postgres browser} "
for suite in $suites; do
  [[ $suite =~ ^(unit|ui|sqlite|postgres|browser|instructions)$ ]] ||
    die "there is no suite '$suite': unit, ui, sqlite, postgres, browser, instructions"
done
wanted() { [[ $suites == *" $1 "* ]]; }

# The settings of whoever types this must not lead a test to a real database or folder.
unset DATABASE_URL CHAITUBE_TEST_DATABASE_URL DATA_DIR MEDIA_URL CACHE_DIR HOST PORT
unset S3_ENDPOINT S3_PATH_STYLE AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

child=
quick_folder=
report=()
passed_total=0
failed_total=0

clean_up() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  if [[ -f $POSTGRES_FOLDER/server.log ]]; then cp "$POSTGRES_FOLDER/server.log" "$logs/postgres-server.log"; fi
  postgres_stop
  if [[ -n $quick_folder ]]; then rm -rf "$quick_folder"; fi
}
interrupted() {
  note "interrupted"
  exit "$1"
}

finish() {
  if [[ ${#report[@]} -gt 0 ]]; then printf '%s\n' '' "${report[@]}"; fi
  printf '%d passed, %d failed\n' "$passed_total" "$failed_total" | tee "$logs/summary"
  [[ $failed_total -eq 0 ]] || exit 1
  exit 0
}

# limited LOG COMMAND…: the command in a process group of its own with a time limit, its output
# shown and kept. Waiting for a background job is what lets a signal be answered at once, and
# the group is what then ends cargo with all it has started.
limited() {
  local log=$1 limit=(env) status=0
  shift
  if command -v timeout >/dev/null; then limit=(timeout -k 10 "$suite_seconds_max"); fi
  set -m
  # shellcheck disable=SC2016 # the inner shell expands these
  "${limit[@]}" bash -o pipefail -c '"$@" 2>&1 | tee "$0"' "$log" "$@" </dev/null &
  child=$!
  set +m
  wait "$child" || status=$?
  child=
  if [[ $status -eq 124 ]]; then note "ended after $suite_seconds_max s"; fi
  return "$status"
}

# counts LOG: passed, failed and ignored, from the closing lines of cargo's, Node's and vitest's runners.
counts() {
  sed $'s/\033\\[[0-9;]*m//g' "$1" | awk '
    match($0, /test result: [A-Za-z]+\. [0-9]+ passed; [0-9]+ failed; [0-9]+ ignored/) {
      split(substr($0, RSTART, RLENGTH), word, " ")
      passed += word[4]; failed += word[6]; ignored += word[8]
    }
    ($1 == "ℹ" || $1 == "#") && NF == 3 && $3 ~ /^[0-9]+$/ {
      if ($2 == "pass") passed += $3
      if ($2 == "fail" || $2 == "cancelled") failed += $3
      if ($2 == "skipped" || $2 == "todo") ignored += $3
    }
    $1 == "Tests" && $3 ~ /^(passed|failed|skipped|todo)$/ {
      for (i = 2; i < NF; i++) {
        if ($(i + 1) == "passed") passed += $i
        if ($(i + 1) == "failed") failed += $i
        if ($(i + 1) == "skipped" || $(i + 1) == "todo") ignored += $i
      }
    }
    END { print passed + 0, failed + 0, ignored + 0 }'
}

# suite NAME COMMAND…: runs it and keeps the score. A suite that broke off, or in which no test
# ran, counts as one failure, so that the closing line never looks better than the run was.
suite() {
  local name=$1 log=$logs/$1.log begun=$SECONDS status=0 passed failed ignored line
  shift
  printf '\n== %s ==\n' "$name"
  limited "$log" "$@" || status=$?
  read -r passed failed ignored < <(counts "$log")
  line="$name: $passed passed"
  if [[ $failed -gt 0 ]]; then
    line+=", $failed failed"
  elif [[ $status -ne 0 ]]; then
    failed=1 line+=", then broke off with exit code $status"
  elif [[ $passed -eq 0 ]]; then
    failed=1 line+=": no test ran, which counts as a failure"
  fi
  if [[ $ignored -gt 0 ]]; then line+=", $ignored ignored"; fi
  line+=" ($((SECONDS - begun)) s)"
  if [[ $failed -gt 0 ]]; then
    line+="  see $log"
    line+=$(sed -n $'s/\033\\[[0-9;]*m//g; s/^test \\(.*\\) \\.\\.\\. FAILED$/\\\n    failed: \\1/p' "$log")
  fi
  report+=("$line")
  passed_total=$((passed_total + passed))
  failed_total=$((failed_total + failed))
}

# Tests keep their databases and media in memory where that has 4 GiB to spare and runs programs. Containers often have 64 MiB.
choose_folder() {
  local room
  room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [[ ${room:-0} -lt 4194304 ]]; then return 0; fi
  quick_folder=$(mktemp -d /dev/shm/chaitube-tests.XXXXXX) || return 0
  if cp "$(type -P true)" "$quick_folder/true" && "$quick_folder/true" 2>/dev/null; then
    rm "$quick_folder/true"
    export TMPDIR=$quick_folder
  fi
}

unit_tests() {
  local status=0
  cargo test --locked --workspace --lib --bins --no-fail-fast || status=$?
  cargo test --locked --workspace --doc || status=$?
  return "$status"
}
integration_tests() { cargo test --locked --workspace --test '*' --no-fail-fast; }
# What tests/api/any_database and tests/process/any_database hold has run on SQLite, which is enough: they say why.
database_tests() { cargo test --locked --workspace --test '*' --no-fail-fast -- --skip any_database::; }
ui_tests() { cd ui && npm test; }
# Two files side by side, each with a server and a browser of its own.
browser_tests() { cd tests/browser && node --test --test-reporter=spec --test-concurrency=2 "$@"; }
export -f unit_tests ui_tests integration_tests database_tests browser_tests

# Twice as many tests at a time as there are cores: most of them wait for a child process or a clock.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(getconf _NPROCESSORS_ONLN)))}

need_cargo
target=$(target_folder)
logs=$target/test-logs
rm -rf "$logs"
mkdir -p "$logs"
trap clean_up EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM HUP

# All that can be missing is looked for before the long work begins.
install_for_test
if wanted instructions; then install_parts valgrind || die "counting instructions needs it"; fi
if wanted browser && has_browser_tests; then
  CHROMIUM=$(chromium_program)
  export CHROMIUM PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 CHAITUBE_BIN=$target/debug/chaitube
  npm_packages tests/browser
fi
# Before the program, which carries it.
export -f build_front_end npm_packages has_front_end
if { wanted ui || wanted browser; } && ! limited "$logs/page.log" build_front_end; then
  report+=("web page: could not be built  see $logs/page.log")
  failed_total=1
  finish
fi
if wanted postgres || { wanted browser && has_browser_tests; }; then
  postgres_start || die "PostgreSQL could not be started"
  note "PostgreSQL listens on ${POSTGRES_URL##*@}"
fi
choose_folder
# The instructions are counted in a build of their own.
if [[ $suites != " instructions " ]] && ! limited "$logs/build.log" cargo test --locked --workspace --no-run; then
  report+=("build: failed")
  failed_total=1
  finish
fi

if wanted unit; then suite unit unit_tests; fi
if wanted ui && has_front_end; then suite ui ui_tests; fi
if wanted sqlite; then suite sqlite integration_tests; fi
if wanted postgres; then
  CHAITUBE_TEST_DATABASE_URL=$POSTGRES_URL suite postgres database_tests
fi
if wanted browser && has_browser_tests; then
  suite browser-sqlite browser_tests
  # A browser never sees the database: one journey proves that the two work together.
  CHAITUBE_TEST_DATABASE_URL=$POSTGRES_URL suite browser-postgres browser_tests page-journey.test.js
fi
if wanted instructions; then suite instructions cargo bench --locked --bench instructions; fi
finish
