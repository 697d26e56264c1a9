"""Every command of README and guide is run, in order, in a folder with the example data; what is quoted of its output must
be said by it, word for word up to numbers.

    python3 -m unittest discover -s Tests/Documentation          the test
    python3 Tests/Documentation/test_commands.py                 renews what the pages quote, and the pictures of the guide
"""

import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from pages import COMMAND, GUIDE, PAGES, ROOT, entries, label, steps, words

PICTURES = GUIDE / "images"


def environment(pictures=False):
    """The commands' surroundings; pictures take most of the time and are only drawn where they are wanted."""
    found = dict(os.environ, PATH=f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}", COLUMNS="110")
    python = ROOT / ".venv/bin/python"
    if not pictures:
        found["LINNET_PYTHON"] = "/no/renderer"
    elif "LINNET_PYTHON" not in found and python.exists():
        found["LINNET_PYTHON"] = str(python)
    return found


def serve(command, folder):
    """The lab, until it says where it is."""
    process = subprocess.Popen(
        [*command.split(), "--no-open", "--port", "0"], cwd=folder, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = ""
    try:
        end = time.monotonic() + 60
        while "http://" not in said and time.monotonic() < end:
            line = process.stdout.readline()
            if not line:
                break
            said += line
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
    return (0 if "http://" in said else 1), said


def run(step, folder, pictures=False):
    """Exit status and output of a command or of a block of Python."""
    command = step.command
    if step.language == "python":
        command = f"{shlex.quote(sys.executable)} -c {shlex.quote(step.command)}"
    if command.startswith("linnet lab"):
        return serve(re.sub(r" --port \d+", "", command), folder)
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(pictures), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300)
    return done.returncode, done.stdout


def scratch():
    folder = tempfile.TemporaryDirectory()
    for table in (ROOT / "Examples/data").glob("*.csv"):
        shutil.copy(table, folder.name)
    return folder


class CommandsTest(unittest.TestCase):
    def test_every_command_runs_and_says_what_is_quoted(self):
        self.assertTrue(COMMAND.exists(), f"{COMMAND}: build it by make build, or name another by LINNET")
        count = 0
        for page in PAGES:
            with scratch() as folder:
                for step in steps(page.read_text()):
                    # Elsewhere Python needs packages.
                    if step.language == "python" and not page.is_relative_to(GUIDE):
                        continue
                    count += 1
                    with self.subTest(page=page.name, command=step.command):
                        status, said = run(step, folder)
                        self.assertEqual(status, step.status, said)
                        real = {words(entry) for entry in entries(said)}
                        for entry in entries(step.quoted.text) if step.quoted else []:
                            self.assertIn(
                                words(entry), real,
                                f"\n\n{entry}\n\nis quoted and not said; Scripts/docs-commands --renew quotes anew. It says\n\n{said}")
        self.assertGreater(count, 40)

    def test_a_word_that_is_not_said_is_noticed(self):
        said = {words(entry) for entry in entries("Loss           14.4 of\n               2 parts\nState          rank 3\n")}
        self.assertIn(words("Loss    13.9\n        of 7 parts"), said)
        self.assertNotIn(words("Loss    13.9 of 7 pieces"), said)
        self.assertNotIn(words("Loss    13.9"), said)


def renewed(quoted, said):
    """The quoted output with what is said now. An entry is looked up by its words, else by its label and its place among those alike."""
    real = entries(said)
    lines, used = [], []
    for part in re.split(r"(^\s*$|^…$)", quoted, flags=re.MULTILINE):
        if not part.strip() or part == "…":
            lines.append(part.strip("\n"))
            continue
        for entry in entries(part):
            alike = [i for i, e in enumerate(real) if words(e) == words(entry) and i not in used]
            alike += [i for i, e in enumerate(real) if label(e) == label(entry) and i not in used]
            if alike:
                used.append(alike[0])
                lines.append(real[alike[0]])
            else:
                print(f"no longer said, to be mended by hand:\n{entry}\n", file=sys.stderr)
                lines.append(entry)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def renew(pages):
    PICTURES.mkdir(exist_ok=True)
    for path in pages:
        page = path.read_text()
        with scratch() as folder:
            edits = []
            for step in steps(page):
                if step.language == "python" and not path.is_relative_to(GUIDE):
                    continue
                status, said = run(step, folder, pictures=True)
                if status != step.status:
                    print(f"{path.name}: exit status {status} of {step.command}\n{said}", file=sys.stderr)
                elif step.quoted:
                    edits.append((step.quoted, renewed(step.quoted.text, said)))
            for block, text in reversed(edits):
                page = page[:block.start] + text + page[block.end:]
            path.write_text(page)
            # A picture NAME-FIGURE.svg of a page is FIGURE.svg of the folder NAME that a command of the page wrote.
            for picture in re.findall(r"\]\((?:\.\./|guide/)*images/([\w-]+\.svg)\)", page):
                for out in pathlib.Path(folder).iterdir():
                    if picture.startswith(f"{out.name}-") and (out / picture[len(out.name) + 1:]).exists():
                        shutil.copy(out / picture[len(out.name) + 1:], PICTURES / picture)


if __name__ == "__main__":
    renew([pathlib.Path(name).resolve() for name in sys.argv[1:]] or PAGES)
