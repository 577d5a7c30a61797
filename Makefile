# Every target makes what it needs: on a bare machine `make serve` runs the server and `make test`
# runs every test. They need only Python 3.11 or newer with venv.

PYTHON   ?= python3
PORT     ?= 8000
HOST     ?= 127.0.0.1
DATA_DIR ?= $(HOME)/.baku-reserve-data
VENV     := .venv
BIN      := $(VENV)/bin
SERVING  := $(VENV)/.serving
READY    := $(VENV)/.ready
OSRM     := $(VENV)/osrm
ROUTER   := $(OSRM)/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo serve test chaos properties fuzz faults deployment bench bench-long sentences lint fmt clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

install: $(READY) $(ROUTER) ## Create .venv with the package (editable), every extra and OSRM

$(SERVING): pyproject.toml
	@echo 'Installing Baku Reserve and what it needs into $(VENV); only the first time takes a while.'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[redis]'
	@touch $@
	@echo 'Installed.'

$(READY): $(SERVING)
	@echo 'Installing the tools of the tests and checks.'
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,redis,sentry]'
	@touch $@

# The router for tests and benchmarks: its programs come in a wheel and need no Python. On a machine
# without such a wheel, tests that need it are skipped (and fail under CI=true).
$(ROUTER): | $(READY)
	rm -rf $(OSRM)
	-$(BIN)/pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --abi abi3 \
	  --platform manylinux_2_28_$$(uname -m) --dest $(OSRM) osrm-bindings==26.10.0 \
	  && $(BIN)/python -m zipfile -e $(OSRM)/*.whl $(OSRM) \
	  && rm $(OSRM)/*.whl && chmod +x $(OSRM)/osrm/bin/* && touch $@

demo: $(SERVING) ## See an evening live, on a database that is thrown away
	$(BIN)/bakureserve demo

serve: $(SERVING) ## Run the server (PORT=8000 HOST=127.0.0.1 DATA_DIR=~/.baku-reserve-data)
	$(BIN)/bakureserve serve --host $(HOST) --port $(PORT) --data-dir '$(DATA_DIR)'

test: $(READY) $(ROUTER) ## Run every test (the long runs below have targets of their own)
	$(BIN)/pytest

chaos: $(READY) $(ROUTER) ## Kill the server 100 times in a booking storm, and check 20,000 operations against a model
	CHAOS_KILLS=100 MODEL_RUNS=220 $(BIN)/pytest -m chaos tests

properties: $(READY) $(ROUTER) ## Try 20 times the usual number of examples on every rule that is tested with random ones
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -m hypothesis --timeout 1800 tests

fuzz: $(READY) $(ROUTER) ## Send the server 14,400 requests made from its schema, and 4,800 that are garbage
	FUZZ_TIMES=12 $(BIN)/pytest -m fuzz tests

faults: $(READY) $(ROUTER) ## Do to a real server what docs/faults.md lists, also what takes long
	$(BIN)/pytest -m faults tests/faults

deployment: $(READY) ## Run nginx, Caddy and Litestream with the files of docs/deployment/, also what takes long
	$(BIN)/pytest -m deployment tests/deployment

bench: $(READY) $(ROUTER) ## Measure against the bare libraries and other frameworks, in a short form
	$(BIN)/python -m bench

bench-long: $(READY) $(ROUTER) ## The same in full, and draw docs/performance.md anew from what it found
	$(BIN)/python -m bench --size long --out bench/results
	$(BIN)/python -m bench.page

sentences: $(READY) ## Compile the sentences of bakureserve/locale after a change (docs/translating.md)
	$(BIN)/pybabel compile --domain bakureserve --directory bakureserve/locale

lint: $(READY) ## ruff, mypy --strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY) ## Format and apply safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
