# Two commands to know: `make setup` once, `make test` ever after. `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := .tools/bin/uv
UV_VERSION := 0.13.9
BIN := .venv/bin
# One thread a process: on two busy cores the threads of OpenMP wait for each other.
CAPS := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup check test demo bench audit notebooks

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(UV) ## install everything that the rest needs (the only target that uses the network)
	$(UV) sync --locked
	@if git rev-parse --git-dir >/dev/null 2>&1; then git config core.hooksPath .githooks; fi
	@echo 'Ready. Try: .venv/bin/suksesi doctor, or: make test'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo 'make setup needs Python 3.11, 3.12 or 3.13: make setup PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

check: ## format, lint, types, contracts, lock: all of them, then the count of failures
	@failed=0; \
	run() { echo "== $$*"; "$$@" || failed=$$((failed + 1)); }; \
	run $(BIN)/ruff format --check --quiet .; \
	run $(BIN)/ruff check --quiet .; \
	run $(BIN)/ty check --quiet; \
	run $(BIN)/lint-imports --no-cache --no-logo; \
	run $(UV) lock --check --quiet; \
	echo "$$failed checks failed"; exit $$failed

# In the order of folders, the long groups of tests/end_to_end first: none begins when the rest ends.
test: ## all tests; never uses the network
	$(CAPS) $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

demo: ## simulate a ministry, train on it and serve: the main job on a fresh machine
	@test -x $(BIN)/suksesi || $(MAKE) setup
	@$(BIN)/suksesi demo

audit: ## hold the latest backtest against sex and age, as one page
	@$(BIN)/suksesi audit

notebooks: ## write the twins of the notebooks anew, without output
	@for script in notebooks/*.py; do $(BIN)/jupytext --quiet --to ipynb $$script; done

bench: ## measure speed and memory; topic main_job needs SUKSESI_REFERENCE_DATA
	$(CAPS) $(BIN)/python -m benchmarks $(TOPIC)
