"""Whatever is given, the process goes on: each case in a process of its own, which must say the words and end with status 0."""

import json
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import numpy as np, linnet
from linnet import Problem, LinnetError
nan, inf = float("nan"), float("inf")
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
P = Problem(X, Y)
T = Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
layers = [np.ones((2, 4)), np.ones((2, 2))]
def poisoned(value, row=3, column=1):
    A = X.copy(); A[row, column] = value; return A
class Odd:
    pass
"""

#: What is called, the case's kind, and words of the message.
CASES = [
    # Arrays.
    ("Problem(poisoned(nan), Y)", "DataFormatError.nonFiniteEntry", "“X”: entry [3, 1] (counted from 0) is nan."),
    ("Problem(poisoned(-inf), Y)", "DataFormatError.nonFiniteEntry", "“X”: entry [3, 1] (counted from 0) is -inf."),
    ("Problem(X, poisoned(inf, 29, 3)[:, 2:])", "DataFormatError.nonFiniteEntry", "“Y”: entry [29, 1]"),
    ("Problem(X, Y[:29])", "SampleTableError.rowCounts", "one has 30 rows, the other 29"),
    ("Problem(X[:0], Y[:0])", "ArgumentError", "X has the shape 0×4; it needs at least one row and one column."),
    ("Problem(X[:, :0], Y)", "ArgumentError", "X has the shape 30×0"),
    ("Problem(X, Y[:, :0])", "ArgumentError", "Y has the shape 30×0"),
    ("Problem([], [])", "ArgumentError", "X has the shape 0×1"),
    ("Problem(X.reshape(2, 15, 4), Y)", "ArgumentError", "X has 3 dimensions"),
    ("Problem(3.0, Y)", "ArgumentError", "X has 0 dimensions"),
    ("Problem(X + 1j, Y)", "DataFormatError.notANumber", "X holds complex numbers, not numbers."),
    ("Problem(X.astype(str), Y)", "DataFormatError.notANumber", "X holds words, not numbers."),
    ("Problem(np.array([[1, 'a'], [2, 3]], dtype=object), [1, 2])", "DataFormatError.notANumber", "“X”: entry [0, 1] (counted from 0) is 'a'"),
    ("Problem(np.array([[1, None], [2, 3]], dtype=object), [1, 2])", "DataFormatError.nonFiniteEntry", "“X”: entry [0, 1] (counted from 0) is nan."),
    ("Problem(np.array([[1, Odd()], [2, 3]], dtype=object), [1, 2])", "DataFormatError.notANumber", "which is not a number"),
    ("Problem([[1, 2], [3]], [1, 2])", "ArgumentError", "its rows differ in length"),
    ("Problem(X.astype('datetime64[s]'), Y)", "DataFormatError.notANumber", "X holds dates"),
    ("Problem(Odd(), Y)", None, "X"),
    ("Problem(X * 1e200, Y)", "PreparationError.extremeScale", "which doubles cannot hold"),
    # Preparation.
    ("Problem(X, Y, prepare='whitten')", "ArgumentError", "is “whiten” meant?"),
    ("Problem(X, Y, prepare=3)", "ArgumentError", "prepare must be a text, not 3."),
    ("Problem(X[:4], Y[:4], prepare='whiten')", "PreparationError.tooFewSamples", "whitening 4 inputs needs at least 5 samples"),
    ("Problem(np.c_[X, X[:, 0]], Y, prepare='whiten')", "PreparationError.dependentInputs", "drop=[\"x5\"]"),
    ("Problem(np.ones((30, 2)), Y, prepare='whiten')", "PreparationError.noVaryingInput", "constant"),
    ("Problem(X, Y, whiten_rank=0)", "ArgumentError", "whiten_rank must be at least 1, not 0."),
    ("Problem(X, Y, whiten_rank=9)", "PreparationError.whitenRank", "whiten_rank=4"),
    ("Problem(X, Y, whiten_rank=2, prepare='none')", "ArgumentError", "whiten_rank goes with prepare"),
    ("Problem(X, Y, whiten_rank=2.5)", "ArgumentError", "whiten_rank must be a whole number, not 2.5."),
    ("Problem.from_target([[1.0, nan]], 5)", "DataFormatError.nonFiniteEntry", "“Z”: entry [0, 1]"),
    ("Problem.from_target([[1.0, 2.0]], 0)", "ArgumentError", "samples must be at least 1, not 0."),
    ("Problem.from_target([[1.0, 2.0]], -2**70)", "ArgumentError", "samples must lie between"),
    ("Problem.from_target([[1e200, 2.0]], 5)", "PreparationError.extremeScale", "Z"),
    ("Problem.from_target(np.zeros((0, 3)), 5)", "ArgumentError", "Z has the shape 0×3"),
    # Files.
    ("Problem.from_csv('/no/such.csv', 'y')", "DataFormatError.missingFile", "/no/such.csv"),
    ("Problem.from_csv('/dev/null', 'y')", None, "/dev/null"),
    ("Problem.from_csv([], 'y')", "ArgumentError", "no file is named"),
    ("Problem.from_csv('/no/such.csv', [])", "ArgumentError", "name the columns to predict"),
    ("Problem.from_csv('/no/such.csv', 'y', missing='guess')", "ArgumentError", "missing is none of"),
    ("linnet.load('/no/such/folder')", "RunFileError.missing", "is not the folder of a run"),
    # Networks.
    ("linnet.certify(P, depth=0)", "ArgumentError", "depth must be at least 1, not 0."),
    ("linnet.certify(P, depth=-3)", "ArgumentError", "depth must be at least 1, not -3."),
    ("linnet.certify(P, depth=10**9)", "ArgumentError", "depth must be at most 10000"),
    ("linnet.certify(P, depth=10**30)", "ArgumentError", "depth must lie between"),
    ("linnet.certify(P, depth='3')", "ArgumentError", "depth must be a whole number, not '3'."),
    ("linnet.certify(P, rank=-1)", "ArgumentError", "rank must be at least 1, not -1."),
    ("linnet.certify(P, rank=3)", "SessionError.rankTooLarge", "rank 3 is larger than possible: a matrix from 4 inputs to 2 outputs"),
    ("linnet.certify(P, widths=[3, 0])", "ArgumentError", "widths must be positive whole numbers, not 0."),
    ("linnet.certify(P, widths=[10**9])", "SessionError.tooWide", "hidden layers of width 1000000000"),
    ("linnet.certify(P, widths=[2**62, 2**62])", "SessionError.tooWide", "hidden layers"),
    ("linnet.certify(P, widths=[3], depth=3)", "ArgumentError", "contradicts widths"),
    ("linnet.certify(P, start='zero')", "ArgumentError", "start is none of random"),
    ("linnet.certify(P, norm=0)", "ArgumentError", "norm must be positive, not 0.0."),
    ("linnet.certify(P, norm=nan)", "ArgumentError", "norm must be positive, not nan."),
    ("linnet.certify(P, norm=1e300)", "StartError.tooLarge", "the loss would not be a number"),
    ("linnet.certify(P, scale=2)", "ArgumentError", "scale goes with a start whose layers are drawn one by one"),
    ("linnet.certify(P, start='xavier', norm=2)", "ArgumentError", "norm goes with"),
    ("linnet.certify(P, start='xavier', scale=[1.0, -1.0, 1.0])", "ArgumentError", "scale must be positive, not -1.0"),
    ("linnet.certify(P, start='xavier', scale=[1.0, 2.0])", None, "2 factors"),
    ("linnet.certify(P, start='lambda')", "ArgumentError", "go together"),
    ("linnet.certify(P, start='lambda', lambdas=[nan, 1.0])", "ArgumentError", "lambdas must be numbers"),
    ("linnet.certify(P, angle=inf)", "ArgumentError", "angle must be a number of degrees"),
    ("linnet.certify(P, angle=10, start='random')", "ArgumentError", "give one start"),
    ("linnet.certify(Problem(X[:, :1], Y[:, :1]), angle=10)", "StartError.notEnoughRoomToTurn", "cannot be turned"),
    ("linnet.certify(Problem(X, np.zeros(30)), start='aligned')", "StartError.noTarget", "no target direction"),
    ("linnet.certify(P, seed=-1)", "ArgumentError", "seed must lie between 0"),
    ("linnet.certify(P, start=np.ones((4, 2)))", "StartError.shape", "W0 must be 2×4"),
    ("linnet.certify(P, start=poisoned(nan)[2:4])", "DataFormatError.nonFiniteEntry", "“W0”: entry [1, 1]"),
    ("linnet.certify(P, start=np.eye(2, 4), rank=1)", "StartError.rankAboveBottleneck", "rank 2"),
    ("linnet.certify(P, start=[np.ones((3, 4)), np.ones((2, 2))])", "RunFileError.doNotCompose", "layer 1 has 3 outputs but layer 2 takes 2"),
    ("linnet.certify(P, start=[np.ones((3, 5)), np.ones((2, 3))])", "StartError.shape", "2×4"),
    ("linnet.certify(P, start=[np.full((3, 4), nan), np.ones((2, 3))])", "DataFormatError.nonFiniteEntry", "“layer 1”: entry [0, 0]"),
    ("linnet.certify(P, start=[])", "ArgumentError", "at least one layer"),
    ("linnet.certify(P, start=layers, depth=2)", "ArgumentError", "given layers bring their own shape"),
    ("linnet.certify(X, depth=2)", "ArgumentError", "a problem is needed, not ndarray"),
    # Runs.
    ("linnet.train(T, time=0)", "ArgumentError", "time must be positive, not 0.0."),
    ("linnet.train(T, time=inf)", "ArgumentError", "time must be positive, not inf."),
    ("linnet.train(T, time=nan)", "ArgumentError", "time must be positive, not nan."),
    ("linnet.train(T, time=1, at=[2.0])", "ArgumentError", "at=2.0 lies after time=1.0."),
    ("linnet.train(T, at=[-1.0])", "ArgumentError", "at must be times (numbers, not negative), not -1.0."),
    ("linnet.train(T, at=['a'])", "ArgumentError", "at must be a number"),
    ("linnet.train(T, method='rk4')", "ArgumentError", "method is none of"),
    ("linnet.train(T, method='euler')", "ArgumentError", "needs its step"),
    ("linnet.train(T, method='euler', step=-1)", "ArgumentError", "step must be positive"),
    ("linnet.train(T, method='euler', step=1, time=0.5)", "ArgumentError", "is over before the first step"),
    ("linnet.train(T, method='euler', step=1e-3, every=0, time=1)", "ArgumentError", "every must be at least 1"),
    ("linnet.train(T, momentum=0.5)", "ArgumentError", "momentum belongs to method"),
    ("linnet.train(T, method='euler', step=1e-3, momentum=1)", "ArgumentError", "momentum must be at least 0 and below 1"),
    ("linnet.train(T, method='euler', step=1e-3, steps=0)", "ArgumentError", "steps must be at least 1"),
    ("linnet.train(T, method='euler', step=1e-3, steps=5, time=1)", "ArgumentError", "not both"),
    ("linnet.train(T, schedule=[1, 0.5])", "ArgumentError", "schedule belongs to method"),
    ("linnet.train(T, method='euler', step=1e-3, schedule=[1, 0])", "ArgumentError", "schedule must be positive factors"),
    ("linnet.train(T, method='euler', step=1e-3, schedule='fast')", None, "schedule must be"),
    ("linnet.train(T, method='euler', best_step=2)", "ArgumentError", "best_step must lie between 0 and 1"),
    ("linnet.train(T, method='euler', best_step=0.1, step=1e-3)", "ArgumentError", "leave out step"),
    ("linnet.train(T, records=1)", "ArgumentError", "records must be at least 2"),
    ("linnet.train(T, every=2, records=9)", "ArgumentError", "not both"),
    ("linnet.train(T, record='nothing')", "RecordingError.unknown", "nothing"),
    ("linnet.train(T, step=1e-3)", "ArgumentError", "step belongs to method"),
    ("linnet.train(T, flow='induced')", "ArgumentError", "ill-posed"),
    ("linnet.train(T, tolerance=1e-20)", "ArgumentError", "tolerance must lie between 1e-13"),
    ("linnet.train(T, stop_gap=2)", "ArgumentError", "stop_gap must lie between 0 and 1"),
    ("linnet.train(T, stop_gradient=0)", "ArgumentError", "stop_gradient must be positive"),
    ("linnet.train(T, max_seconds=0)", "ArgumentError", "max_seconds must be positive"),
    ("linnet.train(T, time=1, max_time=2)", "ArgumentError", "with time it has no use"),
    ("linnet.train(T, spectrum=0)", "ArgumentError", "spectrum must be a positive whole number"),
    ("linnet.train(T, interrupt='no')", "ArgumentError", "interrupt must be"),
    ("linnet.train(P, start='xavier', method='exact')", "SessionError.noClosedForm", "there is no closed form"),
    ("linnet.train(T, time=1e-3).sol(-1.0)", None, "lies outside the run"),
    ("linnet.train(P, start='xavier', time=1e-3).sol(1.0)", None, "lies outside the run"),
    ("linnet.train(T, time=1e-3).sol(nan)", None, "lies outside the run"),
    ("linnet.train(T, time=1e-3).plot('none')", "ArgumentError", "there is no figure 'none'"),
    ("linnet.train(T, time=1e-3).predict([[1, 2, 3]])", "ArgumentError", "no units to predict in"),
    ("linnet.train(P, time=1e-3).predict(X[:, :2])", "ArgumentError", "takes 4 inputs"),
    ("linnet.train(T, time=1e-3).save('/dev/null')", "OutputError.isAFile", "name a folder"),
    ("linnet.train(T, time=1e-3).save('/tmp')", "OutputError.exists", "force=True"),
    # Landscapes.
    ("linnet.landscape(layers, X)", "ArgumentError", "outputs are needed"),
    ("linnet.landscape([np.ones((3, 4))], P)", "StartError.shape", "2×4"),
    ("linnet.landscape([1e80 * np.ones((2, 4)), np.ones((2, 2))], P)", "SessionError.overflow", "its loss overflows"),
    ("linnet.landscape(layers, P, levels=0)", "ArgumentError", "levels must lie between"),
    ("linnet.landscape(layers, P, gradient_tolerance=1)", "ArgumentError", "gradient_tolerance must be positive"),
    # Fits.
    ("linnet.fit(poisoned(nan), Y)", "DataFormatError.nonFiniteEntry", "“X”: entry [3, 1]"),
    ("linnet.fit(X, Y[:7])", "SampleTableError.rowCounts", "one has 30 rows, the other 7"),
    ("linnet.fit(X, Y, rank=-1)", "ArgumentError", "rank must not be negative"),
    ("linnet.fit(X, Y, rank=3)", "RegressionError.rankTooLarge", "has rank 2 at most"),
    ("linnet.fit(X, Y, rank=1, criterion='cv')", "ArgumentError", "not both"),
    ("linnet.fit(X, Y, criterion='cp')", "ArgumentError", "criterion is none of"),
    ("linnet.fit(X, Y, cv=1)", "ArgumentError", "cv must be at least 2 folds"),
    ("linnet.fit(X, Y, cv=10**12)", "RegressionError.moreFoldsThanSamples", "cv=30"),
    ("linnet.fit(X, Y, rank=1, repeats=3)", "ArgumentError", "add cv"),
    ("linnet.fit(X, Y, repeats=0)", "ArgumentError", "repeats must lie between"),
    ("linnet.fit(X, Y, ridge=-1)", "ArgumentError", "ridge must be a penalty"),
    ("linnet.fit(X, Y, ridge=nan)", "ArgumentError", "ridge must be a penalty"),
    ("linnet.fit(X, Y, ridge=[])", "ArgumentError", "ridge must be at least one penalty"),
    ("linnet.fit(X, Y, ridge=[0, 1], rank=1)", "ArgumentError", "of several ridge values one is chosen by cross-validation"),
    ("linnet.fit(X, Y, prepare='whiten')", "ArgumentError", "there is nothing to whiten"),
    ("linnet.fit(X, Y, weights='none')", "ArgumentError", "weights is none of"),
    ("linnet.fit(X, np.c_[Y, Y[:, 0]], weights='residual-covariance')", "RegressionError.singularResidualCovariance", "weights=\"identity\""),
    ("linnet.fit(np.ones((30, 2)), Y)", "RegressionError.noVaryingInput", "every input column is constant"),
    ("linnet.fit(X[:1], Y[:1])", "RegressionError.noVaryingInput", "every input column is constant"),
    ("linnet.fit(X, 1e300 * Y)", "RegressionError.extremeScale", "give the column in another unit"),
    ("linnet.fit(X, Y, rank=1).predictor(5)", "RegressionError.rankTooLarge", "rank 5"),
    ("linnet.fit(X, Y, rank=2).network(widths=[1])", "ArgumentError", "widths must be at least the rank 2"),
]


#: Reads the calls, and makes each in a process of its own, forked before the library has done anything.
RUNNER = """
import json, os, pickle, sys
def one(call, channel):
    try:
        eval(call)
        said = None
    except LinnetError as error:
        assert error.problem and isinstance(error.details, dict)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        said = [error.kind, str(error)]
    # The library goes on.
    assert linnet.fit(X, Y, rank=1).rank == 1
    os.write(channel, json.dumps(said).encode())
results = []
for call in json.load(sys.stdin):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            one(call, writer)
            status = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        text = stream.read().decode()
    results.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text])
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def said():
    """The exit status of each call's process, and what it raised."""
    # The problems of the prelude are made in every child, so that threads and locks of the library never cross a fork.
    text = PRELUDE.split("P = Problem")[0] + RUNNER.replace(
        "    try:\n        eval(call)", "    exec(SETUP, globals())\n    try:\n        eval(call)")
    setup = "P = Problem" + PRELUDE.split("P = Problem")[1]
    done = subprocess.run(
        [sys.executable, "-c", f"SETUP = {setup!r}\n{text}"], input=json.dumps([case[0] for case in CASES]),
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return dict(zip([case[0] for case in CASES], json.loads(done.stdout), strict=True)), done.stderr


@pytest.mark.parametrize("call, kind, words", CASES, ids=[case[0] for case in CASES])
def test_error_is_an_exception(said, call, kind, words):
    (status, text), trace = said[0][call], said[1]
    assert status == 0, trace
    found = json.loads(text)
    assert found is not None, "no error"
    assert kind is None or found[0] == kind
    assert words in found[1]


@pytest.mark.parametrize("change", [
    "np.asfortranarray", "lambda A: A.astype(np.float32).astype(np.float64)", "lambda A: np.repeat(A, 2, axis=0)[::2]",
    "lambda A: A[::-1][::-1]", "lambda A: A.tolist()", "lambda A: A.astype(object)",
    "lambda A: (A.setflags(write=False), A)[1]", "lambda A: A.astype('>f8')", "np.ma.masked_array",
], ids=["Fortran", "float32", "strides", "negative strides", "lists", "objects", "read-only", "big-endian", "masked"])
def test_any_layout_gives_the_same(python, change):
    python(PRELUDE + textwrap.dedent(f"""
        change = {change}
        X = X.astype(np.float32).astype(np.float64)
        expected = linnet.fit(X, Y, rank=1).coef
        assert (linnet.fit(change(X.copy()), change(Y.astype(np.float32).astype(np.float64)), rank=1).coef
            == linnet.fit(X, Y.astype(np.float32).astype(np.float64), rank=1).coef).all()
        assert (Problem(change(X.copy()), Y).target == Problem(X, Y).target).all()
        """))


def test_float32_is_taken_as_it_is(python):
    python(PRELUDE + "assert (linnet.fit(X.astype(np.float32), Y, rank=1).coef == linnet.fit(X.astype(np.float32).astype(float), Y, rank=1).coef).all()")
