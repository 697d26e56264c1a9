"""A lab that is served and a browser that looks at it, for the tests beside this file."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = ROOT / ".build/release/linnet"
SCREENSHOTS = ROOT / ".build/screenshots"


def browser_path():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


class BrowserTest(unittest.TestCase):
    """Each test fails if the page logs an error or a script throws."""

    @classmethod
    def setUpClass(cls):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        cls.playwright = sync_playwright().start()
        # Inside a container there is no sandbox to be had; the pages are our own.
        cls.browser = cls.playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def open(self, address, width=1280, height=900, theme="light", ready="html[data-shown]", **options):
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True, **options)
        self.addCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(20000)
        self.errors = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector(ready)
        return page

    def until(self, page, condition, seconds=20):
        """Waits until a JavaScript expression holds; Playwright's own way would break the page's policy on scripts."""
        end = time.monotonic() + seconds
        while not page.evaluate(condition):
            self.assertLess(time.monotonic(), end, f"in vain: {condition}")
            page.wait_for_timeout(10)

    def expect_refusals(self):
        """The browser logs every answer with an error's status."""
        self.refusals_are_expected = True

    def tearDown(self):
        refusal = "Failed to load resource: the server responded with a status of 422"
        expected = getattr(self, "refusals_are_expected", False)
        self.assertEqual([e for e in getattr(self, "errors", []) if not (expected and e.startswith(refusal))], [])


class LabTest(BrowserTest):
    """With a server of the lab; `command` holds its further arguments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = subprocess.Popen(
            [COMMAND, "lab", "--no-open", "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=tempfile.gettempdir())
        line = cls.server.stdout.readline()
        cls.address = re.search(r"http://\S+", line).group(0)

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait(timeout=20)
        cls.server.stdout.close()
        super().tearDownClass()

    def lab(self, hash="", **options):
        return self.open(self.address + hash, **options)

    def settled(self, page):
        """Waits until the pictures are those of the address."""
        self.until(page, "document.documentElement.dataset.shown === location.hash.slice(1)")

    def moment(self, page):
        return page.inner_text("#moment")
