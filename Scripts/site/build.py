"""Makes the documentation's site: plain pages that a browser opens from the disk, without a server and without scripts
but for the search.

usage: build.py <folder of DocC archives> <folder of the site>

The guide and the other documents are Markdown; the pages of the library are made from the data that DocC makes of the
doc comments. Links between documents stay links; every file that a document names is copied.
"""

import html
import json
import os
import pathlib
import re
import shutil
import sys

from markdown_it import MarkdownIt
from markdown_it.rules_inline import emphasis

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests/Documentation"))
from pages import GLOSSARY, GUIDE, ROOT, glossary_entries  # noqa: E402
from api import Archive  # noqa: E402
from typeset import typeset  # noqa: E402

# Where documents stand in the site, and the contents at the side.
GROUPS = [
    ("", ["index", "getting-started", "reading-a-run", "theory", "glossary"]),
    ("How to", ["own-data", "starts", "recording", "saddles", "accuracy", "resuming", "python", "the-lab"]),
    ("More", ["studies", "reference"]),
]
FOLDERS = [
    (GUIDE, ""), (ROOT / "Documentation/decisions", "decisions/"), (ROOT / "Documentation/studies", "measured/"),
    (ROOT / "Documentation/studies/published", "published/"),
    (ROOT / "Documentation", "reference/"), (ROOT / "Benchmarks", "benchmarks/"),
]
SINGLE = {
    ROOT / "Examples/README.md": "reference/examples.html", ROOT / "Examples/data/README.md": "reference/data.html",
    ROOT / "CONTRIBUTING.md": "reference/contributing.html", ROOT / "CHANGELOG.md": "reference/changelog.html",
}


def documents():
    """Every document and the page that it becomes."""
    found = dict(SINGLE)
    for folder, place in FOLDERS:
        for file in sorted(folder.glob("*.md")):
            found[file] = f"{place}{file.stem}.html"
    return found


def slug(text):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def relative(target, page):
    """The way from a page of the site to another file of it."""
    return os.path.relpath(target, os.path.dirname(page) or ".")


class Site:
    def __init__(self, archives, folder):
        self.folder = folder
        self.documents = documents()
        self.terms = glossary_entries(GLOSSARY.read_text())
        self.index = []
        self.titles = {file: self.title(file.read_text()) for file in self.documents}
        self.archives = [Archive(path) for path in archives]

    @staticmethod
    def title(text):
        return re.sub(r"[`*]", "", re.search(r"^# (.*)$", text, re.MULTILINE)[1])

    def write(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for file, page in self.documents.items():
            self.document(file, page)
        if self.archives:
            self.library()
        here = pathlib.Path(__file__).parent
        shutil.copy(here / "site.css", self.folder / "site.css")
        index = json.dumps(self.index, ensure_ascii=False, separators=(",", ":"))
        (self.folder / "search.js").write_text(f"const pages = {index};\n" + (here / "search.js").read_text())

    # Pages

    def page(self, page, title, body, current=None):
        home = relative("index.html", page)
        base = home[: -len("index.html")]
        side = [f'<a class="home" href="{home}">Linnet</a>',
                '<input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off">'
                '<ul id="found" hidden></ul>']
        for name, stems in GROUPS:
            if name:
                side.append(f"<h2>{name}</h2>")
            items = []
            for stem in stems:
                file = GUIDE / f"{stem}.md"
                here = ' aria-current="page"' if file == current else ""
                text = "Contents" if stem == "index" else html.escape(self.titles[file])
                items.append(f'<li><a href="{relative(self.documents[file], page)}"{here}>{text}</a></li>')
            if name == "More" and self.archives:
                items.append(f'<li><a href="{relative("api/index.html", page)}">The library</a></li>')
            side.append(f"<ul>{''.join(items)}</ul>")
        target = self.folder / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}{"" if title == "Linnet" else " – Linnet"}</title>
<link rel="stylesheet" href="{base}site.css">
<a class="skip" href="#content">Skip to the text</a>
<nav aria-label="Documentation"><details open><summary>Contents</summary>{"".join(side)}</details></nav>
<main id="content">
{body}
</main>
<script>const base = "{base}";</script>
<script src="{base}search.js"></script>
</html>
""")

    def document(self, file, page):
        parser = MarkdownIt("commonmark", {"html": True}).enable("table")
        # An underscore is an index here, never emphasis.
        parser.inline.ruler.at(
            "emphasis", lambda state, silent: state.src[state.pos] != "_" and emphasis.tokenize(state, silent))
        text = file.read_text()
        tokens = parser.parse(text)
        taken = {}
        for i, token in enumerate(tokens):
            if token.type == "heading_open":
                words = "".join(t.content for t in tokens[i + 1].children if t.type in ("text", "code_inline"))
                anchor = slug(words)
                taken[anchor] = taken.get(anchor, -1) + 1
                if taken[anchor]:
                    anchor += f"-{taken[anchor]}"
                token.attrSet("id", anchor)
                if token.tag in ("h1", "h2", "h3") and not words.startswith("["):
                    title = self.titles[file]
                    self.index.append([words if token.tag == "h1" else f"{words} – {title}",
                                       page if token.tag == "h1" else f"{page}#{anchor}"])
            for child in token.children or []:
                if child.type == "link_open":
                    child.attrSet("href", self.link(file, page, child.attrGet("href")))
                elif child.type == "image":
                    child.attrSet("src", self.link(file, page, child.attrGet("src")))
        rules = parser.renderer.rules
        rules["table_open"] = lambda *_: '<div class="scroll" tabindex="0"><table>\n'
        rules["table_close"] = lambda *_: "</table></div>\n"
        # Terms of the glossary stay as the outputs have them.
        plain = {id(child) for token in tokens for child in self.strong(token)} if file == GLOSSARY else set()
        rules["text"] = lambda tokens, i, *_: (
            html.escape(tokens[i].content, quote=False) if id(tokens[i]) in plain
            else typeset(html.escape(tokens[i].content, quote=False)))
        # Paths of keys may be broken at their dots and humps.
        rules["code_inline"] = lambda tokens, i, *_: "<code>" + re.sub(
            r"(?<=[a-z])(\.)(?=[a-z])|(?<=[a-z])(?=[A-Z][a-z])", r"\1<wbr>", html.escape(tokens[i].content, quote=False)) + "</code>"
        rules["fence"] = lambda tokens, i, *_: self.fence(tokens[i], page)
        body = parser.renderer.render(tokens, parser.options, {})
        if file == GLOSSARY:
            self.index += [[term, f"{page}#{anchor}"] for term, anchor in self.terms.items()]
            body = re.sub(r'<p>(<a id="[^"]+"></a>)', r'<p class="entry">\1', body)
        self.page(page, self.titles[file], body, file)

    @staticmethod
    def strong(token):
        """The text within strong emphasis."""
        depth = 0
        for child in token.children or []:
            depth += {"strong_open": 1, "strong_close": -1}.get(child.type, 0)
            if depth:
                yield child

    def link(self, file, page, target):
        """A link of a document as one of its page; what it names is copied where it is no page itself."""
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return target
        path, sign, anchor = target.partition("#")
        named = (file.parent / path).resolve()
        if named in self.documents:
            return relative(self.documents[named], page) + sign + anchor
        if not named.exists():
            raise SystemExit(f"{file.relative_to(ROOT)} names {target}, which is not there")
        if named.is_dir():
            raise SystemExit(f"{file.relative_to(ROOT)} names the folder {target}; name a file")
        copy = pathlib.Path("files") / named.relative_to(ROOT)
        (self.folder / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(named, self.folder / copy)
        return relative(str(copy), page)

    # Output whose words lead to the glossary

    def fence(self, token, page):
        text = html.escape(token.content, quote=False)
        if token.info == "text":
            text = "\n".join(self.explained(line, page) for line in text.split("\n"))
        # Sentences are wrapped; columns are not.
        wide = " sentences" if token.info == "text" and max(map(len, token.content.splitlines()), default=0) > 115 else ""
        kind = f' class="{token.info}{wide}"' if token.info else ""
        return f'<pre tabindex="0"{kind}><code>{text}</code></pre>\n'

    def term(self, word, page):
        anchor = self.terms.get(html.unescape(word.strip()))
        if anchor is None:
            return word
        return f'<a href="{relative(self.documents[GLOSSARY], page)}#{anchor}">{word}</a>'

    def explained(self, line, page):
        match = re.match(r"^( {0,2}(?:[✓✗–] )?)(\S(?:.*?\S)??)(?=\s{2}|$)(.*)$", line)
        start = ""
        if match:
            start, line = match[1] + self.term(match[2], page), match[3]
        return start + re.sub(
            r"(Theorem \d\.\d|Lemma \d\.\d|Definition \d\.\d|Bah \([ab]\)|\bD\d+[bc]?\b|\(\d+[ab]?\))",
            lambda m: self.term(m[1], page), line)

    # The library

    def library(self):
        rows = []
        for archive in self.archives:
            place = f"api/{archive.module}"
            rows.append(f'<tr><td><a href="{archive.module}/index.html">{archive.module}</a></td><td>{archive.summary()}</td></tr>')
            for name, title, body in archive.pages():
                path = f"{place}/{name}.html"
                self.index.append([title if name == "index" else f"{title} – {archive.module}", path])
                self.page(path, title, body)
        self.page("api/index.html", "The library", "<h1>The library</h1><p>"
                  "<code>import LinnetKit</code> brings all modules. In the order in which they build on each other they are: "
                  "Prose, LinearAlgebra, Integration, LinearNetworks, Landscape, Regression, ExactFlows, Theory, DataFormats, Samples, Figures, Training, RunFiles, Verification, Report.</p>"
                  f'<div class="scroll" tabindex="0"><table><tbody>{"".join(rows)}</tbody></table></div>')
        self.index.append(["The library", "api/index.html"])


if __name__ == "__main__":
    archives = sorted(pathlib.Path(sys.argv[1]).glob("*.doccarchive"))
    Site(archives, pathlib.Path(sys.argv[2])).write()
