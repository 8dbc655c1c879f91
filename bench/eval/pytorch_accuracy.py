"""Top-1 and top-5 of vgg-mini by PyTorch and Pillow alone, one JSON object on stdout.

    python pytorch_accuracy.py WEIGHTS CLASSES VALIDATION

WEIGHTS: model.safetensors with torchvision's names. CLASSES: model.json, for the class ids in index order. VALIDATION: a
folder of images with labels.csv (file,id). Needs torch, numpy and pillow; shares no code with labelmill.
"""
import csv
import json
import pathlib
import sys

import numpy
import torch
from PIL import Image
from torch import nn

SIDE = 64
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def network(classes: int) -> nn.Module:
    """VGG-A at a quarter of its width, FC 512, for 64x64 pixels."""
    features, channels = [], 3
    for width in (16, "M", 32, "M", 64, 64, "M", 128, 128, "M", 128, 128, "M"):
        if width == "M":
            features.append(nn.MaxPool2d(2, 2))
        else:
            features += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
    flat = channels * (SIDE // 32) ** 2
    hidden = [nn.Linear(flat, 512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 512), nn.ReLU(), nn.Dropout()]
    model = nn.Sequential()
    model.add_module("features", nn.Sequential(*features))
    model.add_module("flatten", nn.Flatten())
    model.add_module("classifier", nn.Sequential(*hidden, nn.Linear(512, classes)))
    return model.eval()


def weights(path: pathlib.Path) -> dict[str, torch.Tensor]:
    """Safetensors: eight bytes of header length, a JSON header with byte ranges, the numbers."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data, "<f4", (to - at) // 4, begin + at).reshape(tensor["shape"]).copy()
        )
        for name, tensor in header.items()
        for at, to in [tensor["data_offsets"]]
    }


def pixels(path: pathlib.Path) -> torch.Tensor:
    """The shorter side to 64, the central crop, scaled and normalised."""
    image = Image.open(path).convert("RGB")
    width, height = image.size
    short = min(width, height)
    target = (SIDE * width // short, SIDE * height // short)
    image = image.resize(target, Image.Resampling.BILINEAR)
    left, top = round((target[0] - SIDE) / 2), round((target[1] - SIDE) / 2)
    image = image.crop((left, top, left + SIDE, top + SIDE))
    scaled = numpy.asarray(image, numpy.float32) / 255
    return torch.from_numpy((scaled - numpy.float32(MEAN)) / numpy.float32(STD)).permute(2, 0, 1)


@torch.inference_mode()
def main(weights_path: str, classes_path: str, validation: str) -> None:
    ids = [one["id"] for one in json.loads(pathlib.Path(classes_path).read_text())["classes"]]
    model = network(len(ids))
    model.load_state_dict(weights(pathlib.Path(weights_path)))
    folder = pathlib.Path(validation)
    with open(folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    truth = torch.tensor([ids.index(row["id"]) for row in rows])
    best = torch.cat(
        [
            model(torch.stack([pixels(folder / row["file"]) for row in rows[at : at + 100]])).topk(5).indices
            for at in range(0, len(rows), 100)
        ]
    )
    right = best == truth[:, None]
    figures = {
        "images": len(rows),
        "top1": right[:, 0].sum().item() / len(rows),
        "top5": right.any(1).sum().item() / len(rows),
        "torch": torch.__version__,
    }
    print(json.dumps(figures))


main(*sys.argv[1:])
