"""What `linnet train --json` says about a problem, held against the witness: one function for each kind of statement.

Every check yields `Finding`s: true, false, or undecided where the witness itself cannot tell.
"""

from dataclasses import dataclass

import numpy as np

import witness

NAMES = {
    "gap": "loss gap along the run, to the run's stated error",
    "levels": "minimum, singular values and imbalances",
    "converged": "`converged` to a global minimiser: the witness comes below every saddle level and to the minimum",
    "certainty": "`certainty`: level and gap, and the witness below the lowest saddle from then on",
    "bounds": "times to accuracy, promised before the run and renewed along it",
    "certain": "a limit named as certain",
    "almostEvery": "a limit of almost every start",
    "saddle": "`converged` to a saddle or the origin: level, rank and sign of curvature, and the witness stays there",
    "hessian": "smallest Hessian eigenvalue of the final network",
    "ending": "any other ending: nothing more is claimed than the witness finds",
    "plateaus": "plateaus: the witness's loss at both ends, and the level",
    "passages": "passage times in closed form, to 1e-6",
}


# The relative accuracy of times to which runs and witness are held: a hundred times the tolerance that runs aim at.
CLOCK = 1e-8


@dataclass
class Finding:
    """One statement beside the witness. `holds` is None where the witness cannot tell."""

    check: str
    holds: bool | None
    numbers: str = ""

    def __post_init__(self):
        # NumPy's truth values are not Python's.
        self.holds = None if self.holds is None else bool(self.holds)


class Witnessed:
    """The witness's loss gaps at all times that the statements name, with its own uncertainty.

    Two integrations, one in other bases of the hidden layers, or a closed form: where they differ is what round-off makes of the start.
    A long wait ends at a time that is known to some relative accuracy, so that a gap is known to what it changes by within it: times stand in
    threes, CLOCK before and after.
    """

    def __init__(self, loss, asked, times, first, second):
        self.times = np.asarray(times)
        self.loss = loss
        self.W = first
        gap = lambda W: np.array([loss.gap(M) for M in W])
        self.gaps = gap(first)
        others = gap(second)
        floor = 1e-13 * (loss.whole + np.array([np.sum((M @ loss.X) ** 2) for M in first]))
        spread = np.abs(self.gaps - others)
        self.uncertainty = floor + 3 * spread
        # The times asked for, without their neighbours.
        self.asked = np.array(sorted(asked))
        for t in self.asked[1:]:
            k, before, after = (int(np.argmin(np.abs(self.times - t * factor))) for factor in (1, 1 - CLOCK, 1 + CLOCK))
            self.uncertainty[k] = max(self.uncertainty[[before, k, after]]) + abs(self.gaps[before] - self.gaps[after])

    def at(self, t):
        """Gap and its uncertainty at one of the times; NaN beyond the last."""
        if t > self.times[-1]:
            return np.nan, np.nan
        k = int(np.argmin(np.abs(self.times - t)))
        return self.gaps[k], self.uncertainty[k]

    def matrix(self, t):
        """W at one of the times."""
        return self.W[int(np.argmin(np.abs(self.times - t)))]


def compare(check, difference, allowed, uncertainty, unit, numbers):
    """True within what is allowed and uncertain; undecided where the uncertainty decides and is not small."""
    if not np.isfinite(difference + uncertainty):
        return Finding(check, None, numbers)
    if uncertainty > 1e-3 * unit and difference > allowed:
        return Finding(check, None, numbers)
    return Finding(check, bool(difference <= allowed + uncertainty), numbers)


def times_of(result, limit=1e250):
    """Every time at which the witness is asked, increasing from 0, to ten times the end of the run."""
    end = result["termination"]["time"]
    recorded = result["trajectory"]["times"]
    chosen = {recorded[k] for k in np.unique(np.linspace(0, len(recorded) - 1, 16).astype(int))}
    for certificate in (result["certificate"], result.get("renewal")):
        for theorem in (certificate or {}).get("theorems", []):
            chosen |= {row["bound"] for row in theorem["timeToAccuracy"] if row["bound"] is not None and theorem["applies"]}
    if result["certainty"]:
        chosen.add(result["certainty"]["time"])
    for plateau in result["plateaus"]:
        chosen |= {plateau["start"], plateau["end"]}
    for step in closed_form_steps(result):
        chosen |= {step["time"] * (1 - 1e-6), step["time"] * (1 + 1e-6)}
    chosen |= {end * factor for factor in (1, 1.1, 1.5, 3, 10)}
    last = max(10 * end, 1e-300)
    return [0.0, *sorted(t for t in chosen if 0 < t <= min(last, limit))]


def with_neighbours(times):
    """The times, CLOCK before and after each, and powers of 1000 up to the last: integration is never asked to leap over all that happens."""
    last = np.log10(times[-1]) if times[-1] > 0 else -300
    stations = {10.0**k for k in range(-9, int(min(last, 300)), 3)}
    return sorted({t * factor for t in times for factor in (1 - CLOCK, 1, 1 + CLOCK)} | stations)


def closed_form_steps(result):
    """The steps of a saddle sequence that are claimed to 1e-9."""
    sequence = result["saddleSequence"]
    if not sequence or sequence["predicted"]["basis"] != "closedForm":
        return []
    return [step for step in sequence["predicted"]["steps"] if step["time"]]


def check_levels(problem, layers, result, loss):
    """Minimum, learnable loss, singular values and ‖D_j‖."""
    root = np.sqrt(problem.samples if problem.samples else problem.X.shape[1])
    stated = result["globalMinimum"]
    minimum = (0 if problem.samples else loss.irreducible) + loss.whole - loss.unit
    scale = np.sum(problem.Y**2)
    yield Finding("levels", abs(stated["loss"] - minimum) <= 1e-10 * scale, f"minimum {stated['loss']} {minimum}")
    values = np.array(result["target"]["singularValues"]) * root
    yield Finding("levels", bool(np.all(np.abs(values - loss.values) <= 1e-9 * loss.values[0])), f"{values} {loss.values}")
    _, sizes, V = np.linalg.svd(problem.X)
    rank = int(np.sum(sizes > 1e-10 * sizes[0]))
    if rank == problem.X.shape[0]:
        for j, imbalance in enumerate(result["imbalances"] or []):
            D = layers[j + 1].T @ layers[j + 1] - layers[j] @ layers[j].T
            size = max(np.sum(W**2) for W in layers)
            close = abs(np.linalg.norm(D) - imbalance["norm"]) <= 1e-12 * size + imbalance["error"] * 4
            yield Finding("levels", bool(close), f"‖D_{j + 1}‖ {imbalance['norm']} {np.linalg.norm(D)}")


def stated_error(result, W, loss):
    """What the run's relative error of W may make of its loss gap at W."""
    estimate = result["method"]["estimatedError"]
    if estimate is None or estimate["relativeError"] is None:
        return np.inf
    size = np.linalg.norm(loss.X, 2) * estimate["relativeError"] * np.linalg.norm(W)
    return size * np.linalg.norm(W @ loss.X - loss.fitted) + 0.5 * size**2


def check_gap(result, loss, seen):
    """(1) The loss gap at recorded times."""
    trajectory = result["trajectory"]
    recorded = dict(zip(trajectory["times"], trajectory["gap"]))
    for t in seen.asked:
        if t in recorded:
            gap, doubt = seen.at(t)
            allowed = stated_error(result, seen.matrix(t), loss)
            if not np.isfinite(allowed):
                continue
            yield compare("gap", abs(recorded[t] - gap), allowed, doubt, loss.whole, f"t {t} run {recorded[t]} ± {allowed} witness {gap} ± {doubt}")


def goes_below(loss, seen, end):
    """Whether the witness falls below every saddle level and near the minimum by ten times the end of the run."""
    level = loss.lowest_saddle()
    if level is None:
        return True
    known = np.isfinite(seen.gaps + seen.uncertainty) & (seen.times >= end)
    if not np.any(known):
        return None
    gaps, doubts = seen.gaps[known], seen.uncertainty[known]
    if gaps[-1] + doubts[-1] < 1e-2 * level:
        return True
    return None if doubts[-1] > 1e-3 * level else False


def check_ending(result, loss, seen, final):
    """(2), (6), (7) What the ending and the verdict say about the limit."""
    end, kind = result["termination"]["kind"], result["verdict"]["kind"]
    time = result["termination"]["time"]
    gap, doubt = seen.at(time)
    if end == "converged" and kind == "globalMinimiser":
        yield Finding("converged", goes_below(loss, seen, time), f"witness {gap} ± {doubt} at {time}, {seen.gaps[-1]} at {seen.times[-1]}")
    elif end in ("converged", "reachedSingularMatrix") and kind in ("strictSaddle", "nonStrictSaddle"):
        yield from check_saddle(result, loss, seen, final)
    else:
        # Nothing is claimed but where the run stands; a minimiser only where the witness is one too.
        level = loss.lowest_saddle()
        if kind == "globalMinimiser" and level is not None:
            yield compare("ending", gap, 0.01 * level, doubt, loss.whole, f"{end} {kind} witness {gap} ± {doubt}")
        else:
            stands = result["verdict"]["lossGap"]
            allowed = stated_error(result, seen.matrix(time), loss)
            if np.isfinite(allowed):
                yield compare("ending", abs(stands - gap), allowed, doubt, loss.whole, f"{end} at {time} run {stands} witness {gap} ± {doubt}")


def check_saddle(result, loss, seen, final):
    """(6) A limit that is a saddle: its level, its rank, the sign of the curvature, and that the witness stays."""
    verdict = result["verdict"]
    level = min(loss.levels(), key=lambda value: abs(value - verdict["lossGap"]))
    close = abs(level - verdict["lossGap"]) <= 1e-6 * loss.unit
    # The product of the layers that came back is known to its rounding.
    rounding = np.finfo(float).eps * sum(map(len, final)) * np.prod([np.linalg.norm(W) for W in final])
    rank = int(np.sum(np.linalg.svd(witness.product(final), compute_uv=False) > verdict["rankTolerance"] * (1 + 1e-9) + rounding))
    smallest = np.linalg.eigvalsh(witness.hessian(final, loss.S, loss.C))[0]
    sign = smallest < -0.5 * verdict["curvatureTolerance"] if verdict["kind"] == "strictSaddle" else smallest >= -verdict["curvatureTolerance"]
    numbers = f"level {level} gap {verdict['lossGap']} rank {rank}/{verdict['rank']} λ {smallest} ± {verdict['curvatureTolerance']}"
    yield Finding("saddle", bool(close and rank == verdict["rank"] and sign and level > 0), f"{verdict['kind']} {numbers}")
    yield stays(loss, seen, level, "saddle")


def stays(loss, seen, level, check):
    """Whether the witness goes to this level and not below it."""
    finite = np.isfinite(seen.gaps + seen.uncertainty)
    gap, doubt = seen.gaps[finite][-1], seen.uncertainty[finite][-1]
    numbers = f"level {level} witness {gap} ± {doubt} at {seen.times[finite][-1]}"
    if gap < level - 1e-6 * loss.unit - doubt:
        # Balanced layers that are no narrower than dx = dy keep the sign of det W(t) for ever (Lemma 3.3). A witness that has lost it follows the last digits of its layers, not that flow.
        first, last = (np.linalg.slogdet(seen.matrix(t))[0] if seen.keeps_sign else 1 for t in seen.times[finite][[0, -1]])
        return Finding(check, False if first == last else None, numbers)
    # Not there yet, as an algebraic law may have it, is no contradiction, and no confirmation.
    return Finding(check, True if gap <= level + 1e-2 * loss.unit else None, numbers)


def check_hessian(result, loss, final):
    """(6) The smallest eigenvalue of ∇²L_N at the final network, over all weights."""
    stated = result["verdict"]["smallestHessianEigenvalue"]
    if stated is None:
        return
    values = np.linalg.eigvalsh(witness.hessian(final, loss.S, loss.C))
    allowed = 1e-9 * np.max(np.abs(values)) + 1e-10 * np.linalg.norm(loss.C)
    yield Finding("hessian", bool(abs(values[0] - stated) <= allowed), f"stated {stated} NumPy {values[0]} largest {values[-1]}")


def check_certainty(result, loss, seen):
    """(3) The moment from which the limit is certain."""
    certainty = result["certainty"]
    if not certainty:
        return
    level = loss.lowest_saddle()
    stated = certainty["level"]
    if level is None or stated is None:
        yield Finding("certainty", level is None and stated is None, f"level {stated} {level}")
        return
    yield Finding("certainty", bool(abs(level - stated) <= 1e-8 * loss.unit), f"level {stated} {level}")
    for t in seen.asked[seen.asked >= certainty["time"]]:
        gap, doubt = seen.at(t)
        yield compare("certainty", gap, level, doubt, loss.whole, f"t {t} witness {gap} ± {doubt} level {level}")


def check_bounds(result, loss, seen):
    """(4) Every promised time to an accuracy."""
    for certificate in (result["certificate"], result["renewal"]):
        for theorem in (certificate or {}).get("theorems", []):
            if not theorem["applies"]:
                continue
            for row in theorem["timeToAccuracy"]:
                if row["bound"] is None or row["bound"] > seen.times[-1]:
                    continue
                gap, doubt = seen.at(row["bound"])
                if theorem["on"] == "gap":
                    value, doubt = gap / loss.unit, doubt / loss.unit
                else:
                    value, doubt = loss.distance(seen.matrix(row["bound"])), 1e-13 + 10 * doubt / loss.unit
                numbers = f"{theorem['id']} {row['accuracy']} by {row['bound']}: witness {value} ± {doubt}"
                yield compare("bounds", value, row["accuracy"] * (1 + 1e-6), doubt, 1, numbers)


def check_limits(result, loss, seen):
    """(5) Limits named before the run."""
    end = result["termination"]["time"]
    for theorem in result["certificate"]["theorems"]:
        if not theorem["applies"] or theorem["limit"] is None:
            continue
        check = "certain" if theorem["strength"] == "certain" else "almostEvery"
        if theorem["limit"] == "globalMinimiser":
            # A start near the exceptional set may wait longer than anyone looks.
            below = goes_below(loss, seen, end)
            if below is False and (check == "almostEvery" or result["termination"]["kind"] != "converged"):
                below = None
            yield Finding(check, below, f"{theorem['id']} minimiser: witness {seen.gaps[-1]} ± {seen.uncertainty[-1]} at {seen.times[-1]}")
        elif theorem["limit"] == "origin" or theorem["kept"] is not None:
            kept = theorem["kept"] or []
            found = stays(loss, seen, loss.level(kept), check)
            found.numbers = f"{theorem['id']} {theorem['limit']} {kept}: {found.numbers}"
            yield found


def check_plateaus(result, loss, seen):
    """(8) A plateau's gap lies between the witness's at its ends, and its level is one."""
    for plateau in result["plateaus"]:
        stated = plateau["level"]
        level = loss.level(stated["kept"])
        yield Finding("plateaus", bool(abs(level - stated["gap"]) <= 1e-8 * loss.unit and len(stated["kept"]) == stated["rank"]), f"{stated} {level}")
        start, end = seen.at(plateau["start"]), seen.at(plateau["end"])
        slack = 1e-4 * loss.unit
        below = compare("plateaus", end[0] - plateau["gap"], slack, end[1], loss.whole, f"{plateau} end {end}")
        above = compare("plateaus", plateau["gap"] - start[0], slack, start[1], loss.whole, f"{plateau} start {start}")
        yield from (below, above)


def check_passages(result, loss, seen):
    """(9) A passage time in closed form: the witness is above the middle just before it and below just after."""
    sequence = result["saddleSequence"]
    before = sequence["predicted"]["startGap"] if sequence else None
    for step in sequence["predicted"]["steps"] if sequence else []:
        middle = 0.5 * (before + step["gap"])
        yield Finding("levels", bool(abs(loss.level(step["kept"]) - step["gap"]) <= 1e-8 * loss.unit), f"step {step}")
        before = step["gap"]
        if step not in closed_form_steps(result) or step["time"] * (1 + 1e-6) > seen.times[-1]:
            continue
        early, late = seen.at(step["time"] * (1 - 1e-6)), seen.at(step["time"] * (1 + 1e-6))
        numbers = f"step {step} middle {middle} before {early} after {late}"
        # Where the witness is unsure by half of what this window changes, it cannot tell.
        if not np.isfinite(early + late).all() or max(early[1], late[1]) > 0.5 * abs(early[0] - late[0]):
            yield Finding("passages", None, numbers)
        else:
            yield Finding("passages", bool(late[0] - late[1] <= middle <= early[0] + early[1]), numbers)


def all_checks(problem, layers, final, result, loss, seen):
    """Every finding on a problem."""
    yield from check_levels(problem, layers, result, loss)
    yield from check_hessian(result, loss, final)
    if seen is None:
        yield Finding("gap", None, "the witness did not come to the end")
        return
    yield from check_gap(result, loss, seen)
    yield from check_ending(result, loss, seen, final)
    yield from check_certainty(result, loss, seen)
    yield from check_bounds(result, loss, seen)
    yield from check_limits(result, loss, seen)
    yield from check_plateaus(result, loss, seen)
    yield from check_passages(result, loss, seen)
