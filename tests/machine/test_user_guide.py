"""The user guide's lessons, walked line by line: every command of a chapter is typed, and what the guide
shows must come, in that order. A line `...` stands for any number of lines."""

import os
import re

import pytest

from monitor import ROOT, Monitor

COMMAND = re.compile(r"^((?:poly86|k|\w+\[\w+\])> )(.*)$")
LESSONS = ("A bug, found and patched",)


def lesson(title):
    """[(prompt, command, lines shown)] of a chapter."""
    with open(os.path.join(ROOT, "docs/user-guide.md"), encoding="utf-8") as file:
        text = re.search(r"^### %s\n(.*?)^##" % re.escape(title), file.read(), re.M | re.S).group(1)
    steps = []
    for line in re.findall(r"^    (.*)$", text, re.M):
        match = COMMAND.match(line)
        if match:
            steps.append((match.group(1), match.group(2), []))
        else:
            steps[-1][2].append(line)
    return steps


def same(shown, lines):
    """Do the lines shown come in these, `...` being any?"""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + r" *\n" for line in shown)
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in lines))


@pytest.mark.parametrize("title", LESSONS)
def test_lesson(title):
    steps = lesson(title)
    assert len(steps) > 10
    with Monitor() as monitor:
        for prompt, command, shown in steps:
            tail = monitor.serial.text().rpartition("\n")[2]
            assert tail == prompt, "%r instead of %r before %s" % (tail, prompt, command)
            answer = monitor.serial.ask(command, r"\n?((?:poly86|k|\w+\[\w+\])> )$", 120)
            assert same(shown, answer.splitlines()), "%s:\n%s\ninstead of\n%s" % (command, answer, "\n".join(shown))
