# shellcheck shell=bash
# Installs missing Debian packages with apt, and Python packages into a private environment. Sourced.

# Prints the missing Debian packages, one per line.
missing_packages() {
    local module
    if command -v pkg-config >/dev/null; then
        for module in libpq:libpq-dev libcurl:libcurl4-openssl-dev jansson:libjansson-dev libpsl:libpsl-dev; do
            pkg-config --exists "${module%%:*}" || echo "${module#*:}"
        done
    else
        printf '%s\n' pkg-config libpq-dev libcurl4-openssl-dev libjansson-dev libpsl-dev
    fi
    command -v curl >/dev/null || echo curl
    command -v openssl >/dev/null || echo openssl
    command -v setsid >/dev/null || echo util-linux
    [ -n "$(postgres_bin)" ] || echo postgresql
    # The standard library may be installed without these two.
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
}

# Prints the folder of the newest PostgreSQL's server programs, which Debian keeps out of PATH; nothing if there is none.
postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -maxdepth 3 -name initdb -path '*/bin/*' 2>/dev/null | sort -V | tail -n 1 || true)
    if [ -n "$newest" ]; then
        dirname "$newest"
    elif command -v initdb >/dev/null; then
        dirname "$(command -v initdb)"
    fi
}

require_swift() {
    command -v swift >/dev/null ||
        fail "swift is not in PATH. Install the Swift 6.3 toolchain for Debian 12 from https://www.swift.org/install/linux/"
}

# install_packages [PROGRAM[:PACKAGE]...]: installs what every script needs, and the named programs; the package has the
# program's name by default. Uses root or sudo only if something is missing.
install_packages() {
    local missing program as_root=()
    mapfile -t missing < <(
        missing_packages
        for program in "$@"; do command -v "${program%%:*}" >/dev/null || echo "${program#*:}"; done
    )
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "These Debian packages are missing, and there is no apt-get: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "These Debian packages are missing; install them as root: ${missing[*]}"
        say "Installing missing packages with sudo: ${missing[*]}"
        as_root=(sudo)
    else
        say "Installing ${missing[*]}"
    fi
    # Otherwise the package would create and start a system cluster, which nobody asked for.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        ${as_root[@]+"${as_root[@]}"} mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" |
            ${as_root[@]+"${as_root[@]}"} tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    ${as_root[@]+"${as_root[@]}"} apt-get update -qq </dev/null
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# Installs the Python packages of the end-to-end tests, at the versions in Tests/EndToEnd/requirements.txt. Sets python.
install_python() {
    local environment="$root/.local/venv" wanted
    wanted=$(cksum <"$root/Tests/EndToEnd/requirements.txt")
    if [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
        say "Installing Python packages"
        python3 -m venv --clear "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input \
            -r "$root/Tests/EndToEnd/requirements.txt"
        echo "$wanted" >"$environment/installed"
    fi
    # shellcheck disable=SC2034  # used by the scripts that source this
    python="$environment/bin/python"
}
