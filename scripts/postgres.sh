#!/usr/bin/env bash
# A throwaway PostgreSQL server on a free port of this machine. Sourced, it offers postgres_start,
# which sets POSTGRES_URL and POSTGRES_FOLDER, and postgres_stop. Typed:
#   scripts/postgres.sh start          prints the URL, says on stderr how to stop it
#   scripts/postgres.sh stop FOLDER
#   scripts/postgres.sh run COMMAND…   runs a command with CHAITUBE_TEST_DATABASE_URL and POSTGRES_PID set
#   scripts/postgres.sh pair           starts a primary and its synchronous standby, prints the URL of both, then FOLDER
#   scripts/postgres.sh crash FOLDER   ends the primary of a pair as a power cut would
#   scripts/postgres.sh promote FOLDER makes the standby the primary
# With POSTGRES_DURABLE=yes it waits for the disk, as one in use does.
set -euo pipefail
# shellcheck source=scripts/install.sh
source "$(dirname "${BASH_SOURCE[0]}")/install.sh"

POSTGRES_FOLDER=
POSTGRES_URL=
POSTGRES_PORT=

# The server refuses to be root, so for root it belongs to the package's own user. The environment
# is emptied because PGDATA, PGOPTIONS and their like would reach the server; `/` because that user
# may not enter the folder this was started in.
postgres_as_owner() (
  cd /
  set -- env -i PATH="$PATH" LC_ALL=C "$@"
  if [[ $(id -u) -ne 0 ]]; then
    exec "$@"
  elif command -v runuser >/dev/null; then
    exec runuser -u postgres -- "$@"
  else
    exec su -s /bin/sh postgres -c "$(printf '%q ' "$@")"
  fi
)

# Makes POSTGRES_FOLDER where the server's user can write; a private TMPDIR of root's is passed over.
postgres_make_folder() {
  local parent
  if [[ $(id -u) -eq 0 ]] && ! id postgres >/dev/null 2>&1; then
    note "PostgreSQL refuses to run as root and there is no user 'postgres': run this as another user"
    return 1
  fi
  for parent in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
    POSTGRES_FOLDER=$(mktemp -d "$parent/chaitube-postgres.XXXXXX") || continue
    if [[ $(id -u) -eq 0 ]]; then chown postgres "$POSTGRES_FOLDER"; fi
    if postgres_as_owner test -w "$POSTGRES_FOLDER"; then return 0; fi
    rmdir "$POSTGRES_FOLDER"
  done
  POSTGRES_FOLDER=
  note "no temporary folder that PostgreSQL's user can write to"
  return 1
}

postgres_start() {
  local programs data password
  programs=$(postgres_programs) || { note "PostgreSQL's server programs are missing"; return 1; }
  postgres_make_folder || return 1
  data=$POSTGRES_FOLDER/data
  # A password, because other users of the machine can reach the port, and a superuser of
  # PostgreSQL runs programs. Sent plainly over loopback: hashing would slow every connection.
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$password" | postgres_as_owner tee "$POSTGRES_FOLDER/password" >/dev/null
  if ! postgres_as_owner "$programs/initdb" -D "$data" -U postgres --pwfile="$POSTGRES_FOLDER/password" \
    -A password -E UTF8 --locale=C.UTF-8 --no-sync >"$POSTGRES_FOLDER/initdb.log" 2>&1; then
    cat "$POSTGRES_FOLDER/initdb.log" >&2
    return 1
  fi
  # No parallel plans: what a test reads from EXPLAIN must not depend on the machine's cores.
  postgres_as_owner tee -a "$data/postgresql.conf" >/dev/null <<-CONF
	listen_addresses = '127.0.0.1'
	unix_socket_directories = ''
	max_connections = 500
	max_parallel_workers_per_gather = 0
	CONF
  # Nothing here outlives the tests, so nothing waits for the disk.
  if [[ ${POSTGRES_DURABLE:-no} != yes ]]; then
    postgres_as_owner tee -a "$data/postgresql.conf" >/dev/null <<-CONF
	fsync = off
	synchronous_commit = off
	full_page_writes = off
	CONF
  fi
  postgres_serve "$data" "$POSTGRES_FOLDER/server.log" || return 1
  POSTGRES_URL="postgres://postgres:$password@127.0.0.1:$POSTGRES_PORT/postgres"
}

# postgres_serve DATA LOG: starts a server there and sets POSTGRES_PORT.
postgres_serve() {
  local programs try
  programs=$(postgres_programs)
  # Below the ports that the kernel hands to clients. Somebody else may take one first: try again.
  for try in 1 2 3 4 5; do
    POSTGRES_PORT=$((20000 + RANDOM % 12000))
    if postgres_as_owner "$programs/pg_ctl" -D "$1" -l "$2" -s -w -o "-p $POSTGRES_PORT" start 2>/dev/null; then
      return 0
    fi
  done
  note "PostgreSQL did not start ($try tries):"
  cat "$2" >&2 || true
  return 1
}

# Starts a primary, and a standby without which it acknowledges nothing.
postgres_pair() {
  local programs data standby url
  postgres_start || return 1
  programs=$(postgres_programs) data=$POSTGRES_FOLDER/data standby=$POSTGRES_FOLDER/standby url=$POSTGRES_URL
  postgres_as_owner "$programs/pg_basebackup" -D "$standby" -d "$url" -R --checkpoint=fast --no-sync || return 1
  postgres_serve "$standby" "$POSTGRES_FOLDER/standby.log" || return 1
  POSTGRES_URL="${url%/postgres},127.0.0.1:$POSTGRES_PORT/postgres"
  # Only now: the standby must not wait for one of its own when it is the primary.
  postgres_as_owner tee -a "$data/postgresql.conf" >/dev/null <<-CONF
	synchronous_commit = on
	synchronous_standby_names = '*'
	CONF
  postgres_as_owner "$programs/pg_ctl" -D "$data" -s reload
}

# Ends the server and removes its files; harmless when there is none.
postgres_stop() {
  local programs data
  if [[ -z $POSTGRES_FOLDER ]]; then return 0; fi
  programs=$(postgres_programs)
  for data in "$POSTGRES_FOLDER/data" "$POSTGRES_FOLDER/standby"; do
    if [[ -f $data/postmaster.pid ]]; then postgres_as_owner "$programs/pg_ctl" -D "$data" -s -m immediate stop || true; fi
  done
  rm -rf "$POSTGRES_FOLDER"
  POSTGRES_FOLDER=
  POSTGRES_URL=
}

postgres_crash() {
  postgres_as_owner "$(postgres_programs)/pg_ctl" -D "$POSTGRES_FOLDER/data" -s -m immediate stop
}

postgres_promote() {
  postgres_as_owner "$(postgres_programs)/pg_ctl" -D "$POSTGRES_FOLDER/standby" -s -w promote
}

postgres_main() {
  case ${1:-} in
    start)
      trap postgres_stop EXIT
      postgres_start
      trap - EXIT
      note "stop it with: scripts/postgres.sh stop $POSTGRES_FOLDER"
      printf '%s\n' "$POSTGRES_URL"
      ;;
    pair)
      trap postgres_stop EXIT
      postgres_pair
      trap - EXIT
      printf '%s\n%s\n' "$POSTGRES_URL" "$POSTGRES_FOLDER"
      ;;
    stop | crash | promote)
      [[ $(basename "${2:-}") == chaitube-postgres.* && -d $2 ]] || die "$1 needs the folder that was named at the start"
      POSTGRES_FOLDER=$2
      "postgres_$1"
      ;;
    run)
      shift
      trap postgres_stop EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM HUP
      postgres_start
      POSTGRES_PID=$(postgres_as_owner head -n 1 "$POSTGRES_FOLDER/data/postmaster.pid")
      export POSTGRES_PID
      CHAITUBE_TEST_DATABASE_URL=$POSTGRES_URL "$@"
      ;;
    *) die "usage: scripts/postgres.sh start | pair | stop FOLDER | crash FOLDER | promote FOLDER | run COMMAND…" ;;
  esac
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then postgres_main "$@"; fi
