"""What `make install` puts beside the command: manual pages and completions."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from pages import COMMAND, ROOT


def said(*arguments):
    return subprocess.run([str(COMMAND), *arguments], check=True, capture_output=True, text=True, timeout=60).stdout


class ManualTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        subprocess.run(["python3", ROOT / "Scripts/manual", COMMAND, self.folder.name], check=True, timeout=60)
        self.pages = {page.stem: page.read_text() for page in pathlib.Path(self.folder.name).glob("*.1")}

    def test_there_is_a_page_for_each_verb_and_one_for_all(self):
        verbs = re.findall(r"^  (\w+)  ", said("--help").split("SUBCOMMANDS:")[1], re.MULTILINE)
        self.assertGreater(len(verbs), 8)
        self.assertEqual(set(self.pages), {"linnet", *(f"linnet-{verb}" for verb in verbs)})

    def test_every_option_of_train_has_its_entry(self):
        options = set(re.findall(r"^  (--[\w-]+)", said("help", "train"), re.MULTILINE))
        self.assertGreater(len(options), 30)
        page = self.pages["linnet-train"].replace("\\-", "-")
        self.assertFalse([option for option in options if f".B {option}" not in page and f", {option}" not in page])

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_groff_sets_them_without_a_warning(self):
        for name in self.pages:
            done = subprocess.run(
                ["groff", "-man", "-ww", "-z", "-Tutf8", "-Kutf8", f"{self.folder.name}/{name}.1"], capture_output=True, text=True)
            self.assertEqual(done.stderr, "", name)


class CompletionTest(unittest.TestCase):
    def test_there_is_a_script_for_each_shell_and_bash_reads_its(self):
        for shell in "bash", "zsh", "fish":
            self.assertIn("train", said("--generate-completion-script", shell), shell)
        subprocess.run(["bash", "-n"], input=said("--generate-completion-script", "bash"), text=True, check=True)

    def test_bash_completes_a_verb_and_an_option(self):
        script = said("--generate-completion-script", "bash")
        # As bash calls it, in a shell without bash-completion.
        probe = script + """
        complete_for() {
          COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
          "$(complete -p linnet | sed 's/.*-F \\([^ ]*\\).*/\\1/')" linnet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
          printf '%s\\n' "${COMPREPLY[@]}"
        }
        complete_for linnet tra
        complete_for linnet train --targ
        """
        done = subprocess.run(["bash", "-c", probe], capture_output=True, text=True, timeout=60)
        words = done.stdout.split()
        self.assertIn("train", words, done.stderr)
        self.assertIn("--targets", words, done.stderr)


if __name__ == "__main__":
    unittest.main()
