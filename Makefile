# Needs git, make and Python 3.11 or newer; installs the rest. `make help` lists the commands.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := conformance
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Hundreds of test processes import the suite: without this each of them compiles it again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
UPGRADE ?=
MINUTES ?= 10

# One of fixtures/specs, built as AWS would answer it; empty for the network of pyproject.toml.
NETWORK ?=
spec = fixtures/specs/$(NETWORK).yaml
built = $(out)/$(NETWORK).state
judged = $(if $(NETWORK),--spec $(spec) --state dump:$(built))

bin := .venv/bin
out := reports/out
benchmarks := suites/selftest/benchmarks
# These measure on real packets, and share the machine's two cores with nobody.
alone := suites/selftest/lab suites/selftest/live

define install
	@.ci/install-locked $(PYTHON) $(@D) $<
	@touch $@
endef

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' Makefile | expand -t 14

.PHONY: conformance
conformance: setup  ## judge the network of pyproject.toml, or NETWORK=minimal, …; the last line names the report
	@rm -f $(out)/results.json $(out)/report.html
	@mkdir -p $(out)
	@[ -z "$(NETWORK)" ] || { rm -rf "$(built)"; $(bin)/python -m fixtures.build --spec "$(spec)" --out "$(built)"; }
	@status=0; \
	$(bin)/python -m pytest suites/static suites/live $(judged) --region-pair all --junit-xml=$(out)/junit.xml || status=$$?; \
	$(bin)/python -m reports html --out $(out)/report.html || status=$${status/#0/1}; \
	[ ! -f $(out)/report.html ] || echo "$(CURDIR)/$(out)/report.html"; \
	exit $$status

.PHONY: test
test: setup  ## prove the suite itself, then run it on the bundled network
	$(bin)/python -m pytest suites/static suites/selftest -n 2 $(alone:%=--ignore=%) --report none
	$(bin)/python -m pytest $(alone) suites/live --region-pair all --report none

.PHONY: lint
lint: .venv/.installed  ## ruff and mypy
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy

.PHONY: bench
bench: tools .venv-bench/.installed .venv-checkov/.installed  ## measure against the rivals, in environments of their own
	.venv-bench/bin/python -m pytest $(benchmarks) -o python_files='bench_*.py'

.PHONY: attack
attack: setup  ## try to break the suite for MINUTES=10, and print what was left (docs/safety.md)
	$(bin)/python -m suites.selftest.attack --minutes $(MINUTES)

.PHONY: accessibility
accessibility: setup  ## open the report in chromium: axe-core, a phone's width, printed pages
	@.ci/require-browser
	npm ci --silent --ignore-scripts --no-audit --no-fund --prefix suites/selftest/reports/axe
	$(bin)/python -m pytest suites/selftest/reports/test_accessibility.py --report none

.PHONY: setup
setup: .venv/.installed tools  ## virtual environment and system tools

.PHONY: lock
lock: .venv-lock/.installed  ## pin the dependencies again; UPGRADE=--upgrade takes the newest
	$(compile) pyproject.toml --group dev -o requirements.lock
	cp requirements.lock .ci/runtime.lock  # the versions to prefer
	$(compile) pyproject.toml --group build -o .ci/runtime.lock
	$(compile) pyproject.toml --group bench -o $(benchmarks)/requirements.lock
	$(compile) --group checkov -o $(benchmarks)/checkov.lock

.PHONY: clean
clean:  ## remove whatever make and the tests have written
	rm -rf .venv .venv-bench .venv-checkov .venv-lock $(out) .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@.ci/require-python $(PYTHON)

# Waits for the virtual environment: under `make -j` only one of the two may use apt at a time.
.PHONY: tools
tools: | .venv/.installed
	@.ci/require-tools

.venv/.installed: requirements.lock | python
	$(install)

.venv-bench/.installed: $(benchmarks)/requirements.lock | .venv/.installed
	$(install)

.venv-checkov/.installed: $(benchmarks)/checkov.lock | .venv/.installed
	$(install)

.venv-lock/.installed: | python
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet uv
	touch $@

compile = .venv-lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UPGRADE)
