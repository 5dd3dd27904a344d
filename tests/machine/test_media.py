"""What stands in machines' drives: who may use an image at the same time, and changes of media."""

import pytest

from monitor import Dos, Monitor, ours

README = "This floppy belongs to minidos"


@pytest.fixture(scope="module")
def mon():
    with open(ours("minidos"), "rb") as file:
        floppy = file.read()
    with Monitor(files={"/i/a.img": floppy, "/i/b.img": floppy}) as monitor:
        yield monitor


def boot(mon, name, *keys):
    mon.machine(name, "boot a:", *keys)
    dos = Dos(mon, name, "A> ")
    dos.ready()
    return dos


def test_one_writer(mon):
    one = boot(mon, "one", "floppy a: /i/a.img")
    mon.define("two", "floppy a: /i/a.img ro")
    mon.refused("vm start two", "two: /i/a.img: is used by machine one; ")
    assert mon.state("two")[1] == "off"
    mon.run("insert two a: /i/b.img; vm start two")
    mon.wait_text("two", "A>")
    mon.refused("insert two a: /i/a.img", "two: /i/a.img: is used by machine one; ")
    assert README in Dos(mon, "two", "A> ").run("type readme.txt")
    # The file is meant, whatever it is called.
    mon.run("mv /i/a.img /i/c.img")
    mon.refused("vm set two floppy a: /i/c.img", "two: /i/c.img: is used by machine one; ")
    assert "/i/b.img" in mon.run("vm show two")
    mon.run("mv /i/c.img /i/a.img")
    # Its owner may put it in again, but not twice.
    mon.run("insert one a: /i/a.img")
    assert README in one.run("type readme.txt")
    mon.refused("insert one b: /i/a.img", "one: b: no drive whose medium can be changed; ")
    mon.run("eject one a:")
    mon.run("insert two a: /i/a.img")
    assert README in Dos(mon, "two", "A> ").run("type readme.txt")
    mon.run("vm delete one; vm delete two")


def test_many_readers(mon):
    for name in ("one", "two"):
        boot(mon, name, "floppy a: /i/a.img ro")
    mon.define("three", "floppy a: /i/a.img")
    mon.refused("vm start three", "three: /i/a.img: is used by machine (one|two); ")
    mon.run("vm delete one; vm delete two")
    mon.start("three")
    mon.wait_text("three", "A>")
    mon.run("vm delete three")


def test_twice_in_one_machine(mon):
    mon.define("one", "floppy a: /i/a.img", "disk 0 /i/a.img")
    mon.refused("vm start one", "one: /i/a.img: is in another drive of this machine; ")
    mon.run("vm set one floppy a: /i/a.img ro; vm set one disk 0 /i/a.img ro; vm start one")
    mon.wait_text("one", "A>")
    mon.run("vm delete one")


def test_the_monitors_own_disk(mon):
    for key in ("disk 0 host:hd0", "disk 0 host:hd0 ro", "disk 1 host:hd0p1", "floppy a: host:hd0p1"):
        mon.define("one", key)
        mon.refused("vm start one", "one: host:hd0(p1)?: holds the monitor's own volume; ")
    mon.define("one", "disk 0 host:hd9")
    mon.refused("vm start one", "one: host:hd9: not found; ")
    mon.run("vm delete one")


def test_an_image_in_use_stays(mon):
    one = boot(mon, "one", "floppy a: /i/a.img")
    mon.refused("rm /i/a.img", "in use; ")
    mon.refused("mv /i/b.img /i/a.img", "in use; ")
    mon.refused("cp /i/b.img /i/a.img", "in use; ")
    assert README in one.run("type readme.txt")
    mon.run("vm delete one; rm /i/a.img; cp /i/b.img /i/a.img")
