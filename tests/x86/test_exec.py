"""The executor against a processor: random instructions on random states, run by QEMU's.

exec_cases lays the cases out in a file, which is the memory of a machine that runs runner.asm;
when that has ended, exec_cases compares what it left there. See both for how, and exec_cases.c
for the list of what is not compared, with reasons.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "build/tests/x86/exec_cases"
RUNNER = ROOT / "build/tests/x86/runner.bin"
MEMORY = 128 << 20
COUNT = 60000
EXIT_CODE = 1               # isa-debug-exit's for a 0


@pytest.fixture(scope="module", autouse=True)
def built():
    targets = [tool.relative_to(ROOT) for tool in (CASES, RUNNER)]
    subprocess.run(["make", "-s", *targets], cwd=ROOT, check=True)


def run_machine(memory):
    backend = f"memory-backend-file,id=ram,size={MEMORY},mem-path={memory},share=on"
    return subprocess.run(
        ["qemu-system-i386", "-M", "pc,memory-backend=ram", "-m", str(MEMORY >> 20),
         "-object", backend, "-cpu", "pentium", "-accel", "tcg", "-display", "none", "-nodefaults",
         "-kernel", str(RUNNER), "-device", "isa-debug-exit,iobase=0xf4"],
        timeout=300, capture_output=True, text=True)


@pytest.mark.parametrize("seed", [1])
def test_same_as_processor(seed, tmp_path):
    memory = tmp_path / "memory"
    with open(memory, "wb") as file:
        file.truncate(MEMORY)
    subprocess.run([CASES, "gen", str(seed), str(COUNT), memory], check=True)
    machine = run_machine(memory)
    assert machine.returncode == EXIT_CODE, machine.stderr
    check = subprocess.run([CASES, "check", str(seed), str(COUNT), memory], capture_output=True,
                           text=True)
    memory.unlink()
    assert check.returncode == 0, check.stdout
    tried = re.search(r"(\d+) cases, (\d+) operations, (\d+) encodings, (\d+) not", check.stdout)
    cases, operations, encodings, skipped = map(int, tried.groups())
    assert cases == COUNT and skipped < COUNT // 20
    # As many as there were when this was written: a target that is lost is noticed.
    assert operations >= 130 and encodings >= 430
