# Sourced by the scripts beside it.

fail() {
    echo "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Installs Debian packages and starts none of their services.
apt_install() {
    command -v apt-get > /dev/null ||
        fail "Missing here: what Debian packages as $*. Install it with this system's package manager, then run make again."
    [ "$(id -u)" -eq 0 ] || command -v sudo > /dev/null ||
        fail "Missing here: $*. Install it as root, then run make again: apt-get install --no-install-recommends $*"
    as_root env DEBIAN_FRONTEND=noninteractive bash "$(dirname "${BASH_SOURCE[0]}")/apt-install" "$@" ||
        fail "Not installed: $*. As root, run: apt-get update && apt-get install --no-install-recommends $*"
}
