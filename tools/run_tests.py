#!/usr/bin/python3
"""Runs every test and says what came of it.

Unit tests are the programs that `make unit-build` made (cmocka); everything else is pytest's.
Writes build/test-report.md, and ends its output with `N passed, N failed, N skipped`.
Arguments go to pytest: `./test -k freedos`; with arguments the unit tests are left out.
"""
import concurrent.futures
import datetime
import os
import platform
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

BUILD = "build"
UNIT_LIMIT_S = 600


def unit_programs():
    out = subprocess.run(["make", "-s", "unit-list"], capture_output=True, text=True, check=True)
    return out.stdout.split()


def run_unit(program):
    started = time.time()
    try:
        done = subprocess.run([program], capture_output=True, text=True, errors="replace",
                              timeout=UNIT_LIMIT_S)
        text, code = done.stdout + done.stderr, done.returncode
    except subprocess.TimeoutExpired:
        text, code = f"no end within {UNIT_LIMIT_S} s", -1
    passed = len(re.findall(r"^\[       OK \]", text, re.M))
    failed = len(set(re.findall(r"^\[  FAILED  \] (?!\d)(.*)$", text, re.M)))
    if code and not failed:
        failed = 1          # it crashed, or a sanitizer ended it
    if not code and not passed:
        failed, text = 1, text + "\nran no test"
    return program, passed, failed, text, time.time() - started


def run_units():
    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for result in pool.map(run_unit, unit_programs()):
            program, passed, failed, text, seconds = result
            print(f"{'FAIL' if failed else 'ok  '} {program} ({passed} tests, {seconds:.1f} s)",
                  flush=True)
            if failed:
                print(text[-6000:])
            results.append(result)
    return results


def run_pytest(arguments):
    report = f"{BUILD}/pytest.xml"
    if os.path.exists(report):
        os.unlink(report)
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "--tb=short", "-p", "no:cacheprovider",
               f"--junitxml={report}", "-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    help_text = subprocess.run([sys.executable, "-m", "pytest", "--help"], capture_output=True,
                               text=True).stdout
    if "worksteal" not in help_text:
        command = command[:-2]
    code = subprocess.run(command + (arguments or ["tests"])).returncode
    if not os.path.exists(report):
        return [("pytest", "failed", f"ended with {code} and no report", 0.0)]
    cases = []
    for case in xml.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}: {case.get('name')}"
        state, why = "passed", ""
        for child in case:
            if child.tag in ("failure", "error"):
                state, why = "failed", child.get("message", "")
            elif child.tag == "skipped":
                state, why = "skipped", child.get("message", "")
        cases.append((name, state, why, float(case.get("time", 0))))
    if code not in (0, 1, 5):
        cases.append(("pytest", "failed", f"ended with {code}", 0.0))
    return cases


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "not there"


def write_report(units, cases, seconds):
    totals = count(units, cases)
    lines = ["# Test report", "",
             f"Written by `./test` on {datetime.date.today()}: {totals[0]} passed, {totals[1]} failed, "
             f"{totals[2]} skipped, in {seconds:.0f} s.", "",
             f"On {platform.machine()}, {os.cpu_count()} processors; "
             f"{first_line(['qemu-system-i386', '--version'])}; "
             f"{first_line(['i686-linux-gnu-gcc', '--version'])}.", "",
             "## Unit tests", "", "| program | tests | failed | seconds |", "|---|---|---|---|"]
    lines += [f"| {p.replace(BUILD + '/unit/', '')} | {n} | {f} | {s:.1f} |" for p, n, f, _, s in units]
    lines += ["", "## Probe guests and whole-system tests", "", "| test | result | seconds |", "|---|---|---|"]
    for name, state, why, s in cases:
        note = f"{state}: {why.splitlines()[0][:160]}" if why else state
        lines.append(f"| {name} | {note.replace('|', '/')} | {s:.1f} |")
    with open(f"{BUILD}/test-report.md", "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


def count(units, cases):
    states = [state for _, state, _, _ in cases]
    return (sum(u[1] for u in units) + states.count("passed"),
            sum(u[2] for u in units) + states.count("failed"), states.count("skipped"))


def main():
    started = time.time()
    arguments = sys.argv[1:]
    units = [] if arguments else run_units()
    cases = run_pytest(arguments)
    write_report(units, cases, time.time() - started)
    passed, failed, skipped = count(units, cases)
    for name, state, why, _ in cases:
        if state == "skipped":
            print(f"skipped: {name}: {why}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
