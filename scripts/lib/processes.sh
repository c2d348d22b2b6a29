# Background processes that end with the script. Sourced.

processes=()

# start NAME COMMAND...: runs in the background, its output in the run's folder.
start() {
    local name=$1
    shift
    "$@" >"$run/$name.log" 2>&1 &
    processes+=($!)
}

stop_processes() {
    local process
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    for process in "${processes[@]}"; do wait "$process" 2>/dev/null || true; done
    processes=()
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; fails the script, naming what was not observed.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ]; then
            printf '\nNot observed: %s\n' "$what" >&2
            tail -n 5 "$run"/*.log >&2 || true
            exit 1
        fi
        sleep 0.1
    done
}
