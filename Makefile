# `make run` opens the till in training; `make test` runs every check. Both install what is missing first.
.PHONY: run test setup ui fmt planted chaos proof
SEEDS ?= 20000

run: setup ui
	@.ci/open

test: setup
	@.ci/checks

setup:
	@.ci/setup

ui: setup
	@npm --prefix ui run build

fmt:
	cargo fmt --all
	npm --prefix ui run format

planted:
	tests/planted/run.sh

proof: setup ui
	tests/proof/run.sh

chaos:
	CHAOS_SEEDS=$(SEEDS) cargo test -p checkstand-simulator --test till chaos -- --nocapture
