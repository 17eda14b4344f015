#!/usr/bin/env bash
# Builds every package and installs each from the built file in an empty environment: packaging/test.sh [PROFILE]
# Needs cargo, python3 with venv, node and npm; what else is used (maturin, pre-commit) comes from PyPI into a scratch folder.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD profile=${1:-release}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
say() { printf '== %s\n' "$*"; }
# What each installed program must do: find the fault of a broken template, and nothing in a valid one.
try() {
    local said
    "$@" --version
    "$@" check --no-bundle "$root/samples/templates/valid/vpc-ec2.yaml"
    if said=$("$@" check --format short "$root"/samples/templates/broken/*.yaml); then
        echo "the broken samples passed: $said" >&2
        return 1
    fi
    # What is released can fetch newer facts.
    if said=$("$@" schema update --archive /nowhere --cache "$work/facts" 2>&1) || [[ $said != *"No such file"* ]]; then
        echo "it cannot update: $said" >&2
        return 1
    fi
}

say "versions agree"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
grep -q "\"version\": \"$version\"" packaging/npm/package.json
grep -q "stacklens==$version" packaging/pre-commit/pyproject.toml

say "wheel"
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet maturin pre-commit
"$work/tools/bin/maturin" build --quiet --locked --profile "$profile" --out "$work/dist"
ls -s --block-size=K "$work/dist" | tail -n +2
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-index "$work"/dist/*.whl
try "$work/venv/bin/stacklens"
"$work/venv/bin/pip" uninstall --quiet --yes stacklens
test ! -e "$work/venv/bin/stacklens"

say "npm"
program=$root/target/$profile/stacklens
packaging/npm.sh "$program" "$work/npm"
mkdir "$work/app" && cd "$work/app"
npm init --yes > /dev/null
npm install --silent --omit=optional --no-audit "$work"/npm/stacklens-linux-*.tgz "$work"/npm/stacklens-[0-9]*.tgz
try npx --no-install stacklens
cd "$root"

say "cargo install"
cp "$program" "$work/program"
cargo install --quiet --locked --path . --features fetch --profile "$profile" --root "$work/cargo" --target-dir target --force
try "$work/cargo/bin/stacklens"

say "static program, in an empty system"
packaging/static.sh "$profile"

if command -v dpkg-deb > /dev/null; then
    say "Debian package"
    packaging/deb.sh "$program" "$work/deb"
    dpkg-deb --info "$work"/deb/*.deb | grep -E 'Depends|Installed'
    dpkg-deb --extract "$work"/deb/*.deb "$work/unpacked"
    try "$work/unpacked/usr/bin/stacklens"
    test -s "$work/unpacked/usr/share/man/man1/stacklens.1.gz"
fi

say "pre-commit with the wheel: cold, then warm"
hooks=$work/hooks
cp -r packaging/pre-commit "$hooks"
git -C "$hooks" init --quiet
git -C "$hooks" add . && git -C "$hooks" -c user.name=a -c user.email=a@b commit --quiet -m hooks
project=$work/project && mkdir "$project" && cd "$project" && git init --quiet
cp "$root/samples/templates/valid/vpc-ec2.yaml" good.yaml
printf 'unrelated: true\n' > other.yaml
cat > .pre-commit-config.yaml <<EOF
repos:
  - repo: $hooks
    rev: $(git -C "$hooks" rev-parse HEAD)
    hooks: [{id: stacklens}, {id: stacklens-deploy}]
EOF
git add . && export PRE_COMMIT_HOME=$work/cache PIP_FIND_LINKS=$work/dist
time "$work/tools/bin/pre-commit" run --all-files
time "$work/tools/bin/pre-commit" run --all-files
cp "$root"/samples/templates/broken/*.yaml . && git add .
if "$work/tools/bin/pre-commit" run --all-files > "$work/said"; then
    echo "the hook let a broken template pass" >&2
    exit 1
fi
grep -q 'error\[' "$work/said"
say "all packages work"
