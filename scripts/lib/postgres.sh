# shellcheck shell=bash
# A private PostgreSQL: its own cluster on its own Unix socket, never the system's, never as root. Sourced.

cluster=''

# Runs a command as the cluster's owner: ourselves, or for root an unprivileged user. PostgreSQL refuses root.
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

# start_postgres [SETTING...]: makes a cluster under run_directory and starts it. Sets postgres_uri, a superuser's, and
# restart_postgres_command. There is no TCP port: nothing to collide with, nobody else can connect.
start_postgres() {
    local bin owner setting encoded
    bin=$(postgres_bin)
    owner=$(cluster_owner)
    cluster="$run_directory/postgres"
    mkdir -m 700 "$cluster"
    if [ "$(id -u)" -eq 0 ]; then chown "$owner:" "$cluster"; fi
    # A checkout below a folder that only root may enter, or a path too long for a socket's 107 bytes.
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
    # For a later run, should this one be killed outright.
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

# The same server, another database.
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
            # Still there: either it does not listen, or the file is stale and its number may be somebody else's.
            pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null || true)
            if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1/data"; then
                kill -KILL "$pid" 2>/dev/null || true
            fi
        }
    fi
    rm -rf "$1"
}

# stop_abandoned_cluster RUN_DIRECTORY: of a run that was killed outright.
stop_abandoned_cluster() {
    local abandoned
    abandoned=$(cat "$1/cluster" 2>/dev/null || true)
    # Only what we could have made: the file is no reason to remove anything else.
    case $abandoned in
    "$1/postgres" | */hearth.??????) if [ -d "$abandoned/data" ]; then stop_cluster "$abandoned"; fi ;;
    esac
}
