# Two commands are all a newcomer needs: `make demo` and `make test`. Everything else is for those who work on it.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO := .demo
DEMO_ENV := ALUMNIMATCH_DATABASE_URL=sqlite:///$(DEMO)/alumnimatch.db ALUMNIMATCH_CACHE_DIR=$(DEMO)/cache ALUMNIMATCH_TODAY=2027-03-01 ALUMNIMATCH_LOGIN=demo

.PHONY: demo test long attack simulate test-milvus lint lock clean

demo: $(VENV)/.installed
	@mkdir -p $(DEMO)
	@$(DEMO_ENV) $(BIN)/python -m api.demo
ifeq ($(SERVE),1)
	@$(DEMO_ENV) $(BIN)/alumnimatch serve --host $(HOST) --port $(PORT)
endif

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(PYTEST_ARGS)

# Races between processes, repeated a thousand times on each database: some minutes.
long: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -m long --ignore tests/attack $(PYTEST_ARGS)

# Fuzzed requests, damaged files, killed processes and half an hour of load on real servers: two hours with these numbers.
# `make attack REQUESTS=500 FILES=300 KILLS=20 MINUTES=1 SEED=1` is a short one; what breaks is on the screen only.
REQUESTS ?= 20000
FILES ?= 5000
KILLS ?= 300
MINUTES ?= 30
SEED ?=
attack: $(VENV)/.installed-attack
	ATTACK_REQUESTS=$(REQUESTS) ATTACK_FILES=$(FILES) ATTACK_KILLS=$(KILLS) ATTACK_MINUTES=$(MINUTES) ATTACK_SEED=$(SEED) \
		$(BIN)/python -m pytest -q -m long -s tests/attack $(PYTEST_ARGS)

# Simulated regions, a seed each, on both databases: `make simulate STEPS=1000000 JOBS=2`, SEED=7 for the first seed,
# DATABASE=sqlite or postgresql for one of them. A failure is told as the command that plays it again.
STEPS ?= 20000
JOBS ?= 1
DATABASE ?= both
simulate: $(VENV)/.installed-test
	$(BIN)/python -m tests.simulation --steps $(STEPS) --seed $(or $(SEED),1) --jobs $(JOBS) --database $(DATABASE)

# What needs the real Milvus (0.5 GB of packages, Linux; a cluster of it etcd too, Debian's etcd-server): `make test` skips
# it until this has been run once.
test-milvus: $(VENV)/.installed-milvus
	$(BIN)/python -m pytest -q tests/contract/test_milvus.py tests/contract/test_milvus_cluster.py \
		tests/contract/test_index.py $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes requirements.lock anew from pyproject.toml and constraints.txt (needs uv: pip install uv).
lock:
	uv pip compile pyproject.toml -c constraints.txt --generate-hashes --universal --python-version 3.11 \
		--no-header --no-annotate -q -o requirements.lock

clean:
	rm -rf $(VENV) $(DEMO) .alumnimatch .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What runs is installed by version and hash; what tests need besides, by version (constraints.txt, torch first).
$(VENV)/.installed: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.installed-attack: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[attack]'
	@touch $@

$(VENV)/.installed-milvus: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[milvus-test]'
	@touch $@
