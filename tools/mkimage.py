#!/usr/bin/python3
"""Builds a disk image: formats a polyfs volume, fills it by a manifest, makes it bootable.

    mkimage.py --kind disk|floppy --size 64M --manifest tools/image.manifest OUT

All work on the volume is the polyfs tool's.  What this adds:

- the manifest (its form is explained at its top);
- the kernel's file is stripped and gets its own CRC-32 into bytes 12..15, which the ELF
  format reserves; the boot loader checks it (boot/elf.h);
- disks get one active entry in the partition table.  No boot code of ours reads it, but a
  BIOS takes a USB stick for a hard disk only if there is one.
"""

import argparse
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

ELF_CRC_OFFSET = 12
FLOPPY_SIZE = 2880 * 512
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Failed(Exception):
    """Something the user should read."""


def parse_size(text):
    unit = UNITS.get(text[-1:].upper())
    return int(text[:-1]) * unit if unit else int(text)


def manifest_read(path):
    """Yields (line number, path on the volume, build file or None, set of words)."""
    with open(path) as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            flags = {word for word in words[1:] if word in ("disk", "optional")}
            files = [word for word in words[1:] if word not in flags]
            if len(files) > 1 or not words[0].startswith("/"):
                raise Failed("%s:%d: not of the form PATH BUILD-FILE [disk] [optional]"
                             % (path, number))
            yield number, words[0], files[0] if files else None, flags


def manifest_files(path, floppy):
    """The list of (path on the volume, build file; None: a folder)."""
    result = []
    for number, target, pattern, flags in manifest_read(path):
        if floppy and "disk" in flags:
            continue
        if pattern is None:
            result.append((target.rstrip("/"), None))
            continue
        sources = sorted(glob.glob(pattern))
        if not sources and "optional" not in flags:
            raise Failed("%s:%d: there is no %s" % (path, number, pattern))
        if not sources:
            print("  mkimage: without %s (no %s)" % (target, pattern), file=sys.stderr)
        into_folder = target.endswith("/") or "*" in pattern
        for source in sources:
            name = target.rstrip("/") + "/" + os.path.basename(source) if into_folder else target
            result.append((name, source))
    return result


def folders_of(files):
    """Every folder that is needed, parents first."""
    folders = set()
    for path, source in files:
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + (source is None)):
            folders.add("/" + "/".join(parts[:depth]))
    return sorted(folders)


def kernel_prepare(source, target, objcopy):
    """Strips, and stores the checksum of the result in itself."""
    subprocess.run([objcopy, "--strip-all", source, target], check=True)
    with open(target, "r+b") as file:
        data = bytearray(file.read())
        data[ELF_CRC_OFFSET:ELF_CRC_OFFSET + 4] = bytes(4)
        crc = zlib.crc32(data)
        file.seek(ELF_CRC_OFFSET)
        file.write(struct.pack("<I", crc))


class Volume:
    """The polyfs tool on one image."""

    def __init__(self, tool, image):
        self.tool, self.image = tool, image

    def run(self, *words):
        done = subprocess.run([self.tool, self.image, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Failed("polyfs %s: %s" % (" ".join(words), done.stdout.strip()))
        return done.stdout


def image_make(args, image, scratch):
    volume = Volume(args.polyfs, image)
    size = FLOPPY_SIZE if args.kind == "floppy" else parse_size(args.size)
    files = manifest_files(args.manifest, args.kind == "floppy")
    for substitution in args.replace:
        target, source = substitution.split("=")
        files = [(path, source if path == target else old) for path, old in files]
    volume.run("format", "-s", str(size), "--label", "poly86")
    for folder in folders_of(files):
        volume.run("mkdir", folder)
    for path, source in files:
        if source is None:
            continue
        if path == "/boot/kernel":
            prepared = os.path.join(scratch, "kernel")
            kernel_prepare(source, prepared, args.objcopy)
            source = prepared
        volume.run("put", source, path)
    options = ["--mbr"] if args.kind == "disk" else []
    volume.run("boot", *options, args.sector, args.loader)


def main():
    parser = argparse.ArgumentParser(description="Builds a bootable polyfs disk image.")
    parser.add_argument("out")
    parser.add_argument("--kind", choices=("disk", "floppy"), default="disk")
    parser.add_argument("--size", default="64M")
    parser.add_argument("--manifest", default="tools/image.manifest")
    parser.add_argument("--polyfs", default="build/polyfs")
    parser.add_argument("--sector", default="build/boot/sector.bin")
    parser.add_argument("--loader", default="build/boot/loader.bin")
    parser.add_argument("--objcopy", default="objcopy")
    parser.add_argument("--replace", action="append", default=[], metavar="PATH=FILE",
                        help="takes another file for this path of the manifest")
    args = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="mkimage-")
    image = args.out + ".new"
    try:
        image_make(args, image, scratch)
        os.replace(image, args.out)
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        sys.exit("mkimage: %s: %s" % (args.out, error))
    finally:
        shutil.rmtree(scratch)
        if os.path.exists(image):
            os.remove(image)


if __name__ == "__main__":
    main()
