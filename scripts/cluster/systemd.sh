#!/usr/bin/env bash
# Runs Chaitube by deploy/chaitube.service under a systemd that is started for it in namespaces of its own, over a copy of
# this machine's files that is thrown away, and lets it process a video: what the unit takes away must not be missed, and
# ffmpeg must still be sandboxed. Needs root, overlayfs and cgroup2. Without CHAITUBE_BIN it is the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=scripts/install.sh
source scripts/install.sh

# In the new namespaces: mounts the copy and becomes its systemd.
become_systemd() {
  local root=$1/root
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$1/upper"
  mkdir "$1/upper/files" "$1/upper/work"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper/files,workdir=$1/upper/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t sysfs sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  # Nothing of this machine's is started.
  rm -f "$root"/etc/systemd/system/*.wants/*
  install -m 755 "$CHAITUBE_BIN" "$root/usr/local/bin/chaitube"
  install -m 644 deploy/chaitube.service "$root/etc/systemd/system/"
  mkdir -p "$root/etc/chaitube"
  printf 'PORT=%s\nMIN_FREE_SPACE=0\n' "$2" >"$root/etc/chaitube/chaitube.env"
  exec chroot "$root" env container=chaitube /lib/systemd/systemd --system --unit=basic.target --show-status=no
}

if [[ ${1:-} == --become ]]; then become_systemd "$2" "$3"; fi

[[ $(id -u) -eq 0 ]] || die "it needs root, to start systemd"
[[ -x /lib/systemd/systemd ]] || die "systemd is not installed"
install_parts curl ffmpeg || die "it needs curl and ffmpeg"
need_cargo
CHAITUBE_BIN=$(realpath "${CHAITUBE_BIN:-$(target_folder)/release/chaitube}")
[[ -x $CHAITUBE_BIN ]] || die "$CHAITUBE_BIN is not there: build it, or let CHAITUBE_BIN name another"
export CHAITUBE_BIN

folder=$(mktemp -d)
port=$((20000 + RANDOM % 10000))
mkdir "$folder/upper" "$folder/root"
setsid unshare --fork --pid --mount --uts --ipc --cgroup "$0" --become "$folder" "$port" >"$folder/log" 2>&1 &
outer=$!
disown
clean_up() {
  kill -KILL "${systemd:-$outer}" "$outer" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

# The one process that unshare has started, and which is number 1 there.
for _ in {1..100}; do
  systemd=$(pgrep -P "$outer" || true)
  if [[ -n $systemd && $(cat "/proc/$systemd/comm") == systemd ]]; then break; fi
  sleep 0.1
done
[[ -n $systemd ]] || { cat "$folder/log" >&2; die "systemd did not start"; }
inside() { nsenter -t "$systemd" -m -p -u -i -C -r -w "$@"; }
until_ok() {
  for _ in {1..300}; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  inside journalctl -u chaitube --no-pager >&2 || true
  die "this did not become true: $*"
}

until_ok inside systemctl is-system-running --quiet
inside systemctl start chaitube
site=http://localhost:$port/api/v1
until_ok curl -sf "$site/healthcheck"

ffmpeg -v error -f lavfi -i testsrc2=size=64x64 -frames:v 1 "$folder/avatar.png"
ffmpeg -v error -f lavfi -i testsrc2=size=320x180:duration=3 -pix_fmt yuv420p "$folder/film.mp4"
password="correct horse battery staple"
curl -sf -o /dev/null -F username=alice -F fullName=Alice -F email=alice@example.org -F "password=$password" \
  -F "avatar=@$folder/avatar.png" "$site/users/register"
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
token=$(curl -sf -H 'content-type: application/json' -d "{\"username\":\"alice\",\"password\":\"$password\"}" \
  "$site/users/login" | field accessToken)
video=$(curl -sf -H "authorization: Bearer $token" -F title=t -F description=d -F "videoFile=@$folder/film.mp4" \
  "$site/videos" | grep -o '"data":{"_id":"[0-9a-f]*"' | grep -o '[0-9a-f]\{24\}')
is_ready() { curl -sf -H "authorization: Bearer $token" "$site/videos/$video/processing" | grep -q '"status":"ready"'; }
until_ok is_ready

log=$(inside journalctl -u chaitube --no-pager)
grep -q 'closed by Landlock' <<<"$log" || die "ffmpeg was not sandboxed: $log"
grep -q 'seccomp' <<<"$log" || die "ffmpeg was not sandboxed: $log"
inside systemctl stop chaitube
[[ $(inside systemctl show chaitube -p Result --value) == success ]] || die "the server did not stop well"
echo "Chaitube runs under its systemd unit, and processes videos in its sandbox."
