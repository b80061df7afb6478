#!/usr/bin/env bash
# The Debian package, installed into a small Debian of its own with nothing but what it depends on: the settings are
# checked, the service runs as its unit says, takes a picture and looks at it, an upgrade keeps data and edited settings,
# and nothing is left after a purge. Then again in that Debian booted by systemd, in a container: the unit with its
# sandbox, the watchdog, another process by limitnet@.service. Also what lintian says.
#
# usage: tests/packaging/deb.sh FILE.deb     needs root, mmdebstrap, systemd-nspawn, lintian and the network
set -euo pipefail
cd "$(dirname "$0")/../.."

package=$(realpath "$1")
inside=$PWD/tests/packaging/deb_inside.sh
work=$(mktemp -d /var/tmp/limitnet-deb-XXXXXX)
root=$work/root
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
    echo "deb.sh: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail "needs root, for a Debian of its own"

lintian --fail-on error,warning --allow-root "$package" || fail "lintian has something to say"

# The same as another version, with other settings.
dpkg-deb -R "$package" "$work/next"
sed -i 's/^Version: .*/Version: 99.0-1/' "$work/next/DEBIAN/control"
echo "# A new comment." >>"$work/next/etc/limitnet/serve.conf"
(cd "$work/next" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb -Zgzip -z1 -b "$work/next" "$work/next.deb" >/dev/null

# A photograph as events of ChirpStack, each a packet.
"$work/next/usr/bin/limitnet" --version >/dev/null 2>&1 && fail "the program finds OpenVINO outside of the package"
LD_LIBRARY_PATH=$work/next/usr/lib/limitnet LIMITNET_MODELS=models \
    "$work/next/usr/bin/limitnet" encode tests/pictures/cat.jpg -o "$work/cat.lnp"
python3 - "$work" <<'END'
import base64, json, pathlib, sys
work = pathlib.Path(sys.argv[1])
event = json.loads(pathlib.Path("tests/service/events/chirpstack-up.json").read_bytes())
stream, at = (work / "cat.lnp").read_bytes(), 8
for number in range(20):
    size = int.from_bytes(stream[at : at + 2], "big")
    event.update(fCnt=number, data=base64.b64encode(stream[at + 2 : at + 2 + size]).decode())
    (work / f"event-{number}.json").write_text(json.dumps(event))
    at += 2 + size
END

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mmdebstrap --quiet --variant=minbase "$suite" "$root"
mkdir "$root/test"
cp "$work"/event-*.json "$work/next.deb" "$inside" "$root/test"
cp "$package" "$root/test/first.deb"
mount -t proc proc "$root/proc"

chroot "$root" /test/deb_inside.sh plain || fail "in the chroot"

chroot "$root" sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends dbus systemd-sysv' >"$work/apt" 2>&1 || fail "$(cat "$work/apt")"
umount "$root/proc"
cat >"$root/etc/systemd/system/test.service" <<END
[Unit]
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
StandardOutput=file:/test/log
StandardError=file:/test/log
ExecStart=/test/deb_inside.sh booted
ExecStartPost=/usr/bin/touch /test/passed
TimeoutStartSec=300
[Install]
WantedBy=multi-user.target
END
chroot "$root" systemctl enable --quiet test.service 2>/dev/null
timeout 400 systemd-nspawn --quiet --register=no --keep-unit --boot -D "$root" </dev/null >"$work/boot" 2>&1 || true
cat "$root/test/log" 2>/dev/null || cat "$work/boot"
[ -e "$root/test/passed" ] || fail "booted by systemd"
echo "deb.sh: passed"
