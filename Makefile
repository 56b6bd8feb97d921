# Papertape. `make demo` shows it, `make test` proves it; both set up what they need in .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check check-long bench bench-peers lock clean

demo: $(READY)  ## the whole bot on simulated markets; ARGS="--port 9000" passes options on
	$(BIN)/papertape demo $(ARGS)

test: $(READY)  ## all tests
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: $(READY)  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-long: check  ## what check does, and ten thousand random lives of an account
	LIVES=10000 $(BIN)/pytest tests/domain/test_properties.py

bench: $(READY)  ## ratios, one table a benchmark
	for each in benchmarks/bench_*.py; do $(BIN)/python -m benchmarks.$$(basename $$each .py); done
	$(BIN)/python -m benchmarks.peers --only papertape "bare loop"

bench-peers: $(READY)  ## the works of docs/benchmarks.md, here and in other libraries; ARGS="--chart cost.png"
	-$(BIN)/python -m benchmarks.peers.environments
	$(BIN)/python -m benchmarks.peers $(ARGS)

lock: $(READY)  ## write down the versions that are installed here
	$(BIN)/pip freeze --exclude-editable > requirements.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Papertape needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.lock --editable ".[dev]"
	touch $(READY)
