#!/usr/bin/env bash
# Runs programs against a PostgreSQL of its own: a new data folder, a socket there, no TCP, an ordinary user. They find
# it by LN_TEST_DATABASE. It does not flush to the disk unless LN_TEST_FLUSH is set, since no test turns the power off.
#
# usage: postgres.sh [PROGRAM...]     exit code 77: there is no server here
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || true)")
[ -x "$bin/initdb" ] || { echo "postgres.sh: initdb is missing: install Debian's postgresql" >&2; exit 77; }

work=$(mktemp -d /tmp/limitnet-pg-XXXXXX)
as_user=()
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$work")
    chown nobody:nogroup "$work"
fi
chmod 755 "$work"
cd "$work"
stop() {
    "${as_user[@]}" "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT

settings="-c listen_addresses= -c unix_socket_directories=$work ${LN_TEST_FLUSH:--c fsync=off}"
"${as_user[@]}" "$bin/initdb" -D "$work/data" -U limitnet -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$work/log" 2>&1 &&
    "${as_user[@]}" "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -o "$settings" -w start >/dev/null ||
    { cat "$work"/*log >&2; exit 1; }

export LN_TEST_DATABASE="postgresql:///postgres?host=$work&user=limitnet" LN_TEST_DATA=$work/data
cd - >/dev/null
for program in "$@"; do
    "$program"
done
