#!/usr/bin/python3
"""Refuses a module that needs a symbol which the kernel does not export, defines no descriptor,
or exports.list does not know. Usage: check_module.py exports.list NM MODULE"""
import subprocess
import sys

exports = {w for line in open(sys.argv[1]) for w in line.split("#")[0].split()}
lines = subprocess.run([sys.argv[2], sys.argv[3]], capture_output=True, text=True, check=True).stdout
undefined = {l.split()[-1] for l in lines.splitlines() if l.split()[-2] == "U"}
missing = sorted(undefined - exports)
if missing:
    sys.exit(f"{sys.argv[3]}: not exported by the kernel: {' '.join(missing)}")
if not any(l.split()[-1] == "module_info" for l in lines.splitlines()):
    sys.exit(f"{sys.argv[3]}: no MODULE() descriptor")
