#!/bin/bash
set -euo pipefail
curl --fail --retry 10 --retry-connrefused http://localhost:8080/health
