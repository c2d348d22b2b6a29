# Installs what is missing: Debian packages by apt, Python packages into a private environment. Sourced.

# name of the package, and a path whose presence shows that it is there
needed_packages() {
    [ -f /usr/include/postgresql/libpq-fe.h ] || echo libpq-dev
    [ -n "$(find /usr/include -path '*curl/curl.h' -print -quit)" ] || echo libcurl4-openssl-dev
    [ -f /usr/include/jansson.h ] || echo libjansson-dev
    command -v pkg-config >/dev/null || echo pkg-config
    command -v curl >/dev/null || echo curl
    command -v openssl >/dev/null || echo openssl
    [ -n "$(postgres_bin)" ] || echo postgresql
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# The newest PostgreSQL's server programs, which Debian keeps out of PATH.
postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -maxdepth 3 -name initdb -path '*/bin/*' 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$newest" ]; then dirname "$newest"; fi
}

install_packages() {
    local missing as_root=()
    missing=$(needed_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these Debian packages are missing, install them as root:" $missing
        as_root=(sudo)
    fi
    say "Installing" $missing
    # Without this, the package would start a cluster of the system's, which is not ours to start.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        "${as_root[@]}" mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    "${as_root[@]}" apt-get update -qq
    # shellcheck disable=SC2086
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Python packages of the end-to-end tests, at the versions that Tests/EndToEnd/requirements.txt pins.
install_python() {
    local environment="$root/.local/python" wanted
    wanted=$(cksum <"$root/Tests/EndToEnd/requirements.txt")
    if [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
        say "Installing Python packages"
        python3 -m venv --clear "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$root/Tests/EndToEnd/requirements.txt"
        echo "$wanted" >"$environment/installed"
    fi
    python="$environment/bin/python"
}
