#!/usr/bin/env bash
# Sets up what is missing, then starts the whole system. Arguments go to the AppHost: ./run.sh --peers 5 (see ./run.sh --help).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/eng/setup.sh"

require_dotnet
# Without a container engine Redis runs as a local process; without that too, the AppHost goes on in memory and says so.
if ! docker version >/dev/null 2>&1 && ! podman version >/dev/null 2>&1; then
  install_packages "the registry and the bootstrap service" redis-server:redis-server || true
fi

build "$root/AppHost"
exec dotnet run --project "$root/AppHost" --no-build -- "$@"
