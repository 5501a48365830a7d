#!/usr/bin/env bash
# Installs what building and running need, once: Debian packages, and LibTorch into the user's cache.
#   scripts/setup.sh [test]      with `test`, also what only the tests need (a browser)
# An existing LibTorch is taken from LIBTORCH. A second run downloads nothing.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/unimo"
torch_version=2.11.0

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
  local missing=()
  while read -r package; do
    [ -z "$package" ] && continue
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done < <(cat "$@")
  [ "${#missing[@]}" = 0 ] && return
  echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# PyTorch's wheel carries the whole of LibTorch; its CPU half needs two small companions (the profiler's).
install_libtorch() {
  if [ -n "${LIBTORCH:-}" ]; then
    echo "setup: LibTorch from LIBTORCH=$LIBTORCH"
    return
  fi
  local target="$cache/libtorch-$torch_version"
  [ -f "$target/complete" ] && return
  echo "setup: fetching LibTorch $torch_version into $target"
  mkdir -p "$cache"
  local beside
  beside="$(mktemp -d "$cache/libtorch.XXXXXX")"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir \
    --no-deps --no-compile --only-binary=:all: --python-version 3.12 --target "$beside" \
    "torch==$torch_version" 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cupti==13.0.*'
  touch "$beside/complete"
  rm -rf "$target"
  mv "$beside" "$target"
}

lists=("$here/packages.txt")
[ "${1:-}" = test ] && lists+=("$here/packages-test.txt")
install_packages "${lists[@]}"
install_libtorch
