"""ROMs of adapters (`rom c8000 FILE`): POST calls them; what is none is refused with its reason."""

from monitor import Monitor

TEXT = b"adapter's ROM was called\r\n\0"
# pusha; push ds; push cs; pop ds; mov si, 24; next: lodsb; or al, al; jz end; mov ah, 0Eh; int 10h; jmp next;
# end: pop ds; popa; retf
CODE = bytes.fromhex("60 1e 0e 1f be 18 00 ac 08 c0 74 06 b4 0e cd 10 eb f5 1f 61 cb")


def rom(blocks=1):
    """An image of 512 bytes a block, with the sum of 0 that a BIOS wants."""
    image = bytearray((b"\x55\xaa" + bytes([blocks]) + CODE + TEXT).ljust(512 * blocks, b"\0"))
    image[-1] = -sum(image) & 0xFF
    return bytes(image)


def test_post_calls_it():
    with Monitor(files={"/rom/one.bin": rom(), "/rom/eight.bin": rom(16)}) as mon:
        mon.define("pc", "rom c8000 /rom/one.bin", "rom d0000 /rom/eight.bin", "boot a:")
        assert "rom      d0000 /rom/eight.bin" in mon.run("vm show pc")
        mon.start("pc")
        mon.wait_text("pc", "adapter's ROM was called")
        assert "55 AA 10" in mon.run("dbg pc; d d000:0 L 10; q").upper()
        mon.refused("vm set pc rom c8000 none", "cannot change while it runs")
        mon.kill("pc")
        mon.run("vm set pc rom c8000 none")
        assert "c8000" not in mon.run("vm show pc")


def test_what_is_no_rom_is_refused():
    wrong = bytearray(rom())
    wrong[100] ^= 1
    files = {"/rom/sum.bin": bytes(wrong), "/rom/mark.bin": b"\xaa\x55" + rom()[2:],
             "/rom/short.bin": rom(16)[:4096], "/rom/odd.bin": rom()[:500], "/rom/large.bin": rom(64)}
    with Monitor(files=files) as mon:
        for place, name, reason in (("c8000", "sum", "has a wrong checksum"), ("c8000", "mark", "does not begin with 55 AA"),
                                    ("c8000", "short", "is shorter than it says"), ("c8000", "none", "not found"),
                                    ("c8000", "odd", "damaged"), ("ec000", "large", "does not fit at EC000")):
            mon.define("pc", "rom %s /rom/%s.bin" % (place, name))
            mon.refused("vm start pc", reason)
            assert mon.state("pc")[1] == "off"
        mon.define("pc", "rom c8000 /rom/large.bin", "rom cc000 /rom/large.bin")
        mon.refused("vm start pc", "CC000 is taken by something else")
        mon.define("pc", "memory 640K+1M")
        mon.start("pc")
