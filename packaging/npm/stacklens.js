#!/usr/bin/env node
// Starts the program that the package of this platform carries.
"use strict";
const { spawnSync } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "stacklens.exe" : "stacklens";
let program;
try {
  program = require.resolve(`@stacklens/${platform}/${name}`);
} catch {
  console.error(`stacklens: there is no package for ${platform}, or it was left out (--no-optional); ` +
    "`cargo install stacklens` builds the program");
  process.exit(2);
}
const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (done.error) {
  console.error(`stacklens: ${done.error.message}`);
  process.exit(2);
}
if (done.signal) process.kill(process.pid, done.signal);
process.exit(done.status ?? 2);
