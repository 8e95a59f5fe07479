# `make demo` runs it, `make test` tests it, `make check` is the quick loop.

.PHONY: demo build deb model check test soak fuzz bench web types train eval

# What every target needs, said in a line when it is missing.
need = @command -v $(1) >/dev/null || { echo "missing: $(1). $(2)"; exit 1; }

# Fetches the sentence model with the binary just built. Whoever cannot goes on without it.
install-model = @{ why=$$($(1) model install 2>&1 >&3) || echo "running without the sentence model (lexical mode): $$(echo "$$why" | tail -n 1)"; } 3>&1

demo: web
	cargo build --profile demo --package segue-server
	$(call install-model,target/demo/segue)
	target/demo/segue demo

build: web
	cargo build --release --package segue-server
	$(call install-model,target/release/segue)

# A Debian package of what `make build` made; see docs/operating/install.md.
deb: build
	packaging/deb target/release/segue target/deb

# The sentence model alone.
model:
	cargo build --quiet --package segue-server
	$(call install-model,target/debug/segue)

web:
	$(call need,cargo,Install Rust 1.95 or newer with rustup.)
	$(call need,npm,Install Node.js 20.19 or newer.)
	cd web && { [ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund; } && npm run --silent build

# The web's types follow the handlers: run this after changing a door.
types:
	cargo run --quiet --package segue-server -- openapi > web/shared/openapi.json
	cd web && npm run --silent types

check: web
	cargo fmt --check
	cargo clippy --workspace --all-targets --features segue-server/failpoints --quiet -- -D warnings
	cargo test --quiet --package segue-core --package segue-sense
	cd web && npm run --silent check && npm test --silent

# Everything: unit and property tests, both databases, the API through the router, the
# web's models, and whole flows in a browser. Installs Chromium, PostgreSQL and Dovecot if needed.
test: web
	scripts/install-test-tools
	cargo build --package segue-server --features failpoints
	$(call install-model,target/debug/segue)
	scripts/with-postgres cargo test --workspace --features segue-server/failpoints
	cd web && npm run --silent check && npm test --silent && SEGUE_BIN=../target/debug/segue ../scripts/with-postgres npm run --silent e2e

# Breaks it on purpose for SOAK_MINUTES=20 and prints what was counted; see docs/faults.md.
soak: web
	scripts/install-test-tools
	scripts/soak

# Feeds what reads strangers' bytes with bytes that nobody would write, FUZZ_SECONDS=60 each.
fuzz:
	scripts/fuzz

bench: build
	cargo build --release --package segue-bench
	target/release/segue-bench all

# Scores what was trained on files that training never opens; see evals/README.md.
eval: web
	cargo build --profile evals --package segue-server --package segue-evals
	$(call install-model,target/evals/segue)
	-target/evals/segue-evals eval --model "$$(target/evals/segue model path)"
	target/evals/segue-evals eval

# Rebuilds every weight from the data files: first what the sentence encoder is tuned by,
# then the heads on it. Needs Python 3 with evals/tune/requirements.txt.
train: web
	cargo build --profile evals --package segue-server --package segue-evals
	$(call install-model,target/evals/segue)
	target/evals/segue-evals cases > target/cases.jsonl
	target/evals/segue-evals searches > target/searches.jsonl
	python3 evals/tune/tune.py "$$(target/evals/segue model path)" target/cases.jsonl crates/sense/data/adapter.bin
	python3 evals/tune/search.py "$$(target/evals/segue model path)" target/searches.jsonl evals crates/sense/data/search.bin
	python3 evals/tune/words.py "$$(target/evals/segue model path)" target/searches.jsonl crates/sense/data/search.bin crates/sense/data/words.bin
	# Twice: the second looks at what the blend of the first finds.
	cargo run --profile evals --package segue-evals -- retrieval --train --model "$$(target/evals/segue model path)"
	cargo run --profile evals --package segue-evals -- retrieval --train --model "$$(target/evals/segue model path)"
	cargo run --profile evals --package segue-evals -- train --model "$$(target/evals/segue model path)"
