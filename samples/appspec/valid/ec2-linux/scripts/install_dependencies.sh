#!/bin/bash
set -euo pipefail
dnf install -y nodejs
