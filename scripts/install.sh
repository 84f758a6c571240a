#!/usr/bin/env bash
# What the system must offer. `scripts/install.sh run` installs what the program needs,
# `scripts/install.sh test` what its tests need; the other scripts source it for its functions.
set -euo pipefail

note() { printf '%s\n' "$*" >&2; }
die() {
  note "error: $*"
  exit 1
}

# The folder with PostgreSQL's server programs. Debian and others keep it out of PATH.
postgres_programs() {
  local folder
  # shellcheck disable=SC2046 # one word a folder
  for folder in "${POSTGRES_BIN:-}" \
    $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
      /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin | sort -rV) \
    "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]]; then
      printf '%s\n' "$folder"
      return 0
    fi
  done
  return 1
}

chromium_program() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome \
    /Applications/Chromium.app/Contents/MacOS/Chromium \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if [[ -n $name ]] && command -v "$name"; then return 0; fi
  done
  return 1
}

has_part() {
  case $1 in
    compiler) command -v cc ;;
    ffmpeg) command -v ffmpeg && command -v ffprobe ;;
    nginx | haproxy) command -v "$1" || [[ -x /usr/sbin/$1 ]] ;;
    curl | etcd | patroni | sqlite3 | valgrind | wrk) command -v "$1" ;;
    postgresql) postgres_programs ;;
    chromium) chromium_program ;;
    # Films in the tests have names in Hindi.
    devanagari) [[ $(uname) == Darwin || -n $(fc-list :lang=hi) ]] ;;
  esac >/dev/null 2>&1
}

package_manager() {
  local name
  for name in apt-get dnf pacman apk zypper brew; do
    if command -v "$name" >/dev/null; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

# package_for MANAGER PART. Tried on Debian; the other names are the distributions' own lists'.
package_for() {
  case $1:$2 in
    apt-get:compiler) echo build-essential ;;
    apt-get:chromium) echo chromium fonts-liberation ;;
    apt-get:devanagari) echo fontconfig fonts-lohit-deva ;;
    apt-get:nginx) echo nginx-light ;;
    apt-get:etcd) echo etcd-server ;;
    dnf:sqlite3 | pacman:sqlite3 | apk:sqlite3 | brew:sqlite3) echo sqlite ;;
    dnf:devanagari) echo fontconfig lohit-devanagari-fonts ;;
    pacman:devanagari) echo fontconfig noto-fonts ;;
    apk:devanagari) echo fontconfig font-noto-devanagari ;;
    zypper:devanagari) echo fontconfig google-noto-sans-devanagari-fonts ;;
    apk:compiler) echo build-base ;;
    brew:compiler) echo gcc ;;
    *:compiler) echo gcc ;;
    dnf:ffmpeg) echo ffmpeg-free ;;
    dnf:postgresql | zypper:postgresql) echo postgresql-server ;;
    brew:postgresql) echo postgresql@17 ;;
    *) echo "$2" ;;
  esac
}

# Installs those of the named parts that are missing; fails after saying what to type if it may not.
install_parts() {
  local manager part packages update=true command prefix typed
  local missing=()
  for part in "$@"; do has_part "$part" || missing+=("$part"); done
  if [[ ${#missing[@]} -eq 0 ]]; then return 0; fi
  if ! manager=$(package_manager); then
    note "missing: ${missing[*]}; no package manager known here, please install them by hand"
    return 1
  fi
  packages=$(for part in "${missing[@]}"; do package_for "$manager" "$part"; done | xargs)
  case $manager in
    # A fresh machine has no package lists, an old one has stale ones.
    apt-get) update="apt-get update" command="apt-get install -y --no-install-recommends $packages" ;;
    dnf) command="dnf install -y $packages" ;;
    pacman) command="pacman -S --needed --noconfirm $packages" ;;
    apk) command="apk add $packages" ;;
    zypper) command="zypper --non-interactive install $packages" ;;
    brew) command="brew install $packages" ;;
  esac
  typed=$command
  if [[ $update != true ]]; then typed="$update && $command"; fi
  if [[ $manager == brew || $(id -u) -eq 0 ]]; then
    prefix="env"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 && -z ${CI:-} ]] && sudo -v; }; }; then
    prefix="sudo"
  else
    note "missing: ${missing[*]}. Installing them needs root, which sudo does not give here."
    note "Type this as root, then start again:"
    note "  $typed"
    return 1
  fi
  note "missing: ${missing[*]}; installing with: $typed"
  # A foreign package source that is down is no reason to stop: the install decides.
  # shellcheck disable=SC2086 # both are lists of words
  { $prefix $update || true; } </dev/null >&2
  # shellcheck disable=SC2086
  if ! $prefix env DEBIAN_FRONTEND=noninteractive $command </dev/null >&2; then
    note "that failed; its output is above. By hand it is:  $typed"
    return 1
  fi
  for part in "${missing[@]}"; do
    has_part "$part" || { note "$part was installed, but its programs are not found"; return 1; }
  done
}

need_cargo() {
  # rustup's folder is in PATH only for shells started after it was installed.
  PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
  command -v cargo >/dev/null || die "Rust is missing: install it with rustup, then start again"
}

target_folder() {
  cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# Where .ci/run keeps its own tools: beside no build, so that one machine fetches or compiles them once.
tools_folder() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/chaitube/tools"; }

has_front_end() { [[ -f ui/package.json ]]; }

# Fails with what to type unless Node is there, and new enough for the web page's build.
need_node() {
  local manager typed="install it from https://nodejs.org"
  if command -v npm >/dev/null && [[ $(node --version) =~ ^v([0-9]+) ]] && [[ ${BASH_REMATCH[1]} -ge 20 ]]; then
    return 0
  fi
  manager=$(package_manager) || manager=
  case $manager in
    apt-get) typed="apt-get install nodejs npm" ;;
    dnf | zypper) typed="$manager install nodejs npm" ;;
    pacman) typed="pacman -S nodejs npm" ;;
    apk) typed="apk add nodejs npm" ;;
    brew) typed="brew install node" ;;
  esac
  note "Node 20 or later with npm is missing; $1"
  note "Type this (as root), or get it from https://nodejs.org if that is an older one, then start again:"
  note "  $typed"
  return 1
}

# npm_packages FOLDER: what its lock file names, fetched if it has changed.
npm_packages() {
  if [[ ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]]; then
    (cd "$1" && npm ci --no-audit --no-fund)
  fi
}

# Builds the web page, if anything in ui/ is newer than what was built of it. What a failed build leaves would
# pass for a good one.
build_front_end() {
  local newer
  if ! has_front_end; then return 0; fi
  npm_packages ui || return 1
  if [[ -f ui/dist/index.html ]]; then
    newer=$(find ui -mindepth 1 \( -path ui/node_modules -o -path ui/dist \) -prune -o -newer ui/dist/index.html -print)
    if [[ -z $newer ]]; then return 0; fi
  fi
  (cd ui && npm run build) && return 0
  rm -f ui/dist/index.html
  return 1
}

has_browser_tests() { [[ -f tests/browser/package.json ]]; }

install_for_run() {
  need_cargo
  install_parts compiler ffmpeg || true
  has_part compiler || die "a C compiler is needed to build"
  if has_front_end; then
    need_node "the web page is built with it (\`cargo run --release\` gives the API alone)" || exit 1
  fi
  has_part ffmpeg || note "warning: going on without ffmpeg; until it is installed, only MP4 videos that browsers play are accepted"
}

install_for_test() {
  local parts=(compiler ffmpeg nginx postgresql)
  need_cargo
  if has_browser_tests; then
    parts+=(chromium devanagari)
  fi
  if has_browser_tests || has_front_end; then need_node "the web page and the browser tests need it" || exit 1; fi
  install_parts "${parts[@]}" || die "the tests need all of: ${parts[*]}"
}

install_for_bench() {
  local parts=(curl sqlite3 wrk)
  install_for_test
  install_parts "${parts[@]}" || die "the benchmarks need all of: ${parts[*]}"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  cd "$(dirname "$0")/.."
  case ${1:-} in
    run | test) "install_for_$1" ;;
    *) die "usage: scripts/install.sh run|test" ;;
  esac
fi
