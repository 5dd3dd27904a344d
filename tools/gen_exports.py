#!/usr/bin/python3
"""Makes the kernel's export table from kernel/exports.list: C on standard output."""
import sys

names = sorted({w for line in open(sys.argv[1]) for w in line.split("#")[0].split()})
print('#include "../../kernel/symbol.h"')
for n in names:
    print(f'extern const char export_{n}[] __asm__("{n}");')
print("const struct export kernel_exports[] = {")
for n in names:
    print(f'\t{{ "{n}", export_{n} }},')
print("\t{ 0, 0 },\n};")
