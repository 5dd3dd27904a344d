#!/usr/bin/python3
"""Puts the seal behind a module's ELF file (include/abi/module_seal.h): magic and CRC-32.
Usage: seal_module.py MODULE"""
import struct
import sys
import zlib

MAGIC = b"P86\x1a"


def seal(data):
    return data + MAGIC + struct.pack("<I", zlib.crc32(data))


if __name__ == "__main__":
    with open(sys.argv[1], "r+b") as file:
        sealed = seal(file.read())
        file.seek(0)
        file.write(sealed)
