#!/usr/bin/env bash
# The part of deb.sh that runs inside of its Debian. plain: nobody starts services, so it runs the unit's command as the
# unit's user. booted: systemd does.
#
# usage: deb_inside.sh plain|booted
set -euo pipefail
cd /test
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
how=$1
unit=/lib/systemd/system/limitnet.service
config=/etc/limitnet/serve.conf
secrets=/etc/limitnet/secrets.env

fail() {
    echo "deb_inside.sh, $how: $*" >&2
    [ "$how" = plain ] || journalctl --no-pager -n 40 >&2
    [ ! -e service.log ] || cat service.log >&2
    exit 1
}

# ask PORT METHOD PATH [FILE]: the answer to an HTTP request, without curl
ask() {
    local body=${4:-/dev/null}
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    { printf '%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n' \
        "$2" "$3" "${WEBHOOK_SECRET:-}" "$(wc -c <"$body")"; cat "$body"; } >&3
    cat <&3
    exec 3>&-
}

# wait_for WHAT SECONDS COMMAND...: until it succeeds
wait_for() {
    local what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    fail "$what: still not so after $seconds s"
}

ready() { ask "${1:-8080}" GET /readyz 2>/dev/null | grep -qx ready; }
metric() { ask 9464 GET /metrics | grep -qxF "$1"; }
# How often the vision model has seen something.
saw() { ask 9464 GET /metrics | grep -qE '^limitnet_inference_seconds_count [1-9]'; }

start() {
    if [ "$how" = booted ]; then
        systemctl restart limitnet
    else
        command=$(sed -n 's/^ExecStart=//p' $unit)
        install -d -o limitnet -g limitnet -m 750 /var/lib/limitnet
        (cd /var/lib/limitnet && exec setpriv --reuid="$(sed -n 's/^User=//p' $unit)" --regid=limitnet \
            --clear-groups --no-new-privs $command) >>service.log 2>&1 &
        process=$!
    fi
    wait_for "the service is ready" 60 ready
}

stop() {
    if [ "$how" = booted ]; then
        systemctl stop limitnet
        [ "$(systemctl show -P Result limitnet)" = success ] || fail "it did not end well"
    else
        kill "$process"
        wait "$process" || fail "it ended with $?"
    fi
}

left() {
    find / -xdev \( -path /test -o -path /proc -o -path /sys -o -path /var/log -o -path /run/systemd \) -prune -o \
        -name '*limitnet*' -print
}

# ---- Installation ----
if [ "$how" = plain ]; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends ./first.deb >apt.log 2>&1 || fail "$(cat apt.log)"
    echo "installed: $(grep -c '^Setting up' apt.log) packages, $(dpkg-query -W -f '${Installed-Size}' limitnet) KiB"
else
    dpkg -i first.deb >apt.log 2>&1 || fail "$(cat apt.log)"
    # As it is installed, it runs.
    systemctl is-active --quiet limitnet && systemctl is-enabled --quiet limitnet || fail "it was not started"
    wait_for "the service is ready" 60 ready
fi
[ "$(stat -c %U:%G:%a $config)" = root:limitnet:640 ] || fail "$config: $(stat -c %U:%G:%a $config)"
[ "$(stat -c %U:%a $secrets)" = root:600 ] || fail "$secrets: $(stat -c %U:%a $secrets)"
set -a
. $secrets
set +a
limitnet serve --check --config $config >/dev/null || fail "the settings as they come"
zcat /usr/share/man/man1/limitnet-serve.1.gz | grep -q -- --roles || fail "no man page"

# ---- A picture comes, and is looked at ----
printf '[log]\nlevel = debug\n' >>$config
start
for file in event-*.json; do
    ask 8080 POST /hook/chirpstack $file | grep -q '^taken' || fail "$file: $(ask 8080 POST /hook/chirpstack $file)"
done
wait_for "the vision model has seen the picture" 60 saw
[ "$how" = plain ] || echo "$(systemd-analyze security --no-pager limitnet.service | tail -n 1)"

# ---- systemd's own: the watchdog, another process ----
if [ "$how" = booted ]; then
    systemd-analyze verify --man=no $unit /lib/systemd/system/limitnet@.service || fail "systemd-analyze verify"
    systemd-run --pipe --quiet --wait -p User=limitnet -p EnvironmentFile=$secrets \
        limitnet serve --check --config $config | grep -qx 'level = debug' || fail "--check as the user"

    mkdir -p /etc/systemd/system/limitnet.service.d
    printf '[Service]\nWatchdogSec=4\n' >/etc/systemd/system/limitnet.service.d/watchdog.conf
    systemctl daemon-reload
    start
    sleep 6
    [ "$(systemctl show -P NRestarts limitnet)" = 0 ] || fail "the watchdog bites a service that is well"
    kill -STOP "$(systemctl show -P MainPID limitnet)"
    restarted() { [ "$(systemctl show -P NRestarts limitnet)" = 1 ] && ready; }
    wait_for "the watchdog has started it anew" 60 restarted
    rm -r /etc/systemd/system/limitnet.service.d
    systemctl daemon-reload

    systemctl stop limitnet
    echo ROLES=ingest >/etc/limitnet/ingest-1.env
    systemctl start limitnet@ingest-1
    wait_for "limitnet@ingest-1 is ready" 60 ready
    systemctl stop limitnet@ingest-1
    start
fi

# ---- An upgrade keeps settings and data ----
[ "$how" = booted ] || stop
dpkg --force-confold -i next.deb >apt.log 2>&1 || fail "$(cat apt.log)"
[ "$how" = booted ] || start
wait_for "the new version is ready" 60 ready
[ "$(dpkg-query -W -f '${Version}' limitnet)" = 99.0-1 ] || fail "not upgraded"
grep -qx 'level = debug' $config && [ -e $config.dpkg-dist ] || fail "the settings were not kept"
[ "$(stat -c %U:%G:%a $config)" = root:limitnet:640 ] || fail "after the upgrade, $config: $(stat -c %U:%G:%a $config)"
ask 8080 POST /hook/chirpstack event-0.json | grep -q '^taken' || fail "the new version takes nothing"
metric 'limitnet_events_total{source="chirpstack",fate="repeat"} 1' || fail "the frames were not kept"

# ---- Removal keeps them, too; a purge does not ----
[ "$how" = booted ] || stop
dpkg --remove limitnet >apt.log 2>&1 || fail "$(cat apt.log)"
! ready || fail "it still runs"
[ -s /var/lib/limitnet/limitnet.db ] && [ -e $config ] || fail "removal removed data or settings"
dpkg --purge limitnet >apt.log 2>&1 || fail "$(cat apt.log)"
[ -z "$(left)" ] || fail "left after the purge: $(left)"
! getent passwd limitnet && ! getent group limitnet || fail "the user is left"
rm -f service.log
echo "deb_inside.sh, $how: passed"
