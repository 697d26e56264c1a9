"""Runs: solutions, events, callbacks, interruptions, threads and processes."""

import pickle
import threading

import numpy as np
import pytest

import linnet

#: A run that would take hours.
ENDLESS = {"method": "euler", "step": 1e-9, "time": 1000.0, "rank": 1, "angle": 50}


def test_solution_is_dense_and_exact_at_records(rank_one):
    result = linnet.train(rank_one, depth=2, norm=0.1)
    assert result.y.shape == (2, 3, len(result.t))
    np.testing.assert_array_equal(result.sol(0.0), result.y[..., 0])
    np.testing.assert_array_equal(result.sol(result.t[[3, 7]]), result.y[..., [3, 7]])
    product = np.linalg.multi_dot(result.sol.layers(0.01)[::-1])
    np.testing.assert_allclose(product, result.sol(0.01), rtol=1e-12, atol=1e-12)
    assert result.sol(2 * result.t[-1]).shape == (2, 3)  # A closed form goes on.


def test_stepped_solution_agrees_with_the_exact_one(rank_one):
    exact = linnet.train(rank_one, depth=2, norm=0.1, time=0.05)
    stepped = linnet.train(rank_one, depth=2, norm=0.1, time=0.05, method="erk")
    assert exact.method["name"] == "exact" and stepped.method["name"] == "erk"
    t = np.linspace(0, 0.05, 33)
    np.testing.assert_allclose(stepped.sol(t), exact.sol(t), rtol=0, atol=1e-8)


def test_euler_has_iterates_only(rank_one):
    result = linnet.train(rank_one, rank=1, method="euler", step=1e-4, time=0.01)
    assert result.sol.times(0.00055) == pytest.approx(5e-4)
    layers = result.sol.layers(0.0)
    # One step by hand: W_j − η ∇_{W_j} L, with ∇L_1 = m (W − Z).
    W3, W2, W1 = layers[2], layers[1], layers[0]
    G = 50 * (W3 @ W2 @ W1 - rank_one.target)
    expected = W1 - 1e-4 * (W3 @ W2).T @ G
    np.testing.assert_allclose(result.sol.layers(1e-4)[0], expected, rtol=1e-13, atol=1e-14)


def test_loss_is_that_of_the_matrices(samples):
    X, Y = samples
    result = linnet.train(linnet.Problem(X, Y, prepare="standardize"), depth=2, time=0.1)
    Xp = (X - X.mean(0)) / X.std(0)
    for i in (0, len(result.t) // 2, -1):
        residual = (Y - Y.mean(0)) - Xp @ result.y[..., i].T
        assert result.loss[i] == pytest.approx(0.5 * np.sum(residual**2), rel=1e-11)
    C, b = result.predictor
    np.testing.assert_allclose(X @ C.T + b, result.predict(X))
    np.testing.assert_allclose(result.predict(X), Xp @ result.end_to_end.T + Y.mean(0), rtol=1e-9, atol=1e-9)


def test_converged_run_is_least_squares(samples):
    X, Y = samples
    result = linnet.train(linnet.Problem(X, Y, prepare="whiten"), depth=2)
    assert (result.ending, result.status, result.success) == ("converged", 0, True)
    A = np.c_[X, np.ones(len(X))]
    expected = np.linalg.lstsq(A, Y, rcond=None)[0]
    np.testing.assert_allclose(result.predictor[0], expected[:-1].T, rtol=1e-5, atol=1e-6)
    assert result.verdict.kind == "globalMinimiser"
    assert result.certainty is None or result.certainty.time <= result.t[-1]


def test_events_are_located(rank_one):
    def size(t, W):
        return np.linalg.norm(W) - 5

    result = linnet.train(rank_one, rank=1, angle=30, norm=10, events=[size, lambda t, W: t - 0.01])
    assert len(result.t_events[0]) == 1
    assert np.linalg.norm(result.sol(result.t_events[0][0])) == pytest.approx(5, rel=1e-12)
    assert result.t_events[1] == pytest.approx([0.01], rel=1e-14)
    assert result.status == 0


def test_terminal_event_ends_the_run(rank_one):
    def size(t, W):
        return np.linalg.norm(W) - 5

    size.terminal = True
    result = linnet.train(rank_one, rank=1, angle=30, norm=10, events=size)
    assert (result.status, result.ending) == (1, "reachedFinalTime")
    assert result.t[-1] == result.t_events[0][0]
    assert np.linalg.norm(result.end_to_end) == pytest.approx(5, rel=1e-10)
    assert result.message.startswith("Event 0 ended the run at t = ")


def test_direction_of_an_event_counts(rank_one):
    def size(t, W):
        return np.linalg.norm(W) - 5

    size.direction = 1  # The norm falls.
    assert len(linnet.train(rank_one, rank=1, angle=30, norm=10, events=size).t_events[0]) == 0


def test_built_in_passages_are_those_of_the_records(rank_one):
    result = linnet.train(rank_one, rank=1, angle=30, norm=10)
    W = np.linalg.svd(rank_one.target)
    best = W[1][0] * np.outer(W[0][:, 0], W[2][0])
    t = result.accuracy_times[1e-6]
    distance = np.linalg.norm(result.sol(t) - best) ** 2 / np.linalg.norm(best) ** 2
    assert distance == pytest.approx(1e-6, rel=1e-6)


def test_callback_is_told_and_may_stop(rank_one):
    told = []

    def callback(progress):
        told.append(progress)
        return len(told) == 3

    result = linnet.train(rank_one, **ENDLESS, callback=callback, callback_interval=0.01)
    assert result.ending == "interrupted" and not result.success
    assert [progress.time for progress in told] == sorted(progress.time for progress in told)
    assert told[0].seconds > 0 and told[0].loss_gap > 0
    assert 0 < result.t[-1] < 1000 and np.isfinite(result.loss).all()


def test_what_a_callback_raises_is_raised(rank_one):
    def callback(progress):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        linnet.train(rank_one, **ENDLESS, callback=callback, callback_interval=0.01)


def test_callback_of_another_thread(rank_one):
    found = {}

    def work():
        try:
            linnet.train(rank_one, **ENDLESS, callback=lambda progress: found["name"], callback_interval=0.01)
        except KeyError as error:
            found["error"] = error
        found["result"] = linnet.train(
            rank_one, **ENDLESS, callback=lambda progress: True, callback_interval=0.01)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert isinstance(found["error"], KeyError) and found["result"].ending == "interrupted"


INTERRUPTION = """
import os, signal, threading, time
import linnet
problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
delays = []
for k in range({count}):
    def interrupt():
        global sent
        sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)
    timer = threading.Timer(0.15 + 0.003 * k, interrupt)
    timer.start()
    {call}
    delays.append(time.monotonic() - sent)
    assert result.ending == "interrupted" and result.t[-1] > 0 and len(result.loss) == len(result.t)
print(max(delays))
"""
ENDLESS_CALL = 'linnet.train(problem, method="euler", step=1e-9, time=1000.0, rank=1, angle=50{more})'


@pytest.mark.parametrize("more", ["", ", callback=lambda progress: None, callback_interval=0.001"], ids=["alone", "with a callback"])
def test_interruption_keeps_the_result(python, more):
    said = python(INTERRUPTION.format(count=10, call="result = " + ENDLESS_CALL.format(more=more)))
    # 0.2 s on a machine of one's own; others may be at work here.
    assert float(said) < 2


def test_interruption_may_be_raised(python):
    call = "\n    ".join([
        "try:", "    " + ENDLESS_CALL.format(more=', interrupt="raise"'), "except KeyboardInterrupt as error:",
        "    result = error.result"])
    python(INTERRUPTION.format(count=2, call=call))


def test_threads_work_at_the_same_time_and_alike(rank_one):
    expected = linnet.train(rank_one, depth=3, start="xavier", seed=3)
    found = [None] * 4

    def work(i):
        found[i] = linnet.train(rank_one, depth=3, start="xavier", seed=3)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found:
        np.testing.assert_array_equal(result.loss, expected.loss)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_of_processes(python, method):
    python(f"""
import multiprocessing, sys, types
import numpy as np, linnet
def main():
    problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
    expected = linnet.train(problem, depth=2, seed=2)      # The library is at work before the pool.
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        import functools
        results = pool.map(functools.partial(linnet.train, depth=2, seed=2), [problem] * 4)
    for result in results:
        assert (result.loss == expected.loss).all() and result.verdict == expected.verdict
        assert (result.layers[0] == expected.layers[0]).all()
if __name__ == "__main__":
    main()
""")


def test_pickled_result_has_everything_but_the_solution(rank_one):
    result = linnet.train(rank_one, rank=1, at=[0, 0.01])
    copy = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(copy.y, result.y)
    assert copy.to_dict() == result.to_dict() and copy.figures.keys() == result.figures.keys()
    assert copy.certificate.conclusion == result.certificate.conclusion
    assert copy.problem.samples == 50
    with pytest.raises(linnet.LinnetError):
        copy.sol(0.005)


def test_saddle_is_told_from_a_minimum(rank_one):
    zero = [np.zeros((2, 3)), np.zeros((2, 2))]
    result = linnet.train(rank_one, start=zero)
    assert (result.ending, result.verdict.kind) == ("stationaryAtStart", "strictSaddle")
    verdict = linnet.landscape(zero, rank_one, escape=True)
    assert verdict.verdict.kind == "strictSaddle" and verdict.escape_run.verdict.rank == 1
    step = verdict.escape_direction
    assert sum(np.sum(layer**2) for layer in step) == pytest.approx(1)
    # The curvature along the direction is that of the loss, by a difference.
    size = 1e-4
    def loss(layers):
        return 25 * np.sum((layers[1] @ layers[0] - rank_one.target) ** 2)
    second = (loss([size * layer for layer in step]) - 2 * loss(zero) + loss([-size * layer for layer in step])) / size**2
    assert second == pytest.approx(verdict.verdict.escape_curvature, rel=1e-6)


def test_polishing_moves_onto_the_minimum(rank_one):
    result = linnet.train(rank_one, depth=2, stop_gap=1e-4)
    near = linnet.landscape(result, rank_one)
    assert near.verdict.kind == "notStationary"
    polished = linnet.landscape(result, rank_one, polish=True)
    assert polished.verdict.kind == "globalMinimiser" and polished.polish.ending == "stationary"
    np.testing.assert_allclose(polished.layers[1] @ polished.layers[0], rank_one.target, atol=1e-10)


def test_long_work_does_not_change_a_problem(samples):
    X, Y = samples
    problem = linnet.Problem(X, Y, prepare="whiten")
    before = problem.target.copy()
    X *= 2
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(problem)).target, before)
