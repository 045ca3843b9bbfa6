# Commands of this project. `just` lists them; each is a few lines of shell that can be typed by hand.

set positional-arguments

# List the recipes.
[private]
default:
    @just --list

# Fetch and build everything, tests included (about ten minutes the first time).
[group('start')]
setup:
    cargo build --workspace --all-targets

# Fine-tune a model: `just train --help`.
[group('use')]
train *arguments:
    cargo run -p train -- "$@"

# Evaluate a model on labelled files: `just eval --help`.
[group('use')]
eval *arguments:
    cargo run -p eval -- "$@"

# Score a file or a stream: `just score --help`.
[group('use')]
score *arguments:
    cargo run -p score -- "$@"

# Serve scores over HTTP: `just serve --help`.
[group('use')]
serve *arguments:
    cargo run -p serve -- "$@"

# Review a file of posts: score it, put it into a queue beside it, and open the page: `just review posts.csv [--blind]`.
[group('use')]
review posts *arguments:
    cargo run --quiet -p serve -- --review-db "${THREAT_REVIEW_DB:-$1.review.sqlite}" --review-load "$@"

# Let the model learn from verdicts, and keep it only if nobody is worse off: `just improve posts.csv.review.sqlite`.
[group('use')]
improve verdicts *arguments:
    cargo build -p train -p score
    python3 tools/improve.py "$@"

# Write what reviewers decided as labelled ids for retraining: `just feedback-export FILE.sqlite [OUT.csv]`.
[group('use')]
feedback-export verdicts output='-':
    cargo run --quiet -p serve -- --feedback-db {{quote(verdicts)}} --feedback-export {{quote(output)}}

# Write a checkpoint as ONNX, tokenizer beside it: `just export-onnx checkpoints/threat-v2 FOLDER`.
[group('use')]
export-onnx checkpoint folder: _tools-venv
    .venv/bin/python tools/export_onnx.py {{quote(checkpoint)}} {{quote(folder)}}

# Write shell completions and manual pages of the programs: `just completions ~/.local/share/threat-indicator`.
[group('use')]
completions folder:
    cargo run --quiet -p completions -- {{quote(folder)}}

# Run all tests.
[group('check')]
test *arguments:
    cargo test --workspace "$@"

# Formatting and lints, warnings forbidden.
[group('check')]
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# The documentation of all crates, private items too, in target/doc; warnings forbidden.
[group('check')]
doc:
    RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --document-private-items --all-features

# Licences, sources and known holes of all dependencies, by deny.toml (needs cargo-deny):
# `just deny licenses bans sources` needs no network.
[group('check')]
deny *checks:
    cargo deny --locked check "$@"

# All that a change must pass.
[group('check')]
ci:
    .ci/run

# Build the Python package, with the model in it, as target/wheels/threat_indicator-….whl for any Linux since 2018,
# with no path of this machine in it.
[group('python')]
wheel: _python-venv
    crates/python/.venv/bin/pip install --quiet -r crates/python/tests/requirements-wheel.txt
    cd crates/python && PATH="$PWD/.venv/bin:$PATH" RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix={{justfile_directory()}}=/threat-indicator" \
        .venv/bin/maturin build --release --zig --compatibility manylinux_2_28 --out ../../target/wheels

# Build the Python package for this machine and run its tests.
[group('python')]
test-python *arguments: _python-module
    cargo build -p score
    cd crates/python && .venv/bin/pytest "$@"

# The same on a Spark cluster of two executors (needs Java 17).
[group('python')]
test-spark *arguments: _python-module _python-engines
    cd crates/python && .venv/bin/pytest -m spark "$@"

# The same with 200,000 rows, an executor killed after a task has committed: `just test-spark-large [ROWS]`.
[group('python')]
test-spark-large rows='200000': _python-module _python-engines
    cargo build -p score
    cd crates/python && THREAT_SPARK_ROWS={{quote(rows)}} .venv/bin/pytest -m spark -k 'many or killed or once'

# The same on Ray.
[group('python')]
test-ray *arguments: _python-module _python-engines
    cd crates/python && .venv/bin/pytest -m ray "$@"

# Test the functions for ROOST's Osprey, against a stand-in for it.
[group('python')]
test-osprey *arguments: _python-module
    crates/python/.venv/bin/pip install --quiet --no-deps --editable integrations/osprey
    cd integrations/osprey && ../../crates/python/.venv/bin/pytest "$@"

# Test the plugin for ROOST's Coop; THREAT_SERVE=http://localhost:5000 asks a real server, too.
[group('check')]
test-coop:
    cd integrations/coop && npm install --silent --no-package-lock && npm test

# Measure speed, latency, start-up and memory on a CSV file of tweets, and draw docs/growth.svg: `just bench FILE.csv [THREADS]`.
[group('check')]
bench tweets='data/sample_tweets.csv' threads='2':
    cargo build -p scorer --example bench
    test -e target/bench-checkpoint || target/debug/examples/bench prepare target/bench-checkpoint data/vocabulary
    target/debug/examples/bench table target/bench-checkpoint {{quote(tweets)}} {{threads}}
    python3 benches/growth.py target/bench-checkpoint docs/growth.svg
    cargo run -p kernels --example products

# Measure our package in Spark and Ray beside ONNX Runtime in Spark and Ray: `just bench-scale FILE.csv`.
[group('check')]
bench-scale *arguments: _python-venv _python-engines
    cmp -s benches/requirements-scale.txt crates/python/.venv/scale.txt || crates/python/.venv/bin/pip install --quiet -r benches/requirements-scale.txt
    cp benches/requirements-scale.txt crates/python/.venv/scale.txt
    cd crates/python && .venv/bin/maturin develop --release --quiet
    crates/python/.venv/bin/python benches/scale.py "$@"

# Measure PyTorch and ONNX Runtime beside ours in one run: `just bench-peers FILE.csv`.
[group('check')]
bench-peers *arguments: _bench-venv
    .venv/bin/python benches/peers.py "$@"

# Measure whole programs on 100,000 tweets, and from their start to one score: `just bench-programs FILE.csv`.
[group('check')]
bench-programs *arguments: _bench-venv
    .venv/bin/python benches/whole_programs.py "$@"

# Measure our server beside FastAPI + ONNX Runtime in one run, then overload it: `just bench-serve FILE.csv`.
[group('check')]
bench-serve *arguments: _bench-venv
    .venv/bin/python benches/serve.py "$@"

# Hold the ONNX file's scores to those of `score`; THREAT_CHECKPOINT names another model.
[group('check')]
test-onnx: _tools-venv
    .venv/bin/python tools/test_export_onnx.py

# Exercise the server with clients of Perspective API, and by its own description with a contract fuzzer.
[group('check')]
contract *arguments: _venv
    cmp -s tests/contract/requirements.txt .venv/contract.txt || .venv/bin/pip install --quiet -r tests/contract/requirements.txt
    cp tests/contract/requirements.txt .venv/contract.txt
    mkdir -p .venv/npm
    cp tests/contract/package.json .venv/npm/
    cmp -s tests/contract/package.json .venv/npm/installed.json || npm install --silent --no-package-lock --prefix .venv/npm
    cp tests/contract/package.json .venv/npm/installed.json
    .venv/bin/python tests/contract/clients.py
    .venv/bin/python tests/contract/review_exports.py
    .venv/bin/python tests/contract/fuzz.py "$@"

# Train and score a tiny model through wgpu, on a software Vulkan driver (Debian: mesa-vulkan-drivers)
# unless THREAT_GPU is set empty. Building wgpu takes some 15 minutes on two cores.
[group('check')]
test-gpu:
    THREAT_GPU=${THREAT_GPU-software} XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR-/tmp} cargo test -p train --features gpu --test gpu

# Send traces to a collector, which is in no build but those with the feature.
[group('check')]
test-otlp:
    cargo test -p serve --features otlp --test process trace

# Hold `score` to Python's csv module: rows in equal rows out, on 1,000 nasty files and those of a folder:
# `just test-rows [FOLDER]`.
[group('check')]
test-rows *arguments:
    cargo build -p score
    python3 tests/inputs/rows.py "$@"

# Twenty reviewers at once on 10,000 posts, the server killed twice: `just review-load --seconds 60`.
[group('check')]
review-load *arguments:
    cargo build -p serve
    python3 tests/review/load.py "$@"

# How often the interval of recall holds the truth, on a CSV file with text and label: `just review-recall FILE.csv --runs 100`.
[group('check')]
review-recall *arguments:
    cargo build -p serve
    python3 tests/review/recall.py "$@"

# Feed a fuzz target for five minutes, `rows` or `normalise`: `just fuzz TARGET` (needs nightly and cargo-fuzz).
[group('check')]
fuzz target='rows':
    cargo +nightly fuzz run {{quote(target)}} -- -max_total_time=300

# Compare network and tokenizer with transformers on 100 texts: `just reference FILE.csv --checkpoint DIR`.
[group('reference')]
reference *arguments: _venv
    .venv/bin/python tests/reference/reference.py "$@"

# Rewrite the reference values of the tests of network and tokenizer.
[group('reference')]
golden: _venv
    .venv/bin/python tests/reference/golden.py

# The Python packages of tests/reference/requirements.txt, installed once.
_venv:
    test -x .venv/bin/python || python3 -m venv .venv
    cmp -s tests/reference/requirements.txt .venv/installed.txt || .venv/bin/pip install --quiet -r tests/reference/requirements.txt
    cp tests/reference/requirements.txt .venv/installed.txt

# Those of tools/requirements.txt.
_tools-venv:
    test -x .venv/bin/python || python3 -m venv .venv
    cmp -s tools/requirements.txt .venv/tools.txt || .venv/bin/pip install --quiet -r tools/requirements.txt
    cp tools/requirements.txt .venv/tools.txt

# And those of benches/requirements.txt.
_bench-venv: _venv
    cmp -s benches/requirements.txt .venv/benches.txt || .venv/bin/pip install --quiet -r benches/requirements.txt
    cp benches/requirements.txt .venv/benches.txt

# The Python package, built with the dev profile and used from where its sources are.
_python-module: _python-venv
    cd crates/python && .venv/bin/maturin develop --quiet

# The Python packages of crates/python/tests/requirements.txt, installed once.
_python-venv:
    test -x crates/python/.venv/bin/python || python3 -m venv crates/python/.venv
    cmp -s crates/python/tests/requirements.txt crates/python/.venv/installed.txt || crates/python/.venv/bin/pip install --quiet -r crates/python/tests/requirements.txt
    cp crates/python/tests/requirements.txt crates/python/.venv/installed.txt

# And those of requirements-engines.txt beside it.
_python-engines: _python-venv
    cmp -s crates/python/tests/requirements-engines.txt crates/python/.venv/engines.txt || crates/python/.venv/bin/pip install --quiet -r crates/python/tests/requirements-engines.txt
    cp crates/python/tests/requirements-engines.txt crates/python/.venv/engines.txt
