"""What Python gives is what the command gives, to the last bit."""

import json

import numpy as np
import pytest

import linnet


def without_clock(result):
    """A result without what differs from run to run: the wall clock."""
    result["method"].pop("seconds")
    return result


def data_files(folder, X, Y):
    np.save(folder / "X.npy", X)
    np.save(folder / "Y.npy", Y)
    return ["--inputs", "X.npy", "--outputs", "Y.npy"]


def target_files(folder, Z):
    np.savetxt(folder / "Z.csv", Z, delimiter=",", fmt="%.17g")
    return ["--target", "Z.csv", "--samples", 50]


def assert_same(result, expected):
    """Verdict, certificate, method and every recorded number."""
    assert json.loads(json.dumps(without_clock(result.to_dict()))) == without_clock(expected)


def test_certificate(command, rank_one, target):
    expected = command("certify", *target_files(command.folder, target), "--rank", 1, "--angle", 30, "--norm", 10)
    assert linnet.certify(rank_one, rank=1, angle=30, norm=10).to_dict() == expected


def test_exact_rank_one(command, rank_one, target):
    expected = command(
        "train", *target_files(command.folder, target), "--rank", 1, "--angle", 30, "--norm", 10, "--no-files")
    assert expected["method"]["name"] == "exact"
    assert_same(linnet.train(rank_one, rank=1, angle=30, norm=10), expected)


def test_depth_two(command, samples):
    expected = command(
        "train", *data_files(command.folder, *samples), "--prepare", "whiten", "--depth", 2, "--norm", 0.01, "--no-files")
    assert expected["method"]["name"] == "exact"
    assert_same(linnet.train(linnet.Problem(*samples, prepare="whiten"), depth=2, norm=0.01), expected)


@pytest.mark.parametrize("method", ["erk", "cvode", "euler"])
def test_stepped(command, samples, method):
    options = ["--method", method, "--depth", 3, "--seed", 4, "--time", 0.05]
    arguments = {"method": method, "depth": 3, "seed": 4, "time": 0.05}
    if method == "euler":
        options, arguments = options + ["--step", 1e-4], {**arguments, "step": 1e-4}
    expected = command(
        "train", *data_files(command.folder, *samples), "--prepare", "standardize", *options, "--no-files")
    assert expected["method"]["name"] == method
    assert_same(linnet.train(linnet.Problem(*samples, prepare="standardize"), **arguments), expected)


def test_descent_with_momentum(command, samples):
    expected = command(
        "train", *data_files(command.folder, *samples), "--prepare", "standardize", "--descent", 1e-3, "--momentum", 0.5,
        "--steps", 60, "--depth", 2, "--record", "all", "--no-files")
    result = linnet.train(
        linnet.Problem(*samples, prepare="standardize"), method="euler", step=1e-3, momentum=0.5, steps=60, depth=2,
        record="all")
    assert_same(result, expected)
    columns = [column["name"] for observable in expected["recorded"] for column in observable["columns"]]
    assert list(result.recorded) == columns and all(len(values) == len(result.t) for values in result.recorded.values())
    assert result.descent.promise.step == 1e-3


@pytest.mark.parametrize(("options", "arguments"), [
    (["--descent", 1e-3, "--schedule", "1/k", "--steps", 60], {"step": 1e-3, "schedule": "1/k", "steps": 60}),
    (["--best-step", 1e-2], {"best_step": 1e-2}),
], ids=["schedule", "best step"])
def test_descent_with_schedules_and_the_best_step(command, samples, options, arguments):
    expected = command(
        "train", *data_files(command.folder, *samples), "--prepare", "standardize", *options, "--depth", 2, "--no-files")
    result = linnet.train(
        linnet.Problem(*samples, prepare="standardize"), method="euler", depth=2, **arguments)
    assert_same(result, expected)
    assert result.descent.schedule == expected["descent"]["schedule"]


@pytest.mark.parametrize("options", [
    ["--start", "lambda", "--lambda", "0.5,-0.2"], ["--start", "symmetric", "--scale", "0.5"],
    ["--start", "xavier", "--scale", "1,2,0.5"], ["--start", "ntk"], ["--start", "mean-field"],
], ids=lambda options: options[1])
def test_starts(command, samples, options):
    words = dict(zip(options[::2], options[1::2]))
    arguments = {"start": words["--start"]}
    if "--lambda" in words:
        arguments["lambdas"] = [0.5, -0.2]
    if "--scale" in words:
        arguments["scale"] = [float(word) for word in words["--scale"].split(",")]
    X, Y = samples
    Y = Y if options[1] != "symmetric" else X
    files = data_files(command.folder, X, Y)
    expected = command("certify", *files, "--prepare", "standardize", *options, "--seed", 3)
    assert linnet.certify(linnet.Problem(X, Y, prepare="standardize"), **arguments, seed=3).to_dict() == expected


def test_times_asked_for(command, rank_one, target):
    expected = command(
        "train", *target_files(command.folder, target), "--rank", 1, "--at", "0,0.001,0.02", "--no-files")
    result = linnet.train(rank_one, rank=1, at=[0, 0.001, 0.02])
    assert_same(result, expected)
    assert result.t.tolist() == [0, 0.001, 0.02]
    assert np.moveaxis(result.y, -1, 0).tolist() == expected["trajectory"]["endToEnd"]
    assert result.loss.tolist() == expected["trajectory"]["loss"]


def test_layers_that_are_given(command, samples):
    layers = [np.random.default_rng(j).normal(size=shape) for j, shape in enumerate([(4, 5), (4, 4), (3, 4)])]
    np.savez(command.folder / "W.npz", **{f"layers.{j}.weight": layer for j, layer in enumerate(layers)})
    expected = command(
        "train", *data_files(command.folder, *samples), "--prepare", "standardize", "--network", "W.npz", "--time", 0.01, "--no-files")
    assert_same(linnet.train(linnet.Problem(*samples, prepare="standardize"), start=layers, time=0.01), expected)


def test_table(command, samples):
    X, Y = samples
    table = command.folder / "table.csv"
    with open(table, "w") as stream:
        stream.write("a,b,c,d,e,u,v,w\n")
        for row in np.hstack([X, Y]).tolist():
            stream.write(",".join(map(repr, row)) + "\n")
    expected = command("train", "table.csv", "--targets", "u,w", "--drop", "v", "--depth", 2, "--no-files")
    problem = linnet.Problem.from_csv(table, ["u", "w"], drop="v")
    assert (problem.preparation, problem.input_names, problem.output_names) == ("whiten", list("abcde"), ["u", "w"])
    result = linnet.train(problem, depth=2)
    expected["predictor"]  # The units of the data are compared, too.
    assert_same(result, expected)


@pytest.mark.parametrize("options", [
    {"rank": 2}, {"criterion": "cv", "cv": 5, "seed": 3}, {"criterion": "bic", "ridge": 2.5},
    {"rank": 1, "weights": "residual-covariance", "prepare": "standardize"}, {"ridge": [0, 1, 10], "cv": 4},
], ids=str)
def test_fit(command, samples, options):
    words = []
    for name, value in options.items():
        words += [f"--{name}", ",".join(map(str, value)) if isinstance(value, list) else value]
    expected = command("fit", *data_files(command.folder, *samples), *words, "--no-files")
    found = linnet.fit(*samples, **options)
    assert found.rank == expected["rank"]
    assert found.coef.tolist() == expected["predictor"]["coefficients"]
    assert found.intercept.tolist() == expected["predictor"]["intercept"]
    assert found.singular_values.tolist() == expected["singularValues"]
    assert found.path["loss"] == expected["path"]["loss"]
    assert found.loss == expected["minimum"]["loss"]
    if expected["choice"]["crossValidation"]:
        assert found.cross_validation["error"] == expected["choice"]["crossValidation"]["error"]
    if expected["inference"]:
        assert found.standard_errors.tolist() == expected["inference"]["standardErrors"]


def test_landscape(command, target):
    np.savez(command.folder / "W.npz", **{"layers.0.weight": np.zeros((2, 3)), "layers.1.weight": np.zeros((2, 2))})
    expected = command(
        "landscape", "W.npz", *target_files(command.folder, target), "--escape", "--no-files")
    found = linnet.landscape(
        [np.zeros((2, 3)), np.zeros((2, 2))], linnet.Problem.from_target(target, 50), escape=True).to_dict()
    assert found.pop("network") != expected.pop("network")
    assert found == expected


@pytest.mark.parametrize("origin", ["target", "arrays", "frame", "table"])
def test_saved_run_is_repeated_by_the_command(command, rank_one, samples, origin):
    """The folder holds what it takes, and the command comes to the same numbers."""
    X, Y = samples
    if origin == "target":
        problem, options = rank_one, {"rank": 1, "angle": 30, "norm": 10}
    elif origin == "arrays":
        problem, options = linnet.Problem(X, Y, prepare="whiten", whiten_rank=3), {"depth": 2, "at": [0.0, 0.01]}
    elif origin == "frame":
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(X, columns=["a", "b, c", 'd"e', "f", "1"])
        problem = linnet.Problem(frame, pandas.DataFrame(Y, columns=["u", "v", "w"]), prepare="standardize")
        options = {"start": "xavier", "seed": 5, "time": 0.01, "method": "erk", "error_estimate": False}
    else:
        np.savetxt(command.folder / "t.csv", np.hstack([X, Y]), delimiter=",", fmt="%.17g", header="a,b,c,d,e,u,v,w", comments="")
        problem, options = linnet.Problem.from_csv(command.folder / "t.csv", "u", drop=["v", "w"]), {"depth": 3}
    result = linnet.train(problem, **options)
    result.save(command.folder / "run")
    expected = command("train", "--repeat", "run/run.json", "--no-files")
    assert_same(result, expected)


def test_loaded_run_is_the_saved_one(rank_one, tmp_path):
    result = linnet.train(rank_one, rank=1, angle=30, norm=10, at=[0, 0.01], spectrum=5)
    result.save(tmp_path / "run")
    with pytest.raises(linnet.LinnetError, match="exists already"):
        result.save(tmp_path / "run")
    result.save(tmp_path / "run", force=True)
    loaded = linnet.load(tmp_path / "run")
    for name in ("t", "y", "loss", "gap", "singular_values", "imbalance_drift"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(result, name))
    for name, values in result.trajectory.items():
        np.testing.assert_array_equal(loaded.trajectory[name], values)
    for name, values in result.spectrum.items():
        np.testing.assert_array_equal(loaded.spectrum[name], values)
    for one, other in zip(loaded.layers, result.layers, strict=True):
        np.testing.assert_array_equal(one, other)
    assert loaded.verdict == result.verdict and loaded.certainty == result.certainty
    assert loaded.certificate.to_dict() == result.certificate.to_dict()
    assert loaded.figures["convergence"].specification == result.figures["convergence"].specification
    assert (loaded.ending, loaded.message, loaded.status) == (result.ending, result.message, result.status)
    with pytest.raises(linnet.LinnetError, match="no solution between its records"):
        loaded.sol(0.01)


def test_folder_of_the_command_is_loaded(command, target):
    expected = command(
        "train", *target_files(command.folder, target), "--rank", 1, "--angle", 30, "--norm", 10, "--out", "run")
    loaded = linnet.load(command.folder / "run")
    assert loaded.to_dict() == expected
    assert loaded.verdict.kind == "globalMinimiser"
    assert len(loaded.t) == len(loaded.loss) == len(expected["trajectory"]["times"])
