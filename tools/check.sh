#!/bin/sh
# Everything about the shape of the code, nothing that starts a server. Every step runs, so that one look shows all there is to mend.
set -u
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
told=$(mktemp -d)
trap 'rm -r "$told"' EXIT

step() {
    name=$1
    shift
    "$@" >"$told/$name" 2>&1 || mv "$told/$name" "$told/$name.failed"
}

step types $bin/mypy --no-error-summary & # beside the others, as it takes as long as they do on one processor
step lint $bin/ruff check -q
step format $bin/ruff format -q --check
step contracts $bin/lint-imports --no-logo --no-cache
step tidy $bin/pytest tests/tidy --noconftest -q -o timeout=900 # it waits behind the tests
wait
failed=$(cd "$told" && ls | sed -n 's/\.failed$//p')
if [ -n "$failed" ]; then
    cat "$told"/*.failed
    echo "check failed:" $failed >&2
    exit 1
fi
echo "check passed"
