#!/bin/bash
set -euo pipefail
systemctl stop shop || true
