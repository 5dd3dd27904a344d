"""The disassembler against objdump and ndisasm: every opcode, ModRM and SIB form, in both sizes.

disasm_dump writes one instruction in every 16 bytes, and our text for it. Both tools sweep over
the same bytes; lengths and meanings must agree. Spelling is normalised; where a difference in
meaning remains it is listed in DIFFERENCES, with its reason, or the test fails. A listed
difference that no longer occurs fails too, so that the list stays true.
"""

import collections
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "build/tests/x86/disasm_dump"
SLOT = 16

# What today's tools make of F2 and F3 before exchanges and branches, too.
REPEATS = {"rep": "rep", "repe": "rep", "repz": "rep", "repne": "repne", "repnz": "repne",
           "xacquire": "repne", "xrelease": "rep", "bnd": "repne"}
# Words in front that only spell out prefix bytes; their effect shows elsewhere or not at all.
SILENT = {"cs", "ds", "es", "ss", "fs", "gs", "a16", "a32", "o16", "o32", "addr16", "addr32",
          "data16", "data32", "notrack", "lock"} | set(REPEATS)

CONDITIONS = {"z": "e", "nz": "ne", "c": "b", "nc": "ae", "nae": "b", "nb": "ae", "na": "be",
              "nbe": "a", "p": "pe", "np": "po", "nge": "l", "nl": "ge", "ng": "le", "nle": "g"}
SYNONYMS = {
    "sal": "shl", "pushaw": "pusha", "pushad": "pusha", "popaw": "popa", "popad": "popa",
    "pushfw": "pushf", "pushfd": "pushf", "popfw": "popf", "popfd": "popf", "iretw": "iret",
    "iretd": "iret", "retw": "ret", "retd": "ret", "retn": "ret", "retfw": "retf", "retnw": "ret", "retnd": "ret", "fsetpm": "fnsetpm",
    "retfd": "retf", "lret": "retf", "leavew": "leave", "leaved": "leave", "enterw": "enter",
    "enterd": "enter", "callw": "call", "calld": "call", "jmpw": "jmp", "jmpd": "jmp",
    "pushw": "push", "pushd": "push", "popw": "pop", "popd": "pop", "loopz": "loope",
    "loopnz": "loopne", "loopew": "loope", "loopnew": "loopne", "loopw": "loop",
    "looped": "loope", "loopned": "loopne", "loopd": "loop", "xlat": "xlatb", "wait": "fwait",
    "int1": "icebp", "int01": "icebp", "int03": "int3", "lgdtw": "lgdt", "lgdtd": "lgdt",
    "lidtw": "lidt", "lidtd": "lidt", "sgdtw": "sgdt", "sgdtd": "sgdt", "sidtw": "sidt",
    "sidtd": "sidt", "syscall": "loadall286", "sysret": "loadall", "sysretd": "loadall",
    "movabs": "mov", "fnsaved": "fnsave", "fnsavew": "fnsave", "frstorw": "frstor",
    "fnstenvw": "fnstenv", "fldenvw": "fldenv", "fstenv": "fnstenv", "frstord": "frstor",
    "fnstenvd": "fnstenv", "fldenvd": "fldenv",
}
# The operand size of these is no property that all tools show.
SIZELESS = {"lgdt", "lidt", "sgdt", "sidt", "les", "lds", "lss", "lfs", "lgs", "bound", "lea",
            "invlpg", "fnsave", "frstor", "fldenv", "fnstenv", "call", "jmp", "nop", "ud0", "ud1",
            "lmsw", "smsw", "sldt", "str", "fldcw", "fnstcw", "fnstsw", "cmpxchg8b", "push", "pop"}
STRINGS = {"movs", "cmps", "scas", "stos", "lods", "ins", "outs"}
SHIFTS = {"rol", "ror", "rcl", "rcr", "shl", "shr", "sar"}
SIZES = {"byte", "word", "dword", "fword", "qword", "tword", "tbyte", "far", "near", "short"}
REGISTER = re.compile(r"^(e?([abcd]x|[sb]p|[sd]i)|[abcd][lh]|[cdefgs]s|s6|s7|[cdt]r\d+|segr\d)$")
NUMBER = re.compile(r"^[+-]?(0x[0-9a-f]+|\d+)$")

Insn = collections.namedtuple("Insn", "repeat name operands")


def number(text):
    return int(text, 0)


def memory(text):
    """A memory operand as (segment or None, registers, displacement)."""
    text = re.sub(r"[][]|nosplit|dword|word", "", text)
    seg = None
    if ":" in text:
        seg, text = text.split(":")
    registers, displacement = [], 0
    for sign, term in re.findall(r"([+-]?)([^+-]+)", text):
        if NUMBER.match(term):
            displacement += -number(term) if sign == "-" else number(term)
        elif term not in ("eiz", "riz") and not term.startswith("eiz*"):
            registers.append(term.replace("*1", ""))
    if not registers and seg == "ds":
        seg = None              # objdump's way to say "memory"
    return (seg, tuple(sorted(registers)), displacement)


def operand(text):
    words = text.replace(" ptr", "").replace("oword", "").replace("tbyte", "tword").split()
    size = None
    while len(words) > 1 and words[0] in SIZES:
        if words[0] not in ("far", "near", "short"):
            size = words[0]
        words.pop(0)
    text = "".join(words)
    if NUMBER.match(text):
        return ("number", number(text))
    if "[" in text or re.match(r"^[cdefgs]s:", text):
        return ("memory", size, memory(text))
    if ":" in text:
        return ("far",) + tuple(number(part) for part in text.split(":"))
    if text.startswith("tost"):
        return ("to", int(text[4:]))
    match = re.match(r"^st(?:\(?(\d)\)?)?$", text)
    if match:
        return ("st", int(match[1] or 0))
    return ("register", text)


def canonical_name(words):
    name = words[0]
    for stem in ("j", "set"):
        if name.startswith(stem) and name[len(stem):] in CONDITIONS:
            return stem + CONDITIONS[name[len(stem):]]
    return SYNONYMS.get(name, name)


def parse(text):
    text = re.sub(r"\s*[#;<].*|\((8087|287) only\)", "", text.lower()).strip()
    text = re.sub(r"\bst\((\d)\)", r"st\1", text)
    words = text.split()
    repeat = None
    while len(words) > 1 and words[0].split(",")[0] in SILENT or words[:1] == ["fwait"] and len(words) > 1:
        repeat = REPEATS.get(words[0], repeat)
        words.pop(0)
    if not words:
        return Insn(repeat, "(prefix)", ())
    if words[0].rstrip(",").endswith((",pn", ",pt")):
        words[0] = words[0].split(",")[0]
    name = canonical_name(words)
    rest = " ".join(words[1:])
    operands = [operand(part.strip()) for part in rest.split(",")] if rest else []
    return tidy(Insn(repeat, name, operands))


def tidy(insn):
    """Drops what one tool says and another leaves to be understood."""
    repeat, name, operands = insn
    kinds = [kind for kind, *_ in operands]
    stem = name[:-1] if name[:-1] in STRINGS else name
    if stem in STRINGS:
        if stem == name:        # objdump: the size is that of an operand
            sizes = [item[1] for item in operands if item[0] == "memory" and item[1]]
            name += sizes[0][0] if sizes else "?"
        return Insn(repeat, name, ())
    if name in ("aam", "aad") and operands == [("number", 10)] or name == "xlatb":
        operands = []
    if name.startswith("loop"):
        operands = operands[:1]  # the counter is the address size's
    if name in SHIFTS and len(operands) == 1:
        operands.append(("number", 1))
    by_register = name not in SHIFTS and name not in ("movzx", "movsx") and any(
        item[0] == "register" or name in ("in", "out") for item in operands)
    if name in ("shld", "shrd"):
        by_register = True
    operands = [("memory", None, item[2]) if item[0] == "memory" and
                (by_register or name in SIZELESS) else item for item in operands]
    if name in ("lar", "lsl") or name == "mov" and any(
            item[0] == "register" and re.match("^[c-gs]s$", item[1]) for item in operands):
        operands = operands[:1] * (name != "mov") + [
            (item[0], re.sub("^e", "", item[1]) if len(item[1]) == 3 else item[1])
            if item[0] == "register" else item for item in operands[name != "mov":]]
    if name.startswith("f"):
        operands = x87_operands(name, operands)
    elif name in ("xchg", "test") and len(operands) == 2 and "number" not in kinds:
        operands = sorted(operands, key=repr)
    return Insn(repeat, name, tuple(operands))


def x87_operands(name, operands):
    """Arithmetic between registers: as (destination, source), one of which is often left out."""
    if not operands or any(item[0] not in ("st", "to") for item in operands):
        return operands
    if name.rstrip("p") in ("fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr"):
        if len(operands) == 1:
            zero, (kind, number_) = ("st", 0), operands[0]
            into = kind == "to" or name.endswith("p")
            return [("st", number_), zero] if into else [zero, ("st", number_)]
        return operands
    return [item for item in operands if item != ("st", 0)] or [("st", 0)]


def same_number(a, b):
    """A negative byte or word may be shown with its sign, or as what it is extended to."""
    low = min(a, b)
    return a == b or (a - b) % 2**32 == 0 or low < 0 and (a - b) % 2**16 == 0 or \
        -0x80 <= low < 0 and (a - b) % 2**8 == 0 and max(a, b) < 0x100


def same_operand(ours, theirs, narrow):
    if ours[0] == theirs[0] == "number":
        return same_number(ours[1], theirs[1]) or narrow and (ours[1] - theirs[1]) % 2**16 == 0
    if ours[0] == theirs[0] == "memory":
        return theirs[1] in (None, ours[1]) and ours[2][:2] == theirs[2][:2] and \
            same_number(ours[2][2], theirs[2][2])
    return ours == theirs


def same(ours, theirs, narrow):
    """`narrow`: IP has 16 bits, which not all tools cut a target to."""
    narrow = narrow and re.match("^(j|loop|call)", ours.name)
    return ours.name == theirs.name and ours.repeat == theirs.repeat and \
        len(ours.operands) == len(theirs.operands) and \
        all(same_operand(x, y, narrow) for x, y in zip(ours.operands, theirs.operands))


# Differences in meaning: who, our bytes and text, what they say (regular expressions), and why.
PREFIXES = "^(26|2e|36|3e|64|65|66|67|f0|f2|f3)*"
UNKNOWN = r"\(bad\)|^(\w+ )*db 0x|^((lock|rep\w*|[c-gs]s|[ao](16|32)) ?)*$"
DIFFERENCES = [
    ("both", PREFIXES + r"0f(0[14a-f]|1|2[57-f]|3|[4-7]|a[67e]|b[8]|c[2-6]|[d-e]|f).*\(bad\)", r"",
     "MMX, SSE, conditional moves, virtualisation and so on: newer than the Pentium"),
    ("both", PREFIXES + r"0f(00[3-9a-f].|01[c-f].|c7..).*\(bad\)", r"", "the same, in groups"),
    ("both", PREFIXES + r"(62|c4|c5|c[67]f8).*\(bad\)", r"", "the same: VEX, EVEX and RTM"),
    ("both", PREFIXES + r"8f.*\(bad\)", r"", "the same: AMD's XOP"),
    ("both", PREFIXES + r"d[bdf](0[89a-f]|4[89a-f]|8[89a-f]).*\(bad\)", r"fisttp", "SSE3"),
    ("both", PREFIXES + r"d[abf][c-f].*\(bad\)", r"fcmov|fu?comip?", "the Pentium Pro's"),
    ("both", PREFIXES + r"0f1[89a-f].*nop", r"", "hint NOPs that later became something"),
    ("both", PREFIXES + r"f30fb[cd]", r"tzcnt|lzcnt", "F3 BSF and F3 BSR later became these"),
    ("objdump", r"^f20fb[cd]", UNKNOWN, "so F2 is undefined today"),
    ("both", PREFIXES + r"f30f09", r"wbnoinvd", "the same"),
    ("objdump", PREFIXES + r"0f09", UNKNOWN, "so other prefixes are undefined today"),
    ("both", PREFIXES + r"f390", r"pause", "the same, and it is a NOP on a Pentium"),
    ("both", r"^(66|67)+90", r"xchg", "XCHG of the accumulator with itself"),
    ("objdump", r"^3eff", r"notrack", "shown instead of a segment that does not matter"),
    ("both", PREFIXES + r"d[9cdef]", UNKNOWN, "undocumented aliases of x87 instructions"),
    ("objdump", PREFIXES + r"d6.*salc", UNKNOWN, "does not know it"),
    ("both", PREFIXES + r"0f2[0-6].*lock", r"cr", "LOCK MOV CRn reaches CR8 on AMD's only"),
    ("ndisasm", PREFIXES + r"0f9", UNKNOWN, "SETcc ignores reg, ndisasm wants 0"),
    ("ndisasm", PREFIXES + r"(c[01]|d[0-3]).*sal ", UNKNOWN, "does not know /6 of the shifts"),
    ("ndisasm", PREFIXES + r"f[67].*test ", UNKNOWN, "does not know /1 of F6 and F7"),
    ("ndisasm", PREFIXES + r"82", UNKNOWN, "does not know the alias of 80"),
    ("ndisasm", PREFIXES + r"0f2[0-6].*[cdt]r", UNKNOWN, "MOV CRn ignores mod, ndisasm wants 3"),
    ("ndisasm", PREFIXES + r"0fb[7f].*mov[sz]x .*", UNKNOWN, "a word to a word: a plain move"),
    ("ndisasm", PREFIXES + r"0fc[89a-f]", UNKNOWN, "does not know BSWAP of 16 bits"),
    ("ndisasm", PREFIXES + r"0fff", r"^(\w+ )*ud0$", "UD0 without ModRM, as on AMD's"),
    ("ndisasm", PREFIXES + r"9b", r"wait", "shows FWAIT together with what follows"),
    ("ndisasm", PREFIXES + r"dbe5", UNKNOWN, "does not know FRSTPM"),
]


def dump(bits, path):
    run = subprocess.run([TOOL, str(bits), path], check=True, capture_output=True, text=True)
    lines = [line.split("\t") for line in run.stdout.splitlines()]
    return [(code, text) for code, text in lines]


def objdump(bits, path):
    machine = "i8086" if bits == 16 else "i386"
    run = subprocess.run(["objdump", "-D", "-b", "binary", "-m", machine, "-M", "intel",
                          "--insn-width=16", path], check=True, capture_output=True, text=True)
    found = {}
    for line in run.stdout.splitlines():
        fields = line.split("\t")
        if len(fields) >= 2 and fields[0].rstrip().endswith(":"):
            address = int(fields[0].strip(" :"), 16)
            if address % SLOT == 0:
                found[address // SLOT] = (len(fields[1].split()), "".join(fields[2:]))
    return found


def ndisasm(bits, path):
    run = subprocess.run(["ndisasm", "-b", str(bits), path], check=True, capture_output=True,
                         text=True)
    found, current = {}, None
    for line in run.stdout.splitlines():
        if line[0] == " ":      # more bytes of the last one
            if current is not None:
                length, text = found[current]
                found[current] = (length + len(line.strip().lstrip("-")) // 2, text)
            continue
        address, code, text = line.split(None, 2)
        address = int(address, 16)
        current = address // SLOT if address % SLOT == 0 else None
        if current is not None:
            found[current] = (len(code) // 2, text)
    return found


TOOLS = {"objdump": objdump, "ndisasm": ndisasm}


def is_bad(text):
    """Also a "?" in the place of a register, data, and prefixes that nothing follows."""
    return "(bad)" in text or "?" in text or "segr" in text or re.match(r"^(\w+ )*db 0x", text) or \
        all(word in SILENT for word in text.split())


def agree(bits, code, ours, theirs, their_length):
    if is_bad(ours) or is_bad(theirs):
        return bool(is_bad(ours)) == bool(is_bad(theirs))
    narrow = bits == 16 or code.startswith(("66", "6766"))
    return len(code) // 2 == their_length and same(parse(ours), parse(theirs), narrow)


@pytest.fixture(scope="module", autouse=True)
def built():
    subprocess.run(["make", "-s", TOOL.relative_to(ROOT)], cwd=ROOT, check=True)


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("tool", TOOLS)
def test_agrees(tool, bits, tmp_path):
    path = tmp_path / "code.bin"
    ours = dump(bits, path)
    theirs = TOOLS[tool](bits, path)
    used, failures = set(), []
    rules = [(i, re.compile(rule[1]), re.compile(rule[2])) for i, rule in enumerate(DIFFERENCES)
             if rule[0] in (tool, "both")]

    for slot, (code, text) in enumerate(ours):
        their_length, their_text = theirs.get(slot, (0, "(nothing)"))
        if agree(bits, code, text, their_text, their_length):
            continue
        for index, mine, other in rules:
            if mine.search(f"{code} {text}") and other.search(their_text):
                used.add(index)
                break
        else:
            failures.append(f"{code:24} {text:40} {tool}: {their_text} ({their_length})")
    assert not failures, "%d of %d\n" % (len(failures), len(ours)) + "\n".join(failures[:60])
    unused = [DIFFERENCES[index] for index, *_ in rules if index not in used]
    assert not unused or bits == 32, f"listed, but not seen: {unused}"
