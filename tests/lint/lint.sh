#!/usr/bin/env bash
# make lint: the house, the format, clang-tidy. Strict compiler warnings are errors in every build.
set -u
cd "$(dirname "$0")/../.."
bad=0
mkdir -p build
tests/lint/house.sh || bad=1

mapfile -t sources < <(git ls-files 'src/*.c')
mapfile -t all < <(git ls-files 'src/*.[ch]' 'tests/unit/*.[ch]')
echo "clang-format: ${#all[@]} files"
clang-format --dry-run --Werror "${all[@]}" || { echo "clang-format failed" >&2; bad=1; }
[ "${#sources[@]}" -gt 0 ] || { echo "no sources were found" >&2; bad=1; }

echo "clang-tidy: ${#sources[@]} files"
read -ra flags < <(pkg-config --cflags libcurl libetpan inih sqlite3 libcmark-gfm libidn2 libssl jansson)
tidy() { # OUT FILE...: findings to OUT; what is no finding (a crash, a wrong option) to OUT.err
  local out=$1
  shift
  clang-tidy --quiet "$@" -- -std=c11 -Isrc -D_GNU_SOURCE '-DHEARTEN_VERSION="lint"' "${flags[@]}" \
    >"$out" 2>"$out.err"
}
half=$(((${#sources[@]} + 1) / 2))
tidy build/tidy.1 "${sources[@]:0:half}" &
first=$!
tidy build/tidy.2 "${sources[@]:half}"
codes=$?
wait "$first" || codes=1
found=$(grep -hE '(warning|error):' build/tidy.1 build/tidy.2 | sort -u)
if [ -n "$found" ]; then
  echo "$found"
  bad=1
fi
if [ "$codes" != 0 ]; then
  echo "clang-tidy failed:"
  grep -hvE '^[0-9]+ warnings? (generated|treated)|^Suppressed |^Use -header-filter' build/tidy.1.err build/tidy.2.err
  bad=1
fi >&2

[ "$bad" = 0 ] && echo "lint: clean"
exit $bad
