#!/bin/sh
# Makes a virtual environment with pip in the folder given, from the newest suitable Python found.
# PYTHON=/path/to/python chooses another. Says what is missing when it cannot.
set -u
target=$1
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        chosen=$candidate
        break
    fi
done
if [ -z "${chosen:-}" ]; then
    echo "No Python 3.11 or newer was found (tried: ${PYTHON:-python3.13, python3.12, python3.11, python3, python})." >&2
    echo "Install one, or name it: PYTHON=/path/to/python make" >&2
    exit 1
fi
echo "  making the virtual environment with $("$chosen" --version 2>&1)"
"$chosen" -m venv "$target" >"${TMPDIR:-/tmp}/registry-venv.$$" 2>&1 && rm -f "${TMPDIR:-/tmp}/registry-venv.$$" && exit 0
rm -rf "$target"
# Debian keeps ensurepip in a package of its own. A pip outside the environment can fill it as well.
if "$chosen" -m pip --version >/dev/null 2>&1 && "$chosen" -m venv --without-pip "$target" >/dev/null 2>&1 &&
    "$chosen" -m pip --python "$target/bin/python" install -q pip >/dev/null 2>&1; then
    rm -f "${TMPDIR:-/tmp}/registry-venv.$$"
    exit 0
fi
rm -rf "$target"
cat "${TMPDIR:-/tmp}/registry-venv.$$" >&2
rm -f "${TMPDIR:-/tmp}/registry-venv.$$"
echo "$chosen cannot make a virtual environment: its module ensurepip is missing or broken." >&2
echo "On Debian and Ubuntu: apt-get install python3-venv. Then call make again." >&2
exit 1
