"""The speaker of the machine in view sounds on the PC's own; the emulator writes down what it hears.

The guest is speaker_guest.asm."""

import array
import os
import subprocess
import wave

import pytest

from monitor import Monitor

HERE = os.path.dirname(os.path.abspath(__file__))
FLOPPY = "/images/speaker.img"
FIRST_HZ, SECOND_HZ = 1193182 / 1193, 1193182 / 2712


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("speaker") / "speaker.img")
    subprocess.run(["nasm", "-f", "bin", "-o", path, os.path.join(HERE, "speaker_guest.asm")],
                   check=True)
    return path


@pytest.fixture
def heard(floppy, tmp_path):
    path = str(tmp_path / "heard.wav")
    with Monitor("-audiodev", "wav,id=ear,path=" + path, "-machine", "pcspk-audiodev=ear",
                 files={FLOPPY: floppy}) as monitor:
        yield monitor, path


def samples(path):
    """(Left channel, samples a second) of a recording; complete when the emulator has ended."""
    with wave.open(path) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        assert file.getsampwidth() == 2
        data = file.readframes(file.getnframes())
    return array.array("h", data)[0::channels], rate


def tones(path):
    """The pitches heard, in order: runs of more than 50 ms of sound, each by its zero crossings."""
    values, rate = samples(path)
    crossings = [i for i in range(1, len(values)) if values[i - 1] <= 0 < values[i]]
    runs, last = [], None
    for at in crossings:
        if last is not None and at - last < rate / 50:
            period = at - last
            if runs and abs(runs[-1][0] - period) <= 3:
                runs[-1][1] += 1
                runs[-1][2] = at
            else:
                runs.append([period, 1, at, last])
        last = at
    return [rate * count / (end - start) for _, count, end, start in runs if end - start > rate / 20]


def port_b(mon):
    """Bits 0 and 1 of the PC's port 61h."""
    return int(mon.run("dbg k; i 61; q").split()[-1], 16) & 3


def until_port_b(mon, bits):
    for _ in range(60):
        if port_b(mon) == bits:
            return
        mon.run("sleep 1")
    raise AssertionError("port 61h stays at %d" % port_b(mon))


def test_pitch(heard):
    """Silent until in view; then the programmed pitches, within one per cent."""
    mon, path = heard
    mon.machine("one", "floppy a: " + FLOPPY)
    mon.wait_text("one", "first")
    assert port_b(mon) == 0
    mon.keys("ctrl+alt+f3")
    until_port_b(mon, 3)
    mon.run("sleep 1")
    mon.press_keys("one", "x")
    mon.wait_text("one", "second")
    mon.run("sleep 1")
    mon.press_keys("one", "x")
    mon.wait_text("one", "silence")
    assert port_b(mon) == 0
    mon.qmp("quit")
    mon.process.wait(30)
    found = tones(path)
    assert found and abs(found[0] - FIRST_HZ) < FIRST_HZ / 100, found
    assert abs(found[-1] - SECOND_HZ) < SECOND_HZ / 100, found


def test_silence(heard):
    """When it leaves the view, is paused, or ends; and with `speaker off`."""
    mon, _ = heard
    mon.machine("one", "floppy a: " + FLOPPY)
    mon.wait_text("one", "first")
    assert port_b(mon) == 0
    for silent, loud in (("view", None), ("vm pause one", "vm resume one"), ("vm kill one", None)):
        mon.keys("ctrl+alt+f3")
        until_port_b(mon, 3)
        if silent == "view":
            mon.keys("ctrl+alt+f1")
        else:
            mon.run(silent)
        until_port_b(mon, 0)
        if loud:
            mon.run(loud)
            until_port_b(mon, 3)
    mon.machine("one", "floppy a: " + FLOPPY, "speaker off")
    mon.wait_text("one", "first")
    mon.keys("ctrl+alt+f3")
    mon.run("sleep 1")
    assert port_b(mon) == 0
