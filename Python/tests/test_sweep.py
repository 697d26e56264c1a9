"""Sweeps: every point once, whoever computes it."""

import concurrent.futures
import os
import signal
import time

import numpy as np
import pytest

import linnet

pandas = pytest.importorskip("pandas")


def test_grid_has_a_row_for_every_point(rank_one):
    seen = []
    table = linnet.sweep(
        rank_one, depth=[1, 2, 3], seed=range(2), norm=0.1, workers=2, progress=lambda done, all: seen.append((done, all)))
    assert table[["depth", "seed"]].values.tolist() == [[d, s] for d in (1, 2, 3) for s in (0, 1)]
    assert (table["verdict"] == "globalMinimiser").all() and table["failure"].isna().all()
    assert seen[-1] == (6, 6)
    alone = linnet.train(rank_one, depth=3, seed=1, norm=0.1)
    last = table.iloc[-1]
    assert last["end_time"] == alone.t[-1] and last["loss"] == alone.verdict.loss
    assert last["time_1e-6"] == alone.accuracy_times[1e-6]
    assert last["best"] == alone.certificate.best.id and alone.certificate.best.id in last["theorems"]


def test_points_that_fail_say_why(rank_one):
    table = linnet.sweep(rank_one, rank=[1, 5], norm=[0.1])
    assert pandas.isna(table["failure"][0]) and "rank 5 is larger than possible" in table["failure"][1]
    assert np.isnan(table["loss"][1])


def test_several_problems_and_widths(rank_one, samples):
    problems = {"target": rank_one, "samples": linnet.Problem(*samples, prepare="whiten")}
    table = linnet.sweep(problems, widths=[[2], [2, 3]], norm=0.5)
    assert table["problem"].tolist() == ["target"] * 2 + ["samples"] * 2
    assert table["widths"].tolist() == [[2], [2, 3]] * 2 and table["failure"].isna().all()


def test_arguments_are_checked(rank_one):
    with pytest.raises(linnet.LinnetError, match="no values"):
        linnet.sweep(rank_one, depth=[])
    with pytest.raises(linnet.LinnetError, match="single run"):
        linnet.sweep(rank_one, callback=print)
    with pytest.raises(TypeError, match="no argument 'dept'"):
        linnet.sweep(rank_one, dept=[1, 2])


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_executors_of_the_standard_library(rank_one, kind):
    expected = linnet.sweep(rank_one, depth=[2, 3], seed=range(3))
    if kind == "threads":
        executor = concurrent.futures.ThreadPoolExecutor(2)
    else:
        import multiprocessing

        executor = concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    with executor:
        table = linnet.sweep(rank_one, depth=[2, 3], seed=range(3), executor=executor)
    pandas.testing.assert_frame_equal(table.drop(columns="seconds"), expected.drop(columns="seconds"))


def test_killed_worker_of_dask_loses_nothing(rank_one):
    distributed = pytest.importorskip("distributed")
    grid = {"start": "xavier", "depth": [3, 4], "seed": range(40), "method": "erk", "time": 0.2}
    expected = linnet.sweep(rank_one, **grid)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster, distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        victim = next(iter(client.run(os.getpid).values()))
        killed = []

        def progress(done, all):
            if not killed and done >= 5:
                os.kill(victim, signal.SIGKILL)
                killed.append(done)

        table = linnet.sweep(rank_one, executor=client, progress=progress, **grid)
        assert killed and killed[0] < len(table) == 80
    pandas.testing.assert_frame_equal(table.drop(columns="seconds"), expected.drop(columns="seconds"))


def test_interrupted_sweep_ends_at_once(python):
    said = python("""
import os, signal, threading, time
import linnet
problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
def interrupt():
    global sent
    sent = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.5, interrupt).start()
try:
    linnet.sweep(problem, seed=range(50), method="euler", step=1e-9, time=1000.0, rank=1)
except KeyboardInterrupt:
    print(time.monotonic() - sent)
""")
    assert float(said) < 5
