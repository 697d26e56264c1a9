"""Every word of a list that comes from the program has an entry in the glossary, and every link of the pages leads somewhere."""

import json
import pathlib
import re
import subprocess
import unittest

from pages import COMMAND, GLOSSARY, PAGES, ROOT, glossary_entries
from test_commands import environment, scratch

SOURCES = ROOT / "Sources"
PAGE = GLOSSARY.read_text()
ENTRIES = glossary_entries(PAGE)
KEYS = set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE))

TABLE = "tobacco.csv --targets burn_rate,sugar,nicotine"
# Runs that together have every part of result.json; those that end on a plateau too.
RUNS = [
    f"{TABLE} --check --at 0,1 --spectrum 20", f"{TABLE} --norm 1e-3", f"{TABLE} --start unbalanced", f"{TABLE} --depth 2", "--target Z.csv --samples 10 --rank 1 --start-matrix W0.csv", "houses.csv --targets price --missing indicator --encode auto",
    "tobacco.csv --targets sugar --method euler --step 0.02 --depth 2", "diabetes.csv --targets progression --angle 30 --norm 10",
    "linnerud.csv --targets Weight,Waist,Pulse", "digits.csv --targets is_* --depth 2 --rank 3",
    "tobacco.csv --targets sugar --stop-gap 1e-3", "tobacco.csv --targets sugar --depth 1",
    f"{TABLE} --record modes --events half-rise --test 0.3 --prepare center",
]


# Small files that the runs read: a saddle, and a table with words and gaps.
FILES = {"Z.csv": "2,0\n0,1\n", "W0.csv": "0,0\n0,0.5\n", "houses.csv": "size,price,town,built\n1,2,A,2001-02-03\n2,3,B,1999-01-01\n,7,A,2010-05-05\n4,8,B,2011-06-01\n5,11,A,2012-01-01\n7,12,A,2013-01-01\n"}


def results():
    with scratch() as folder:
        for name, text in FILES.items():
            pathlib.Path(folder, name).write_text(text)
        for run in RUNS:
            done = subprocess.run(
                [str(COMMAND), "train", *run.split(), "--json", "--no-files"], cwd=folder, env=environment(), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
            yield json.loads(done.stdout)


def paths(value, prefix=""):
    """The keys of JSON by their paths; those inside lists once."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield prefix + key
            yield from paths(inner, f"{prefix}{key}.")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, prefix)


def enumeration(file, name):
    """The cases of a Swift enumeration."""
    text = (SOURCES / file).read_text()
    body = text[re.search(rf"enum {name}\b[^{{]*{{", text).end():]
    depth = end = 0
    for end, sign in enumerate(body):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            break
    return re.findall(r"^    case (\w+)", body[:end], re.MULTILINE)


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.replace("`", ""))
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class GlossaryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = list(results())

    def expect(self, words, entries=ENTRIES):
        words = set(words)
        self.assertTrue(words, "the list is empty: it is no longer where it was")
        self.assertFalse(sorted(words - set(entries)), "these have no entry in Documentation/guide/glossary.md")

    def test_endings(self):
        names = re.findall(r'case [^:\n]*: "(\w+)"', (SOURCES / "Training/TrainingOutcome.swift").read_text())
        self.assertGreater(len(names), 10)
        self.expect(names)

    def test_verdicts(self):
        self.expect(enumeration("Landscape/Verdict.swift", "Kind"))

    def test_labels_of_the_screen(self):
        labels = set()
        for file in SOURCES.rglob("*.swift"):
            labels |= set(re.findall(r'(?:labelledLines\(\s*|lines\(label: )"([^"\\]+)"', file.read_text()))
        self.assertGreater(len(labels), 30)
        # Continuations have none.
        self.expect({label.strip() for label in labels if label.strip()})

    def test_keys_of_results(self):
        # A renewed certificate has the keys of a certificate.
        found = {path for result in self.results for path in paths(result) if not path.startswith(("renewal.", "descent.promise.certificate."))}
        self.assertGreater(len(found), 150)
        self.expect(found, KEYS)

    def test_theorems_and_their_symbols(self):
        theorems = [t for result in self.results for t in result["certificate"]["theorems"]]
        self.expect({t["id"] for t in theorems} | {c["reference"] for t in theorems for c in t["conditions"]})
        self.expect({c["quantity"] for t in theorems for c in t["conditions"]})
        self.expect({q["symbol"] for t in theorems for q in t["quantities"]})

    def test_a_missing_word_is_noticed(self):
        with self.assertRaises(AssertionError):
            self.expect({"converged", "convergedAlmost"})

    def test_anchors_are_unique(self):
        anchors = re.findall(r'<a id="([^"]+)"', PAGE)
        self.assertEqual(len(anchors), len(set(anchors)))


class LinksTest(unittest.TestCase):
    def test_links_lead_somewhere(self):
        pages = {*PAGES, *(ROOT / "Documentation").rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "Examples/README.md"}
        pages = {page for page in pages if "site" not in page.parts}
        anchors = {}
        for page in pages:
            text = page.read_text()
            anchors[page.resolve()] = set(re.findall(r'<a id="([^"]+)"', text)) | {
                slug(h) for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
        broken = []
        for page in pages:
            text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
            text = re.sub(r"`[^`\n]*`", "", text)
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page.resolve()
                if not file.exists() or (anchor and file in anchors and anchor not in anchors[file]):
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
        self.assertFalse(broken)


if __name__ == "__main__":
    unittest.main()
