"""What results say of themselves, and how they go elsewhere: pandas, xarray, Altair, notebooks."""

import json

import numpy as np
import pytest

import linnet


@pytest.fixture
def result(rank_one):
    return linnet.train(rank_one, rank=1, angle=30, norm=10)


def test_certificate_reads_as_the_command_says(certified):
    certificate = linnet.certify(certified[0], **certified[1])
    assert certificate.best.id in certificate.conclusion
    assert certificate["Theorem 4.4"].applies and certificate.best.limit == "globalMinimiser"
    assert {theorem.id for theorem in certificate.theorems} >= {"Theorem 3.8", "Theorem 4.4", "D14"}
    silent = [theorem for theorem in certificate.theorems if not theorem.applies]
    assert silent and all(theorem.reason and repr(theorem).startswith(f"{theorem.id} is silent") for theorem in silent)
    with pytest.raises(KeyError):
        certificate["Theorem 99"]
    assert "<table>" in certificate._repr_html_() and certificate.conclusion in repr(certificate)


def test_bound_holds_along_the_run(certified):
    result = linnet.train(certified[0], **certified[1])
    theorem = result.certificate["Theorem 4.4"]
    bound = theorem.bound(result.t)
    assert theorem.on == "distance"
    best = result.global_minimum.minimiser_norm
    after = ~np.isnan(bound)
    assert after.sum() > 50
    assert (result.distance_to_target[after] ** 2 / best**2 <= bound[after] * (1 + 1e-9)).all()
    assert result.certificate["Theorem 3.8"].bound([0.0]) is None
    for accuracy in theorem.time_to_accuracy:
        if accuracy["bound"] is not None:
            assert theorem.bound(accuracy["bound"]) == pytest.approx(accuracy["accuracy"], rel=1e-9)


def test_result_says_what_it_is(result):
    text = repr(result)
    assert "globalMinimiser" in text and result.message in text and "exact" in text
    assert "<table>" in result._repr_html_()


def test_figures_show_themselves(result):
    figure = result.figures["convergence"]
    bundle = figure._repr_mimebundle_()
    specification = bundle["application/vnd.vegalite.v5+json"]
    assert specification["$schema"].endswith("v5.json") and json.dumps(specification)
    # A closed form keeps the imbalance exactly: a picture of it would be empty.
    assert set(result.figures) == {"convergence", "singular-values"}


def test_figure_is_written(result, tmp_path):
    result.figures["convergence"].save(tmp_path / "figure.json")
    assert json.loads((tmp_path / "figure.json").read_text()) == result.figures["convergence"].specification
    with pytest.raises(linnet.LinnetError, match="is written as"):
        result.figures["convergence"].save(tmp_path / "figure.gif")


def test_altair_takes_the_specification(result):
    altair = pytest.importorskip("altair")
    chart = result.plot("singular-values")
    assert isinstance(chart, altair.LayerChart)
    assert chart.to_dict()["title"]["text"] == result.figures["singular-values"].specification["title"]["text"]


def test_pandas(result, samples):
    pandas = pytest.importorskip("pandas")
    frame = result.to_pandas()
    assert frame.index.name == "time" and len(frame) == len(result.t)
    np.testing.assert_array_equal(frame["loss"], result.loss)
    np.testing.assert_array_equal(frame["sigma_1"], result.singular_values[:, 0])
    assert "Theorem 4.4" in result.certificate.to_pandas().index
    X, Y = samples
    table = pandas.DataFrame(X, columns=list("abcde"))
    problem = linnet.Problem(table, pandas.Series(Y[:, 0], name="y"))
    assert problem.input_names == list("abcde") and problem.output_names == ["y"]
    found = linnet.fit(table, pandas.DataFrame(Y, columns=list("uvw")), rank=1).to_pandas()
    assert list(found.columns) == list("uvw") and list(found.index) == [*"abcde", "(intercept)"]


def test_names_are_those_of_errors(samples):
    pandas = pytest.importorskip("pandas")
    X, Y = samples
    table = pandas.DataFrame(np.c_[X, X[:, 0]], columns=["a", "b", "c", "d", "e", "again"])
    with pytest.raises(linnet.LinnetError, match="again") as caught:
        linnet.Problem(table, Y, prepare="whiten")
    assert caught.value.details == {"names": ["again"], "rank": 5, "inputs": 6}
    assert caught.value.remedies[0].argument == 'drop=["again"]'
    with pytest.raises(linnet.LinnetError, match="two columns “a”"):
        linnet.Problem(table.rename(columns={"b": "a"}), Y)


def test_xarray(result):
    pytest.importorskip("xarray")
    data = result.to_xarray()
    assert data["W"].dims == ("output", "input", "time") and data.sizes["time"] == len(result.t)
    np.testing.assert_array_equal(data["loss"], result.loss)
    assert float(data["gap"].sel(time=0)) == result.gap[0]


def test_torch_there_and_back(rank_one):
    torch = pytest.importorskip("torch", reason="torch is large and not installed for the tests: pip install torch runs this")
    network = torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False), torch.nn.Linear(2, 2, bias=False)).double()
    layers = linnet.from_torch(network)
    result = linnet.train(rank_one, start=network)
    np.testing.assert_array_equal(result.sol.layers(0.0)[0], layers[0])
    x = torch.randn(7, 3, dtype=torch.float64)
    np.testing.assert_allclose(result.to_torch()(x).detach().numpy(), x.numpy() @ result.end_to_end.T, rtol=1e-12)
    with pytest.raises(linnet.LinnetError, match="no linear layer"):
        linnet.from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False), torch.nn.ReLU()))
    with pytest.raises(linnet.LinnetError, match="has a bias"):
        linnet.from_torch(torch.nn.Linear(3, 2))


def test_record_is_a_mapping():
    record = linnet.Record({"lossGap": 1.0, "inner": {"aB": [{"cD": 2}]}})
    assert record.loss_gap == record["loss_gap"] == 1.0 and record.inner.a_b[0].c_d == 2
    assert dict(record) == {"loss_gap": 1.0, "inner": record.inner} and "inner" in dir(record)
    with pytest.raises(AttributeError, match="loss_gap"):
        record.loss
