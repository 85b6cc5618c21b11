#!/bin/sh
# The checks, then every test. Browser tests need a chromium; it is installed where that takes no password.
set -eu
cd "$(dirname "$0")/.."

has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

install_chromium() {
    if command -v apt-get >/dev/null; then
        if [ "$(id -u)" = 0 ]; then
            as_root=
        elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root='sudo -n'
        else
            return 1
        fi
        echo "Installing chromium for the browser tests ..."
        $as_root apt-get update -qq >/dev/null && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    else
        return 1
    fi
}

sh tools/check.sh
# Three at a time on two processors, as many tests wait for servers and browsers.
if has_chromium || install_chromium; then
    exec .venv/bin/pytest -n 3 --dist loadgroup --ignore tests/tidy "$@"
fi
.venv/bin/pytest -n 3 --dist loadgroup --ignore tests/tidy -m 'not browser' "$@"
echo "NOT RUN: the browser tests, as chromium is missing. Run: apt-get install -y chromium"
