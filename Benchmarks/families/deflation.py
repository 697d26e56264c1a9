"""How far a run moves inside the directions it has found: writes a table."""
import csv, json, subprocess, sys
import numpy as np

LINNET, DATA = sys.argv[1], sys.argv[2]

def run(*more):
    out = subprocess.run([LINNET, "train", DATA, "--targets", "y*", "--rank", "3", "--json", "--no-files", *more],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)

print("depth  norm     k  inside (median)  inside (largest)")
for depth in (2, 3, 4):
    for norm in ("1e-2", "1e-4", "1e-6"):
        inside = {1: [], 2: []}
        for seed in range(1, 6):
            start = ["--depth", str(depth), "--norm", norm, "--seed", str(seed), "--no-error-estimate"]
            whole = run(*start)
            track = whole["trajectory"]
            t = np.array(track["times"]); s = np.array(track["singularValues"])
            goal = np.array(whole["globalMinimum"]["minimiserSingularValues"])
            end = np.array(run(*start, "--at", repr(float(t[-1])))["trajectory"]["endToEnd"][0])
            U, _, Vt = np.linalg.svd(end)
            for k in (1, 2):
                i = np.argmax(s[:, k] > 0.5 * goal[k])          # mode k + 1 is half learnt
                W = np.array(run(*start, "--at", repr(float(t[i])))["trajectory"]["endToEnd"][0])
                found = U[:, :k] * goal[:k] @ Vt[:k]
                move = W - found
                # what of the motion lies in the rows or columns found before
                P, Q = U[:, :k] @ U[:, :k].T, Vt[:k].T @ Vt[:k]
                outside = (np.eye(len(P)) - P) @ move @ (np.eye(len(Q)) - Q)
                inside[k].append(np.linalg.norm(move - outside) / np.linalg.norm(move))
        for k in (1, 2):
            print(f"{depth:5d}  {norm:7s}  {k}  {np.median(inside[k]):15.2e}  {max(inside[k]):16.2e}", flush=True)
