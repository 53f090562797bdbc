# 一号通 / the one-number hotline. `make run` and `make test` are all one needs to know.
PYTHON ?= python3
BOOT := $(PYTHON) src/hotline/project/runtime/bootstrap.py
PY := .venv/bin/python
HOTLINE := .venv/bin/hotline
SOURCES := src tests bench reference

.PHONY: help run run-env env test test-fast chaos chaos-calls chaos-processes chaos-faults chaos-transfers chaos-walks soak-calls check lint types imports migrations-check api-check console-check \
        bench console lock down status clean

help: ## 列出目标 / list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: run-env ## 准备并运行整个平台 / prepare and run the whole platform (Ctrl-C stops it)
	@exec $(HOTLINE) up

run-env:
	@$(BOOT) runtime

env: ## 开发用的虚拟环境 / the environment for developing and testing
	@$(BOOT) dev

down: ## 停止本实例 / stop this instance
	@$(HOTLINE) down

status: ## 进程与健康状态 / processes and health
	@$(HOTLINE) status

test: console ## 全部测试,真实的各部件 / all tests, with real parts (<= 20 minutes)
	$(PY) -m tests.every --durations 30 -m "not chaos"

test-fast: env ## 不启动整个平台的测试 / tests that start no platform and no switch (< 1 minute)
	$(PY) -m tests.every -q -m "not instance and not telephony and not browser and not chaos"

chaos: ## 长时间的故障矩阵 / the long matrices of failures; the last results are in docs/reports
	$(MAKE) --keep-going chaos-calls chaos-walks

chaos-calls: ## 通话中的各种故障 / whatever may break during a call: the next three
	$(MAKE) --keep-going chaos-processes chaos-faults chaos-transfers

MATRIX := $(PY) -m tests.guardian $(PY) -m pytest -q -n 2 -p tests.report
CHAOS := $(MATRIX) -m chaos

chaos-processes: console ## 整个平台,逐个杀死进程 / a whole platform, each process killed at each moment of a call
	$(CHAOS) tests/chaos/test_a_process_dies_during_a_call.py --report docs/reports/chaos.md

chaos-faults: env ## 每种故障 × 通话的每种状态 / every fault in every state, floods, a faulty switch
	$(CHAOS) tests/chaos/test_every_fault_in_every_state.py tests/chaos/test_a_flood_of_calls.py tests/calls --report docs/reports/chaos-faults.md

chaos-transfers: env ## 转接中谁挂机 / every state of a transfer, whoever hangs up, whatever call control is meanwhile
	$(CHAOS) tests/chaos/test_transfers_whoever_hangs_up.py --report docs/reports/chaos-transfers.md

chaos-walks: env ## 长的随机游走,每条性质两千例 / long random walks through the tables of states, every property 2,000 times
	$(MATRIX) -m "hypothesis or chaos" --hypothesis-profile thorough tests --ignore=tests/chaos --deselect tests/calls/test_a_faulty_switch.py \
	  --deselect tests/calls/test_hostile_sip.py --report docs/reports/chaos-walks.md

soak-calls: console ## 长时间来电 / calls for SOAK_MINUTES at SOAK_RATE a second, and nothing may be left of them
	$(PY) -m tests.chaos.soak

check: lint types imports migrations-check api-check console-check ## 静态检查 / everything that needs no running platform

lint: env
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)

types: env
	.venv/bin/mypy

imports: env
	.venv/bin/lint-imports

migrations-check: env
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) -W ignore -m django makemigrations --check --dry-run

api-check: env
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) -m hotline.project.cli openapi --check console/openapi.json

console-check: console
	cd console && npm run check

console: env ## 构建管理台 / build the staff console
	@$(HOTLINE) build

bench: bench-cases bench-cases-sweep bench-calls ## 各项度量,结果在 var/bench / the figures, written to var/bench/*.json

bench-%: env
	$(PY) -m bench.$(subst -,_,$*)

lock: env ## 重新锁定依赖 / lock the dependencies again
	$(PY) -m pip install --quiet uv
	cd requirements && for name in runtime dev; do ../.venv/bin/uv pip compile --quiet --no-header --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url -o $$name.txt $$name.in || exit 1; done

clean: ## 删除可重建的东西,保留数据 / remove what can be made again; the data stay
	rm -rf .venv console/node_modules console/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
