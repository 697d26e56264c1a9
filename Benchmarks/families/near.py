"""Starts of rank two beside the negatively aligned one, −Z_2/2, at distances 1e-1 … 1e-6."""
import json, subprocess, sys
import numpy as np

LINNET, DATA = sys.argv[1], sys.argv[2]
out = subprocess.run([LINNET, "train", DATA, "--targets", "y*", "--rank", "2", "--depth", "2", "--time", "1e3", "--at", "1e3", "--json", "--no-files"],
                     capture_output=True, text=True, check=True).stdout
U, s, Vt = np.linalg.svd(np.array(json.loads(out)["trajectory"]["endToEnd"][0]), full_matrices=False)
rng = np.random.default_rng(1)
G, H = rng.standard_normal((len(U), 2)), rng.standard_normal((Vt.shape[1], 2))
for k in range(1, 7):
    d = 10.0 ** -k
    W = -0.5 * (U[:, :2] + d * G) * s[:2] @ (Vt[:2].T + d * H).T
    np.savetxt(f"near-{k}.csv", W, delimiter=",", fmt="%.17g")
