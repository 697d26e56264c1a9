"""What scikit-learn finds on parts of the bundled tables: held-out errors, confusion tables, scores on principal components.

Run in this folder: python3 make_fit.py
"""

import json

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import confusion_matrix, r2_score, root_mean_squared_error

data = "../../../Examples/data"
record = {}

table = pd.read_csv(f"{data}/diabetes.csv")
train, test = table[:342], table[342:]
X, y = train.drop(columns="progression"), train["progression"]
found = LinearRegression().fit(X, y).predict(test.drop(columns="progression"))
record["diabetes"] = {"trainRows": 342, "r2": r2_score(test["progression"], found),
                      "rmse": root_mean_squared_error(test["progression"], found)}

table = pd.read_csv(f"{data}/digits.csv")
targets = [c for c in table.columns if c.startswith("is_")]
train, test = table[:1400], table[1400:]
model = LinearRegression().fit(train.drop(columns=targets), train[targets])
record["digits"] = {"trainRows": 1400}
for name, part in {"train": train, "test": test}.items():
    found = np.argmax(model.predict(part.drop(columns=targets)), axis=1)
    observed = np.argmax(part[targets].values, axis=1)
    record["digits"][name] = {"accuracy": float(np.mean(found == observed)),
                              "confusion": confusion_matrix(observed, found).tolist()}

table = pd.read_csv(f"{data}/linnerud.csv")
record["linnerud"] = {"scores": PCA(svd_solver="full").fit_transform(table)[:, :3].tolist()}

with open("fit.json", "w") as file:
    json.dump(record, file, indent=1)
    file.write("\n")
