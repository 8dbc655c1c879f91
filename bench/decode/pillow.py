"""Pillow's share of bench/decode: what torchvision's Resize and CenterCrop do, photo by photo.

usage: pillow.py RESIZE CROP WARMUP PIXELS < list of files; PIXELS is a file for all crops, or -. Prints JSON.
"""
import io
import json
import pathlib
import sys
import time

from PIL import Image


def decode(body: bytes, resize: int, crop: int) -> bytes:
    image = Image.open(io.BytesIO(body)).convert("RGB")
    width, height = image.size
    if width < height:
        target = (resize, int(resize * height / width))
    else:
        target = (int(resize * width / height), resize)
    image = image.resize(target, Image.Resampling.BILINEAR)
    left, top = round((target[0] - crop) / 2), round((target[1] - crop) / 2)
    return image.crop((left, top, left + crop, top + crop)).tobytes()


resize, crop, warmup = map(int, sys.argv[1:4])
bodies = [pathlib.Path(path).read_bytes() for path in sys.stdin.read().splitlines()]
for body in bodies[:warmup]:
    decode(body, resize, crop)
began = time.process_time()
for body in bodies:
    decode(body, resize, crop)
cpu = (time.process_time() - began) * 1000 / len(bodies)
if sys.argv[4] != "-":
    pathlib.Path(sys.argv[4]).write_bytes(b"".join(decode(body, resize, crop) for body in bodies))
print(json.dumps({"cpuMs": cpu}))
