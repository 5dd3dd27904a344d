"""The assembler against nasm: the text of every opcode, ModRM and SIB form, in both sizes.

disasm_dump writes the texts of the whole opcode map. Both assemblers get them, each at the address
that it was disassembled at; what they make must be the same bytes, or disassemble to the same
text. What nasm refuses, or makes something else of, is listed in REFUSED and DIFFERENCES with its
reason, or the test fails; a listed one that no longer occurs fails too.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DUMP = ROOT / "build/tests/x86/disasm_dump"
TOOL = ROOT / "build/tests/x86/asm_dump"
SLOT = 16

# What nasm does not take, and why.
REFUSED = [
    (r"mov[sz]x .*,word |mov[sz]x (\w\w),(\w[xpi])$", "a word to a word: a plain move"),
    (r"bswap (\w\w)$", "undefined result with 16 bits"),
    (r"frstpm", "the 287's"),
    (r"^repne (j|call|ret)", "BND and branch hints came later"),
]
# Where it makes something else: our text, ours made of it, theirs, and why.
DIFFERENCES = [
    (r"fnsetpm|frstpm", "a label there"),
    (r"^xchg e?ax,e?ax", "a NOP there"),
    (r"fwait", "prefixes stand behind it there"),
    (r"o(16|32) (j|loop)", "the distance has the code's size there: wrong"),
]


def texts(bits, tmp_path):
    """The text of each slot of 16 bytes; "" where it is none, or was there before."""
    run = subprocess.run([DUMP, str(bits), tmp_path / "code.bin"], check=True, capture_output=True, text=True)
    seen, lines = {"(bad)"}, []
    for line in run.stdout.splitlines():
        text = line.split("\t")[1]
        lines.append("" if text in seen else text)
        seen.add(text)
    return lines


def tool(bits, mode, lines):
    run = subprocess.run([TOOL, str(bits), mode], input="\n".join(lines) + "\n", check=True,
                         capture_output=True, text=True)
    return run.stdout.split("\n")[:-1]


def for_nasm(text):
    text = re.sub(r"st\((\d)\)", r"st\1", text)
    text = re.sub(r"([c-gs]s):\[", r"[\1:", text)
    # A base that is not there stays away.
    text = re.sub(r"\[(\ws:)?(e\w\w\*)", r"[nosplit \1\2", text)
    # The size of what has no other operand.
    match = re.match(r"^(.*)o(16|32) (push|jmp|call) ((?:far )?(?:0x|\[).*)$", text)
    if match:
        text = f"{match[1]}{match[3]} {'word' if match[2] == '16' else 'dword'} {match[4]}"
    return text


def nasm(bits, lines, tmp_path):
    """Bytes of each line, or None and what was said."""
    source, binary = tmp_path / "all.asm", tmp_path / "all.bin"
    refused = {}
    while True:
        with open(source, "w") as file:
            file.write(f"bits {bits}\norg 0\n")
            for index, line in enumerate(lines):
                file.write("\n" if index in refused else for_nasm(line) + "\n")
                file.write(f"times {(index + 1) * SLOT}-($-$$) db 0x90\n")
        run = subprocess.run(["nasm", "-w-all", "-f", "bin", "-o", binary, "-l", tmp_path / "all.lst", source],
                             capture_output=True, text=True)
        errors = re.findall(r"all\.asm:(\d+): error: (.*)", run.stderr)
        new = {(int(number) - 3) // 2: what for number, what in errors if int(number) % 2}
        if run.returncode and not new:
            raise AssertionError(run.stderr[:2000])
        if not new:
            break
        refused.update(new)
    lengths = {}
    for line in open(tmp_path / "all.lst"):
        match = re.match(r" *(\d+) ([0-9A-F]{8}) ([][()0-9A-F]+)-?(?: |$)", line)
        if match:
            number, code = int(match[1]), re.sub(r"[][()]", "", match[3])
            if number % 2 and number > 2:
                index = (number - 3) // 2
                lengths[index] = lengths.get(index, 0) + len(code) // 2
    code = binary.read_bytes()
    return [(None, refused[i]) if i in refused else (code[i * SLOT:i * SLOT + lengths.get(i, 0)].hex(), "")
            for i in range(len(lines))]


def meaning(text):
    """Exchanging and testing do not care for the order."""
    match = re.match(r"^(.*\b(?:xchg|test)) (.*)$", text)
    return (match[1], *sorted(match[2].split(","))) if match else text


@pytest.fixture(scope="module", autouse=True)
def built():
    subprocess.run(["make", "-s", DUMP.relative_to(ROOT), TOOL.relative_to(ROOT)], cwd=ROOT, check=True)


@pytest.mark.parametrize("bits", [16, 32])
def test_agrees(bits, tmp_path):
    lines = texts(bits, tmp_path)
    ours = tool(bits, "asm", lines)
    theirs = nasm(bits, lines, tmp_path)
    their_text = tool(bits, "text", [code or "" for code, _ in theirs])
    our_text = tool(bits, "text", ours)
    used, failures, compared = set(), [], 0
    for index, line in enumerate(lines):
        code, why = theirs[index]
        if not line:
            continue
        if ours[index].startswith("!"):
            failures.append(f"{line:40} refused: {ours[index]}")
            continue
        if code is None:
            rule = next((rule for rule in REFUSED if re.search(rule[0], line)), None)
            used.add(rule)
            if not rule:
                failures.append(f"{line:40} nasm: {why}")
            continue
        compared += 1
        if code == ours[index] or meaning(their_text[index]) == meaning(our_text[index]):
            continue
        rule = next((rule for rule in DIFFERENCES if re.search(rule[0], line)), None)
        used.add(rule)
        if not rule:
            failures.append(f"{line:40} {ours[index]} nasm: {code} {their_text[index]}")
    assert not failures, "%d of %d\n" % (len(failures), len(lines)) + "\n".join(failures[:60])
    assert compared > 10000
    unused = [rule for rule in REFUSED + DIFFERENCES if rule not in used]
    assert not unused or bits == 32, f"listed, but not seen: {unused}"


# Where numbers come to the end of what fits: their width, and texts with {v} in their place.
BOUNDARIES = {
    8: ("add al,{v}", "sub byte [bx],{v}", "mov cl,{v}", "test cl,{v}", "in al,{v}", "out {v},ax", "int {v}", "enter 0x5,{v}",
        "aam {v}", "shl bx,{v}", "rcl byte [bx],{v}", "bt cx,{v}", "shld cx,dx,{v}", "db {v}"),
    16: ("add ax,{v}", "add bx,{v}", "sub word [bx],{v}", "mov cx,{v}", "mov word [bx],{v}", "imul cx,dx,{v}", "test cx,{v}", "ret {v}",
         "enter {v},0x5", "mov al,[bx+{v}]", "mov al,[bp+{v}]", "mov al,[bp+si+{v}]", "mov al,[di+{v}]", "lea si,[bx+{v}]", "push word {v}",
         "dw {v}"),
    32: ("add ebx,{v}", "sub dword [bx],{v}", "mov ecx,{v}", "imul ecx,edx,{v}", "mov al,[eax+{v}]", "mov al,[ebp+{v}]", "mov al,[esp+{v}]",
         "mov al,[eax+ecx*4+{v}]", "mov al,[ebp+ecx*8+{v}]", "push dword {v}", "dd {v}"),
}
VALUES = (0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x100, 0x7ffe, 0x7fff, 0x8000, 0xff7f, 0xff80, 0xffff, 0x10000, 0x7fffffff,
          0x80000000, 0xffffff7f, 0xffffff80, 0xffffffff, -1, -2, -0x7f, -0x80, -0x81, -0xff, -0x100, -0x8000, -0x8001, -0x80000000)


@pytest.mark.parametrize("bits", [16, 32])
def test_boundaries(bits, tmp_path):
    """What fits is nasm's to the byte, or to the meaning; nasm cuts what does not, we refuse it."""
    cases = [(text.replace("+{v}", "%+#x" % v).replace("{v}", "%#x" % v), -1 << width - 1 <= v < 1 << width)
             for width, texts in BOUNDARIES.items() for text in texts for v in VALUES]
    lines = [text for text, _ in cases]
    ours = tool(bits, "asm", lines)
    theirs = [code or "" for code, _ in nasm(bits, lines, tmp_path)]
    their_text, our_text = tool(bits, "text", theirs), tool(bits, "text", ours)
    failures = []
    for index, (line, fits) in enumerate(cases):
        if fits and (ours[index] == theirs[index] or our_text[index] == their_text[index] != "(bad)"):
            continue
        if fits or not ours[index].startswith("!"):
            failures.append(f"{line:40} {ours[index]} nasm: {theirs[index]}")
    assert not failures, "%d of %d\n" % (len(failures), len(lines)) + "\n".join(failures[:80])
