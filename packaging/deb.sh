#!/usr/bin/env bash
# Packs a Debian package around a built program, with its manual page and completions: packaging/deb.sh PROGRAM OUT
set -euo pipefail
program=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml" | head -1)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
install -D -m 755 "$program" "$work/usr/bin/stacklens"
put() { install -D -m 644 /dev/stdin "$work/usr/share/$1"; }
"$program" man | gzip -9n | put man/man1/stacklens.1.gz
"$program" completions bash | put bash-completion/completions/stacklens
"$program" completions zsh | put zsh/vendor-completions/_stacklens
"$program" completions fish | put fish/vendor_completions.d/stacklens.fish
put doc/stacklens/copyright < "$here/../LICENSE-MIT"
# The program links the C library and nothing else; the oldest version it asks for is the one it needs.
libc=$(objdump -T "$program" 2> /dev/null | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -1 | cut -d_ -f2)
mkdir "$work/DEBIAN"
cat > "$work/DEBIAN/control" <<EOF
Package: stacklens
Version: $version
Architecture: $architecture
Maintainer: The stacklens developers <stacklens@users.noreply.github.com>
Installed-Size: $(du -sk "$work/usr" | cut -f1)
Depends: libc6${libc:+ (>= $libc)}, libgcc-s1
Section: devel
Priority: optional
Homepage: https://github.com/stacklens/stacklens
Description: checks and explains the files that AWS is deployed with
 CloudFormation and SAM templates, CodeDeploy AppSpec files and CodeBuild
 buildspecs, alone and together, without an account and without a network.
EOF
mkdir -p "$out"
dpkg-deb --root-owner-group --build "$work" "$out/stacklens_${version}_$architecture.deb" > /dev/null
