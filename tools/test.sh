#!/bin/sh
# The checks beside every test. Browser tests need a chromium; it is installed where that takes no password.
set -eu
cd "$(dirname "$0")/.."

# The build without windows comes first: the same pages take it half the processor time.
has_headless() { command -v chromium-headless-shell >/dev/null; }
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
        $as_root apt-get update -qq >/dev/null
        for package in chromium-headless-shell chromium; do
            if $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; then return 0; fi
        done
        return 1
    else
        return 1
    fi
}

pytest() { .venv/bin/pytest --ignore tests/tidy "$@"; }

unset PYTHONDONTWRITEBYTECODE # else each of the many processes compiles all it imports again
# The checks take what the tests leave, as many of these wait; what they find is said at once.
nice sh tools/check.sh &
check=$!
[ -d tests/__pycache__ ] || pytest --collect-only -qq >/dev/null || true # compiled once, not by each of the processes below at a time
failed=
# Four at a time on two processors, as many tests wait for servers and browsers.
if has_headless || install_chromium || has_chromium; then
    pytest -n 4 --dist loadgroup "$@" || failed=1
else
    pytest -n 4 --dist loadgroup -m 'not browser' "$@" || failed=1
    echo "NOT RUN: the browser tests, as chromium is missing. Run: apt-get install -y chromium-headless-shell"
fi
wait "$check" || failed=1
[ -z "$failed" ]
