#!/bin/sh
# Builds the islands into web/static/dist, if their sources are newer than what is there. Never fails a start: the
# pages work without islands, so where there is neither node nor a network it says so and leaves it at that.
# `build.sh packages` only brings what building and testing need, also where nothing is newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dist=$root/web/static/dist
stamp=$dist/.stamp

say() { printf 'orderloom: %s\n' "$*" >&2; }
without() { say "$*"; say "the islands are not built; their pages work as plain forms"; exit 0; }
new_enough() { "$@" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }

cd "$here"
sources=$(find . -path ./node_modules -prune -o -type f -print | LC_ALL=C sort | xargs cksum | cksum)
if [ "${1:-}" != packages ] && [ -f "$stamp" ] && [ -f "$dist/manifest.json" ] && [ "$(cat "$stamp")" = "$sources" ]; then
  exit 0
fi

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1 || ! new_enough node; then
  python=$root/.venv/bin/python
  [ -x "$python" ] || without "no node 20.19 or newer was found, and there is no virtual environment yet"
  if [ ! -x "$root/.venv/bin/node" ]; then
    say "no node 20.19 or newer was found; installing one into the virtual environment (60 MB, once)"
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$root/requirements/node.txt" ||
      without "node could not be installed"
  fi
  PATH=$root/.venv/bin:$PATH  # the scripts of npm look for `node` there
  export PATH
  new_enough node || without "the node of the virtual environment does not run here"
fi

lock=$(cksum < package-lock.json)
if [ ! -f node_modules/.lock ] || [ "$(cat node_modules/.lock)" != "$lock" ]; then
  say "installing what the islands are built with"
  npm ci --ignore-scripts --silent >&2 || without "the packages of the islands could not be fetched"
  printf '%s' "$lock" > node_modules/.lock
fi
[ "${1:-}" != packages ] || exit 0
say "building the islands"
npm run --silent build >&2 || without "the build failed; see above"
for file in "$dist"/*.js "$dist"/*.css; do
  [ -f "$file" ] && gzip -9 -n -c "$file" > "$file.gz"
done
printf '%s' "$sources" > "$stamp"
