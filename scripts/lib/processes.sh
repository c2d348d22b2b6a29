# shellcheck shell=bash
# Starts processes that end with the script. Sourced.

started_processes=()

# Each process gets its own session, so that Ctrl-C reaches only the script, which then stops everything in order. If the
# script itself is killed, the kernel terminates them.
apart=(setsid)
if command -v setpriv >/dev/null && setpriv --pdeathsig TERM true 2>/dev/null; then
    apart+=(setpriv --pdeathsig TERM --)
fi

# start_process LOG COMMAND...: starts a command in the background. Sets started_pid.
start_process() {
    local log=$1
    shift
    "${apart[@]}" "$@" >>"$log" 2>&1 </dev/null &
    started_pid=$!
    started_processes+=("$started_pid")
}

# attend COMMAND...: like running it in the foreground, but the script reacts to signals at once.
attend() {
    local status=0
    "${apart[@]}" "$@" </dev/null &
    local pid=$!
    started_processes+=("$pid")
    wait "$pid" || status=$?
    return "$status"
}

is_running() { kill -0 "$1" 2>/dev/null; }

# Ends every process and its children with SIGTERM, and after some seconds with SIGKILL.
stop_processes() {
    local pid deadline=$((SECONDS + 8)) index
    for ((index = ${#started_processes[@]} - 1; index >= 0; index--)); do
        kill -TERM -- "-${started_processes[index]}" 2>/dev/null || true
    done
    for pid in ${started_processes[@]+"${started_processes[@]}"}; do
        while kill -0 -- "-$pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.05; done
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    started_processes=()
}

# free_port WANTED: prints the wanted port of the loopback interface if it is free, otherwise any free port.
free_port() {
    python3 - "${1:-0}" <<'PY'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(s.getsockname()[1])
        break
PY
}

# wait_for SECONDS COMMAND...: waits until the command succeeds; false if the time is up.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
