#!/bin/bash
# Builds the images scalelab/redis:debian and scalelab/rabbitmq:debian from Debian (or Ubuntu) packages, for machines
# that reach a package mirror but no image registry.
#
#   testdata/images/build.sh [--force] [redis] [rabbitmq]
#
# Each folder beside this script is one image; its file `recipe` says which packages go in, which files are copied
# and what the container runs. Packages come from wherever this machine takes its own (its apt sources), or from the
# sources file named by SCALELAB_APT_SOURCES. An image that was built from the same recipe is left alone.
set -euo pipefail
cd "$(dirname "$0")"

die() { echo "build.sh: $*" >&2; exit 1; }

need() { # program, Debian package
	command -v "$1" >/dev/null || die "$1 is missing: install it (on Debian: apt-get install $2)"
}

apt_sources() {
	local file
	for file in "${SCALELAB_APT_SOURCES:-}" /etc/apt/sources.list.d/debian.sources \
		/etc/apt/sources.list.d/ubuntu.sources /etc/apt/sources.list; do
		if [ -n "$file" ] && [ -s "$file" ]; then
			echo "$file"
			return
		fi
	done
	die "no apt sources found: name a sources file in SCALELAB_APT_SOURCES"
}

recipe_hash() { # folder
	{ declare -f build; find "$1" -type f | LC_ALL=C sort | while read -r file; do
		echo "$file"
		cat "$file"
	done; } | sha256sum | cut -c1-16
}

image_hash() { # image; empty if there is none
	docker image inspect --format '{{index .Config.Labels "scalelab.recipe"}}' "$1" 2>/dev/null || true
}

build() { # folder
	local name=$1 image="scalelab/$1:debian" hash packages="" changes=() hooks=() word rest started=$SECONDS
	hash=$(recipe_hash "$name")
	if [ "$force" = no ] && [ "$(image_hash "$image")" = "$hash" ]; then
		echo "$image: up to date"
		return
	fi
	while read -r word rest; do
		case $word in
		package) packages+=${packages:+,}$rest ;;
		copy) hooks+=("--customize-hook=upload $name/${rest% *} ${rest#* }") ;;
		change) changes+=(--change "$rest") ;;
		'#'* | '') ;;
		*) die "$name/recipe: unknown word $word" ;;
		esac
	done <"$name/recipe"
	changes+=(--change "LABEL scalelab.recipe=$hash")

	echo "$image: installing $packages …"
	mmdebstrap --mode=root --variant=essential --include="$packages" --quiet \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		"${hooks[@]}" "$suite" "$work/$name.tar" "$sources" 2>"$work/$name.log" ||
		{ tail -n 20 "$work/$name.log" >&2; die "$image: mmdebstrap stopped, see above"; }
	docker import "${changes[@]}" "$work/$name.tar" "$image" >/dev/null
	rm -f "$work/$name.tar"
	echo "$image: built in $((SECONDS - started)) s"
}

force=no
names=()
for argument in "$@"; do
	case $argument in
	--force) force=yes ;;
	-h | --help) awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' build.sh; exit 0 ;;
	*) [ -f "$argument/recipe" ] || die "no recipe for $argument"; names+=("$argument") ;;
	esac
done
[ ${#names[@]} -gt 0 ] || names=(redis rabbitmq)

need docker docker.io
docker version >/dev/null 2>&1 || die "no Docker engine answers: start it, or use --services process"

stale=no
for name in "${names[@]}"; do
	[ "$force" = no ] && [ "$(image_hash "scalelab/$name:debian")" = "$(recipe_hash "$name")" ] || stale=yes
done
if [ $stale = yes ]; then
	need mmdebstrap mmdebstrap
	[ "$(id -u)" = 0 ] || die "installing packages into an image needs root: run it with sudo"
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:?this machine names no Debian or Ubuntu release}")
	sources=$(apt_sources)
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi
for name in "${names[@]}"; do
	before=$(docker image inspect --format '{{.Id}}' "scalelab/$name:debian" 2>/dev/null || true)
	build "$name"
	# The image that was replaced has no name any more; a container that still uses it keeps it.
	[ -z "$before" ] || [ "$before" = "$(docker image inspect --format '{{.Id}}' "scalelab/$name:debian")" ] ||
		docker rmi "$before" >/dev/null 2>&1 || true
done
