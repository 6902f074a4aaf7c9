# `make` lists what there is.
PYTHON ?= python3
BIN := .venv/bin
LOOPS := setup.py $(wildcard slotkit/loops/*.[ch])
SOURCES := $(shell find slotkit cli corpora -name '*.py' -o -name '*.grammar' -o -name '*.jsonl') \
	$(LOOPS) setup.cfg pyproject.toml constraints.txt
# On all processors; the tests of a file share what they train, and so stay together.
PYTEST := -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test dev lint format types check oldest bench torture wheel clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/train ## train on the bundled corpus and fill the slots of two sentences
	$(BIN)/slotkit train --overwrite
	$(BIN)/slotkit tag "arrive Taipei on November 2nd"
	$(BIN)/slotkit tag "leave Taipei on November 2nd"

test: .venv/test ## run the tests
	$(BIN)/python $(PYTEST)

dev: .venv/dev ## install what the checks below need

lint: .venv/dev ## look for mistakes and for what is not formatted
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/dev ## check the types
	$(BIN)/mypy

check: lint types test ## all of these

# Old libraries warn of what newer ones below them have changed since, which is none of ours. What
# runs in Node and in a browser does not depend on them, nor does what a page of docs/ says.
oldest: .venv/python ## run the tests with the oldest versions allowed; of torch the usual one
	rm -rf .venv-oldest
	$(PYTHON) -m venv .venv-oldest
	{ sed -n 's/^ *\([a-z-]*\)>=\([0-9.]*\)$$/\1==\2/p' setup.cfg | grep -v '^torch='; \
		grep '^torch=' constraints.txt; } > .venv-oldest/constraints.txt
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint .venv-oldest/constraints.txt --editable '.[test]'
	.venv-oldest/bin/python $(PYTEST) -W default \
		--ignore-glob='tests/test_page*.py' --ignore=tests/test_own_domain.py

bench: .venv/bench ## time it beside its peers: QUICK=1 in five minutes, without training them
	$(BIN)/python benchmarks/speed.py $(if $(QUICK),--quick)

torture: .venv/test ## try the faults of docs/reliability.md: QUICK=1 in three minutes
	$(BIN)/python benchmarks/torture.py $(if $(QUICK),--quick)

wheel: .venv/dev ## build the wheel and try it in clean environments
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	sh tests/try_wheel.sh $(BIN)/python dist/*.whl

clean: ## remove what was built
	rm -rf build dist .venv .venv-oldest slotkit.egg-info

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "slotkit needs Python 3.11 or newer; try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv; on Debian: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/train: .venv/python $(SOURCES)
	@echo "installing slotkit[train] into .venv; PyTorch takes a while"
	@$(PIP) '.[train]'
	@rm -f .venv/test .venv/dev  # what these installed was this folder, and is now a copy of it
	@touch $@

.venv/test: .venv/python $(LOOPS) setup.cfg constraints.txt
	@echo "installing slotkit[test] into .venv; PyTorch takes a while"
	@$(PIP) --editable '.[test]'
	@touch $@ .venv/train

.venv/dev: .venv/python $(LOOPS) setup.cfg constraints.txt
	@echo "installing slotkit[dev] into .venv; PyTorch takes a while"
	@$(PIP) --editable '.[dev]'
	@touch $@ .venv/test .venv/train

.venv/bench: .venv/python $(LOOPS) setup.cfg constraints.txt
	@echo "installing slotkit[bench] into .venv; PyTorch takes a while"
	@$(PIP) --editable '.[bench]'
	@touch $@ .venv/train
