#!/usr/bin/env bash
# A whole cluster on this machine, all of it throwaway, on free ports: two servers and two workers of Chaitube behind
# HAProxy, a PostgreSQL primary and its standby under Patroni, an S3 store of SeaweedFS with three volume servers.
#   scripts/cluster.sh run [COMMAND…]   starts it, runs the command or waits for Ctrl-C, and removes it
# The program is built unless CHAITUBE_BIN names one.
# What CLUSTER/conf/s3-fault.json says happens to requests to the store (scripts/cluster/faulty-proxy.js).
# While it runs, CLUSTER names its folder (`run` prints it):
#   scripts/cluster.sh status           parts and their process numbers
#   scripts/cluster.sh kill PART        ends a part as a power cut would
#   scripts/cluster.sh stop PART        asks it to end
#   scripts/cluster.sh start PART       starts it again
#   scripts/cluster.sh query 1|2 SQL    asks the first or second host of the database
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/postgres.sh
source scripts/postgres.sh

# In the order in which they start.
PARTS=(etcd patroni1 patroni2 balancer master volume1 volume2 volume3 filer1 filer2 s3gateway1 s3gateway2 proxy
  node1 node2 worker1 worker2)
PORTS=(etcd etcd_peer patroni1 patroni2 postgres1 postgres2 writable web s3 gateways
  master master_grpc volume1 volume1_grpc volume2 volume2_grpc volume3 volume3_grpc
  filer1 filer1_grpc filer2 filer2_grpc s3gateway1 s3gateway1_grpc s3gateway2 s3gateway2_grpc node1 node2)
BUCKET=chaitube
WAIT_S=${CLUSTER_WAIT:-120}

# port NAME: of what listens there.
port() { sed -n "s/^$1=//p" "$CLUSTER/ports"; }
at() { printf '127.0.0.1:%s' "$(port "$1")"; }
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_ports() {
  local name next=$((20000 + RANDOM % 10000))
  for name in "${PORTS[@]}"; do
    until is_free "$next"; do next=$((next + 1)); done
    printf '%s=%s\n' "$name" "$next" >>"$CLUSTER/ports"
    next=$((next + 1))
  done
}

# until_ok WHAT COMMAND…: waits until the command succeeds.
until_ok() {
  local what=$1 end=$((SECONDS + WAIT_S))
  shift
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $end ]] || die "$what did not come up within $WAIT_S s; its log is in $CLUSTER/log"
    sleep 0.2
  done
}
answers() { curl -sf -m 2 -o /dev/null "$1"; }
lists() { curl -sf -m 2 "$1" | grep -q "$2"; }

# part NAME: how a part is started, from standard input. A script of its own, so that it can be started again.
part() { { printf '#!/usr/bin/env bash\nset -eu\n'; cat; } >"$CLUSTER/parts/$1"; }

start_part() {
  setsid bash "$CLUSTER/parts/$1" </dev/null >>"$CLUSTER/log/$1" 2>&1 &
  echo $! >"$CLUSTER/pid/$1"
  disown
}

# pid_of PART: of its process. PostgreSQL's parts are started by Patroni.
pid_of() {
  case $1 in
    postgres[12]) head -n 1 "$CLUSTER/postgres${1#postgres}/data/postmaster.pid" 2>/dev/null ;;
    *) cat "$CLUSTER/pid/$1" 2>/dev/null ;;
  esac
}

signal_part() {
  local pid
  pid=$(pid_of "$2") || die "there is no part '$2' that runs"
  kill "-$1" "$pid"
}

stop_all() {
  local name pid
  trap '' INT TERM HUP
  for name in "${PARTS[@]}" postgres1 postgres2; do
    pid=$(pid_of "$name") || continue
    kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
  sleep 0.2
  rm -rf "$CLUSTER"
}

# shellcheck source=scripts/cluster/parts.sh
source scripts/cluster/parts.sh

describe_cluster() {
  cat <<TEXT

Chaitube is at http://localhost:$(port web)  (servers: http://$(at node1), http://$(at node2))

  CLUSTER=$CLUSTER

kills a server, a worker, the database's primary or standby, a volume server, a gateway or a filer of the store:

  CLUSTER=$CLUSTER scripts/cluster.sh kill node1      (node2)
  CLUSTER=$CLUSTER scripts/cluster.sh kill worker1    (worker2)
  CLUSTER=$CLUSTER scripts/cluster.sh kill postgres1  (postgres2; Patroni starts it again as the standby)
  CLUSTER=$CLUSTER scripts/cluster.sh kill volume1    (volume2 volume3 s3gateway1 s3gateway2 filer1 filer2 master)

\`start\` in place of \`kill\` starts it again, \`status\` lists all. Logs are in $CLUSTER/log.
TEXT
}

run_cluster() {
  install_for_cluster
  PROGRAM=${CHAITUBE_BIN:-$(target_folder)/release/chaitube}
  if [[ -z ${CHAITUBE_BIN:-} ]]; then
    build_front_end || die "the web page could not be built"
    cargo build --release --locked --bin chaitube
  fi
  postgres_make_folder
  CLUSTER=$POSTGRES_FOLDER
  export CLUSTER PROGRAM
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # Others may pass through it, such as PostgreSQL's user, but the files with passwords are read by this user alone.
  umask 077
  chmod 711 "$CLUSTER"
  mkdir "$CLUSTER"/{parts,pid,log,conf}
  chmod 711 "$CLUSTER/conf"
  choose_ports
  start_cluster
  CLUSTER_WEB=http://localhost:$(port web)
  export CLUSTER_WEB
  describe_cluster
  if [[ $# -gt 0 ]]; then
    "$@"
  else
    echo "Ctrl-C ends it and removes all of it."
    while :; do sleep 3600 & wait $!; done
  fi
}

case ${1:-} in
  run)
    shift
    run_cluster "$@"
    ;;
  status | kill | stop | start | query)
    [[ -d ${CLUSTER:-} && -f $CLUSTER/ports ]] || die "CLUSTER must name the folder that 'scripts/cluster.sh run' printed"
    case $1 in
      status) for name in "${PARTS[@]}" postgres1 postgres2; do
        pid=$(pid_of "$name") && kill -0 "$pid" 2>/dev/null && echo "$name $pid" || echo "$name –"
      done ;;
      kill)
        signal_part KILL "$2"
        rm -f "$CLUSTER/pid/$2"
        ;;
      stop) signal_part TERM "$2" ;;
      query) query "postgres$2" "$3" ;;
      start) [[ -f $CLUSTER/parts/$2 ]] || die "there is no part '$2': ${PARTS[*]}"; start_part "$2" ;;
    esac
    ;;
  *) die "usage: scripts/cluster.sh run [COMMAND…] | status | kill PART | stop PART | start PART | query 1|2 SQL" ;;
esac
