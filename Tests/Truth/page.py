"""The page and the fixture that `make truth` writes."""

import json
from collections import Counter, defaultdict

INTRODUCTION = """# Is what is said so?

`make truth` draws random problems, lets `linnet train … --json` say what it says of each, and holds every statement against a witness that shares no code with Linnet:

- the flow of the layers by SciPy's LSODA (Radau where that gives up), relative tolerance 1e-12, from the same start to the end of the run and to ten times as far; a second time in
  other bases of the hidden layers (permuted ones where exact zeros are to stay) at 1e-10. Where the two differ, round-off decides, and the witness says so: *undecided*;
- two balanced layers with X Xᵀ = c·I in closed form with as many digits as the growth needs (mpmath); aligned starts mode by mode, in logarithms;
- levels, ranks and minima by NumPy's SVD, and ∇²L_N assembled from its formula, with NumPy's eigenvalues.

The problems: depth 1 to 6, one to four inputs and outputs, hidden layers of up to five; data raw, whitened (`--target`) and with X Xᵀ = c·I; targets of full and of lower rank, of sizes 0.1 to 10; all starts that
`linnet train --help` offers, half of them of sizes 0.01 to 10 and the others anywhere between 1e-15 and 10; diagonal starts with negative signs (mirrored), matrices and layers with rows and columns of zeros (deficient, zero-layers).
Every problem has a generator of its own: `Scripts/truth --only INDEX` poses one again, with all that was found.

A statement is *false* only where it contradicts the witness by more than the error that the run states, the witness's own uncertainty, and what a clock off by 1e-8 makes of it (the end of a
long wait is known to some relative accuracy). *Undecided* is what the witness cannot tell: it did not come so far in 150,000 evaluations (15,000 where the run did not converge), its two ways differ, or the flow had not arrived by ten times the end of the run.
A limit of *almost every* start is undecided, not false, where the start still waits. So is a saddle that balanced square layers keep because the sign of det W(t) is conserved (Lemma 3.3), where the witness itself has lost that sign:
it then follows the last digits of the layers, and not the balanced flow.

What is not seen here: a start given as a matrix is known to the witness by the layers that come back from a run, to their last digit but one, so that statements which hang on that digit (which of two weights that agree to
round-off is the smaller) are not tried. (Its zero rows and columns stay zeros.)
Nor are matrices wider than five, where other things are hard: that the closed form of two layers loses its digits above rank 32 was found beside this check (D7 of Documentation/derived.md).
"""


# What is known of faults that were found and stand, by start and data.
KNOWN = {}


def tally(summaries, check):
    """Problems on which a check found anything, and its findings by verdict."""
    held, problems = Counter(), 0
    for summary in summaries:
        found = [holds for name, holds, _ in summary["findings"] if name == check]
        problems += bool(found)
        held.update(found)
    return problems, held


def table(summaries, names):
    """Counts by check, and by ending."""
    lines = ["| what is said | problems | statements | true | false | undecided |", "|---|---:|---:|---:|---:|---:|"]
    for check, name in names.items():
        problems, held = tally(summaries, check)
        lines.append(f"| {name} | {problems} | {sum(held.values())} | {held[True]} | {held[False]} | {held[None]} |")
    endings = Counter(summary["ending"] for summary in summaries)
    lines += ["", "| the run ended as | problems |", "|---|---:|"]
    lines += [f"| {ending} | {count} |" for ending, count in endings.most_common()]
    return "\n".join(lines)


def false_ones(summaries):
    """Where something false was said: by start and data, with the indices."""
    groups = defaultdict(set)
    for summary in summaries:
        for check, holds, _ in summary["findings"]:
            if holds is False:
                groups[summary["start"], summary["data"], check].add(summary["index"])
    if not groups:
        return "Nothing false was said."
    lines = ["| start | data | false | problems |", "|---|---|---|---|"]
    for (start, data, check), indices in sorted(groups.items()):
        lines.append(f"| {start} | {data} | {check} | {', '.join(map(str, sorted(indices)))} |")
    for start, data in sorted({(start, data) for start, data, _ in groups} & set(KNOWN)):
        lines += ["", f"*{start}, {data}.* {KNOWN[start, data]}"]
    return "\n".join(lines)


def document(summaries, names, seed):
    """The whole page."""
    starts = Counter(summary["start"] for summary in summaries)
    kinds = "\n".join(f"| {start} | {count} |" for start, count in sorted(starts.items()))
    return f"""{INTRODUCTION}
## Outcome

{len(summaries)} problems, seed {seed}.

{table(summaries, names)}

| start | problems |
|---|---:|
{kinds}

## False statements

{false_ones(summaries)}

{len([s for s in summaries if s.get("fixture")])} of the problems have a witness that came to its end without a gap; some of them, with its values, are a test of the library (`TruthTests`).
"""


def settled(fixture):
    """A fixture without the times at which the witness is unsure: in the middle of a jump another run may be on its other side."""
    sure = [k for k, doubt in enumerate(fixture["uncertainty"]) if doubt <= 1e-3 * fixture["scale"]]
    columns = ("times", "gaps", "uncertainty", "stated")
    return {**fixture, **{name: [fixture[name][k] for k in sure] for name in columns}}


def write_fixture(summaries, path, count=300):
    """Problems on which the witness is complete and nothing false was found, spread over all of them, small ones first.

    Balanced starts with exact structure are left out: their layers come back from a run with their last digit changed, and that digit is what decides.
    """
    usable = [
        settled(s["fixture"])
        for s in summaries
        if s.get("fixture") and s["start"] not in ("mirrored", "deficient") and not any(holds is False for _, holds, _ in s["findings"])
    ]
    usable = sorted(usable, key=lambda f: len(json.dumps(f)))[: max(count, len(usable) * 2 // 3)]
    step = max(1, len(usable) / count)
    chosen = sorted((usable[int(k * step)] for k in range(min(count, len(usable)))), key=lambda f: f["index"])
    path.write_text("[\n" + ",\n".join(json.dumps(f, separators=(",", ":")) for f in chosen) + "\n]\n")
