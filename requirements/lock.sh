#!/bin/sh
# Re-locks every set with hashes and without any index address. Needs uv (a developer's tool, not needed to run).
set -eu
cd "$(dirname "$0")/.."
for set in base demo dev; do
  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --no-annotate pyproject.toml "requirements/$set.in" -o "requirements/$set.txt" "$@"
done
uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --no-header --no-annotate requirements/deploy.in -o requirements/deploy.txt "$@"
uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --no-header --no-annotate requirements/node.in -o requirements/node.txt "$@"
