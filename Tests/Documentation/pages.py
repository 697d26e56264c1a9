"""The pages of the documentation as data: commands with the output that is quoted below them, and the glossary's entries."""

import dataclasses
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = pathlib.Path(os.environ.get("LINNET", ROOT / ".build/release/linnet"))
GUIDE = ROOT / "Documentation/guide"
GLOSSARY = GUIDE / "glossary.md"
# Every page whose commands are run.
PAGES = [ROOT / "README.md", *sorted(GUIDE.rglob("*.md")), *sorted((ROOT / "Documentation/studies/published").glob("*.md")),
         *(ROOT / "Documentation" / name for name in ("fit.md", "compress.md", "landscape.md", "verify.md", "lab.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass
class Block:
    """A fenced block of a page: its language, its text, and where the text stands in the page."""
    language: str
    text: str
    start: int
    end: int


@dataclasses.dataclass
class Step:
    """One command, or a block of Python, of a page with the block that quotes its output, if there is one."""
    command: str
    status: int
    quoted: Block | None = None
    language: str = "sh"


def blocks(page):
    return [Block(m[1], m[2], m.start(2), m.end(2)) for m in FENCE.finditer(page)]


def commands(block):
    """The lines that begin with linnet, with printf, which makes small files, or with timeout; each with those that continue it."""
    for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
        line = re.sub(r"\s+#.*$", "", line)
        if line.startswith(("linnet ", "printf ", "timeout ")):
            yield line


def steps(page):
    """The commands of a page in order, and its blocks `python`. A block `text` directly below is what the last one printed."""
    found = []
    last_end, pending = None, None
    for block in blocks(page):
        if block.language == "sh":
            status = 0
            said = re.search(r"# exit status (\d+)", block.text)
            for command in commands(block):
                found.append(Step(command, 0))
            if found and said:
                found[-1].status = int(said[1])
            pending = found[-1] if any(True for _ in commands(block)) else None
            last_end = block.end
        elif block.language == "python":
            found.append(Step(block.text, 0, language="python"))
            pending, last_end = found[-1], block.end
        elif block.language == "text" and pending is not None:
            if page[last_end:block.start].count("\n\n") <= 3:
                pending.quoted = block
            pending = None
        else:
            pending = None
    return found


def entries(text):
    """Output as entries: a line that begins without a blank, and the indented ones below it; "…" stands for what is left out."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.strip() == "…":
            continue
        if line[0] != " " or not found:
            found.append([line])
        else:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


NUMBER = re.compile(r"(?<![\w^_])[-−]?\d[\d]*(\.\d+)?(e[-+]?\d+)?(?![\w])")
TIME = re.compile(r"# (ns|µs|ms|s|min|h)\b")


def words(entry):
    """The entry with every number as # and every run of blanks as one: what must agree on every machine."""
    return TIME.sub("# s", NUMBER.sub("#", " ".join(entry.split())))


def label(entry):
    return re.split(r"\s{2,}", entry, maxsplit=1)[0]


def glossary_entries(text):
    """The terms of the glossary, each with its anchor: what is bold in lines such as <a id="loss"></a>**loss**, **L_N** — …"""
    found, within = {}, {}
    for anchor, entry in re.findall(r'^<a id="([^"]+)"></a>(\*\*.*)$', text, re.MULTILINE):
        head, _, rest = entry.partition(" — ")
        for terms, part in [(found, head), (within, rest)]:
            for term in re.findall(r"\*\*((?:\\.|[^*\\])+)\*\*", part):
                terms.setdefault(term.replace("\\", "").strip("`"), anchor)
    return within | found
