"""Runs the fuzzers that need no arguments, each a few seconds under sanitizers (make test-build)."""
import glob
import os
import subprocess

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
NAMES = sorted(os.path.basename(p)[:-2] for p in glob.glob(os.path.join(ROOT, "tests/fuzz/*_fuzz.c")))
LIMIT_S = 300


# polyfs_fuzz has parameters, and a test of its own (tests/tools).
@pytest.mark.parametrize("name", [n for n in NAMES if n != "polyfs_fuzz"])
def test_fuzz(name):
    done = subprocess.run([os.path.join(ROOT, "build/unit/tests/fuzz", name)], capture_output=True,
                          text=True, errors="replace", timeout=LIMIT_S)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
