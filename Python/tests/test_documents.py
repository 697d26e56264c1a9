"""The examples of the package's documentation are run, those of the guide in order, with the example data."""

import contextlib
import doctest
import importlib
import io
import os
import pathlib
import pkgutil
import re
import shutil

import pytest

import linnet

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = [f"linnet.{module.name}" for module in pkgutil.iter_modules(linnet.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_doc_strings(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        pytest.skip(str(error))
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def blocks(path):
    """The blocks of Python of a page, each with the block of output that follows it, if one does."""
    pattern = r"^```py\n(.*?)^```\n(?:\n```text\n(.*?)^```)?"
    return re.findall(pattern, path.read_text(), flags=re.S | re.M)


def without_numbers(text):
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "#", " ".join(text.split()))


@pytest.mark.parametrize("page", ["Documentation/guide/python.md", "README.md"])
def test_blocks_of_the_guide(page, tmp_path, monkeypatch):
    """What a block prints is what the page quotes, up to numbers."""
    for file in (ROOT / "Examples/data").glob("*.csv"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    found = [(code, quoted) for code, quoted in blocks(ROOT / page)]
    names = {}
    said = 0
    for code, quoted in found:
        if "import linnet" in code:
            names = {"__name__": "__main__"}
        elif "linnet" not in names or "from safetensors" in code:
            # What reads a folder without this package.
            continue
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, page, "exec"), names)
        if quoted:
            assert without_numbers(output.getvalue()) == without_numbers(quoted)
        said += 1
    assert said >= 1
