"""Tables as pandas, NumPy and R write them, and what pandas reads in them (pandas 3.0, NumPy 2.4).

Run in this folder: python3 make_fixtures.py
"""

import json

import numpy as np
import pandas as pd

random = np.random.default_rng(5)
n = 24
table = pd.DataFrame({
    "height": random.normal(170, 8, n).round(1),
    "weight": random.normal(70, 9, n).round(2),
    "age": random.integers(20, 70, n),
    "y": random.normal(0, 1, n).round(6),
})
expected = {}


def record(name, frame):
    """The numbers of a frame, with the names of its columns; NaN as null."""
    expected[name] = {
        "names": [str(c) for c in frame.columns],
        "rows": [[None if pd.isna(x) else float(x) for x in row] for row in frame.itertuples(index=False)],
    }


def read(name, **options):
    record(name, pd.read_csv(name, **options))


table.to_csv("comma.csv", index=False)
read("comma.csv")
table.to_csv("semicolon.csv", index=False, sep=";", decimal=",")
read("semicolon.csv", sep=";", decimal=",")
table.to_csv("tab.txt", index=False, sep="\t")
read("tab.txt", sep="\t")
table.to_csv("blank.txt", index=False, sep=" ")
read("blank.txt", sep=" ")
table.to_csv("utf16.csv", index=False, encoding="utf-16")
read("utf16.csv", encoding="utf-16")
table.to_csv("utf16le.csv", index=False, encoding="utf-16-le")
read("utf16le.csv", encoding="utf-16-le")
table.to_csv("utf16be.csv", index=False, encoding="utf-16-be")
read("utf16be.csv", encoding="utf-16-be")
table.rename(columns={"height": "Größe"}).to_csv("latin1.csv", index=False, encoding="latin-1")
read("latin1.csv", encoding="latin-1")
table.rename(columns={"weight": "price in €"}).to_csv("windows1252.csv", index=False, encoding="cp1252")
read("windows1252.csv", encoding="cp1252")
table.to_csv("mark.csv", index=False, encoding="utf-8-sig")
read("mark.csv", encoding="utf-8-sig")
table.to_csv("packed.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})
read("packed.csv.gz")
table.to_csv("index.csv")
read("index.csv", index_col=0)
pd.DataFrame(table.values).to_csv("numbered.csv", index=False)
read("numbered.csv")
np.savetxt("numpy.txt", table.values, header="height weight age y")
record("numpy.txt", pd.DataFrame(np.loadtxt("numpy.txt"), columns=table.columns))
# What write.table(table, "r.txt") of R 4.2 writes.
with open("r.txt", "w") as file:
    file.write(" ".join(f'"{c}"' for c in table.columns) + "\n")
    for i, row in enumerate(table.itertuples(index=False)):
        file.write(f'"{i + 1}" ' + " ".join(repr(float(x)) if x != int(x) else str(int(x)) for x in row) + "\n")
read("r.txt", sep=" ")
with open("comment.csv", "w") as file:
    file.write("# measured on Monday\n# by hand\n" + table.to_csv(index=False))
read("comment.csv", comment="#")
np.savez("arrays.npz", X=table.values[:, :3], y=table.values[:, 3])

# Words and dates.
words = table.copy()
words["species"] = random.choice(["setosa", "virginica", "versicolor"], n)
words["smoker"] = random.choice([True, False], n)
words["day"] = pd.date_range("2023-12-25", periods=n, freq="7D").strftime("%Y-%m-%d")
words["note"] = [f"No. {i}, “{chr(97 + i)}”" for i in range(n)]
words.to_csv("words.csv", index=False)
frame = pd.read_csv("words.csv", parse_dates=["day"]).drop(columns="note")
frame["day"] = (frame["day"] - pd.Timestamp("1970-01-01")) / pd.Timedelta("1D")
frame["smoker"] = frame["smoker"].astype(float)
coded = pd.get_dummies(frame, columns=["species"], drop_first=True, prefix_sep="=", dtype=float)
order = ["height", "weight", "age", "species=versicolor", "species=virginica", "smoker", "day", "y"]
record("words.csv", coded[order])

# Missing values, by five names, in inputs and once in the target.
gaps = words.drop(columns=["note", "day", "smoker"]).astype(object)
for column, places in [("height", [2, 9]), ("age", [9, 20]), ("species", [4]), ("y", [13])]:
    for place, name in zip(places, ["NA", ""] if column == "height" else ["null", "?"] if column == "age" else ["NaN"]):
        gaps.loc[place, column] = name
gaps.to_csv("missing.csv", index=False)
frame = pd.read_csv("missing.csv", na_values=["?"])
dummies = pd.get_dummies(frame["species"], drop_first=True, prefix="species", prefix_sep="=", dtype=float)
dummies[frame["species"].isna()] = np.nan
inputs = pd.concat([frame[["height", "weight", "age"]], dummies], axis=1)
full = pd.concat([inputs, frame["y"]], axis=1)
record("missing.csv drop", full.dropna())
# Means are those of every column's own values; a row without a target is left out afterwards.
filled = inputs.fillna(inputs.mean())
record("missing.csv mean", pd.concat([filled, frame["y"]], axis=1).dropna())
marked = pd.DataFrame({
    "height": filled["height"], "height is missing": frame["height"].isna().astype(float),
    "weight": filled["weight"],
    "age": filled["age"], "age is missing": frame["age"].isna().astype(float),
    "species=versicolor": filled["species=versicolor"], "species=virginica": filled["species=virginica"],
    "species is missing": frame["species"].isna().astype(float), "y": frame["y"],
})
record("missing.csv indicator", marked.dropna())

with open("expected.json", "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
