"""The guide as its readers have it: opened from the disk, without a server, on a desk and on a phone, light and dark."""

import pathlib
import subprocess
import tempfile
import unittest

from lab import ROOT, SCREENSHOTS, BrowserTest


class GuideTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        cls.site = pathlib.Path(cls.folder.name) / "site"
        subprocess.run([str(ROOT / "Scripts/docs"), "--guide-only", str(cls.site)], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()
        super().tearDownClass()

    def look(self, name, **options):
        return self.open(f"file://{self.site}/{name}.html", ready="main", **options)

    def test_every_page_fits_a_phone_and_reports_no_error(self):
        pages = sorted(self.site.rglob("*.html"))
        self.assertGreater(len(pages), 25)
        for width, theme in [(1280, "light"), (390, "dark")]:
            page = self.look("index", width=width, height=844, theme=theme)
            for file in pages:
                page.goto(f"file://{file}")
                self.assertEqual(self.errors, [], file.name)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, f"{file.name} at {width}")
                if width != 390:
                    continue
                broken = page.evaluate(
                    "Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode().then(() => null, () => i.src)))).then(l => l.filter(Boolean))")
                self.assertEqual(broken, [], file.name)

    def test_pictures_of_the_pages_are_kept_to_be_looked_at(self):
        for name in ["index", "reading-a-run", "theory"]:
            for width, theme in [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")]:
                page = self.look(name, width=width, height=900, theme=theme)
                page.screenshot(path=SCREENSHOTS / f"guide-{name}-{width}-{theme}.png")

    def test_words_of_outputs_lead_to_the_glossary(self):
        page = self.look("reading-a-run")
        labels = page.locator("pre.text a").all_inner_texts()
        for label in ["Data", "Method", "Converges", "D19", "Certain", "Bound kept", "Limit", "State"]:
            self.assertIn(label, labels)
        page.locator("pre.text a", has_text="Conservation").first.click()
        self.assertTrue(page.url.endswith("glossary.html#l-conservation"))
        # Every such link leads to an entry.
        self.look("reading-a-run")
        anchors = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        for file in self.site.glob("*.html"):
            page.goto(f"file://{file}")
            targets = page.evaluate("[...document.querySelectorAll('pre.text a')].map(a => a.hash.slice(1))")
            self.assertFalse(set(targets) - anchors, file.name)

    def test_search_finds_terms_and_leads_there(self):
        page = self.look("theory")
        page.keyboard.press("/")
        page.keyboard.type("non-strict")
        self.assertIn("non-strict saddle", " ".join(page.locator("#found li").all_inner_texts()))
        page.fill("#search", "plateau")
        page.keyboard.press("Enter")
        page.wait_for_url("**/glossary.html#*")
        page.fill("#search", "no such word")
        self.assertEqual(page.locator("#found li").all_inner_texts(), ["nothing found"])

    def test_the_contents_unfold_on_a_phone(self):
        page = self.look("index", width=390, height=844)
        self.assertFalse(page.locator("nav ul").nth(1).is_visible())
        page.locator("nav summary").click()
        self.assertTrue(page.get_by_role("link", name="Saddles and plateaus").first.is_visible())
        self.assertEqual(page.locator("h1").count(), 1)
        self.assertTrue(page.evaluate("document.documentElement.lang") == "en")


if __name__ == "__main__":
    unittest.main()
