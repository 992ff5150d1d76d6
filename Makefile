# Everything a person or CI does with this repository. `make` alone lists it.
# Rules: every target makes the environment it needs (.venv, from the locks); a tool that
# is missing on the machine is named with its Debian package.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .venv/.ready
OLDEST := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(OLDEST)' 2>/dev/null && echo $$p && break; done)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' \
		| while IFS=$$'\t' read -r name words; do printf '  make %-12s %s\n' "$$name" "$$words"; done

.PHONY: demo
demo: $(READY) ## watch domain events turn into SMS, until Ctrl-C (needs nothing but Python)
	@$(BIN)/chappe demo

.PHONY: test
test: $(READY) tools ## every test: unit, and integration and contract on a real Kafka
	$(BIN)/pytest --durations=10

.PHONY: unit
unit: $(READY) ## the tests that need no Kafka
	$(BIN)/pytest -m 'not integration'

.PHONY: integration
integration: $(READY) tools ## the tests on a real Kafka and real SMPP clients
	$(BIN)/pytest -m integration --durations=10

.PHONY: chaos
chaos: $(READY) tools ## 200 kills and all else that breaks; writes docs/reliability.md (40 minutes)
	CHAPPE_CHAOS_KILLS=$${CHAPPE_CHAOS_KILLS:-200} CHAPPE_CHAOS_PAGE=docs/reliability.md#chaos \
		$(BIN)/pytest -m chaos tests/chaos --durations=0 -o tmp_path_retention_policy=failed

.PHONY: chaos-kannel
chaos-kannel: $(READY) tools ## Kannel and Chappe killed alike; prints the figures of both
	CHAPPE_CHAOS_KILLS=$${CHAPPE_CHAOS_KILLS:-10} CHAPPE_CHAOS_PAGE=docs/reliability.md#kannel \
		$(BIN)/pytest tests/chaos/beside_kannel.py

.PHONY: lint
lint: $(READY) ## style, format, types, and the three floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: bench
bench: $(READY) tools ## how fast, as ratios (takes minutes, wants the machine for itself)
	$(BIN)/python -m bench.texts
	$(BIN)/python -m bench.path
	$(BIN)/python -m bench.gateway
	$(BIN)/python -m bench.receipts

.PHONY: screens
screens: $(READY) ## take the demo's screens for docs/demo.md and README anew (needs tmux)
	@command -v tmux >/dev/null || { echo "On Debian or Ubuntu: apt-get install tmux" >&2; exit 1; }
	$(BIN)/python -m bench.screens
	$(BIN)/python -m tests.agents.demo.test_page

.PHONY: wheel
wheel: $(READY) ## build the wheel, and run it in an empty folder and a fresh environment
	rm -rf dist build/wheel
	$(BIN)/pip wheel -q --no-deps --no-build-isolation --wheel-dir dist .
	mkdir -p build/wheel/empty
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip install -q --require-hashes -r requirements.lock
	build/wheel/venv/bin/pip install -q --no-deps --no-index dist/*.whl
	build/wheel/venv/bin/pip check
	cd build/wheel/empty && PYTHONPATH= ../venv/bin/chappe demo --once
	rm -rf build/wheel

.PHONY: setup
setup: $(READY) ## make .venv from the locks; the other targets do it themselves

$(READY): pyproject.toml requirements.lock requirements-dev.lock
	@test -n '$(PYTHON)' || { echo 'Chappe needs Python 3.11 or later.' \
		'On Debian or Ubuntu: apt-get install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) can't make an" \
		'environment. On Debian or Ubuntu: apt-get install' \
		"$$($(PYTHON) -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

# What the tests need besides Python: "command package". A Kafka that is already there
# (CHAPPE_TEST_KAFKA=host:port) still leaves Java for the Java producer, and for the tests
# that kill their own broker.
TOOLS := javac:openjdk-17-jdk-headless mvn:maven kcat:kcat bearerbox:kannel smsbox:kannel

.PHONY: tools
tools:
	@missing=; for tool in $(TOOLS); do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v "$${tool%%:*}" >/dev/null || missing+=" $${tool##*:}"; \
	done; \
	test -z "$$missing" || { echo "The tests on a real Kafka and real SMPP clients need:" \
		$$(tr ' ' '\n' <<<"$$missing" | sort -u | tr '\n' ' ') >&2; \
		echo "On Debian or Ubuntu: apt-get install$$(tr ' ' '\n' <<<"$$missing" | sort -u | tr '\n' ' ')" >&2; \
		echo "The tests that need none of them: make unit" >&2; exit 1; }

.PHONY: lock
lock: ## write the locks anew from pyproject.toml (needs uv); add UPGRADE=--upgrade for newer ones
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock

LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q $(UPGRADE)

.PHONY: clean
clean: ## remove what was made here
	rm -rf .venv build dist tests/*/target .*_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
