# The front door. Every target first installs what is missing; see tools/setup.sh.
JOBS ?= $(shell nproc)
# Many tests wait for other processes more than they compute.
TEST_JOBS ?= $(shell expr $(JOBS) + $(JOBS) / 2)

.PHONY: build lab demo serve-demo detector test test-page screenshots chaos flood coverage test-train fuzz fuzz-coverage bench report link-report \
	firmware firmware-report deb test-deb wheel test-wheel docs style format clean

build:
	@tools/setup.sh build
	@cmake --preset release -Wno-dev >/dev/null
	@cmake --build --preset release -j $(JOBS)

demo: build
	@tools/demo.sh

# The service with a broker and ten simulated cameras; CHECK=1: until an alarm with its picture has come.
serve-demo:
	@tools/setup.sh serve-demo
	@$(MAKE) --no-print-directory build
	@/usr/bin/python3 examples/serve-demo/demo.py build/release/limitnet $(if $(CHECK),--check)

# The laboratory, with the peers' libraries.
lab:
	@tools/setup.sh lab
	@cmake --preset lab -Wno-dev >/dev/null
	@cmake --build --preset lab -j $(JOBS)

# The vision model of --task detect: YOLOv5s, which has a licence of its own, the GPL.
detector:
	@tools/setup.sh detector

# All tests, with the address and undefined-behaviour sanitizers.
test:
	@tools/setup.sh test
	@cmake --preset dev -Wno-dev >/dev/null
	@cmake --build --preset dev -j $(JOBS)
	@ctest --preset dev -j $(TEST_JOBS)

# The service's page in a browser, and with axe-core for accessibility.
test-page:
	@tools/setup.sh test-page
	@cmake --preset dev -Wno-dev >/dev/null
	@cmake --build --preset dev -j $(JOBS) --target limitnet-cli
	@ctest --preset dev -R '^service_(page|page_export|browser)$$'

# Pictures of the page for the documentation: docs/page-*.png.
screenshots: build
	@tools/setup.sh test-page
	@/usr/bin/python3 tests/service/browser.py build/release/limitnet --screenshots docs

# The service with its broker and database, killed KILLS times at random: nothing is lost, mixed or done twice.
chaos:
	@tools/setup.sh test
	@cmake --preset dev -Wno-dev >/dev/null
	@cmake --build --preset dev -j $(JOBS) --target limitnet-hasty tool_chaos
	@/usr/bin/python3 tests/service/chaos.py build/dev/tests/limitnet-hasty --kills $(or $(KILLS),1000)

# EVENTS events of all forms, right and wrong ones: each is counted, and neither memory nor log grow.
flood: build
	@tools/setup.sh test
	@/usr/bin/python3 tests/service/flood.py build/release/limitnet --events $(or $(EVENTS),1000000)

# How much of src/core the tests of the camera's library run.
coverage:
	@tools/setup.sh coverage
	@tests/coverage.sh

# The training package, compared with the C code, which is built first.
test-train: lab
	@tools/setup.sh test-train
	@.cache/venv-train/bin/python -m pytest -q train

# Fuzz targets, SECONDS each; TARGET=name for one of them. UP_TO: what each lacks of so many seconds (fuzz/README.md).
fuzz:
	@tools/setup.sh fuzz
	@cmake --preset fuzz -Wno-dev >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)
	@JOBS=$(JOBS) fuzz/run.sh $(if $(UP_TO),--up-to $(UP_TO),$(or $(SECONDS),60)) $(TARGET)

# Which lines of the parsers their corpora reach.
fuzz-coverage:
	@tools/setup.sh fuzz
	@cmake --preset fuzz-coverage -Wno-dev >/dev/null
	@cmake --build --preset fuzz-coverage -j $(JOBS)
	@fuzz/coverage.sh

bench: build
	@tools/setup.sh bench
	@bench/run.sh
	@bench/store.sh
	@bench/worker.sh
	@bench/serve_latency.sh
	@bench/ingest.sh

# Every figure of the laboratory, on your pictures: IMAGENET=DIR CIFAR=DIR COCO=DIR DUTS=DIR [LIMIT=N], any of them.
report: lab
	@build/lab/limitnet-lab report --imagenet "$(IMAGENET)" --cifar "$(CIFAR)" --coco "$(COCO)" --duts "$(DUTS)" --limit $(or $(LIMIT),0)

# Pictures over links that lose packets, simulated, on your pictures: IMAGENET=DIR CIFAR=DIR [LIMIT=N] [SEED=S], any of them.
link-report: lab
	@python3 lab/link --imagenet "$(IMAGENET)" --cifar "$(CIFAR)" --limit $(or $(LIMIT),0) --seed $(or $(SEED),1)

# The camera on a Cortex-M7, M33 and M55 in QEMU: the same packets as on this machine, at no more than the known cost.
firmware: build
	@tools/setup.sh firmware
	@firmware/report.sh --check

# Measures that cost anew: firmware/figures.csv and docs/firmware.md.
firmware-report: build
	@tools/setup.sh firmware
	@firmware/report.sh

# The Debian package: build/deb/limitnet_VERSION_ARCHITECTURE.deb.
deb:
	@tools/setup.sh deb
	@cmake --preset deb -Wno-dev >/dev/null
	@cmake --build --preset deb -j $(JOBS)
	@cd build/deb && cpack >cpack.log || (cat cpack.log; exit 1)
	@ls build/deb/limitnet_*.deb

# Installs it into a small Debian of its own, runs it there, upgrades and removes it. Needs root and the network.
test-deb: deb
	@tools/setup.sh test-deb
	@tests/packaging/deb.sh build/deb/limitnet_*.deb

# The Python package: build/wheel/limitnet-VERSION.tar.gz, and a wheel for machines without a compiler. OpenVINO's
# libraries stay in its own wheel.
wheel:
	@tools/setup.sh wheel
	@python/wheel.sh build/wheel

# Installs the wheel, and this folder, into Pythons that have nothing else, and uses them.
test-wheel: wheel
	@tests/packaging/wheel.sh build/wheel

# Man pages, and the API's pages from the headers.
docs:
	@tools/setup.sh docs
	@$(MAKE) --no-print-directory build
	@mkdir -p build/docs
	@doxygen docs/api/Doxyfile
	@echo "man pages: build/release/docs/man/pages; API: build/docs/api/html/index.html"

# Formatting and the length of lines.
style:
	@tools/setup.sh style
	@tests/style.sh

format:
	@tools/setup.sh style
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	@rm -rf build
