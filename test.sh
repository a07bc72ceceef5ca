#!/usr/bin/env bash
# Sets up what is missing, builds everything, runs all tests. Ends with a line "N passed, N failed".
#   ./test.sh            all tests
#   ./test.sh Peer       only the test projects whose name contains "Peer"
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/eng/setup.sh"
only=${1:-}
if [ "${only#-}" != "$only" ] || [ $# -gt 1 ]; then
  say "usage: ./test.sh [part of a test project's name]"
  exit 2
fi

require_dotnet
install_packages "the tests" redis-server:redis-server chromium:chromium tmux:tmux serf:serf

build "$root/Aspire.sln"

results=$root/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
status=0
ran=0
# One project after the other: several start clusters of real processes, and share two cores on a small machine.
for project in "$root"/tests/*.Tests; do
  name=$(basename "$project")
  [[ $name == *"$only"* ]] || continue
  ran=$((ran + 1))
  say "== $name"
  if ! dotnet test "$project" --no-build --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
       --logger "console;verbosity=minimal" --blame-hang-timeout 5m --nologo; then
    status=1
    # A test host that dies reports no failed test: count the project itself.
    grep -qs 'outcome="Failed"' "$results/$name.trx" || touch "$results/$name.aborted"
  fi
done
if [ $ran -eq 0 ]; then
  say "No test project's name contains '$only'."
  exit 2
fi

sum() {
  cat "$results"/*.trx 2>/dev/null | { grep -o '<Counters [^>]*>' || true; } | { grep -o " $1=\"[0-9]*\"" || true; } | tr -dc '0-9\n' | awk '{ n += $1 } END { print n + 0 }'
}
passed=$(sum passed)
failed=$(($(sum failed) + $(find "$results" -name '*.aborted' | wc -l)))
if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
  failed=1
fi
[ "$failed" -eq 0 ] || status=1
echo "$passed passed, $failed failed"
exit $status
