# Everything runs in .venv, which the first target that needs it makes. PYTHON names the interpreter.
PYTHON ?= python3
VENV := .venv
CLIENTS := .venv-clients
TOOLS := .venv-tools
SITE := .venv-docs
LOCKS := requirements.lock requirements-browser.lock requirements-report.lock requirements-dev.lock
BIN := $(VENV)/bin
# By the lock files alone: exact versions, files by their hashes, the package itself by a pinned builder.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-input --no-deps
LOCKED := $(INSTALL) --require-hashes
ITSELF := $(INSTALL) --no-build-isolation -e .
PYTEST := $(BIN)/pytest -W error -n 3 --dist loadfile
# Folders in which every test takes servers or a browser: to read them takes seconds.
SERVED := embedded hosts long proxies crawler/browser operations/evidence store/plan security portal/web/browser

# The tests start some hundreds of processes, each of which would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast test-long test-clients lint bench audit lock docs release clean

demo: $(VENV)/.local  ## collect, score and print three months of a small world; a report in out/
	$(BIN)/cityreach demo --out out

test: $(VENV)/.dev  ## the tests; minutes
	$(PYTEST) -m "not long"

test-fast: $(VENV)/.dev  ## those that need no server, no browser and no time; under a minute
	HYPOTHESIS_PROFILE=fast $(BIN)/pytest -W error -n 2 --dist worksteal --capture=sys -p no:schemathesis -p no:anyio -m "not long and not slow and not servers and not browser" $(SERVED:%=--ignore=tests/%)

test-long: $(VENV)/.dev  ## the long ones too, and more examples of each property
	HYPOTHESIS_PROFILE=thorough $(PYTEST)

test-clients: $(VENV)/.local $(CLIENTS)/.installed  ## official clients against the sandbox
	$(CLIENTS)/bin/pytest tests/clients

lint: $(VENV)/.dev $(TOOLS)/.installed  ## style, types, import directions, the files of deploy/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python deploy/check.py $(TOOLS)/bin

bench: $(VENV)/.dev  ## figures of speed, each beside its yardstick of the same run
	$(BIN)/python -m bench

audit: $(TOOLS)/.installed  ## whether advisories are known for what the lock files pin
	$(PYTHON) deploy/audit.py $(TOOLS)/bin/pip-audit $(LOCKS) requirements-clients.lock requirements-docs.lock

lock: $(TOOLS)/.installed  ## writes the lock files anew after a change of pyproject.toml
	$(PYTHON) deploy/lock.py $(TOOLS)/bin/uv

docs: $(SITE)/.installed  ## the documentation as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict --quiet

release: $(VENV)/.dev  ## wheel, source, SBOM and sums in dist/, the wheel tried in an empty environment
	$(BIN)/python deploy/release.py --try $(RELEASE)

clean:
	rm -rf $(VENV) $(CLIENTS) $(TOOLS) $(SITE) var out build dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CityReach needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	sh deploy/system-libraries.sh

$(VENV)/.local: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/python $(LOCKED) -r requirements.lock
	$(BIN)/python $(ITSELF)
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml $(LOCKS)
	$(BIN)/python $(LOCKED) $(LOCKS:%=-r %)
	$(BIN)/python $(ITSELF)
	touch $@ $(VENV)/.local
	sh deploy/browser.sh $(BIN)/python

$(VENV)/.browser: $(VENV)/.local requirements-browser.lock  ## what public pages take
	$(BIN)/python $(LOCKED) -r requirements-browser.lock
	sh deploy/browser.sh $(BIN)/python
	touch $@

$(VENV)/.report $(VENV)/.analysis: $(VENV)/.local requirements-report.lock  ## what reports and analyses take
	$(BIN)/python $(LOCKED) -r requirements-report.lock
	touch $@

$(CLIENTS)/.installed: requirements-clients.lock
	$(PYTHON) -m venv --clear $(CLIENTS)
	$(CLIENTS)/bin/python $(LOCKED) -r $<
	touch $@

$(TOOLS)/.installed: requirements-tools.lock
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python $(LOCKED) -r $<
	touch $@

$(SITE)/.installed: requirements-docs.lock
	$(PYTHON) -m venv --clear $(SITE)
	$(SITE)/bin/python $(LOCKED) -r $<
	touch $@
