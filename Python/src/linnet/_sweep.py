"""Many runs: a grid of arguments, a row for each."""

from __future__ import annotations

import concurrent.futures
import itertools
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ._errors import LinnetError
from ._problem import Problem
from ._record import Record
from ._training import _Stop, run_once

__all__ = ["sweep"]

_ACCURACIES = [f"1e-{i + 1}" for i in range(12)]

# Columns behind those of the grid, with the members of a record.
_COLUMNS = {
    "ending": "ending", "limit": "limit", "verdict": "verdict", "limit_rank": "rank", "end_time": "time", "loss": "loss",
    "gap": "gap", "relative_gap": "relative_gap", "best": "best", "strength": "strength",
    "promised_limit": "promised_limit", "promised_on": "observable", "certain_since": "certain_since",
    "turning_time": "turning_time", "plateaus": "plateaus", "plateau_end": "plateau_end",
    "promised_rate": "promised_rate", "measured_rate": "measured_rate", "violations": "violations",
    "method_used": "method", "steps": "steps", "evaluations": "evaluations", "seconds": "seconds", "error": "error",
}


def _points(grid: Mapping[str, Any]) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The arguments that vary, and those that do not."""
    axes: dict[str, list[Any]] = {}
    fixed: dict[str, Any] = {}
    for name, value in grid.items():
        varies = isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim == 1)
        if name in ("widths", "at"):
            # One value is a sequence already; several are a sequence of those.
            varies = varies and len(value) > 0 and all(np.ndim(item) == 1 or item is None for item in value)
        if not varies:
            fixed[name] = value
            continue
        values = value.tolist() if isinstance(value, np.ndarray) else list(value)
        if not values:
            raise LinnetError(f"{name} has no values, so the grid has no points.", details={"argument": name})
        axes[name] = values
    return axes, fixed


def _rows(
    problems: Mapping[str, Problem], points: list[dict[str, Any]], fixed: Mapping[str, Any], stop: Any = None
) -> list[dict[str, Any]]:
    """What came of some points; a point that fails is a row with the reason."""
    rows = []
    for point in points:
        arguments = {**fixed, **point}
        problem = problems[arguments.pop("problem", "")]
        row: dict[str, Any] = {}
        try:
            record = Record(run_once(problem, arguments, stop)._handle_json("record"))
        except LinnetError as error:
            row["failure"] = str(error)
        else:
            row.update({column: record.get(member) for column, member in _COLUMNS.items()})
            for key, prefix in (("distance", "time"), ("promised", "promised"), ("observed", "observed")):
                times = record.get(key) or [None] * 12
                row.update({f"{prefix}_{accuracy}": time for accuracy, time in zip(_ACCURACIES, times)})
            row["theorems"] = list(record["theorems"])
        rows.append(row)
    return rows


def _chunks(points: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(points), size):
        yield points[first : first + size]


def sweep(
    problem: Problem | Mapping[str, Problem], *, workers: int | None = None, executor: Any = None,
    progress: Any = None, **grid: Any,
) -> Any:
    """Train at every point of a grid of arguments.

    Parameters
    ----------
    problem : Problem or mapping of Problem
        What is trained on; of several, each with a name, all are trained on, and the name is a column.
    workers : int, optional
        Threads; by default one for each processor. Runs do not hold the interpreter's lock.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Who runs instead. Problems and arguments are sent to it. A run whose worker of Dask is killed is begun anew by another.
    progress : callable, optional
        Told the number of points that are done and of all.
    **grid
        Arguments of `train`. Those that are lists, ranges or arrays of one dimension vary; of ``widths`` and ``at`` a list of lists.

    Returns
    -------
    pandas.DataFrame
        A row for every point, the last argument varying fastest: the arguments that vary, ``failure`` (why there is no run), and the columns of ``linnet sweep``. Needs pandas.

    Examples
    --------
    >>> import linnet
    >>> problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
    >>> table = linnet.sweep(problem, depth=[1, 2, 3], seed=range(2), norm=0.1)
    >>> table.groupby("depth")["verdict"].agg(set).tolist()
    [{'globalMinimiser'}, {'globalMinimiser'}, {'globalMinimiser'}]
    """
    import pandas

    problems: dict[str, Problem] = {"": problem} if isinstance(problem, Problem) else dict(problem)
    for unknown in ("callback", "events", "interrupt", "callback_interval"):
        if unknown in grid:
            raise LinnetError(f"{unknown} is for a single run.", details={"argument": unknown})
    axes, fixed = _points(grid)
    if not isinstance(problem, Problem):
        if not problems:
            raise LinnetError("there is no problem to train on.", details={"argument": "problem"})
        axes = {"problem": list(problems), **axes}
    points = [dict(zip(axes, values)) for values in itertools.product(*axes.values())]
    threads = workers if workers is not None else os.cpu_count() or 1
    if threads < 1:
        raise LinnetError(f"workers must be at least 1, not {threads}.", details={"argument": "workers"})
    stop = _Stop() if executor is None else None
    # Small pieces, so that what a killed worker takes with it is little; runs take milliseconds, a task of Dask two.
    size = 1 if executor is None else max(1, min(8, len(points) // 64))
    pieces = list(_chunks(points, size))
    own = concurrent.futures.ThreadPoolExecutor(threads) if executor is None else None
    pool: Any = own if executor is None else executor
    found: list[list[dict[str, Any]]] = []
    futures: list[Any] = []
    try:
        extra: dict[str, Any] = {"pure": False} if hasattr(executor, "scatter") else {}
        for piece in pieces:
            arguments = (problems, piece, fixed) if executor is not None else (problems, piece, fixed, stop)
            futures.append(pool.submit(_rows, *arguments, **extra))
        for future in futures:
            found.append(future.result())
            if progress is not None:
                progress(sum(map(len, found)), len(points))
    except BaseException:
        for future in futures:
            future.cancel()
        if stop is not None:
            stop()
        raise
    finally:
        if own is not None:
            own.shutdown()
    rows = [row for piece_rows in found for row in piece_rows]
    columns = ["failure", *_COLUMNS]
    for prefix in ("time", "promised", "observed"):
        columns += [f"{prefix}_{accuracy}" for accuracy in _ACCURACIES]
    columns.append("theorems")
    table: dict[str, Any] = {name: [point[name] for point in points] for name in axes}
    for column in columns:
        values = [row.get(column) for row in rows]
        numeric = all(value is None or isinstance(value, (int, float)) for value in values) and any(
            value is not None for value in values)
        table[column] = [np.nan if value is None else value for value in values] if numeric else values
    return pandas.DataFrame(table)

