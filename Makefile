# The front door. Every target first installs what it is missing; see tools/setup.sh.
JOBS ?= $(shell nproc)

.PHONY: build lab demo detector test test-train bench report firmware firmware-report format clean

build:
	@tools/setup.sh build
	@cmake --preset release -Wno-dev >/dev/null
	@cmake --build --preset release -j $(JOBS)

demo: build
	@tools/demo.sh

# The laboratory, with what it needs of the peers' libraries.
lab:
	@tools/setup.sh lab
	@cmake --preset lab -Wno-dev >/dev/null
	@cmake --build --preset lab -j $(JOBS)

# The vision model of --task detect: YOLOv5s, whose licence is not this project's.
detector:
	@tools/setup.sh detector

# With the address and undefined-behaviour sanitizers.
test:
	@tools/setup.sh test
	@cmake --preset dev -Wno-dev >/dev/null
	@cmake --build --preset dev -j $(JOBS)
	@ctest --preset dev -j $(JOBS)

# Compares the training package with the C code, so that is built first.
test-train: lab
	@tools/setup.sh test-train
	@.cache/venv-train/bin/python -m pytest -q train

bench: build
	@tools/setup.sh bench
	@bench/run.sh

# Every figure of the laboratory, on pictures of the user's: IMAGENET=DIR CIFAR=DIR COCO=DIR DUTS=DIR [LIMIT=N], any of them.
report: lab
	@build/lab/limitnet-lab report --imagenet "$(IMAGENET)" --cifar "$(CIFAR)" --coco "$(COCO)" --duts "$(DUTS)" --limit $(or $(LIMIT),0)

# The camera on a Cortex-M7, M33 and M55 in QEMU: the same bytes as here, at no more than the known cost.
firmware: build
	@tools/setup.sh firmware
	@firmware/report.sh --check

# Measures that cost again: firmware/figures.csv and docs/firmware.md.
firmware-report: build
	@tools/setup.sh firmware
	@firmware/report.sh

format:
	@tools/setup.sh format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	@rm -rf build
