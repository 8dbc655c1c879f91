"""PyTorch's VGG-16 in a bare loop on this machine's cores, or its GPU: prints the images/s of its best setting as JSON.

usage: torch_loop.py cpu|cuda fp32|fp16|bf16 SECONDS

No decoding, no reading: random pixels, random weights. Every setting (batch size, memory format) runs for SECONDS.
"""
import json
import os
import sys
import time

import torch
from torch import nn

LAYERS = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]


def vgg16() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width in LAYERS:
        if width == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
    layers += [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(inplace=True)]
    layers += [nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers).eval()


@torch.inference_mode()
def rate(device: str, dtype: torch.dtype, batch: int, layout: torch.memory_format, seconds: float) -> float:
    model = vgg16().to(device, dtype=dtype, memory_format=layout)
    image = torch.rand(batch, 3, 224, 224).to(device, dtype=dtype, memory_format=layout)
    model(image).cpu()
    began = time.perf_counter()
    images = 0
    while images == 0 or time.perf_counter() - began < seconds:
        # To the host, as a user needs the labels there; on a GPU this also waits for them.
        model(image).softmax(1).topk(5).indices.cpu()
        images += batch
    return images / (time.perf_counter() - began)


def main() -> None:
    device, precision, seconds = sys.argv[1:]
    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    layouts = {"NCHW": torch.contiguous_format, "channels last": torch.channels_last}
    rates = {
        f"batch {batch}, {name}": rate(device, dtype, batch, layout, float(seconds))
        for batch in ((8, 16, 32) if device == "cpu" else (64, 128, 256))
        for name, layout in layouts.items()
    }
    setting = max(rates, key=lambda name: rates[name])
    print(json.dumps({"imagesPerSecond": rates[setting], "setting": setting}))


main()
