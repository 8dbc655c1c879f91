#!/bin/sh
# usage: production.sh FOLDER producer|worker-cpu|worker-cuda
# Puts what the image of that name holds into FOLDER: the built packages, what they need at run time, the command.
# The Dockerfile runs it, and so does a test. Packages must be installed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
folder=$1
target=$2

cd "$root"
node_modules/.bin/tsc -b tsconfig.build.json
CI=true npx --yes pnpm@12.21.0 --filter @labelmill/cli deploy --prod --legacy "$folder" >&2

# ONNX Runtime comes with the binaries of every platform: 240 of 283 MB are for others.
binaries=$(echo "$folder"/node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-v6)
architecture=$(node -p process.arch)
mv "$binaries/linux/$architecture" "$folder/kept"
rm -rf "${binaries:?}"
case $target in
  producer)
    # Lists and enqueues: runs no network.
    rm -rf "$folder/kept"
    ;;
  *)
    mkdir -p "$binaries/linux"
    mv "$folder/kept" "$binaries/linux/$architecture"
    ;;
esac

# So does libjpeg-turbo: 7 of 8 MB. The images' base has glibc.
for prebuilt in "$folder"/node_modules/.pnpm/@julusian+jpeg-turbo@*/node_modules/@julusian/jpeg-turbo/prebuilds/*; do
  case $prebuilt in */jpeg-turbo-linux-"$architecture") ;; *) rm -rf "$prebuilt" ;; esac
done

if [ "$target" = worker-cuda ]; then
  # CUDA's provider, of the same version as onnxruntime-node, for CUDA 13 and cuDNN 9.
  package=com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9
  sha512=168a4884d13f360fafd97eb9c1573d7253c2042be1bc0e771f1a3653429fe5f19d56c0bb88203e999d0a2d6820710023ed3219ea9362751e000b5d20ef85e8eb
  work=$(mktemp -d)
  cd "$work"
  npm pack --silent "$package" >/dev/null
  printf '%s  %s\n' "$sha512" ./*.tgz | sha512sum --check --quiet
  for library in cuda shared; do
    tar xzf ./*.tgz --strip-components=4 -C "$binaries/linux/x64" --wildcards "*/libonnxruntime_providers_$library.so"
  done
  rm -rf "$work"
fi

# Memory as in the launcher of the repository.
cat >"$folder/labelmill" <<'END'
#!/bin/sh
memory=
case ${1-} in enqueue) memory='--max-semi-space-size=8 --max-old-space-size=1024' ;; esac
# shellcheck disable=SC2086
exec node $memory "$(dirname "$(readlink -f "$0")")/dist/main.js" "$@"
END
chmod 755 "$folder/labelmill"
