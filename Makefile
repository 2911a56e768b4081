# The two commands of a new user are `make lab` and `make test`; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: lab test test-all check lint format bench torture recorded catalogue screenshots clean

lab: $(READY)  ## Open the wizard inside a throwaway practice relay.
	@$(BIN)/stepdown lab

test: $(READY)  ## Run all tests, on real Sendmail in throwaway namespaces.
	@$(BIN)/pytest $(PYTEST_ARGS)

test-all: $(READY)  ## The same with the long variants, some minutes more.
	@$(BIN)/pytest -m "" $(PYTEST_ARGS)

check: lint test  ## All that CI demands.

lint: $(READY)  ## Format, lint, types and the direction of imports.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY)  ## Our times and memory beside grep's and others', taken in one run.
	@$(BIN)/python -m benchmarks

torture: $(READY)  ## Kill it at every system call, fail its disks, race its links; prints what it tried.
	@$(BIN)/python -m tests.torture $(TORTURE_ARGS)

recorded: $(READY)  ## Record the practice relay anew: the bundle that ships with the program.
	@$(BIN)/python -m wizard.lab.record wizard/recorded

catalogue: $(READY)  ## Write docs/checks.md from the checks themselves.
	@$(BIN)/python -m wizard.catalogue docs/checks.md

screenshots: $(READY)  ## Draw screenshots/ from the recorded relay and its recorded run.
	@TZ=UTC $(BIN)/python -m screens.gallery screenshots

$(READY): pyproject.toml constraints.txt tools/system-packages
	@PYTHON=$(PYTHON) tools/system-packages
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
