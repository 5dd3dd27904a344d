#!/usr/bin/python3
"""Transcripts of the probe guests.

    transcript.py NAME [QEMU's machine [its CPU]]     prints one from the bare emulator

A probe (tests/probe/NAME.asm) prints one line for each check on COM1 and ends with END.
Lines that begin with ~ show where the emulator is known to deviate from the silicon.

    from transcript import bare, parse, differences

bare(NAME) boots build/guests/probe-NAME.img in QEMU and returns its transcript; what came out
of a machine of ours on the same emulator goes through parse(); differences(a, b) lists what
is not the same in both, and with silicon=True leaves the ~ lines out: for two transcripts
whose processors or chips are not the same emulator's.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "machine"))
from qemu import Machine  # noqa: E402

PROBES = ["cpu", "int", "pic", "pit", "dma", "fdc", "fdcx", "kbc", "mouse", "rtc", "uart", "vga", "bios", "a20",
          "portfloat", "detect"]
HOSTILE = ["lmsw", "cr0", "cr0_paging", "tables", "shutdown", "moved_idt", "jump_ffff",
           "odd_stack", "rom_stack", "port_in", "port_out", "vga_noise", "cli_loop", "cli_hlt",
           "irq_storm", "int_storm", "undefined", "self_modify", "rep_huge", "iret_garbage",
           "popf_all", "random_code", "memory_walk", "shutdown_back", "shutdown_loop", "run_beyond",
           "sti_shadow", "x87_pending"]


def image(name):
    return os.path.join(ROOT, "build", "guests", name + ".img")


def floppy(name):
    return ["-drive", "file=%s,format=raw,if=floppy,snapshot=on" % image(name), "-boot", "a"]


def parse(text):
    """The checks of a transcript, as a dictionary of name to result, in their order."""
    checks = {}
    for line in text.replace("\r", "").split("\n"):
        if line == "END":
            return checks
        name, colon, result = line.partition(":")
        if colon:
            checks[name] = result.strip()
    raise ValueError("the transcript has no END:\n" + text)


def bare(name, machine="pc", cpu="pentium", timeout=120, icount=None):
    with Machine(*floppy("probe-" + name), machine=machine, cpu=cpu, icount=icount) as pc:
        pc.serial.expect(r"^END\r\n", timeout)
        return parse(pc.serial.text())


def differences(one, other, silicon=False):
    """A line for each check whose result is not the same in both."""
    lines = []
    for name in list(one) + [name for name in other if name not in one]:
        if silicon and name.startswith("~"):
            continue
        if one.get(name) != other.get(name):
            lines.append("%s: %s | %s" % (name, one.get(name, "missing"),
                                          other.get(name, "missing")))
    return lines


if __name__ == "__main__":
    for check, result in bare(*sys.argv[1:]).items():
        print("%s: %s" % (check, result) if result else check + ":")
