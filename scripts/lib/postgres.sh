# shellcheck shell=bash
# A private PostgreSQL: its own cluster on its own Unix socket, never the system's, never run by root. Sourced.

cluster=''

# Runs a command as the cluster's owner: the current user, or an unprivileged one for root, which PostgreSQL does not
# accept.
as_cluster_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u "$(cluster_owner)" -- "$@")
    else
        "$@"
    fi
}

cluster_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        id -un
    elif id postgres >/dev/null 2>&1; then
        echo postgres
    else
        echo nobody
    fi
}

# start_postgres [SETTING...]: creates a cluster under run_directory and starts it. Sets postgres_uri, for a superuser, and
# restart_postgres_command. There is no TCP port, so nothing can collide and nobody else can connect.
start_postgres() {
    local bin owner setting encoded
    bin=$(postgres_bin)
    owner=$(cluster_owner)
    cluster="$run_directory/postgres"
    mkdir -m 700 "$cluster"
    if [ "$(id -u)" -eq 0 ]; then chown "$owner:" "$cluster"; fi
    # Needed if the checkout is below a folder that only root may enter, or the path is too long for a socket's 107 bytes.
    if ! as_cluster_owner test -w "$cluster" || [ "$(printf %s "$cluster" | wc -c)" -gt 85 ]; then
        rmdir "$cluster"
        cluster=$(mktemp -d "${TMPDIR:-/tmp}/hearth.XXXXXX")
        if [ "$(printf %s "$cluster" | wc -c)" -gt 85 ]; then
            rmdir "$cluster"
            cluster=$(mktemp -d /tmp/hearth.XXXXXX)
        fi
        if [ "$(id -u)" -eq 0 ]; then chown "$owner:" "$cluster"; fi
        as_cluster_owner test -w "$cluster" || fail "The user $owner cannot write to $cluster"
    fi
    # Lets a later run find it if this one is killed.
    echo "$cluster" >"$run_directory/cluster"

    as_cluster_owner "$bin/initdb" -D "$cluster/data" -U hearth -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null ||
        fail "initdb failed"
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$cluster'"
        echo "port = 5432"
        echo "timezone = 'UTC'"
        echo "max_connections = 300"
        for setting in "$@"; do echo "$setting"; done
    } | as_cluster_owner tee -a "$cluster/data/postgresql.conf" >/dev/null
    as_cluster_owner "$bin/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w -t 60 start >/dev/null ||
        fail "PostgreSQL did not start: $(tail -n 5 "$cluster/log" 2>/dev/null)"
    encoded=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$cluster")
    postgres_uri="postgresql://hearth@localhost:5432/postgres?host=$encoded"
    restart_postgres_command="$(printf '%q ' "$bin/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w -m fast restart) >/dev/null"
    if [ "$(id -u)" -eq 0 ]; then
        # shellcheck disable=SC2034  # used by the scripts that source this
        restart_postgres_command="cd / && runuser -u $owner -- $restart_postgres_command"
    fi
}

# database_uri NAME: prints the URI of another database on the same server.
database_uri() { printf '%s\n' "${postgres_uri/\/postgres\?/\/$1?}"; }

create_database() {
    "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 -c "CREATE DATABASE \"$1\"" "$postgres_uri" </dev/null
}

stop_postgres() {
    if [ -n "$cluster" ]; then stop_cluster "$cluster"; fi
    cluster=''
}

stop_cluster() {
    local pid
    if [ -f "$1/data/postmaster.pid" ]; then
        as_cluster_owner "$(postgres_bin)/pg_ctl" -D "$1/data" -m immediate -w -t 20 stop >/dev/null 2>&1 || {
            # Still running: either it does not respond, or the file is stale and its pid may belong to another process.
            pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null || true)
            if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1/data"; then
                kill -KILL "$pid" 2>/dev/null || true
            fi
        }
    fi
    rm -rf "$1"
}

# stop_abandoned_cluster RUN_DIRECTORY: stops the cluster of a run that was killed.
stop_abandoned_cluster() {
    local abandoned
    abandoned=$(cat "$1/cluster" 2>/dev/null || true)
    # Only a path that we could have created: the file must not cause anything else to be removed.
    case $abandoned in
    "$1/postgres" | */hearth.??????) if [ -d "$abandoned/data" ]; then stop_cluster "$abandoned"; fi ;;
    esac
}
