# Everything from a fresh Debian 12: `make demo`, `make test`. Each target does the set-up it needs.
BUILD := build/release
ROOT ?= .unimo
JOBS ?= $(shell nproc)
UNIMO := $(BUILD)/bin/unimo

.PHONY: all setup setup-test build test demo web asan lint format clean help

all: build

help:
	@echo "make demo       set up, build, run the whole pipeline on the generated mini-world, open a dashboard"
	@echo "make test       set up, build, run every test"
	@echo "make build      set up and build into $(BUILD)"
	@echo "make web        dashboard of the store in $(ROOT)"
	@echo "make asan       tests with address and undefined-behaviour sanitizers"
	@echo "make lint       clang-tidy over the tensor-free folders"
	@echo "make format     clang-format over all sources"

setup:
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh test

build: setup
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target programs -j $(JOBS)

test: setup-test
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -j $(JOBS)
	@ctest --preset release -j $(JOBS)

demo: build
	@$(UNIMO) --root $(ROOT) run experiments/demo.yaml
	@$(UNIMO) --root $(ROOT) report
	@$(UNIMO) --root $(ROOT) web --background --port 0 --idle-exit 900

web: build
	@$(UNIMO) --root $(ROOT) web

asan: setup-test
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan -j $(JOBS)
	@ctest --preset asan -j $(JOBS)

lint: setup
	@cmake --preset lint --log-level=WARNING
	@cmake --build --preset lint -j $(JOBS)

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format-14 -i

clean:
	@rm -rf build
