#!/bin/sh
# setup.sh LOCK: makes .venv hold exactly what the hashed lock names, and the project itself. Does nothing when that is so already.
set -eu
cd "$(dirname "$0")/.."
lock=$1
uv_pin='uv==0.13.9'
python=${PYTHON:-python3}

fail() {
    echo "forecourt: $1" >&2
    exit 1
}

stamp_of() { cat "$1" tools/setup.sh pyproject.toml | cksum; }

is_done() {
    [ "$(cat .venv/.done-"$1" 2>/dev/null)" = "$(stamp_of "$1")" ] && .venv/bin/python -c '' 2>/dev/null
}

# The development lock holds everything the other one does.
if is_done "$lock" || is_done requirements-dev.lock; then exit 0; fi

command -v "$python" >/dev/null || fail "python3 is missing. Run: apt-get install -y python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; 3.11 or newer is needed. Name another with: make PYTHON=/path/to/python3"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is incomplete. Run: apt-get install -y python3-venv"

echo "Setting up .venv (once per version, about a minute) ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "setting up .venv failed at: $*"
    }
}
.venv/bin/python -c '' 2>/dev/null || quietly "$python" -m venv --clear .venv
[ "$(.venv/bin/uv --version 2>/dev/null | cut -d ' ' -f 2)" = "${uv_pin#uv==}" ] || quietly .venv/bin/python -m pip install -q "$uv_pin"
uv_install() { .venv/bin/uv pip install -q --python .venv/bin/python "$@"; }
# uv is fast, but reads neither pip's settings nor, unless told to, the system's certificates: where it fails, pip may still get through.
install_lock() {
    uv_install --require-hashes -r "$lock" ||
        UV_SYSTEM_CERTS=1 uv_install --require-hashes -r "$lock" ||
        .venv/bin/python -m pip install -q --require-hashes -r "$lock"
}
quietly install_lock
quietly uv_install --no-build-isolation --no-deps -e .
stamp_of "$lock" >.venv/.done-"$lock"
