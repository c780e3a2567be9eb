"""The parts that the scenarios are played with. Everything a test starts is stopped here."""

import sys

sys.dont_write_bytecode = True

import shutil
import tempfile
from pathlib import Path

import pytest

import receivers
import relay as relays
import workspace as spaces


@pytest.fixture(scope="session")
def seed():
    """A workspace as `hearten init` makes it, to be copied."""
    top = Path(tempfile.mkdtemp(prefix="hearten-seed-"))
    made = spaces.hearten("init", top / "seed")
    assert made.code == 0, made
    shutil.rmtree(top / "seed/campaigns")
    (top / "seed/campaigns").mkdir()
    yield top / "seed"
    shutil.rmtree(top)


@pytest.fixture
def make_workspace(seed):
    made = []

    def make(**how):
        made.append(spaces.Workspace(seed, **how))
        return made[-1]

    yield make
    for space in made:
        space.remove()


@pytest.fixture
def ws(make_workspace):
    return make_workspace()


@pytest.fixture
def folder():
    """An empty folder that everybody may enter."""
    path = Path(tempfile.mkdtemp(prefix="hearten-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make_relay():
    """Makes scripted relays; at the end none of them may have seen a fault of the client."""
    made = []

    def make(answer=None, **how):
        made.append(relays.Relay(answer, **how))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    assert [fault for one in made for fault in one.faults] == []


@pytest.fixture
def relay(make_relay):
    return make_relay()


@pytest.fixture
def sink(folder):
    one = receivers.BuiltinSink(folder / "inbox")
    yield one
    one.stop()


@pytest.fixture
def smtp_sink(folder):
    one = receivers.SmtpSink(folder / "dump")
    yield one
    one.stop()
