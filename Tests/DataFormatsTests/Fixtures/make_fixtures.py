"""Writes the other files of this folder, with NumPy 2.4 and safetensors 0.8: files that we have not made ourselves.

Run it in this folder: python3 make_fixtures.py
"""

import csv
import gzip
import io
import zipfile

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import save_file

rows, columns = np.mgrid[0:5, 0:3]
fractions = (rows + 1) / (columns + 3)
integers = 3 * rows + columns

# NPY: every element type and byte order, both layouts, all versions.
np.save("f8_c.npy", fractions)
np.save("f8_fortran.npy", np.asfortranarray(fractions))
np.save("f8_big.npy", fractions.astype(">f8"))
np.save("f4_big_fortran.npy", np.asfortranarray(fractions.astype(">f4")))
for name in ["f2", "f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    np.save(f"{name}.npy", integers.astype("<" + name))
np.save("i2_big.npy", -integers.astype(">i2"))
np.save("bool.npy", integers % 2 == 1)
np.save("vector.npy", fractions[:, 0])
np.save("cube.npy", np.arange(24.0).reshape(2, 3, 4))
np.save("complex.npy", fractions.astype(complex))
np.save("structured.npy", np.zeros(3, dtype=[("a", "<f8"), ("b", "<i4")]))
for version in [(2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, fractions, version=version)
not_finite = fractions.copy()
not_finite[3, 1] = np.nan
np.save("nan.npy", not_finite)

# NPZ: stored, deflated, and with a directory in 64 bits.
arrays = dict(
    matrix=fractions,
    fortran=np.asfortranarray(fractions),
    vector=fractions[:, 0],
    cube=np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    repeated=np.tile(np.arange(4.0), (300, 1)),
)
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 16, 0
with zipfile.ZipFile("wide.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("notes.txt", "not an array")
    for name in ["matrix", "vector"]:
        buffer = io.BytesIO()
        np.save(buffer, arrays[name])
        archive.writestr(name + ".npy", buffer.getvalue())

# safetensors: several element types, text beside them.
save_file(
    {
        "f64": fractions,
        "f32": fractions.astype("f4"),
        "f16": integers.astype("f2"),
        "i64": -integers.astype("i8"),
        "bool": integers % 2 == 1,
        "vector": fractions[:, 0].copy(),
        "empty": np.zeros((0, 3)),
    },
    "types.safetensors",
    metadata={"made by": "safetensors", "quote": 'a "b" \\ é'},
)
# bfloat16 is the upper half of a float32; NumPy has no such type, so its bytes are handed over.
halves = np.ascontiguousarray((integers.astype("f4").view("u4") >> 16).astype("u2"))
spec = TensorSpec(dtype="bfloat16", shape=(5, 3), data_ptr=halves.ctypes.data, data_len=halves.nbytes)
with open("bfloat16.safetensors", "wb") as file:
    file.write(serialize({"x": spec}))
save_file({"x": fractions.astype("c8")}, "complex.safetensors")

# CSV as the csv module writes it, with everything quoted, and as Excel does, with a byte order mark.
names = ["plain", "with, comma", 'with "quotes"']
with open("quoted.csv", "w", newline="") as file:
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([names] + fractions.tolist())
with open("excel.csv", "w", newline="", encoding="utf-8-sig") as file:
    csv.writer(file).writerows([names] + fractions.tolist())
np.savetxt("savetxt.csv", fractions, delimiter=",")

# The same packed.
for name in ["quoted.csv", "f8_c.npy"]:
    with open(name, "rb") as plain, open(name + ".gz", "wb") as packed:
        packed.write(gzip.compress(plain.read(), mtime=0))
