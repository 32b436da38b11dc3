#!/bin/sh
# Bring the proxies that the tests run, where root and apt are there. As programs only: none is started, now or at boot.
missing=
for pair in nginx:nginx-light caddy:caddy varnishd:varnish curl:curl; do
    PATH="$PATH:/usr/sbin" command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
test -n "$missing" || exit 0
if test "$(id -u)" != 0 || ! command -v apt-get >/dev/null; then
    echo "not installed:$missing, and no root or no apt to bring them; the tests that need them are skipped by name" >&2
    exit 0
fi
policy=/usr/sbin/policy-rc.d
if ! test -e "$policy"; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
fi
apt-get update -qq
# shellcheck disable=SC2086  # several words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
for package in $missing; do
    systemctl disable "${package%-light}" 2>/dev/null || true
done
