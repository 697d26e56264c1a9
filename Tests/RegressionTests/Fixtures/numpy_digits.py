"""Digits of NumPy's least squares that agree with the certified coefficients of `nist.json`.

Run in this folder: python3 numpy_digits.py
"""

import json
import math

import numpy as np

for name, data in json.load(open("nist.json")).items():
    x = np.array(data["x"])
    inputs = np.hstack([x ** k for k in range(1, data["degree"] + 1)]) if data["degree"] else x
    A = np.hstack([np.ones((len(x), 1)), inputs])
    # Without a threshold: the usual one takes Filip for rank deficient.
    found = np.linalg.lstsq(A, np.array(data["y"]), rcond=0)[0]
    errors = [abs(a - b) / abs(b) for a, b in zip(found, data["certified"])]
    print(name, math.floor(-10 * math.log10(max(max(errors), 1e-16))) / 10)
