#!/bin/sh
# Everything about the shape of the code, nothing that starts a server.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
$bin/ruff check -q
$bin/ruff format -q --check
$bin/mypy --no-error-summary
contracts=$($bin/lint-imports --no-logo) || {
    echo "$contracts"
    exit 1
}
$bin/pytest tests/tidy -n 2
