# shellcheck shell=bash
# To be sourced by the scripts of this folder, with its own arguments: what they need to
# work in a root, a folder with a Debian, that is named by $root.

# What runs there; integration_test and what measures do not.
# shellcheck disable=SC2034
units=(
  base_test client_test config_test format_test gateway_codegen_test gateway_json_test
  gateway_test git_test github_test http_client_test net_test operation_test
  resource_test rpc_test security_test storage_test sync_test transport_test
)
mirror=${GITSYNC_DEBIAN_MIRROR:-http://deb.debian.org/debian}
script=tests/distributions/${0##*/}

left_out() {
  printf '%s: left out: %s\n' "$script" "$*" >&2
  exit 77
}

((EUID == 0)) || left_out 'it needs root'
# What is mounted is so for this process and those that it starts: it ends with them.
[[ -n ${GITSYNC_UNSHARED-} ]] || {
  unshare --mount true 2>/dev/null || left_out 'nothing can be mounted here'
  GITSYNC_UNSHARED=yes exec unshare --mount --propagation private "$PWD/$script" "$@"
}
command -v debootstrap >/dev/null || apt-get install -y -q debootstrap </dev/null ||
  left_out 'debootstrap is missing'

# make_root SUITE [OPTION...]: $root becomes an empty Debian.
make_root() {
  local suite=$1
  shift
  debootstrap --variant=minbase --include=ca-certificates,git "$@" "$suite" "$root" \
    "$mirror" >"$root.log" 2>&1 || {
    tail -n 5 "$root.log" >&2
    left_out "debootstrap of $suite from $mirror failed"
  }
}

# enter_root: what a root has of the machine that it is on.
enter_root() {
  local folder
  for folder in proc sys dev; do
    mount --rbind "/$folder" "$root/$folder"
  done
  cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  printf '127.0.0.1 localhost %s\n::1 localhost\n' "$(hostname)" >"$root/etc/hosts"
  # What this machine trusts beside Debian's authorities: a network may look into TLS.
  [[ ! -d /usr/local/share/ca-certificates ]] ||
    cp -r /usr/local/share/ca-certificates "$root/usr/local/share"
  [[ ! -e $root/usr/sbin/update-ca-certificates ]] ||
    in_root update-ca-certificates >/dev/null
}

# in_root COMMAND...: as its administrator.
in_root() {
  chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
