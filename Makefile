# Set-up is a chain of stamp files under .venv: a second `make run` reinstalls nothing.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
BOOTH := $(BIN)/booth

# Training has an environment of its own: the booth runs without torch.
TRAIN_VENV := .venv-train
TRAIN_BIN := $(TRAIN_VENV)/bin

.PHONY: run test check bench lock setup train-setup test-train clean format test-s3 proof-array proof-unplug proof-devices

run: setup
	@packaging/run.sh

test: setup
	@packaging/test.sh

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m tests.bench

proof-array: setup
	@$(BIN)/python -m tests.proofs.array --seeds 20

# Frames that are freed go back to the system at once (mallopt(3)): what stays is a leak, not a gap in the heap.
proof-unplug: setup
	@MALLOC_MMAP_THRESHOLD_=65536 $(BIN)/python -m tests.proofs.unplug --cycles 100

proof-devices: setup
	$(BIN)/python -m pytest -m proof tests/drivers tests/contract

test-s3: setup
	packaging/ceph/with-rgw.sh $(BIN)/python -m pytest -m s3 tests

setup: $(VENV)/installed

$(VENV)/system: packaging/system-packages.txt packaging/install-system-packages.sh
	@packaging/install-system-packages.sh packaging/system-packages.txt >&2
	@mkdir -p $(VENV) && touch $@

$(VENV)/locked: requirements.lock $(VENV)/system
	@echo "Setting up $(VENV) (once)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/installed: pyproject.toml $(VENV)/locked
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

train-setup: $(TRAIN_VENV)/installed

test-train: train-setup
	$(TRAIN_BIN)/python -m pytest tests/models/training

$(TRAIN_VENV)/locked: requirements-train.lock $(VENV)/system
	@echo "Setting up $(TRAIN_VENV) (once)" >&2
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-train.lock
	@touch $@

$(TRAIN_VENV)/installed: pyproject.toml $(TRAIN_VENV)/locked
	@$(TRAIN_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

# The wheels of opencv-python and opencv-python-headless write the same folder: only one is locked. Torch is its
# maker's CPU build, which uv finds where pip does.
lock:
	$(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet uv
	build/uv/bin/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_36 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --no-emit-package opencv-python-headless requirements.in -o requirements.lock
	UV_FIND_LINKS="$(PIP_FIND_LINKS)" build/uv/bin/uv pip compile --quiet --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_36 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --no-emit-package opencv-python-headless requirements-train.in -o requirements-train.lock

clean:
	rm -rf $(VENV) $(TRAIN_VENV) out var build
