# Sourced by run.sh and test.sh: installs and prepares what this machine lacks, and says so. Quick when nothing is missing.
# shellcheck shell=bash

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say() { printf '%s\n' "$*" >&2; }

require_dotnet() {
  if ! command -v dotnet >/dev/null; then
    say "The .NET 10 SDK is missing: install it from https://dotnet.microsoft.com/download/dotnet/10.0 and try again."
    exit 2
  fi
  if ! dotnet --list-sdks | grep -q '^10\.'; then
    say "The .NET 10 SDK is missing (found: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ' -)): install it from https://dotnet.microsoft.com/download/dotnet/10.0 and try again."
    exit 2
  fi
}

# install_packages PURPOSE COMMAND:PACKAGE ... installs the Debian packages whose command is not there.
install_packages() {
  local purpose=$1 missing=() pair sudo=()
  shift
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    say "Missing for $purpose: ${missing[*]}. This system has no apt-get; install them with its own package tool."
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "Missing for $purpose: ${missing[*]}. Neither root nor sudo: have them installed with 'apt-get install ${missing[*]}'."
      return 1
    fi
    sudo=(sudo)
  fi
  say "Installing ${missing[*]} (Debian packages, for $purpose) ..."
  local log
  log=$(mktemp)
  if ! { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    say "apt-get could not install ${missing[*]}:"
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  # Debian starts a redis-server of its own at installation where there is an init system; ours run on ports and passwords of their own.
}

# build PROJECT: quiet when it succeeds, everything MSBuild said when it does not.
build() {
  say "Building ..."
  local log
  log=$(mktemp)
  # One warm compiler for all projects, also where the environment turns it off: half the time.
  if ! dotnet build "$1" --verbosity minimal --nologo -p:UseSharedCompilation=true >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}
