"""The pages of a module, from the data of a DocC archive: one page for each type or function, with all that it has."""

import html
import json
import re

from typeset import typeset


class Archive:
    def __init__(self, path):
        self.module = path.stem
        self.nodes = {}
        for file in (path / "data/documentation").rglob("*.json"):
            node = json.loads(file.read_text())
            self.nodes[node["identifier"]["url"]] = node
        self.root = next(u for u, n in self.nodes.items() if n["metadata"].get("role") == "collection")
        # A symbol stands on the page of the outermost symbol around it.
        self.homes = {}
        for url, node in self.nodes.items():
            ways = node["hierarchy"]["paths"]
            around = [u for u in (ways[0] if ways else []) if u in self.nodes and self.nodes[u]["kind"] == "symbol"] + [url]
            self.homes[url] = around[1] if len(around) > 1 and around[0] == self.root else around[0]

    def summary(self):
        return self.inline(self.nodes[self.root].get("abstract", []), self.nodes[self.root], None)

    def name(self, url):
        """The file of a page: short, and without signs that a file system or a link could mind."""
        if url == self.root:
            return "index"
        return re.sub(r"[^\w.-]+", "-", url.split(f"/{self.module}/", 1)[-1]).strip("-")

    def pages(self):
        """File name, title and body of every page."""
        yield "index", self.module, self.overview()
        for url in sorted(self.homes, key=str.lower):
            if self.homes[url] == url and url != self.root and self.nodes[url]["kind"] == "symbol":
                yield self.name(url), self.nodes[url]["metadata"]["title"], self.symbol(url, 1)

    def overview(self):
        node = self.nodes[self.root]
        out = [f"<h1>{self.module}</h1>", f"<p>{self.summary()}</p>", *self.content(node, None)]
        for section in node.get("topicSections", []):
            rows = []
            for url in section["identifiers"]:
                if url in self.nodes and self.nodes[url]["kind"] == "symbol":
                    inner = self.nodes[url]
                    rows.append(f'<tr><td><a href="{self.name(url)}.html"><code>{html.escape(inner["metadata"]["title"])}</code></a></td>'
                                f'<td>{self.inline(inner.get("abstract", []), inner, None)}</td></tr>')
            if rows:
                heading = f'<h2>{html.escape(section["title"])}</h2>' if "title" in section else ""
                out.append(f'{heading}<div class="scroll" tabindex="0"><table><tbody>{"".join(rows)}</tbody></table></div>')
        return "".join(out)

    def members(self, url):
        """What a symbol has, in the order of its topics; collections of inherited members are left out."""
        for section in self.nodes[url].get("topicSections", []):
            for inner in section["identifiers"]:
                if inner in self.nodes and self.nodes[inner]["kind"] == "symbol":
                    # What only a protocol of Swift's own explains says nothing about this type.
                    about = self.nodes[inner].get("abstract", [{}])
                    if not about[0].get("text", "").startswith("Inherited from"):
                        yield inner

    def symbol(self, url, level):
        node = self.nodes[url]
        tag = f"h{min(level, 4)}"
        out = [f'<{tag} id="{self.anchor(url)}"><code>{html.escape(node["metadata"]["title"])}</code></{tag}>']
        if level == 1:
            kind = node["metadata"].get("roleHeading", "")
            out.append(f'<p class="kind">{html.escape(kind)} of <a href="index.html">{self.module}</a></p>')
        home = self.homes[url]
        for section in node.get("primaryContentSections", []):
            if section["kind"] == "declarations":
                for declaration in section["declarations"]:
                    text = "".join(t["text"] for t in declaration["tokens"])
                    out.append(f'<pre class="declaration" tabindex="0"><code>{html.escape(text)}</code></pre>')
        if node.get("abstract"):
            out.append(f'<p>{self.inline(node["abstract"], node, home)}</p>')
        out += self.content(node, home)
        out += [self.symbol(inner, level + 1) for inner in self.members(url)]
        return "".join(out)

    def anchor(self, url):
        return re.sub(r"[^\w.-]+", "-", url.split(f"/{self.module}/", 1)[-1]).strip("-")

    def content(self, node, home):
        for section in node.get("primaryContentSections", []):
            if section["kind"] == "content":
                yield self.blocks(section["content"], node, home)
            elif section["kind"] == "parameters":
                rows = "".join(
                    f'<dt><code>{html.escape(p["name"])}</code></dt><dd>{self.blocks(p["content"], node, home)}</dd>'
                    for p in section["parameters"])
                yield f"<dl>{rows}</dl>"

    def blocks(self, content, node, home):
        out = []
        for block in content:
            kind = block["type"]
            if kind == "paragraph":
                out.append(f'<p>{self.inline(block["inlineContent"], node, home)}</p>')
            elif kind == "heading":
                if block["text"] != "Overview" and block["text"] != "Discussion":
                    out.append(f'<p class="heading">{html.escape(block["text"])}</p>')
            elif kind == "codeListing":
                out.append(f'<pre tabindex="0"><code>{html.escape(chr(10).join(block["code"]))}</code></pre>')
            elif kind in ("unorderedList", "orderedList"):
                tag = "ul" if kind == "unorderedList" else "ol"
                items = "".join(f'<li>{self.blocks(i["content"], node, home)}</li>' for i in block["items"])
                out.append(f"<{tag}>{items}</{tag}>")
            elif kind == "aside":
                name = block.get("name", block["style"].capitalize())
                out.append(f'<div class="aside"><b>{html.escape(name)}</b>{self.blocks(block["content"], node, home)}</div>')
            else:
                raise SystemExit(f"{self.module}: a block of kind {kind}, which site pages do not know yet")
        return "".join(out)

    def inline(self, content, node, home):
        out = []
        for piece in content:
            kind = piece["type"]
            if kind == "text":
                out.append(typeset(html.escape(piece["text"])))
            elif kind == "codeVoice":
                out.append(f'<code>{html.escape(piece["code"])}</code>')
            elif kind in ("emphasis", "strong"):
                tag = "em" if kind == "emphasis" else "strong"
                out.append(f'<{tag}>{self.inline(piece["inlineContent"], node, home)}</{tag}>')
            elif kind == "reference":
                out.append(self.reference(piece["identifier"], node, home))
            else:
                raise SystemExit(f"{self.module}: text of kind {kind}, which site pages do not know yet")
        return "".join(out)

    def reference(self, url, node, home):
        known = node.get("references", {}).get(url, {})
        title = html.escape(known.get("title", url.rsplit("/", 1)[-1]))
        if url in self.homes:
            page = self.homes[url]
            there = "" if page == home else f"{self.name(page)}.html"
            return f'<a href="{there}#{self.anchor(url)}"><code>{title}</code></a>' if url != page or not there else f'<a href="{there}"><code>{title}</code></a>'
        if known.get("url", "").startswith("http"):
            return f'<a href="{html.escape(known["url"])}">{title}</a>'
        return f"<code>{title}</code>"
