# A private PostgreSQL: its own cluster, its own socket, never the system's, never as root. Sourced.

postgres_directory=
postgres_port=
postgres_user=

# Runs a command as the cluster's owner: ourselves, or for root the unprivileged user of Debian's package.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# start_postgres NAME: makes a cluster and starts it; sets postgres_uri.
start_postgres() {
    local name=$1 bin socket
    bin=$(postgres_bin)
    postgres_directory="$root/.local/$name.$$"
    mkdir -p "$root/.local"
    # Old clusters of runs that were killed outright.
    find "$root/.local" -maxdepth 1 -name "$name.*" | while read -r old; do
        kill -0 "${old##*.}" 2>/dev/null || rm -rf "$old"
    done
    mkdir -m 700 "$postgres_directory"
    socket=$postgres_directory
    if [ "$(id -u)" -eq 0 ]; then
        postgres_user=postgres
        id postgres >/dev/null 2>&1 || fail "there is no user 'postgres' to run PostgreSQL as; it refuses root"
        chown postgres "$postgres_directory"
        # A checkout below a folder that only root may enter, or a path too long for a socket: a temporary folder then.
        if ! as_postgres test -w "$postgres_directory"; then
            rmdir "$postgres_directory"
            postgres_directory=$(mktemp -d "${TMPDIR:-/tmp}/hearth-$name.XXXXXX")
            chown postgres "$postgres_directory"
        fi
    fi
    socket=$postgres_directory
    if [ "${#socket}" -gt 80 ]; then
        socket=$(mktemp -d /tmp/hearth-socket.XXXXXX)
        chmod 755 "$socket"
        if [ -n "$postgres_user" ]; then chown "$postgres_user" "$socket"; fi
    fi
    postgres_socket=$socket
    chmod 755 "$postgres_directory"
    as_postgres "$bin/initdb" -D "$postgres_directory/data" -U hearth -A trust --no-sync >/dev/null
    cat >>"$postgres_directory/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$socket'
max_connections = 200
shared_buffers = 256MB
${POSTGRES_CONFIGURATION:-}
CONF
    postgres_port=$(free_port 54320)
    restart_postgres_command="cd / && $( [ -z "$postgres_user" ] || echo "runuser -u $postgres_user --" ) $bin/pg_ctl -D $postgres_directory/data -o '-p $postgres_port' -l $postgres_directory/log -w -m fast restart"
    as_postgres "$bin/pg_ctl" -D "$postgres_directory/data" -o "-p $postgres_port" -l "$postgres_directory/log" -w start >/dev/null ||
        fail "PostgreSQL did not start: $(tail -n 5 "$postgres_directory/log")"
    # shellcheck disable=SC2034
    postgres_uri="postgresql://hearth@localhost:$postgres_port/postgres?host=$socket"
}

stop_postgres() {
    [ -n "$postgres_directory" ] || return 0
    as_postgres "$(postgres_bin)/pg_ctl" -D "$postgres_directory/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$postgres_directory"
    if [ "${postgres_socket:-$postgres_directory}" != "$postgres_directory" ]; then rm -rf "$postgres_socket"; fi
    postgres_directory=
}
