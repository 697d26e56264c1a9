"""The report of a run, opened from its file."""

import pathlib
import subprocess
import tempfile

from lab import COMMAND, ROOT, SCREENSHOTS, BrowserTest


class Report(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run(
            [COMMAND, "train", ROOT / "Examples/data/diabetes.csv", "--targets", "progression", "--depth", "3",
             "--angle", "30", "--norm", "10", "--out", cls.folder.name + "/run"],
            check=True, stdout=subprocess.DEVNULL)
        cls.file = pathlib.Path(cls.folder.name) / "run/report.html"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()
        super().tearDownClass()

    def report(self, **options):
        return self.open(self.file.as_uri(), ready="html[data-figures=ready]", offline=True, **options)

    def test_it_is_one_small_file_that_asks_for_nothing(self):
        self.assertLess(self.file.stat().st_size, 2_000_000)
        asked = []
        context = self.browser.new_context(offline=True)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(self.file.as_uri())
        page.wait_for_selector("html[data-figures=ready]")
        self.assertEqual([url for url in asked if not url.startswith(("data:", "file:"))], [])
        print(f"\nreport: {self.file.stat().st_size / 1e6:.2f} MB, figures ready after {page.evaluate('performance.now()'):.0f} ms")

    def test_figures_are_hovered_and_zoomed(self):
        page = self.report()
        plot = page.locator(".chart svg").first
        box = plot.bounding_box()
        page.locator(".chart").first.scroll_into_view_if_needed()
        box = plot.bounding_box()
        ticks = lambda: plot.locator("text").all_text_contents()
        before = ticks()
        points = plot.locator("path[aria-roledescription=point]")
        points.nth(points.count() // 8).hover(force=True)
        page.wait_for_selector("#vg-tooltip-element.visible")
        self.assertIn("time t", page.inner_text("#vg-tooltip-element"))
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.wheel(0, -600)
        page.wait_for_timeout(300)
        self.assertNotEqual(ticks(), before)

    def test_it_fits_every_width_and_theme(self):
        for theme in ["light", "dark"]:
            for width in [360, 1100]:
                with self.subTest(f"{theme} {width}"):
                    page = self.report(width=width, theme=theme)
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                    page.screenshot(path=SCREENSHOTS / f"report-{theme}-{width}.png", full_page=True)
                    page.close()

    def test_paper_and_pages_without_scripts_show_the_pictures(self):
        page = self.report()
        page.emulate_media(media="print")
        self.assertEqual(page.locator("img.picture:visible").count(), 2)
        self.assertEqual(page.locator(".chart:visible").count(), 0)
        page.pdf(path=SCREENSHOTS / "report.pdf")
        still = self.open(self.file.as_uri(), ready="main", java_script_enabled=False)
        self.assertEqual(still.locator("img.picture:visible").count(), 2)

    def test_equations_lead_to_their_statement(self):
        page = self.report()
        page.locator("a.equation", has_text="Theorem 4.4").first.click()
        self.assertIn("(38a)", page.inner_text("tr:target"))

    def test_the_certificate_is_words_and_opens_its_formulas(self):
        page = self.report()
        answers = page.inner_text(".answers")
        for words in ["Will it converge, and to what?", "to a global minimiser", "How fast?", "How sure is that?", "exactly this start"]:
            self.assertIn(words, answers)
        theorem = page.locator("details.theorem", has_text="Theorem 4.4").first
        self.assertEqual(theorem.locator("table:visible").count(), 0)
        theorem.locator("summary").press("Enter")
        self.assertIn("e_far", theorem.inner_text())
        self.assertTrue(theorem.locator("td:visible", has_text="✓ holds").count() > 3)
        self.assertIn("certain since t = ", page.inner_text("header"))
        self.assertIn("There is no figure of the imbalance", page.inner_text("#figures"))

    def test_no_word_is_broken_and_tables_scroll_on_a_phone(self):
        page = self.report(width=390)
        page.locator("details").evaluate_all("all => all.forEach((d) => { d.open = true; })")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        # A word that is broken has rectangles on two lines.
        broken = page.evaluate("""() => {
          const words = [];
          const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (node.parentElement.closest("pre, script, svg")) continue;
            for (const match of node.data.matchAll(/[A-Za-z]{2,}/g)) {
              const range = document.createRange();
              range.setStart(node, match.index);
              range.setEnd(node, match.index + match[0].length);
              const tops = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)));
              if (tops.size > 1) words.push(match[0]);
            }
          }
          return words;
        }""")
        # Paths of files have no places to break at.
        self.assertEqual([word for word in broken if word not in str(self.file)], [])
        wide = page.locator(".scroll").evaluate_all("all => all.filter((s) => s.scrollWidth > s.clientWidth + 1).length")
        self.assertGreater(wide, 0)
        self.assertTrue(page.locator(".scroll").first.evaluate("s => getComputedStyle(s).overflowX === 'auto'"))


class Plateaus(BrowserTest):
    def test_plateaus_stand_in_a_table_with_their_saddles_and_the_axis_is_paced_by_them(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [COMMAND, "train", ROOT / "Examples/data/tobacco.csv", "--targets", "burn_rate,sugar,nicotine", "--norm", "1e-4",
                 "--out", folder + "/run"], check=True, stdout=subprocess.DEVNULL)
            file = pathlib.Path(folder) / "run/report.html"
            page = self.open(file.as_uri(), ready="html[data-figures=ready]", offline=True)
            table = page.locator("table", has_text="saddles near")
            self.assertEqual(table.locator("tbody tr").count(), 3)
            self.assertEqual(table.locator("tbody td:nth-child(4)").all_inner_texts(), ["W = 0", "keep 1", "keep 1–2"])
            self.assertNotIn("plateau plateau", " ".join(page.inner_text("body").lower().split()))
            legend = page.locator(".chart").first.locator(".legend li").all_inner_texts()
            self.assertEqual([item for item in legend if "plateau" in item], ["plateau: W = 0; keeps 1; keeps 1–2"])
            # From one plateau to the next is a fifth of the axis at least, though some 1 % of the time.
            marks = page.locator(".chart").first.locator("svg.marks .mark-rect path").evaluate_all(
                "all => all.map((m) => { const b = m.getBoundingClientRect(); return [b.left, b.right]; }).sort((a, b) => a[0] - b[0])")
            width = page.locator(".chart").first.locator("svg.marks").bounding_box()["width"]
            self.assertEqual(len(marks), 3)
            for (_, right), (left, _) in zip(marks, marks[1:]):
                self.assertGreater(left - right, 0.15 * width)


class FitReport(BrowserTest):
    def test_the_page_of_a_fit_is_complete_and_its_ticks_count_whole_ranks(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [COMMAND, "fit", ROOT / "Examples/data/tobacco.csv", "--targets", "burn_rate,sugar,nicotine",
                 "--intervals", "bootstrap", "--resamples", "99", "--out", folder + "/fit"],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            page = self.open((pathlib.Path(folder) / "fit/report.html").as_uri(), ready="html[data-figures=ready]", offline=True)
            self.assertEqual(page.locator(".chart:visible").count(), 4)
            names = page.locator(".legend li").all_inner_texts()
            self.assertTrue(all(name.strip() for name in names), names)
            ticks = page.locator(".chart").first.locator(".role-axis-label text").all_text_contents()
            # The horizontal axis comes first: ranks 0 to 3.
            self.assertEqual([tick for tick in ticks if tick][:4], ["0", "1", "2", "3"])
            scree = page.locator(".chart").nth(2).locator(".role-axis-label text").all_text_contents()
            self.assertEqual([tick for tick in scree if tick][:3], ["1", "2", "3"])
            # A table for every output, its numbers in one piece.
            self.assertEqual(page.locator("#coefficients table").count(), 3)
            heights = page.locator("#coefficients tbody tr").evaluate_all("rows => rows.map((row) => row.clientHeight)")
            self.assertLess(max(heights), 40)
