# Needs python3 (3.11 or newer) and make, nothing else. `make help` lists the targets.
.POSIX:
.PHONY: help run install install-dev test check words bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: install ## start everything with a demo network; Ctrl-C stops it
	@exec .venv/bin/forecourt run --demo

install: ## set up .venv with what the product needs
	@sh tools/setup.sh requirements.lock

install-dev: ## set up .venv with what developing needs as well
	@sh tools/setup.sh requirements-dev.lock

test: install-dev ## lint, types, contracts, tidy and all tests
	@sh tools/test.sh

check: install-dev ## lint, types, contracts and tidy alone
	@sh tools/check.sh

words: install-dev ## the catalogues of the pages' words brought up to date
	@exec .venv/bin/python tools/words.py

bench: install-dev ## the benchmarks, each beside its reference; results as a table and as JSON
	@exec .venv/bin/python -m benchmarks
