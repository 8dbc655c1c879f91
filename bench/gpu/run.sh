#!/bin/sh
# Measures on this machine's GPU, without a network; options as in bench/gpu/main.ts.
# CUDA 13 and cuDNN 9 are taken from where the loader finds them, and from PyTorch's packages where Python has them.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
python=${PYTHON:-python3}
libraries=$("$python" -c '
import glob, os, sys
found = [f for p in sys.path if p for f in glob.glob(p + "/nvidia/**/lib*.so.*", recursive=True)]
print(":".join(sorted({os.path.dirname(f) for f in found})))' 2>/dev/null || true)
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/node" "$here/bench/gpu/main.ts" --photos "$here/photos" --models "$here/models" --python "$python" "$@"
