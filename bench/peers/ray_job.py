"""Labels photos with Ray Data, as its documentation advises for batch inference, and prints what it took as JSON.

usage: ray_job.py MODEL.onnx OUT < list of files

One actor per machine holds the session and decodes its batch with Pillow in threads, so that no pixels cross the object
store; the graph takes uint8 pixels and gives the best labels. The session has all cores.
"""
import io
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import ray
from PIL import Image

RESIZE, CROP, BATCH, TOP = 256, 224, 16, 5
cores = len(os.sched_getaffinity(0))


def decode(body: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(body)).convert("RGB")
    width, height = image.size
    # torchvision's rules for Resize and CenterCrop, so that the pixels are the same as labelmill's.
    size = (RESIZE, RESIZE * height // width) if width < height else (RESIZE * width // height, RESIZE)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((image.width - CROP) / 2), round((image.height - CROP) / 2)
    return np.asarray(image.crop((left, top, left + CROP, top + CROP)))


class Labeller:
    def __init__(self, model: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.session.run(None, {"image": np.zeros((BATCH, CROP, CROP, 3), np.uint8)})
        self.threads = ThreadPoolExecutor(cores)

    def __call__(self, batch: dict) -> dict:
        began = time.time()
        pixels = np.stack(list(self.threads.map(decode, batch["bytes"])))
        score, index = self.session.run(["score", "index"], {"image": pixels})
        count = len(pixels)
        return {
            "path": batch["path"],
            "score": score[:, :TOP],
            "index": index[:, :TOP],
            "began": np.full(count, began),
            "ended": np.full(count, time.time()),
        }


def main() -> None:
    model, out = sys.argv[1:]
    paths = [line for line in sys.stdin.read().split("\n") if line]
    ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    (
        # Several blocks, so that labelling begins while reading goes on.
        ray.data.read_binary_files(paths, include_paths=True, override_num_blocks=max(cores, len(paths) // 64))
        .map_batches(Labeller, fn_constructor_args=(model,), batch_size=BATCH, concurrency=1, num_cpus=1)
        .write_json(out)
    )
    rows = [json.loads(line) for name in os.listdir(out) for line in open(os.path.join(out, name))]
    seconds = max(row["ended"] for row in rows) - min(row["began"] for row in rows)
    print(json.dumps({"images": len(rows), "imagesPerSecond": len(rows) / seconds}))


main()
