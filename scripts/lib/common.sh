# shellcheck shell=bash
# Common start of every script. Sourced.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

# Colours only on a terminal, and only if the user has not disabled them (no-color.org).
# shellcheck disable=SC2034  # used by the scripts that source this
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' dim='' green='' red='' plain=''
fi

say() { printf '%s\n' "$bold== $*$plain"; }
fail() {
    printf '%s\n' "$red$*$plain" >&2
    exit 1
}

# shellcheck source=scripts/lib/install.sh
. "$root/scripts/lib/install.sh"
# shellcheck source=scripts/lib/processes.sh
. "$root/scripts/lib/processes.sh"
# shellcheck source=scripts/lib/postgres.sh
. "$root/scripts/lib/postgres.sh"

# open_run_directory NAME: creates a folder for this run only, .local/NAME/<pid>; sets run_directory. Removes what earlier
# runs left behind when they were killed.
open_run_directory() {
    local old
    mkdir -p "$root/.local/$1"
    for old in "$root/.local/$1"/*/; do
        [ -d "$old" ] || continue
        old=${old%/}
        # In a container a new run often has the pid of an old one, so a folder with our pid is not ours yet.
        if [ "${old##*/}" = "$$" ] || ! kill -0 "${old##*/}" 2>/dev/null; then discard_run_directory "$old"; fi
    done
    run_directory="$root/.local/$1/$$"
    mkdir "$run_directory"
}

discard_run_directory() {
    stop_abandoned_cluster "$1"
    rm -rf "$1"
}

# clean_up_at_exit: stops the script's processes and its cluster however the script ends.
clean_up_at_exit() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

clean_up() {
    local status=$?
    trap '' INT TERM HUP
    trap - EXIT
    stop_processes
    stop_postgres
    [ -z "${run_directory:-}" ] || rm -rf "$run_directory"
    exit "$status"
}
