# Needs make and Python 3.11, 3.12 or 3.13 with venv. `make run` installs the rest, once.
PYTHON ?= python3
VENV := .venv
LOCK := requirements.lock
ifdef GPU
VENV := .venv-gpu
LOCK := requirements-gpu.lock
endif
BENCH_VENV := .venv-bench

FUZZ_MINUTES ?= 10

INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

.PHONY: run test fuzz check bench lock image

run: $(VENV)/.installed
	$(VENV)/bin/streamlit run app.py

test: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest --numprocesses 2 --no-loadscope-reorder

# Property tests with fresh seeds, again and again; the first example that fails ends it.
fuzz: $(VENV)/.installed-dev
	@end=$$(($$(date +%s) + 60 * $(FUZZ_MINUTES))); \
	while [ $$(date +%s) -lt $$end ]; do \
		$(VENV)/bin/python -m pytest -m hypothesis --hypothesis-profile fuzz --exitfirst --quiet \
			$$(grep -rl '^from hypothesis' tests --include='test_*.py') || exit 1; \
	done

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	@# Each of these scripts is a program with modules of its own beside it.
	@for script in models/*/train.py; do \
		(cd $$(dirname $$script) && MYPYPATH=../..:../shapes $(CURDIR)/$(VENV)/bin/mypy \
			--config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache .) || exit 1; \
	done

bench: $(BENCH_VENV)/.installed
	$(BENCH_VENV)/bin/python -m benchmarks

# Keeps the versions already locked; `make lock UPGRADE=--upgrade` takes the newest.
lock: $(VENV)/.installed-dev
	$(COMPILE) requirements.txt --output-file requirements.lock
	$(COMPILE) --constraint requirements.lock requirements-dev.txt \
		--output-file requirements-dev.lock
	$(COMPILE) --constraint requirements.lock requirements-gpu.txt \
		--output-file requirements-gpu.lock
	$(COMPILE) --constraint requirements.lock --override requirements-bench-overrides.txt \
		requirements-bench.txt --output-file requirements-bench.lock

image:
	docker build --tag cnnviz .

# pip, not python, marks a whole environment: without Debian's python3-venv only python is there.
%/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ...'; exit 1; }
	@$(PYTHON) -m venv --clear $* || { echo 'On Debian: apt-get install python3-venv'; exit 1; }

$(VENV)/.installed: $(LOCK) | $(VENV)/bin/pip
	@echo 'Installing what the app needs into $(VENV): a few minutes, once.'
	@$(VENV)/bin/python $(INSTALL) -r $(LOCK)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock | $(VENV)/bin/pip
	@echo 'Installing what the tests need into $(VENV): a few minutes, once.'
	@$(VENV)/bin/python $(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/.installed

# --no-deps: the lock is whole, and xplique's own bounds contradict it (requirements-bench-overrides.txt).
$(BENCH_VENV)/.installed: requirements-bench.lock | $(BENCH_VENV)/bin/pip
	@echo 'Installing the app and its peers into $(BENCH_VENV): a few minutes, once.'
	@$(BENCH_VENV)/bin/python $(INSTALL) --no-deps -r requirements-bench.lock
	@touch $@
