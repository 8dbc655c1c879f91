#!/usr/bin/env bash
# A real S3 server for tests: a single-node Ceph (monitor, object store in memory, radosgw) on 127.0.0.1.
# usage: start-s3.sh FOLDER PORT [PID]   starts it, with all state in FOLDER, and prints its URL with the credentials in it;
#                                        prints the URL alone where it runs already. It stops when process PID ends.
#        start-s3.sh stop FOLDER         stops it and removes FOLDER
# Also takes the ports PORT+10000 to PORT+10060. Installs Ceph by apt-get if it is missing (as root).
set -euo pipefail

stop() {
  pids=$(cat "$1"/*.pid 2>/dev/null || true)
  # shellcheck disable=SC2086 # a list
  [ -z "$pids" ] || kill -9 $pids 2>/dev/null || true # nothing of it is kept, so nothing has to be written out
  for pid in $pids; do tail --pid="$pid" -s 0.05 -f /dev/null; done
  rm -rf "$1"
}

if [ "$1" = stop ]; then
  stop "$2"
  exit 0
fi

if [ "$1" = stop-after ]; then # internal
  tail --pid="$2" -s 0.2 -f /dev/null
  stop "$3"
  exit 0
fi

folder=$1 port=$2 owner=${3:-}
monitor=$((port + 10000))
access_key=testaccess secret_key=testsecretkey

mkdir -p "$folder"
exec 9>"$folder/lock" # two test files may ask at the same time
flock 9
if [ -f "$folder/url" ]; then
  cat "$folder/url"
  exit 0
fi

if ! { command -v radosgw && command -v ceph-mon && command -v ceph-osd; } >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo 'Ceph is missing: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd' >&2; exit 1; }
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd >&2
fi

mkdir -p "$folder"/{mon,osd,rgw,run,log}
conf=$folder/ceph.conf
cat >"$conf" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = [v2:127.0.0.1:$monitor,v1:127.0.0.1:$((monitor + 1))]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = $((monitor + 10))
ms_bind_port_max = $((monitor + 60))
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
run_dir = $folder/run
admin_socket = $folder/run/\$name.\$pid.asok
pid_file =
log_file = $folder/log/\$name.log
mon_cluster_log_file = $folder/log/cluster.log
crash_dir = $folder/log
keyring = $folder/keyring
setuser_match_path =
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 10000
mon_data_avail_crit = 0
mon_data_avail_warn = 0
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[mon.a]
mon_data = $folder/mon
[osd.0]
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_max_object_name_len = 2048
[client.rgw]
rgw_data = $folder/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_enable_quota_threads = false
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_run_sync_thread = false
rgw_override_bucket_index_max_shards = 1
rgw_dynamic_resharding = false
rgw_thread_pool_size = 64
CONF
touch "$folder/keyring"

# Runs a daemon that keeps neither the lock nor the caller's pipes open.
daemon() {
  name=$1 program=$2
  shift 2
  setsid "$program" -c "$conf" "$@" -f </dev/null >"$folder/log/$name.out" 2>&1 9>&- &
  echo $! >"$folder/$name.pid"
}

fail() {
  echo "$1; the ends of its logs:" >&2
  tail -qn 5 "$folder"/log/*.out "$folder"/log/client.rgw.log >&2
  exit 1
}
trap 'status=$?; [ $status = 0 ] || stop "$folder"' EXIT

{
  fsid=$(sed -n 's/^fsid = //p' "$conf")
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor,v1:127.0.0.1:$((monitor + 1))]" "$folder/monmap"
  ceph-mon -c "$conf" --mkfs -i a --monmap "$folder/monmap"
  daemon mon ceph-mon -i a
  osd=$(cat /proc/sys/kernel/random/uuid)
  timeout 30 ceph -c "$conf" osd new "$osd"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
  timeout 30 ceph -c "$conf" osd crush add osd.0 1.0 root=default
  daemon osd ceph-osd -i 0
  timeout 120 radosgw-admin -c "$conf" -n client.rgw user create --uid=test --display-name=test \
    --access-key="$access_key" --secret-key="$secret_key"
  daemon rgw radosgw -n client.rgw
} >"$folder/log/start.out" 2>&1 || fail 'Ceph did not start'

# radosgw listens once it can serve.
answers() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
for _ in $(seq 600); do
  answers && break
  kill -0 "$(cat "$folder/rgw.pid")" 2>/dev/null || fail 'radosgw ended'
  sleep 0.1
done
answers || fail 'radosgw does not answer'

if [ -n "$owner" ]; then
  setsid bash "$0" stop-after "$owner" "$folder" </dev/null >/dev/null 2>&1 9>&- &
fi
echo "http://$access_key:$secret_key@127.0.0.1:$port" | tee "$folder/url"
