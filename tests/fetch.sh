#!/usr/bin/env bash
# What a change to fetching must pass: lints with the feature `fetch`, and its tests against a server on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== lints" && cargo clippy --quiet --locked --all-targets --features fetch -- -D warnings
echo "== tests" && cargo test --quiet --locked --features fetch --lib -- fetch:: schema::newer
cargo test --quiet --locked --features fetch --test it -- fetch:: schema:: layers::
