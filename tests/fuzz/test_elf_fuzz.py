"""Damaged module files: the small one of the unit test, and every module of the build."""

import glob
import os
import subprocess

import pytest

BUILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build")


@pytest.mark.parametrize("seed", range(1, 5))
def test_elf_fuzz(seed):
    modules = sorted(glob.glob(os.path.join(BUILD, "modules", "*.mod")))
    assert len(modules) > 10
    done = subprocess.run([os.path.join(BUILD, "unit/tests/fuzz/elf_fuzz"), str(seed), "1500", *modules],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "none did harm" in done.stdout
