#!/usr/bin/env bash
# Builds a program that needs nothing of the system it runs on, and tries it in an empty one: packaging/static.sh [PROFILE]
# With musl where Rust has that target (rustup target add x86_64-unknown-linux-musl, and Debian's musl-tools), otherwise with
# the C library linked in. The latter cannot look up names of hosts everywhere, so it is built without fetching.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release} machine=$(uname -m)
target=$machine-unknown-linux-musl features=(--features fetch)
if ! [ -d "$(rustc --print target-libdir --target "$target" 2> /dev/null)" ]; then
    target=$machine-unknown-linux-gnu features=()
fi
RUSTFLAGS="-C target-feature=+crt-static" cargo build --quiet --locked --profile "$profile" --target "$target" "${features[@]}"
program=target/$target/$profile/stacklens
if readelf --program-headers "$program" | grep -q INTERP; then
    echo "$program asks for a loader, so it is not static" >&2
    exit 1
fi
# As root, a folder with the program and one template is a system of its own.
if [ "$(id -u)" = 0 ]; then
    empty=$(mktemp -d) && trap 'rm -rf "$empty"' EXIT
    cp "$program" samples/templates/valid/vpc-ec2.yaml "$empty"
    chroot "$empty" /stacklens check vpc-ec2.yaml > /dev/null
fi
echo "$program"
