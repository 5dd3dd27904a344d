#!/usr/bin/python3
"""Keeps the generated parts of the documents current: tables of what the source says itself.

A generated part of a document lies between two lines

    <!-- generated: NAME (make docs) -->
    <!-- end -->

and NAME is a function of PARTS below. `gen_docs.py` rewrites the parts, `gen_docs.py --check`
only says which are not current (tools/check.py asks). Headers and C files are read with
regular expressions, which the house style makes possible: one declaration a line, roles as
macros X_ROLE and X_VERSION, descriptors by MODULE() and VDEV_MODULE().
"""
import glob
import os
import re
import sys

DOCUMENTS = sorted(glob.glob("docs/*.md"))
REGION = re.compile(r"(<!-- generated: ([\w-]+) \(make docs\) -->\n)(.*?)(<!-- end -->)", re.S)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


# --- modules and where they meet ---------------------------------------------------------------

def production(folder):
    return [p for p in glob.glob(folder + "/*.c") if not p.endswith("_test.c")]


def modules():
    """{name: (summary, folder)} by the descriptors."""
    found = {}
    for path in sorted(glob.glob("modules/*/*/module.c") + glob.glob("modules/*/module.c")):
        text = read(path)
        match = re.search(r'\bVDEV_MODULE\("(\w+)",\s*"([^"]*)"', text) or \
            re.search(r'^MODULE\(\.name = "(\w+)",\s*\.summary = "([^"]*)"', text, re.M)
        if match:
            found[match.group(1)] = (match.group(2), os.path.dirname(path))
    return found


def sources_of(name, folder):
    text = "\n".join(read(p) for p in production(folder))
    if re.search(r'\bVDEV_MODULE\("', text):
        text += f'\noffer_add(self, VDEV_ROLE, "{name}", VDEV_VERSION'
    return text


def kernel_source():
    return "\n".join(read(p) for p in glob.glob("kernel/*/*.c") + glob.glob("kernel/*.c"))


def macros():
    """{X: (role, version or "", header)} by the headers of include/iface."""
    found = {}
    for header in sorted(glob.glob("include/iface/*.h")):
        text = read(header)
        for macro, role in re.findall(r'#define (\w+)_ROLE "(\w+)"', text):
            version = re.search(rf"#define {macro}_VERSION (\d+)", text)
            found[macro] = (role, version.group(1) if version else "", header)
    return found


def calls(text, functions, macro):
    """The argument after the role, of each call of one of the functions with that role."""
    pattern = rf"\b(?:{functions})\((?:\w+(?:->\w+)?, )?{macro}_ROLE\b[^,]*, ?([^,]+),"
    return [m.strip() for m in re.findall(pattern, text)]


def meetings(makes, takes):
    """For each role macro: (macro, offers as "module" or "module (names)", users)."""
    sources = {n: sources_of(n, folder) for n, (_, folder) in modules().items()}
    kernel = kernel_source()
    for macro in macros():
        by, users = [], []
        for name, text in sources.items():
            made = sorted({m.strip('"') for m in calls(text, makes, macro) if m.startswith('"')} - {name})
            if calls(text, makes, macro):
                by.append(f"{name} ({', '.join(made)})" if made else name)
            if re.search(rf"\b(?:{takes})\((?:[\w>.-]+, )?{macro}_ROLE\b", text):
                users.append(name)
        if re.search(rf"\b(?:{takes})\((?:[\w>.-]+, )?{macro}_ROLE\b", kernel):
            users.insert(0, "the kernel")
        yield macro, by, users


def part_contracts():
    rows = []
    known = macros()
    for macro, by, users in meetings("offer_add", "offer_get|offer_at"):
        role, version, header = known[macro]
        if version:
            rows.append([f"`{role}`", version, f"`{header.removeprefix('include/')}`",
                         ", ".join(by) or "nobody yet", ", ".join(users) or "nobody yet"])
    return table(["contract", "version", "header", "offered by", "used by"], rows)


def part_machine_roles():
    rows = []
    known = macros()
    for macro, by, users in meetings("machine_provide", "machine_role"):
        role, _, header = known[macro]
        if by:
            rows.append([f"`{role}`", f"`{header.removeprefix('include/')}`", ", ".join(by),
                         ", ".join(users) or "nobody yet"])
    return table(["role", "header", "provided by", "used by"], rows)


def part_lines():
    """Lines with a fixed name; irq0 to irq15 are computed here and there."""
    drivers, listeners = {}, {}
    for name, (_, folder) in modules().items():
        text = sources_of(name, folder)
        for line in re.findall(r'\bmachine_(?:line|edge)\([\w>.-]+, "(\w+)"\)', text):
            drivers.setdefault(line, set()).add(name)
        for line in re.findall(r'\bmachine_listen\([\w>.-]+, "(\w+)"', text):
            listeners.setdefault(line, set()).add(name)
    names = sorted(set(drivers) | set(listeners), key=lambda n: (not n.startswith("irq"), len(n), n))
    rows = [[f"`{n}`", ", ".join(sorted(drivers.get(n, {"nobody yet"}))),
             "vpic" if n.startswith("irq") else ", ".join(sorted(listeners.get(n, {"nobody yet"})))]
            for n in names]
    return table(["line", "driven by", "heard by"], rows)


def part_modules():
    preload = read("tools/volume/etc/preload").split()
    rows = [[f"`{name}`", summary, f"`{folder}`",
             f"{preload.index(name) + 1}" if name in preload else ""]
            for name, (summary, folder) in modules().items()]
    return table(["module", "what", "source", "preloaded as no."], rows)


# --- the kernel ----------------------------------------------------------------------------------

def declared_in(symbol):
    for header in (sorted(glob.glob("include/kern/*.h")) + sorted(glob.glob("include/iface/*.h")) +
                   sorted(glob.glob("lib/base/*.h"))):
        if re.search(rf"^(?!\s*/?\*).*\b{symbol}\b\s*[(;]", read(header), re.M):
            return "<" + header.removeprefix("include/").removeprefix("lib/") + ">"
    return "the compiler's own"


def part_services():
    out, group, symbols = "", "", []

    def flush():
        if not symbols:
            return ""
        headers = {}
        for s in symbols:
            headers.setdefault(declared_in(s), []).append(s)
        rows = [[f"`{h}`" if h.startswith("<") else h, " ".join(f"`{s}`" for s in sorted(names))]
                for h, names in sorted(headers.items())]
        return f"*{group}*\n\n" + table(["header", "functions and data"], rows) + "\n"

    for line in read("kernel/exports.list").splitlines():
        comment = re.match(r"# (.*)", line)
        if comment:
            out += flush()
            group, symbols = comment.group(1), []
        symbols = symbols + line.split("#")[0].split()
    return (out + flush()).rstrip("\n") + "\n"


def constants(path, enum_start):
    """(name, value text, comment) of an enum's lines; names that share a line share the comment."""
    body = re.search(re.escape(enum_start) + r"(.*?)\n\};", read(path), re.S).group(1)
    for line in body.splitlines():
        match = re.match(r"\s*((?:\w+(?: = [^,/]+)?,?\s*)+)(?:/\* (.*?) \*/)?$", line)
        if match and match.group(1).strip():
            names = [n.strip() for n in match.group(1).split(",") if n.strip()]
            yield names, match.group(2) or ""


def part_errors():
    rows = []
    for names, comment in constants("lib/base/error.h", "enum error {"):
        name, value = names[0].split(" = ")
        rows.append([f"`{name}`", value, comment])
    return table(["error", "value", "meaning"], rows)


def part_exits():
    rows = []
    for names, comment in constants("include/kern/machine.h", "enum exit_kind {"):
        if names[0] not in ("EXIT_NONE", "EXIT_KINDS"):
            rows.append([" ".join(f"`{n}`" for n in names), comment])
    return table(["kind", "what"], rows)


def defines(path, prefix):
    """(name, value, comment in the line) of a header's macros."""
    return [(n, v, (c or "").replace("|", "\\|")) for n, v, c in
            re.findall(rf"^#define ({prefix}\w*)[ \t]+([^/\n]+?)[ \t]*(?:/\* (.*?)(?: \*/)?)?$", read(path), re.M)]


def part_hypercalls():
    rows = [[f"`{n}`", v] for n, v, _ in defines("include/abi/hypercall.h", "HYPERCALL_")
            if n not in ("HYPERCALL_PORT", "HYPERCALL_SIGNATURE", "HYPERCALL_VERSION")]
    return table(["function", "number"], rows)


def part_progress():
    rows = [[f"{int(v, 16):02X}h", f"`{n}`", c] for n, v, c in defines("include/abi/progress.h", "PROGRESS_")
            if n != "PROGRESS_PORT" and re.match(r"0x\w+$", v)]
    return table(["code", "name", "meaning"], rows)


# --- memory ----------------------------------------------------------------------------------------

def part_kernel_linear():
    rows = [[f"`{n}`", f"{int(v.rstrip('u'), 16):08X}h", c] for n, v, c in
            defines("kernel/cpu/paging.h", r"(?:KERNEL_BASE|DIRECT_MAP_MAX|DEVICE_WINDOW)")
            if v.startswith("0x")]
    return table(["constant", "value", "what"], rows)


def part_boot_layout():
    comment = re.search(r"/\* Where things are.*?\n \*\n(.*?)\n \*/", read("boot/layout.h"), re.S).group(1)
    return "\n".join(line[3:].rstrip() for line in comment.splitlines()).rstrip() + "\n"


PARTS = {
    "contracts": part_contracts, "machine-roles": part_machine_roles, "lines": part_lines, "modules": part_modules,
    "services": part_services, "errors": part_errors, "exits": part_exits,
    "hypercalls": part_hypercalls, "progress": part_progress,
    "kernel-linear": part_kernel_linear, "boot-layout": part_boot_layout,
}


def renewed(path):
    """The document's text as it ought to be."""
    def part(match):
        if match.group(2) not in PARTS:
            sys.exit(f"{path}: no generated part is called {match.group(2)}")
        return match.group(1) + "\n" + PARTS[match.group(2)]() + "\n" + match.group(4)
    return REGION.sub(part, read(path))


def stale():
    """Documents whose generated parts are not what the source says now."""
    return [path for path in DOCUMENTS if renewed(path) != read(path)]


def main():
    if sys.argv[1:] == ["--check"]:
        for path in stale():
            print(f"{path}: a generated part is not current; `make docs` renews it")
        return 1 if stale() else 0
    for path in stale():
        text = renewed(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"  DOCS {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
