#!/bin/bash
set -euo pipefail
touch /srv/shop/maintenance
