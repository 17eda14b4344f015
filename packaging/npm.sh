#!/usr/bin/env bash
# Packs the npm packages around a built program: packaging/npm.sh PROGRAM OUT
# OUT gets the package of this platform and the one that everybody installs.
set -euo pipefail
program=$(realpath "$1") out=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out" && out=$(realpath "$out")
version=$(node -p "require('$here/npm/package.json').version")
platform=$(node -p "process.platform + '-' + process.arch")
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
mkdir "$work/platform" "$work/main"
install -m 755 "$program" "$work/platform/stacklens"
cp "$here"/../LICENSE-* "$work/platform/"
node -e '
const [version, platform] = process.argv.slice(1), [os, cpu] = platform.split("-");
console.log(JSON.stringify({
  name: `@stacklens/${platform}`, version, os: [os], cpu: [cpu], files: ["stacklens", "LICENSE-*"],
  description: `The stacklens program for ${platform}`, license: "MIT OR Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/stacklens/stacklens.git" },
}, null, 2));' "$version" "$platform" > "$work/platform/package.json"
cp "$here"/npm/* "$here/../README.md" "$work/main/"
(cd "$work/platform" && npm pack --silent --pack-destination "$out")
(cd "$work/main" && npm pack --silent --pack-destination "$out")
