#!/usr/bin/python3
"""Checks what no compiler does:

- dependencies point one way: nothing includes kernel/ from outside it, no module another's
  header, lib nothing but lib;
- every header compiles alone;
- the product's binaries hold no instruction newer than a 386, but in the functions named
  below, which run only on processors that have it;
- the generated parts of the documents are what the source says now (tools/gen_docs.py).
"""
import glob
import os
import re
import subprocess
import sys

import gen_docs

CROSS = os.environ.get("CROSS", "i686-linux-gnu-")
HOSTCC = os.environ.get("HOSTCC", "gcc")
FLAGS = ["-std=gnu11", "-Iinclude", "-Ilib", "-fsyntax-only", "-Wall", "-Werror", "-x", "c"]
PRODUCT_FLAGS = ["-march=i386", "-mregparm=3", "-ffreestanding"]
# Instructions that came after the 386, and who may hold them, behind a check of cpu_features().
NEWER = re.compile(r"\s(cpuid|rdtsc|invlpg|bswap|xadd|cmpxchg\w*|wbinvd|invd|rdmsr|wrmsr|cmov\w+|fcmov\w+|"
                   r"fcomi\w*|sysenter|sysexit|movq|emms|ud2)\b")
ALLOWED = {"cpuid", "identify", "flush_page", "bus_cpuid", "bus_tsc", "cpu_tsc", "since_tick", "interrupt",
           "now", "task_trampoline", "aspace_map", "aspace_unmap", "aspace_dirty", "task_exit", "cpu_detect"}

problems = []


def includes(path):
    text = open(path, encoding="utf-8").read()
    return re.findall(r'^#\s*include\s+([<"])([^>"]+)[>"]', text, re.M)


def check_includes():
    sources = [p for d in ("kernel", "modules", "lib", "include", "boot")
               for p in glob.glob(f"{d}/**/*.[chS]", recursive=True)]
    standard = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
    for path in sources:
        area, test = path.split("/")[0], path.endswith(("_test.c", "_test.h"))
        for kind, name in includes(path):
            where = os.path.normpath(os.path.join(os.path.dirname(path), name)) if kind == '"' else name
            if kind == '"' and where.startswith("kernel/") and area != "kernel":
                problems.append(f"{path}: includes {where}: the kernel is not included from outside")
            if kind == '"' and area == "modules" and not test and "/" in name and \
                    os.path.dirname(where) != os.path.dirname(path):
                problems.append(f"{path}: includes {where}: no module includes another's header")
            if area == "lib" and not test and kind == "<" and name not in standard and \
                    not os.path.exists(f"lib/{name}") and not (
                        path.startswith("lib/keys") or path.startswith("lib/term")):
                problems.append(f"{path}: includes <{name}>: lib depends on nothing")


def check_headers():
    headers = [p for d in ("include", "lib", "kernel", "modules") for p in
               glob.glob(f"{d}/**/*.h", recursive=True)]
    for header in headers:
        # A unit test's header needs the host's C library, which the cross compiler has not.
        compiler = [HOSTCC] if header.endswith("_test.h") else [f"{CROSS}gcc", *PRODUCT_FLAGS]
        done = subprocess.run([*compiler, *FLAGS, f"-I{os.path.dirname(header)}", header],
                              capture_output=True, text=True)
        if done.returncode:
            first = next((l for l in done.stderr.splitlines() if "error" in l), done.stderr[:200])
            problems.append(f"{header}: does not compile alone: {first}")


def check_opcodes():
    for binary in ["build/kernel.elf", "build/boot/loader.elf", *glob.glob("build/modules/*.mod")]:
        if not os.path.exists(binary):
            continue
        text = subprocess.run([f"{CROSS}objdump", "-d", "--no-show-raw-insn", binary], capture_output=True,
                              text=True).stdout
        function = "?"
        for line in text.splitlines():
            named = re.match(r"[0-9a-f]+ <([^>]+)>:", line)
            if named:
                function = named.group(1).split(".")[0]
            found = NEWER.search(line)
            if found and function not in ALLOWED:
                problems.append(f"{binary}: {function}: {found.group(1)} is no instruction of a 386")


def check_documents():
    for path in gen_docs.stale():
        problems.append(f"{path}: a generated part is not current; `make docs` renews it")


def main():
    check_includes()
    check_headers()
    check_opcodes()
    check_documents()
    for problem in problems:
        print(problem)
    print(f"check: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
