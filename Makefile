# `make demo` runs it, `make test` tests it, `make check` is the quick loop.

.PHONY: demo build check test bench web types

# What every target needs, said in a line when it is missing.
need = @command -v $(1) >/dev/null || { echo "missing: $(1). $(2)"; exit 1; }

demo: web
	cargo build --profile demo --package segue-server
	target/demo/segue demo

build: web
	cargo build --release --package segue-server

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
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo test --quiet --package segue-core --package segue-sense
	cd web && npm run --silent check && npm test --silent

# Everything: unit and property tests, both databases, the API through the router, the
# web's models, and whole flows in a browser. Installs Chromium and PostgreSQL if needed.
test: web
	scripts/install-test-tools
	scripts/with-postgres cargo test --workspace
	cargo build --package segue-server
	cd web && npm run --silent check && npm test --silent && SEGUE_BIN=../target/debug/segue npm run --silent e2e

bench: build
	cargo build --release --package segue-bench
	target/release/segue-bench all
