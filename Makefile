# Two commands: `make demo` and `make test`. Both do all the set-up first; it ends at once where nothing is missing.
# While working: `make quick`, the tests that need no browser and no timestamp authority, in under a minute on two cores.

AUDITOR := .venv/bin/auditor
# Compiled once, not by each of the thousand processes that the tests start.
export PYTHONDONTWRITEBYTECODE =
# Chromium's own sandbox cannot start for root: it is then turned off, recorded in the evidence and warned about.
SANDBOX := $(if $(filter 0,$(shell id -u)),--no-sandbox)

BENCHES := $(filter-out bench/__init__.py bench/authority.py bench/estate_made.py bench/site.py,$(wildcard bench/*.py))

.PHONY: set-up demo test quick docs check types imports unit bench soak fleet-test clean

set-up:
	@./set-up

demo: set-up
	@$(AUDITOR) demo $(SANDBOX)

test: check types imports unit

quick: set-up
	@.venv/bin/pytest -n 2 --dist loadfile --hypothesis-profile quick \
		-m "not browser and not tsa and not story and not slow and not long"

docs: set-up
	@.venv/bin/python -m tests.repository.cli_reference
	@.venv/bin/python -m tests.repository.decision_index
	@.venv/bin/python -m sphinx -q -W -n --keep-going -b html docs docs/_build
	@echo "docs/_build/index.html"

check: set-up
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check -q .

types: set-up
	@.venv/bin/mypy

imports: set-up
	@.venv/bin/lint-imports --no-cache

unit: set-up
	@.venv/bin/pytest -n 5 --dist loadfile --no-loadscope-reorder --hypothesis-profile ci -rs

bench: set-up
	@for script in $(BENCHES); do PYTHONPATH=. .venv/bin/python $$script --short --json || exit 1; done

soak: set-up
	@.venv/bin/pytest -m "long or hypothesis"

# On a PostgreSQL and an S3-compatible store of its own, begun and ended by the tests; fails where one is not installed.
fleet-test: set-up
	@FLEET_TESTS=required .venv/bin/pytest -n 5 --dist loadfile --no-loadscope-reorder -m "long or not long" tests/fleet tests/contracts

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
