"""Pillow's share of bench/decode: what torchvision's Resize and CenterCrop do, photo by photo.

usage: pillow.py RESIZE CROP PASSES PIXELS < list of files; PIXELS is a file for all crops, or -. Prints JSON.
"""
import io
import json
import pathlib
import sys
import time

from PIL import Image, ImageOps


def decode(body: bytes, resize: int, crop: int) -> bytes:
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(body))).convert("RGB")
    width, height = image.size
    if width < height:
        target = (resize, int(resize * height / width))
    else:
        target = (int(resize * width / height), resize)
    image = image.resize(target, Image.Resampling.BILINEAR)
    left, top = round((target[0] - crop) / 2), round((target[1] - crop) / 2)
    return image.crop((left, top, left + crop, top + crop)).tobytes()


resize, crop, passes = map(int, sys.argv[1:4])
bodies = [pathlib.Path(path).read_bytes() for path in sys.stdin.read().splitlines()]
crops = [decode(body, resize, crop) for body in bodies]
began = time.process_time()
for _ in range(passes):
    for body in bodies:
        decode(body, resize, crop)
cpu = (time.process_time() - began) * 1000 / (passes * len(bodies))
if sys.argv[4] != "-":
    pathlib.Path(sys.argv[4]).write_bytes(b"".join(crops))
print(json.dumps({"cpuMs": cpu}))
