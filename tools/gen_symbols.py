#!/usr/bin/python3
"""Makes the kernel's symbol table (function names for back traces) from `nm -n` on standard
input; without input, an empty table for the first link."""
import sys

symbols = [l.split() for l in sys.stdin]
functions = [(int(a, 16), n) for a, t, n in (s for s in symbols if len(s) == 3) if t in "tT"]
functions = [(a, n) for a, n in functions if a >= 0xC0000000]
print('#include "../../kernel/symbol.h"')
print('#define LAST __attribute__((section(".data.symbols")))')
print("const struct module_symbol kernel_symbols[] LAST = {")
offset = 0
for a, n in functions:
    print(f"\t{{ {a:#x}u, {offset} }},")
    offset += len(n) + 1
if not functions:
    print("\t{ 0, 0 },")
print("};")
print(f"const unsigned kernel_symbol_count LAST = {len(functions)};")
print("const char kernel_symbol_names[] LAST =")
for _, n in functions:
    print(f'\t"{n}\\0"')
print('\t"";')
