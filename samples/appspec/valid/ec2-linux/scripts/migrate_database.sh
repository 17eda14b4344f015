#!/bin/bash
set -euo pipefail
cd /srv/shop && ./migrate
