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
clang-format --dry-run --Werror "${all[@]}" || bad=1

echo "clang-tidy: ${#sources[@]} files"
read -ra flags < <(pkg-config --cflags libcurl libetpan inih sqlite3 libcmark-gfm libidn2 libssl jansson)
tidy() {
  clang-tidy --quiet "$@" -- -std=c11 -Isrc -D_GNU_SOURCE '-DHEARTEN_VERSION="lint"' "${flags[@]}" 2>/dev/null
}
half=$(((${#sources[@]} + 1) / 2))
tidy "${sources[@]:0:half}" >build/tidy.1 &
tidy "${sources[@]:half}" >build/tidy.2
wait
found=$(grep -hE '(warning|error):' build/tidy.1 build/tidy.2 | sort -u)
if [ -n "$found" ]; then
  echo "$found"
  bad=1
fi

[ "$bad" = 0 ] && echo "lint: clean"
exit $bad
