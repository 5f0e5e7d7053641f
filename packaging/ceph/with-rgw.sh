#!/usr/bin/env bash
# Runs a command beside a throw-away Ceph RADOS Gateway on loopback, and stops it whatever happens.
#
# Usage: with-rgw.sh COMMAND...
# The command finds BOOTH_TEST_S3_ENDPOINT, _BUCKET, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY, and _GATEWAY: a script
# that takes `kill` (SIGKILL) or `start` (start again, and wait until it answers).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../install-system-packages.sh" "$here/system-packages.txt"
export PATH="$PATH:/usr/sbin:/sbin"

command=""
work=$(mktemp -d "${TMPDIR:-/tmp}/booth-rgw.XXXXXX")
stop() {
    local pid_file pids=()
    for pid_file in "$work"/*.pid; do
        [ -e "$pid_file" ] && pids+=("$(cat "$pid_file")")
    done
    if [ -n "$command" ]; then kill "$command" 2>/dev/null || true; fi
    if [ ${#pids[@]} -gt 0 ]; then kill -9 "${pids[@]}" 2>/dev/null || true; fi
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    local port
    while port=$((20000 + RANDOM)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

fail() {
    echo "with-rgw.sh: $1; the last lines of its log:" >&2
    tail -n 15 "$work"/*.log >&2
    exit 1
}

start() { # start NAME COMMAND...: a daemon in the foreground, as a child of this script
    local name=$1
    shift
    "$@" >>"$work/$name.log" 2>&1 &
    echo $! >"$work/$name.pid"
}

mon_port=$(free_port)
rgw_port=$(free_port)
fsid=$(cat /proc/sys/kernel/random/uuid)
endpoint=http://127.0.0.1:$rgw_port
access_key=booth$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
secret_key=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')

cat >"$work/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = v2:127.0.0.1:$mon_port/0
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
mon_data_avail_crit = 1
run_dir = $work
admin_socket = $work/\$name.asok
log_file = $work/\$name.log
err_to_stderr = false
mon_cluster_log_file = $work/cluster.log
keyring = /dev/null
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
[mon]
mon_data = $work/mon
[osd]
osd_data = $work/osd
osd_objectstore = bluestore
osd_memory_target = 939524096
osd_memory_cache_min = 134217728
bluestore_block_size = 4294967296
bluestore_block_create = true
osd_class_update_on_start = true
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$rgw_port tcp_nodelay=1
rgw_data = $work/rgw
rgw_rados_pool_pg_num_min = 8
rgw_thread_pool_size = 32
CONF
mkdir "$work/mon" "$work/osd" "$work/rgw"
export CEPH_CONF=$work/ceph.conf CEPH_ARGS="--conf $work/ceph.conf"
quiet() { "$@" >>"$work/set-up.log" 2>&1 || fail "$1 failed"; }

quiet monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port/0]" "$work/monmap"
quiet ceph-mon --mkfs -i a --monmap "$work/monmap"
start mon ceph-mon -f -i a
osd_uuid=$(cat /proc/sys/kernel/random/uuid)
quiet timeout 60 ceph osd new "$osd_uuid"
quiet ceph-osd --mkfs -i 0 --osd-uuid "$osd_uuid"
start osd ceph-osd -f -i 0

cat >"$work/gateway" <<GATEWAY
#!/usr/bin/env bash
# kill: SIGKILL the gateway and wait until it is gone. start: start it and wait until it answers.
set -euo pipefail
export CEPH_ARGS="--conf $work/ceph.conf"
case \$1 in
kill)
    pid=\$(cat "$work/rgw.pid")
    kill -9 "\$pid"
    while (exec 3<>/dev/tcp/127.0.0.1/$rgw_port) 2>/dev/null; do sleep 0.1; done
    ;;
start)
    radosgw -f -n client.rgw >>"$work/rgw.log" 2>&1 </dev/null &
    echo \$! >"$work/rgw.pid"
    for _ in \$(seq 300); do
        curl --silent --output /dev/null --max-time 5 "$endpoint" && exit 0
        sleep 0.2
    done
    echo "the gateway does not answer within 60 s" >&2
    exit 1
    ;;
esac
GATEWAY
chmod +x "$work/gateway"
"$work/gateway" start || fail "radosgw does not start"
quiet timeout 60 radosgw-admin user create --uid=booth --display-name=booth \
    --access-key="$access_key" --secret-key="$secret_key"
quiet curl --silent --show-error --fail --max-time 60 --aws-sigv4 aws:amz:us-east-1:s3 \
    --user "$access_key:$secret_key" --header "x-amz-content-sha256: UNSIGNED-PAYLOAD" \
    --request PUT "$endpoint/booth-test" # the gateway wants that header signed; Debian 12's curl leaves it out

unset CEPH_ARGS CEPH_CONF
echo "with-rgw.sh: the gateway answers at $endpoint after $SECONDS s"
export BOOTH_TEST_S3_ENDPOINT=$endpoint BOOTH_TEST_S3_BUCKET=booth-test BOOTH_TEST_S3_GATEWAY=$work/gateway
export BOOTH_TEST_S3_ACCESS_KEY_ID=$access_key BOOTH_TEST_S3_SECRET_ACCESS_KEY=$secret_key
"$@" &
command=$!
status=0
wait "$command" || status=$?
command=""
exit "$status"
