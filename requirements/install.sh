#!/bin/sh
# Makes .venv and installs one locked set into it; does nothing when that is done already.
#   requirements/install.sh demo|dev|deploy
set -eu
cd "$(dirname "$0")/.."
set_name=${1:?which set: demo, dev or deploy}
lock=requirements/$set_name.txt
stamp=.venv/installed-$set_name

say() { printf 'orderloom: %s\n' "$*" >&2; }

python=${PYTHON:-}
if [ -z "$python" ]; then
  for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
fi
[ -n "$python" ] || { say "Python 3.11 or newer is needed, and none was found on the PATH."; exit 1; }
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
  say "This Python cannot make virtual environments (on Debian and Ubuntu: apt-get install python3-venv)."; exit 1; }
free_kib=$(df -Pk . | awk 'NR==2 {print $4}')
[ -f "$stamp" ] || [ "${free_kib:-9999999}" -gt 2000000 ] || { say "2 GB of free disk are needed here."; exit 1; }

wanted=$(cat "$lock" pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/python ]; then
  exit 0
fi
if [ ! -x .venv/bin/python ]; then
  say "making the virtual environment"
  "$python" -m venv .venv
fi
.venv/bin/python -c '' 2>/dev/null || { say "programs cannot be run from this folder (is it mounted noexec?)"; exit 1; }
say "installing the locked packages ($set_name); the first time takes a minute"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
if [ "$set_name" != deploy ]; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
fi
printf '%s' "$wanted" > "$stamp"
