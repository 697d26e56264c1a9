"""Builds the library for the wheel, with Swift, from the sources above this folder."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryBuild(BuildHookInterface):
    """Puts libLinnetC.so into the wheel. LINNET_LIBRARY_FILE names one that is built already."""

    def initialize(self, version, build_data):
        if version == "editable":
            return
        library = os.environ.get("LINNET_LIBRARY_FILE") or self.build()
        build_data["force_include"][library] = "linnet/_native/libLinnetC.so"
        build_data["pure_python"] = False
        # ctypes needs no part of Python's own interface: one wheel serves every Python 3.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"

    def build(self):
        sources = pathlib.Path(self.root).parent
        if not (sources / "Package.swift").exists():
            sys.exit("linnet is built from its whole sources: pip install ./Python in a clone of the repository.")
        if shutil.which("swift") is None:
            sys.exit("Swift is missing: install it from https://www.swift.org/install/linux/, or take a wheel.")
        command = ["swift", "build", "-c", "release", "--product", "LinnetC", "--package-path", str(sources)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        found = subprocess.run([*command, "--show-bin-path"], check=True, capture_output=True, text=True)
        return str(pathlib.Path(found.stdout.strip()) / "libLinnetC.so")
