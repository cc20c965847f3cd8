# Each target makes its own environment; nothing but Python 3.11 or newer and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo node test fuzz test-moments test-friction test-spark test-postgres check bench bench-100m bench-pages bench-collect docs \
	screenshots clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,demo,process,server]'
	@touch $@

# Before a screen it ends in the pages, until Ctrl-C; a script only gets the workspaces.
demo: $(STAMP)
	$(BIN)/sojourn demo demo
	@if [ -t 1 ]; then $(BIN)/sojourn -w demo/shop serve; \
	else echo "The pages: $(BIN)/sojourn -w demo/shop serve"; fi

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Segment's client for Node.js, for one test, which is skipped where npm is not or reaches nothing.
node: .node/node_modules/@segment/analytics-node
.node/node_modules/@segment/analytics-node:
	@if command -v npm > /dev/null; then mkdir -p .node; npm install --prefix .node --no-audit \
		--no-fund --loglevel=error @segment/analytics-node@2 || true; fi

test: check node
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

bench-pages: $(STAMP)
	$(BIN)/python -m benchmarks.pages

bench-collect: $(STAMP)
	$(BIN)/python -m benchmarks.collect 1m

docs: $(STAMP)
	$(BIN)/python docs/make.py

screenshots: $(STAMP)
	$(BIN)/python docs/screens.py

# All that keeps something in a database, on PostgreSQL: Debian's server, in a folder of its own,
# on loopback.
test-postgres: $(STAMP)
	tests/server/postgres.sh $(BIN)/pytest --numprocesses 2 --dist worksteal tests/server tests/people \
		tests/store/database tests/store/safekeeping tests/store/test_retention.py \
		tests/cli/test_serve.py tests/cli/test_feed.py tests/cli/test_people.py

clean:
	rm -rf $(VENV) demo
