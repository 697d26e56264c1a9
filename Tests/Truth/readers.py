"""Reads files by the reference reader of each format, and lists those that it refuses."""

import collections
import json
import pathlib
import sys
import zipfile

import numpy as np
from safetensors.numpy import load_file


def read_npz(path):
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"{damaged} has another checksum")
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            arrays[name]


READERS = {
    "npy": lambda path: np.load(path, allow_pickle=False),
    "npz": read_npz,
    "linnet": read_npz,
    "safetensors": load_file,
    "json": lambda path: json.loads(path.read_text("utf-8")),
}


def main(folder):
    read, refused = collections.Counter(), []
    for path in sorted(pathlib.Path(folder).iterdir()):
        reader = READERS.get(path.suffix[1:])
        if reader is None:
            continue
        read[path.name.split("-", 1)[1]] += 1
        try:
            reader(path)
        except Exception as error:  # Whatever the reader has against it.
            refused.append(f"{path}: {type(error).__name__}: {error}")
    for kind, count in sorted(read.items()):
        print(f"{count:6} {kind}")
    print(f"{len(refused)} refused by the reference readers")
    print("\n".join(refused[:40]))
    return 1 if refused or not read else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
