# Everything here can be run again at any time; what is up to date is not done again.

PREFIX ?= /usr/local
COUNT ?= 5000
SWIFT_SOURCES = git ls-files -z '*.swift'

.DEFAULT_GOAL := help
.PHONY: help setup build mpi mpi-test slurm-test demo python wheel test fuzz faults examples figures format lint docs bench bench-peers bench-descent bench-fit certificates families truth install clean

help: ## Print this list
	@echo 'Linnet: linear neural networks by gradient flow'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: libraries by apt, the figure renderer into .venv
	@Scripts/setup

build: setup ## Build the command for release: .build/release/linnet
	swift build -c release --product linnet

mpi: setup ## Build linnet-mpi, which shares a sweep or a compression among the processes of mpirun: MPI/.build/release/linnet-mpi
	@Scripts/setup --mpi
	swift build -c release --package-path MPI --product linnet-mpi

mpi-test: build mpi ## Try linnet-mpi on this machine, killed and gone on with; and time 10⁷ × 50 rows on one process and on two
	@Scripts/mpi-test --measure

slurm-test: build ## Try sweeps as arrays of a real Slurm, if slurmctld, slurmd and munge are installed: a minute
	@Scripts/slurm-test

demo: build ## Train on the diabetes data; results in linnet-run-demo/
	.build/release/linnet train Examples/data/diabetes.csv --targets progression --depth 3 --angle 30 --norm 10 \
	  --out linnet-run-demo --force

python: setup ## Build the package for Python and install it, with what its tests need, into .venv-python (0.7 GB)
	@Scripts/python

wheel: setup ## Make a wheel in Python/dist that needs neither Swift nor OpenBLAS, and try it where both are hidden
	@Scripts/wheel

# The tests use public interfaces only. `swift test` on its own would compile every module again with testability;
# built like this, the tests share the objects of `make build`.
test: setup ## Build and run all tests, in release mode; the commands of the documents; the package for Python; the pages in Chromium, which apt installs
	swift build -c release --build-tests
	swift test -c release --skip-build
	@Scripts/docs-commands
	@Scripts/python --test
	@Scripts/browser-tests

# A file that a reader traps on stands in the test's corpus afterwards.
fuzz: setup ## Read 3.3 million damaged files of eleven kinds, and what is accepted also by NumPy and others: an hour; `make test` reads 11,000 (FUZZ=number of each kind)
	swift build -c release --build-tests
	rm -rf .build/fuzz && mkdir -p .build/fuzz
	LINNET_FUZZ=$(or $(FUZZ),300000) LINNET_FUZZ_ACCEPTED=$(CURDIR)/.build/fuzz swift test -c release --skip-build --filter FuzzTests
	@Scripts/fuzz-references .build/fuzz

faults: build ## Kill runs, close outputs, fill disks: Documentation/robustness.md
	@Scripts/faults

examples: setup ## Build and run the examples of the library
	swift build -c release --package-path Examples
	@for example in OwnArrays CertifyAndTrain SaddleToSaddle OwnVectorField OwnStatement; do \
	  printf '\n%s\n' "$$example"; Examples/.build/release/$$example || exit 1; done

figures: ## Install the figure renderer into .venv (needs python3-venv)
	@Scripts/figures

format: ## Format all Swift sources in place
	$(SWIFT_SOURCES) | xargs -0 swift format --in-place --parallel

lint: ## Report Swift sources that are not formatted or break a rule
	$(SWIFT_SOURCES) | xargs -0 swift format lint --strict --parallel

docs: setup ## Build the documentation: Documentation/site/index.html, which opens without a server
	@Scripts/docs

bench: setup ## Run the benchmarks, on screen and into Benchmarks/results.md
	swift run -c release --package-path Benchmarks linnet-bench --write Benchmarks/results.md

bench-peers: setup ## Compare with SciPy and diffrax: Benchmarks/peers.md; 0.7 GB into Benchmarks/.venv, 15 minutes
	@Scripts/bench-peers

bench-descent: setup ## Compare gradient descent with NumPy: Benchmarks/descent.md; 0.2 GB into Benchmarks/.venv-descent, 3 minutes
	@Scripts/bench-descent

bench-fit: setup ## Compare fits with scikit-learn, pandas, statsmodels and R: Benchmarks/fit.md; 0.3 GB into Benchmarks/.venv-fit, 3 minutes
	@Scripts/bench-fit

certificates: setup ## Try what certificates reach: Documentation/studies/certificates.md; half an hour
	swift run -c release --package-path Benchmarks linnet-bench certificates Documentation/studies/certificates.md

families: build figures ## Sweep families of starts: Documentation/studies/families.md; some minutes
	@Scripts/families

truth: build ## Hold what is said of COUNT=5000 random problems against SciPy: Documentation/truth.md; an hour or two
	@Scripts/truth $(COUNT)

install: ## Install below PREFIX (default /usr/local), independent of this folder and of Swift
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install

clean: ## Remove what was built; the figure renderer and the peers stay
	rm -rf .build Benchmarks/.build Examples/.build MPI/.build Documentation/site
