#!/bin/sh
# Everything about the shape of the code, nothing that starts a server. Every step runs, so that one look shows all there is to mend.
set -u
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
failed=

step() {
    name=$1
    shift
    output=$("$@" 2>&1) || {
        echo "$output"
        failed="$failed $name"
    }
}

step lint $bin/ruff check -q
step format $bin/ruff format -q --check
step types $bin/mypy --no-error-summary
step contracts $bin/lint-imports --no-logo --no-cache
step tidy $bin/pytest tests/tidy --noconftest -q -n 2
if [ -n "$failed" ]; then
    echo "check failed:$failed" >&2
    exit 1
fi
echo "check passed"
