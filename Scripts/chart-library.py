"""Writes Vega, Vega-Lite and Vega-Embed as one script, for pages that work without a network.

usage: chart-library.py OUT.js      run by the Python of .venv, which has vl-convert
"""

import os
import sys

import vl_convert

target = sys.argv[1]
os.makedirs(os.path.dirname(target), exist_ok=True)
with open(target + ".part", "w", encoding="utf-8") as file:
    file.write(vl_convert.javascript_bundle())
os.replace(target + ".part", target)
