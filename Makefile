# Every habit is one word. `make demo` and `make test` need only Python >= 3.11 (with venv) and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DATA   ?= ../shared/data
NEWS    = $(DATA)/eval/civil_toxic_natural.jsonl.gz
TAUGHT ?= taught

.PHONY: demo run test clients lint format docs bench proof lock teach train release audit

demo: $(READY)   ## the main job: a sample news site, the service behind it, keys to try
	$(BIN)/winnow demo

run: $(READY)    ## the service alone
	$(BIN)/winnow serve

test: $(READY)   ## every test that this machine can run
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

clients: $(READY)  ## the client libraries of other services, for the tests that drive them, each in its own environment
	$(BIN)/python -m tests.clients install

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)   ## the documentation as a site, in docs/site; a warning is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/site

bench: $(READY)  ## ratios measured side by side on this machine
	$(BIN)/python -m benchmarks

proof: $(READY)  ## what the documentation promises of reliability and security, tried at full size (up to 30 minutes)
	$(BIN)/pytest tests/proof --long -m "not alone" -k "not [redis" --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/pytest tests/proof --long -m alone
	$(BIN)/python -m tests.documentation

teach: $(READY)  ## pieces of the comments in DATA, labelled by a transformer, in TAUGHT; installs the extra `teacher`
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[teacher]'
	$(BIN)/winnow model teach $(DATA)/train --news $(NEWS) --exclude $(DATA)/eval --out $(TAUGHT)

train: $(READY)  ## the model that ships, again, from the labelled comments in DATA and TAUGHT
	$(BIN)/winnow model train $(DATA)/train $(TAUGHT) --news $(NEWS) --measure $(DATA)/eval \
	  $(addprefix --measure $(DATA)/train/,blog_spam.jsonl.gz gambling_spam_id.jsonl.gz) \
	  --baseline benchmarks/baseline.json --out model/default

release: $(READY)  ## wheel, sdist, bill of materials and checksums of the commit that is checked out, in dist
	$(BIN)/python -m supply release

audit: $(READY)  ## known vulnerabilities of what requirements.lock pins; 0 none, 1 some, 2 could not look
	$(BIN)/python -m supply audit

lock: $(READY)   ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade --output-file requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Winnow needs Python 3.11 or newer")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
