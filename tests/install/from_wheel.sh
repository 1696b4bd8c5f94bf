#!/bin/sh
# What docs/how-to/install.md tells somebody with an empty machine, in its order: a wheel of this checkout, installed by
# pipx or uv far from the checkout, `auditor doctor` in an empty folder, what it asks for, `auditor demo` there.
#
#   tests/install/from_wheel.sh pipx|uv FOLDER [EXTRAS]      EXTRAS: `[comparison]`, say
#
# FOLDER is made; everything that is installed for Python lies in it. Ends with 0 where doctor found nothing failed at
# last (its exit code 0, or 5: something could not be checked, which is told) and the demo gave its report and verifies.
set -eu
tool=${1:?pipx or uv?} folder=${2:?which folder?} extras=${3:-}
checkout=$(cd "$(dirname "$0")/../.." && pwd)
mkdir "$folder"
folder=$(cd "$folder" && pwd)
step() { echo "== $*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

step "the wheel"
mkdir "$folder/sources"
cp -R "$checkout/auditor" "$checkout/pyproject.toml" "$checkout/README.md" "$checkout/LICENSE" "$folder/sources"
python3 -m venv "$folder/tools"
"$folder/tools/bin/python" -m pip wheel -q --no-deps -w "$folder/dist" "$folder/sources"
rm -rf "$folder/sources"

step "$tool"
export PIPX_HOME="$folder/pipx" PIPX_BIN_DIR="$folder/bin" UV_TOOL_DIR="$folder/uv" UV_TOOL_BIN_DIR="$folder/bin" \
    UV_CACHE_DIR="$folder/cache"
PATH="$folder/bin:$PATH:$folder/tools/bin"
command -v "$tool" >/dev/null || "$folder/tools/bin/python" -m pip install -q "$tool"
case $tool in
pipx) pipx install "$(echo "$folder"/dist/seat_auditor-*.whl)$extras" ;;
uv) uv tool install "$(echo "$folder"/dist/seat_auditor-*.whl)$extras" ;;
*) echo "pipx or uv, not $tool" && exit 2 ;;
esac

mkdir "$folder/empty"
cd "$folder/empty"
unset PYTHONPATH
sandbox=$([ "$(id -u)" = 0 ] && echo --no-sandbox || true) # root's Chromium has no sandbox of its own

doctor() { code=0; auditor doctor $sandbox "$@" || code=$?; echo "doctor: exit code $code"; }
asked_for() { # what it says to run: `apt-get install NAME`
    auditor doctor --offline --json $sandbox | grep -oE 'apt-get install [a-z0-9-]+' |
        sed 's/apt-get install //' | sort -u
}
step "doctor, before anything else is installed"
doctor
[ -z "$(ls -A)" ] || { echo "doctor wrote something: $(ls -A)"; exit 1; }
for turn in 1 2 3 4; do # a browser's driver that does not start hides that there is no browser
    [ "$code" = 1 ] || break
    wanted=$(asked_for || true)
    [ -n "$wanted" ] || { echo "doctor: something failed, and nothing is said to install"; exit 1; }
    step "apt-get install" $wanted
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
    step "doctor, turn $turn"
    doctor
done
case $code in
0) echo "doctor: nothing failed, everything was checked" ;;
5) echo "doctor: nothing failed; what is not checked is no pass" ;;
*) echo "doctor: something failed"; exit 1 ;;
esac

step "demo"
auditor demo --free-ports $sandbox
for report in report.html report.zh.html report.json; do [ -s "$report" ] || { echo "no $report"; exit 1; }; done
auditor verify evidence

step "doctor, in the folder of the demo"
doctor --offline
[ "$code" = 0 ] || [ "$code" = 5 ] || exit 1
echo "from the wheel: done"
