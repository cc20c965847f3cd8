# Each target makes its own environment; nothing but Python 3.11 or newer and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test fuzz test-moments test-friction test-spark check bench bench-100m bench-collect docs clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,demo,process,server]'
	@touch $@

demo: $(STAMP)
	$(BIN)/sojourn demo demo

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest --numprocesses 2 --dist worksteal

fuzz: $(STAMP)
	SOJOURN_EXAMPLES=fuzz $(BIN)/pytest --numprocesses 2 --dist worksteal

test-moments: $(STAMP)
	SOJOURN_SEEDS=20 $(BIN)/pytest -s tests/acceptance/test_moments_of_truth.py

test-friction: $(STAMP)
	$(BIN)/pytest -m seeds -rP

test-spark: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[spark]'
	SOJOURN_SPARK=1 $(BIN)/pytest tests/parity

bench: $(STAMP)
	$(BIN)/python -m benchmarks 1m 10m

bench-100m: $(STAMP)
	$(BIN)/python -m benchmarks 100m

bench-collect: $(STAMP)
	$(BIN)/python -m benchmarks.collect 1m

docs: $(STAMP)
	$(BIN)/python docs/make.py

clean:
	rm -rf $(VENV) demo
