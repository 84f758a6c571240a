.DEFAULT_GOAL := help
.PHONY: help run dev test check bench cluster test-cluster

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\): ## /  make \1	/p' Makefile

run: ## install what is missing, build and start the server
	@scripts/run.sh

dev: ## run the server and the page, with reload on change
	@scripts/dev.sh

test: ## run every test, on SQLite and on PostgreSQL
	@scripts/test.sh

check: ## formatting, lints, import cycles, documentation, licences
	@scripts/check.sh

cluster: ## start a whole cluster on this machine, to try it out
	@scripts/cluster.sh run

test-cluster: ## kill every part of a cluster while people write to it; run the systemd unit
	@scripts/cluster.sh run node --test --test-reporter=spec tests/cluster/
	@scripts/cluster/systemd.sh

bench: ## measure it beside its peers, into benches/RESULTS.md
	@scripts/bench.sh
