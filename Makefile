# Everything runs in .venv, which the first target that needs it makes. PYTHON names the interpreter.
PYTHON ?= python3
VENV := .venv
CLIENTS := .venv-clients
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -W error -n 3 --dist loadfile

.PHONY: demo test test-long test-clients lint bench clean

demo: $(VENV)/.local  ## collect, score and print a month of a small world
	$(BIN)/cityreach demo

test: $(VENV)/.dev  ## the tests; minutes
	$(PYTEST) -m "not long"

test-long: $(VENV)/.dev  ## the long ones too
	$(PYTEST)

test-clients: $(VENV)/.local $(CLIENTS)/.installed  ## official clients against the sandbox
	$(CLIENTS)/bin/pytest tests/clients

lint: $(VENV)/.dev  ## style, types, import directions, project rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## figures of speed, each beside its yardstick of the same run
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) $(CLIENTS) var out build dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CityReach needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	sh deploy/system-libraries.sh

$(VENV)/.local: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[local]'
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[local,analysis,browser,dev]'
	touch $@ $(VENV)/.local
	sh deploy/browser.sh $(BIN)/python

$(VENV)/.browser: $(VENV)/.local  ## what public pages take
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[browser]'
	sh deploy/browser.sh $(BIN)/python
	touch $@

$(CLIENTS)/.installed: requirements-clients.lock
	$(PYTHON) -m venv --clear $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@
