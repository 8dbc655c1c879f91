#!/bin/sh
# usage: fetch-odd-images.sh FOLDER few|all
# Puts odd and broken images out of Debian's packages into FOLDER/images, one folder a package: few are those that gdk-pixbuf is
# tested with; all are also those of Go's image packages (PngSuite among them), disintegration/imaging and Pillow. Needs apt-get
# with the distribution's own sources, and no rights; nothing is installed.
set -eu
folder=$1 which=$2
[ ! -e "$folder/complete" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/sources" "$folder/packages" "$folder/images"
folder=$(cd "$folder" && pwd -P)

# Lists of our own: the machine's may be old, and leave source packages out.
types=deb
[ "$which" = few ] || types='deb deb-src'
for list in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$list" ] || sed "s/^Types:.*/Types: $types/" "$list" >"$folder/sources/${list##*/}"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -e "$list" ] || continue
  for type in $types; do
    sed -n "s/^deb /$type /p" "$list" >"$folder/sources/$type-$(basename "$list" .list).list"
  done
done
apt() {
  tool=$1
  shift
  "$tool" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/sources" -o Dir::State::Lists="$folder/lists" \
    -o Dir::Cache="$folder/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
# Its files that fit the pattern.
unpack() {
  mkdir "$folder/images/$1"
  apt apt-get -qq download "$1" >&2
  dpkg-deb --fsys-tarfile "$1"_*.deb | tar x -C "$folder/images/$1" --wildcards "$2"
}

cd "$folder/packages"
apt apt-get -qq update >&2
unpack gdk-pixbuf-tests '*/installed-tests/*'
if [ "$which" = all ]; then
  go=$(apt apt-cache search --names-only '^golang-1\.[0-9]+-src$' | cut -d' ' -f1 | sort -V | head -1)
  unpack "$go" '*/image/*testdata/*'
  unpack golang-github-disintegration-imaging-dev '*/testdata/*'
  mkdir "$folder/images/pillow"
  apt apt-get -qq source --download-only pillow >&2
  tar xf pillow_*.orig.tar.* -C "$folder/images/pillow" --wildcards '*/Tests/images/*'
fi
# Lists of tests, texts and programs that lie between them.
find "$folder/images" -type f \( -name '*.conf' -o -name '*.test' -o -name '*.txt' -o -name '*.sng' -o -name '*.gpl' \
  -o -name '*.go' -o -name '*.py' -o -name 'README*' -o ! -name '*.*' \) -delete
rm -rf "$folder/packages" "$folder/lists" "$folder/cache"
touch "$folder/complete"
