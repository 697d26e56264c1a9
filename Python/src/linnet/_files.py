"""The folders of runs."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import sys
from typing import Any

import numpy as np

from ._errors import LinnetError
from ._library import Handle, _with_numbers, call, encode, library
from ._problem import Problem
from ._training import _RECORDS, TrainingResult, _Kept, _Native

__all__ = ["load", "save"]

# The options of the command by the members of a request.
_OPTIONS = {
    "time": "--time", "method": "--method", "flow": "--flow", "step": "--step", "every": "--every",
    "steps": "--steps", "momentum": "--momentum", "bestStep": "--best-step", "records": "--records",
    "tolerance": "--tolerance", "stopGap": "--stop-gap", "stopGradient": "--stop-gradient", "maxTime": "--max-time",
    "maxSeconds": "--max-seconds", "spectrum": "--spectrum",
}


def save(result: TrainingResult, folder: str | os.PathLike[str], *, force: bool) -> None:
    """Writes the folder of a run."""
    if not isinstance(result._source, _Native) or result.problem is None or result._request is None:
        raise LinnetError("a run that was loaded, or that comes from another process, is not complete enough to be saved.")
    path = os.path.abspath(os.fspath(folder))
    if os.path.exists(path) and not os.path.isdir(path):
        raise LinnetError(f"{path} is a file; name a folder.", kind="OutputError.isAFile", details={"path": path})
    if os.path.isdir(path) and not force:
        raise LinnetError(
            f"{path} exists already; name another folder, or give force=True to replace its files.",
            kind="OutputError.exists", details={"path": path})
    os.makedirs(path, exist_ok=True)
    arguments, files = _data(result.problem, path)
    loaded = library()
    handle = result._source.handle
    assert handle is not None
    start = os.path.join(path, "start.safetensors")
    call(loaded.linnet_run_write_start, handle.address, start.encode())
    arguments += ["--network", "start.safetensors"]
    for member, option in _OPTIONS.items():
        value = result._request.get(member)
        if value is not None:
            arguments += [option, value if isinstance(value, str) else repr(value)]
    if result._request.get("at"):
        arguments += ["--at", ",".join(repr(t) for t in result._request["at"])]
    if not result._request["errorEstimate"]:
        arguments.append("--no-error-estimate")
    if result._request["check"]:
        arguments.append("--check")
    if result._request.get("stepIsAutomatic"):
        arguments += ["--descent", "auto"]
    if result._request.get("scheduleIsHarmonic"):
        arguments += ["--schedule", "1/k"]
    if result._request.get("schedule"):
        factors = os.path.join(path, "schedule.txt")
        with open(factors, "w", encoding="utf-8") as stream:
            stream.writelines(f"{factor!r}\n" for factor in result._request["schedule"])
        arguments += ["--schedule", "schedule.txt"]
        files.append(factors)
    if result._request.get("record"):
        arguments += ["--record", ",".join(result._request["record"])]
    renderer = sys.executable if importlib.util.find_spec("vl_convert") else None
    request = encode({"arguments": arguments, "inputs": [*files, start], "renderer": renderer})
    call(loaded.linnet_run_save, handle.address, path.encode(), request)


def _data(problem: Problem, path: str) -> tuple[list[str], list[str]]:
    """The options of the command that give the problem, and the files that they name."""
    recipe = problem._recipe
    if problem._origin == "target":
        file = os.path.join(path, "target.npy")
        np.save(file, recipe["Z"])
        return ["--target", "target.npy", "--samples", str(recipe["samples"])], [file]
    if problem._origin == "samples":
        arguments, files = [], []
        for option, array, names in (
            ("inputs", recipe["X"], recipe["input_names"]), ("outputs", recipe["Y"], recipe["output_names"])
        ):
            name = f"{option}.npy" if names is None else f"{option}.csv"
            file = os.path.join(path, name)
            if names is None:
                np.save(file, array)
            else:
                with open(file, "w", encoding="utf-8", newline="") as stream:
                    writer = csv.writer(stream, lineterminator="\n")
                    writer.writerow(names)
                    # The shortest digits that are the number, so that it is read again to the last bit.
                    writer.writerows([repr(value) for value in row] for row in array.tolist())
            arguments += [f"--{option}", name]
            files.append(file)
        if any(file.endswith(".csv") for file in files):
            arguments += ["--separator", "comma"]
    else:
        arguments, files = list(recipe["files"]), list(recipe["files"])
        for member in ("targets", "drop", "keep"):
            if recipe[member]:
                quoted = ['"' + name.replace('"', '""') + '"' if "," in name else name for name in recipe[member]]
                arguments += [f"--{member}", ",".join(quoted)]
        for member in ("missing", "encode", "separator", "decimal", "encoding"):
            if recipe[member] is not None:
                arguments += [f"--{member}", recipe[member]]
        if recipe["header"] is not None:
            arguments += ["--header", "yes" if recipe["header"] else "no"]
    arguments += ["--prepare", problem.preparation]
    rank = recipe.get("whiten_rank", recipe.get("whitenRank"))
    if rank is not None:
        arguments += ["--whiten-rank", str(rank)]
    return arguments, files


def load(folder: str | os.PathLike[str]) -> TrainingResult:
    """Reads the folder of a run."""
    path = os.fspath(folder)
    handle = Handle.of(library().linnet_folder_open, path.encode())
    text = handle.text("result")
    report: dict[str, Any] = json.loads(text)
    kind = report["termination"]["kind"]
    summary = {
        **{key: value for key, value in report.items() if key not in ("certificate", "trajectory", "spectrum")},
        "meansConvergence": kind in ("converged", "catapult", "stationaryAtStart"), "widths": report["problem"]["widths"],
        "columns": [column["name"] for observable in report.get("recorded") or [] for column in observable["columns"]],
    }
    certificate = {
        key: report[key] for key in ("problem", "target", "globalMinimum", "imbalances", "certificate")}
    sequence = report["saddleSequence"]
    certificate["saddleSequence"] = None if sequence is None else sequence["predicted"]
    texts = {
        "result": text, "summary": json.dumps(summary), "certificate": json.dumps(certificate),
        "predictor": json.dumps(_with_numbers(report["predictor"])), "figures": handle.text("figures"),
    }
    with np.load(os.path.join(path, "trajectory.npz")) as archive:
        stored = {name: archive[name] for name in archive.files}
    arrays = {key: stored[name] for name, key in _RECORDS.items() if name != "singular_values"}
    values = [stored[f"sigma_{i + 1}"] for i in range(len(stored)) if f"sigma_{i + 1}" in stored]
    arrays["singularValues"] = np.stack(values, axis=1) if values else np.zeros((len(arrays["time"]), 0))
    arrays["requestedTimes"] = stored.get("end_to_end_times", np.zeros(0))
    arrays["requested"] = stored.get("end_to_end", np.zeros((0, 0, 0)))
    arrays["layers"] = handle.array("layers")
    arrays.update({f"column:{name}": stored[name] for name in summary["columns"]})
    arrays["spectrum"] = _spectrum(report["spectrum"])
    return TrainingResult(_Kept(texts, arrays), problem=None)


def _spectrum(report: dict[str, Any] | None) -> Any:
    if report is None:
        return np.zeros((0, 7))
    names = [
        "times", "largestHessianEigenvalue", "smallestHessianEigenvalue", "smallestHessianEigenvalueError",
        "largestKernelEigenvalue", "smallestKernelEigenvalue", "smallestKernelEigenvalueError",
    ]
    return np.array([[np.nan if x is None else x for x in report[name]] for name in names], dtype=float).T
