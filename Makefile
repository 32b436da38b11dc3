# Standfirst. A fresh machine needs Python 3.11 or later and make; `make check` also needs Node.
#
#   make demo     open an invented story and replay it live (runtime dependencies only)
#   make serve    serve the newsroom in ./standfirst-data
#   make test     every test, on SQLite and on PostgreSQL, in a real Chromium
#   make check    lint, format, types, dependency rule, generated reference, built front end
#   make bench    measure beside named peers; writes benchmarks/results/
#   make bench-fanout  measure event streams beside named peers and a C floor
#   make gate     a delivery beside the C floor: fails when the hub got slower, and shows that it would
#   make soak     the minutes-long tests
#   make built    rebuild the front end and fail on a difference
#   make docs     write the generated reference anew

.PHONY: help demo serve test check bench bench-fanout gate soak built docs chromium proxies compiler clean
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin

# uv is used where it is; else pip brings it into .tools, which works on systems that refuse a system-wide pip install.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
PYTHON := $(shell command -v python3.11 || command -v python3)

# Newsrooms' networks often have a certificate authority of their own.
export UV_SYSTEM_CERTS ?= true

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/.runtime
	$(BIN)/standfirst demo

serve: .venv/.runtime
	$(BIN)/standfirst serve

# Tests wait more than they work: as many files at once as there are LANES, each in one process, in the order collected.
LANES ?= 3
AT_ONCE := -n $(LANES) --dist loadfile --no-loadscope-reorder

test: .venv/.develop chromium proxies
	$(BIN)/python -m tests.postgres pytest $(AT_ONCE) -m "postgres and not soak"; server=$$?; \
	$(BIN)/pytest $(AT_ONCE); lite=$$?; exit $$((lite | server))

check: .venv/.develop built
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

bench: .venv/.bench chromium
	@{ command -v nginx && command -v wrk; } >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light wrk && \
	  { systemctl disable --now nginx 2>/dev/null || true; }; } || \
	  echo "make bench: no nginx or no wrk here; the table says what is missing" >&2
	$(BIN)/python -m benchmarks

bench-fanout: .venv/.bench compiler
	@{ command -v nginx && test -e /usr/lib/nginx/modules/ngx_nchan_module.so; } >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends nginx libnginx-mod-nchan && \
	  { systemctl disable --now nginx 2>/dev/null || true; }; } || \
	  echo "make bench-fanout: no nginx with nchan here; the table says what is missing" >&2
	$(BIN)/python -m benchmarks.fanout

gate: .venv/.develop compiler
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.gate --slower 1.5

soak: .venv/.develop chromium
	$(BIN)/pytest -m soak

docs: .venv/.develop
	$(BIN)/python docs/generate.py

built:
	@command -v npm >/dev/null || { echo "make built: needs Node and npm to rebuild the front end; install Node 20 or later" >&2; exit 1; }
	cd frontend && npm ci --no-fund --no-audit && npm run check && npm run fresh

# The environment: stamps keep later runs to a file-time check. `demo` never removes what `test` installed.
.venv/.runtime: uv.lock pyproject.toml | $(filter .tools/%,$(UV))
	$(UV) sync --frozen --no-dev --inexact
	@touch $@

.venv/.develop: uv.lock pyproject.toml | $(filter .tools/%,$(UV))
	$(UV) sync --frozen --inexact
	@touch .venv/.runtime $@

.venv/.bench: uv.lock pyproject.toml | $(filter .tools/%,$(UV))
	$(UV) sync --frozen --inexact --group bench
	@touch .venv/.runtime .venv/.develop $@

.tools/bin/uv:
	{ $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv; } || $(PYTHON) -m pip install --quiet --target .tools uv

# A browser for the tests: the system's, else Debian's, else Playwright's own download.
chromium: .venv/.develop
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } || \
	$(BIN)/playwright install chromium
	@# what stands in for our fonts has their measures where there is a font like Arial, as nearly everywhere but here
	@fc-list 2>/dev/null | grep -qi liberation || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends fontconfig fonts-liberation; } || \
	echo "make chromium: no Liberation fonts here; a page whose fonts come late moves a little" >&2

# A C compiler with OpenSSL and zlib, for the floor that we are measured against.
compiler:
	@{ command -v cc && test -e /usr/include/openssl/ssl.h && test -e /usr/include/zlib.h; } >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends gcc libc6-dev libssl-dev zlib1g-dev; } || \
	  echo "make compiler: no C compiler with OpenSSL and zlib here; install one" >&2

# The proxies that docs/howto/behind-a-proxy.md configures.
proxies:
	@tests/proxies/install.sh

clean:
	rm -rf .venv .tools frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
