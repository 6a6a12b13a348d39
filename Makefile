# Everything a developer does here. Needs Python 3.11 or later and make; the rest
# comes from PyPI into .venv on first use.
#
#   make demo   two cameras from files to a finished cut, found beside true
#   make test   every test
#   make soak   the service's robustness for hours: kills, floods, full disks, broken files

PYTHON ?= python3.11

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
IMAGE := protos/released/multicam.v1.binpb

# Where .ci/run puts the Go tools that some tests call.
export PATH := $(CURDIR)/.cache/go/bin:$(PATH)

# Set by the caller to run a part only: make test TESTS=tests/contract
TESTS ?= tests

.PHONY: help setup demo test soak lint format types protos stubs image clean

help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile
	@echo "also: setup lint format types protos stubs image clean"

# pip 25.1 is the first that installs dependency groups.
$(READY): pyproject.toml
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable '.[cli,server]' --group dev
	@touch $@

setup: $(READY)

demo: $(READY)
	@$(BIN)/python -m examples.two_camera_interview.run

test: $(READY)
	@$(BIN)/python -m pytest $(TESTS)

# Fixed seeds, as in `make test`, and many more of everything.
soak: $(READY)
	@MULTICAM_SOAK=1 $(BIN)/python -m pytest tests/robustness

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: $(READY)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(BIN)/buf format --write

types: $(READY)
	@$(BIN)/mypy
	@$(BIN)/mypy examples/two_camera_interview
	@$(BIN)/mypy examples/engines

protos: $(READY)
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code
	@$(BIN)/buf breaking --against $(IMAGE)

stubs: $(READY)
	@$(BIN)/python protos/generate.py

# The released contract, against which breaking changes are refused. Source info
# is left out: a better comment is no change of the contract. The new hash
# belongs into docs/contract.md, under CONTRACT CHANGE.
image: $(READY)
	@mkdir -p $(dir $(IMAGE))
	@if [ -e $(IMAGE) ]; then $(BIN)/buf breaking --against $(IMAGE); fi
	@$(BIN)/buf build --exclude-source-info --output $(IMAGE)
	@sha256sum $(IMAGE)

clean:
	@rm -rf build dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis $(VENV)
