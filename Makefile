# Two commands are all a newcomer needs: `make demo` and `make test`. Everything else is for those who work on it.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO := .demo
DEMO_ENV := ALUMNIMATCH_DATABASE_URL=sqlite:///$(DEMO)/alumnimatch.db ALUMNIMATCH_CACHE_DIR=$(DEMO)/cache ALUMNIMATCH_TODAY=2027-03-01 ALUMNIMATCH_LOGIN=demo ALUMNIMATCH_BACKUP_DIR=$(DEMO)/back-ups

.PHONY: demo test long attack simulate test-milvus lint lock assets sbom clean

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
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Races between processes a thousand times on each database, long random histories, a training from the start twice, a
# cluster of Milvus that loses a part, where it is installed, ten times as many random worlds, and what else takes long
# (tests/long.txt): an hour.
long: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -m long --ignore tests/attack $(PYTEST_ARGS)
	$(BIN)/python -m pytest -q --hypothesis-profile thorough tests/matching tests/pool tests/batch $(PYTEST_ARGS)

# Fuzzed requests, damaged files, killed processes and half an hour of load on real servers: hours with these numbers.
# `make attack REQUESTS=500 FILES=300 KILLS=20 MINUTES=1 SEED=1` is a short one; what breaks is on the screen only.
REQUESTS ?= 20000
FILES ?= 20000
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
	$(BIN)/python -m pytest -q -m "long or not long" tests/contract/test_milvus.py tests/contract/test_milvus_cluster.py \
		tests/contract/test_index.py $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes the locks anew from pyproject.toml and constraints.txt (needs uv: pip install uv). torch is in none of them: the
# build for the CPU alone (0.2 GB) and the one of the registry (several GB) have one version and other hashes, so which of
# the two is installed is up to the machine, and it is held by its version (constraints.txt). What the registry's build
# would bring besides is left out with it; what both need is named here.
COMPILE := uv pip compile -c constraints.txt --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q
TORCH_NEEDS := filelock fsspec jinja2 networkx sympy typing-extensions

lock:
	$(COMPILE) pyproject.toml -o requirements.lock
	echo 'setuptools>=77' | $(COMPILE) - -o requirements-build.lock
	printf '%s\n' $(TORCH_NEEDS) | $(COMPILE) pyproject.toml --extra test - --excludes <(echo torch) -o requirements-test.lock
	$(COMPILE) pyproject.toml --extra milvus-test -o requirements-milvus.lock
	$(COMPILE) pyproject.toml --extra attack -o requirements-attack.lock

# Makes the style sheet and the icons anew from api/web/assets/ (needs npm). The result is committed: nobody else needs npm.
assets:
	cd api/web/assets && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs

# What an installation consists of, with versions, hashes and licences (CycloneDX).
sbom: $(VENV)/.installed-test
	$(BIN)/python .ci/sbom.py

clean:
	rm -rf $(VENV) $(DEMO) .alumnimatch .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Everything is installed by version and hash, the tool that builds us too; but for torch (see lock), which only tests need.
# pip compiles one file after another; what the program needs is compiled by all cores instead, what only tests need when used.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

$(VENV)/.installed: pyproject.toml setup.py matcher/kernel/_native.c requirements.lock requirements-build.lock | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true  # torch, where it is there already, has files of a later Python
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	$(INSTALL) --no-deps "$$(grep '^torch==' constraints.txt)"
	$(INSTALL) --no-deps --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip check
	@touch $@

$(VENV)/.installed-attack: $(VENV)/.installed-test requirements-attack.lock
	$(INSTALL) --no-deps --require-hashes -r requirements-attack.lock
	@touch $@

$(VENV)/.installed-milvus: $(VENV)/.installed-test requirements-milvus.lock
	$(INSTALL) --no-deps --require-hashes -r requirements-milvus.lock
	@touch $@
