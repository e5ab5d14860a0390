# A chroot of pg_matrix.sh with a layer of its own above it, so that it stays as it is.  Sourced, in
# a mount and a pid namespace, with which all of it ends.
# shellcheck shell=bash

open_chroot() { # open_chroot LOWER[:LOWER...] DIR: what is in DIR/root
  local dir=$2 device
  mkdir -p "$dir/upper" "$dir/work" "$dir/root"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$dir/upper,workdir=$dir/work" "$dir/root" || return 1
  mkdir -p "$dir/root/proc" "$dir/root/dev"
  mount -t proc proc "$dir/root/proc"
  mount -t tmpfs -o mode=755 tmpfs "$dir/root/dev"
  for device in null zero full random urandom; do
    : >"$dir/root/dev/$device"
    mount --bind "/dev/$device" "$dir/root/dev/$device"
  done
  ln -s /proc/self/fd "$dir/root/dev/fd"
  mkdir -m 1777 "$dir/root/dev/shm"
  mount -t tmpfs -o mode=1777,exec tmpfs "$dir/root/dev/shm"
}
