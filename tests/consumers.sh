#!/usr/bin/env bash
# Asks the programs that read our output whether they can: tests/consumers.sh PROGRAM
# Needs python3 with venv, node, npm and, for the pages, Chromium; the readers come from PyPI and npm into a scratch folder. Graphviz, where it is
# installed, is asked by `cargo test`.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
root=$PWD work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet junitparser jsonschema
npm init --yes > /dev/null
npm install --silent --no-audit mermaid jsdom playwright-core

echo "== JUnit, SARIF"
cd "$root"
for format in junit sarif; do "$program" check samples --format $format --output "$work/out.$format" --fail-on never; done
"$work/venv/bin/python" - "$work" tests/data/sarif-schema-2.1.0.json <<'EOF'
import json, sys
import jsonschema, junitparser
work, schema = sys.argv[1:]
suites = junitparser.JUnitXml.fromfile(f"{work}/out.junit")
assert suites.tests == sum(len(list(s)) for s in suites) > 50, suites.tests
jsonschema.validate(json.load(open(f"{work}/out.sarif")), json.load(open(schema)))
EOF

echo "== Mermaid"
for template in samples/templates/valid/*.{yaml,json} samples/sam/valid/*.yaml; do
    "$program" graph "$template" --format mermaid --guards --waves > "$work/$(basename "$template").mmd"
done
"$program" graph samples --format mermaid > "$work/all.mmd"
cat > "$work/parse.mjs" <<'EOF'
import fs from "node:fs";
import { JSDOM } from "jsdom";
const { window } = new JSDOM("<body></body>");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");
for (const file of process.argv.slice(2)) {
  try {
    await mermaid.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exitCode = 1;
  }
}
EOF
node "$work/parse.mjs" "$work"/*.mmd
if command -v "${CHROMIUM:-chromium}" > /dev/null; then
    echo "== Chromium"
    cp tests/page.mjs "$work/"
    node "$work/page.mjs" "$program" "$root" "${PICTURES:-$work}"
fi
echo "== all of them can"
