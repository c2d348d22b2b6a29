"""SIGKILL at random while tokens are renewed and resealed: no grant is lost that Microsoft still honours."""

import os
import random
import subprocess
import threading
import time

import pytest

from key_rings import announcements_end, ring
from refreshes import connected, expect_what_microsoft_honours, kill_while_refreshing
from stack import BINARIES, Stack

KILLS = int(os.environ.get("HEARTH_ROTATION_KILLS", "6"))
MAILBOXES = 24
RINGS = [("two", "one"), ("one", "two")]


@pytest.fixture
def stack(tmp_path):
    stack = Stack(tmp_path)
    yield stack
    stack.close()


class Rotations:
    """Runs `hearth keys rotate` again and again, to one key and back to the other; each is killed while it reseals."""

    def __init__(self, environment, dice):
        self.environment, self.dice = environment, dice
        self.killed, self.complaints = 0, []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            rotation = subprocess.Popen(
                [BINARIES / "hearth", "keys", "rotate", "--no-wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**self.environment, "HEARTH_ENCRYPTION_KEYS": ring(*RINGS[turn % 2])})
            rotation.stderr.readline()  # the first values are done
            time.sleep(self.dice.uniform(0, 0.06))
            self.killed += rotation.poll() is None
            rotation.kill()
            said = rotation.communicate()[0]
            self.complaints += [line for line in said.splitlines() if "does not open" in line or "altered" in line]

    def stop(self):
        self.stopping.set()
        self.thread.join()


def test_killed_while_refreshing_and_sealing_anew(stack):
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("one", "two")
    stack.start_hearth()
    partner = stack.tenant()
    campaigns = connected(stack, partner, MAILBOXES)
    dice = random.Random(int(os.environ.get("HEARTH_SEED", "5")))
    rotations = Rotations(dict(stack.environment), random.Random(dice.random()))
    try:
        kill_while_refreshing(stack, partner, KILLS, dice)
    finally:
        rotations.stop()
    assert rotations.killed >= KILLS and rotations.complaints == []
    expect_what_microsoft_honours(stack, partner, campaigns)
    stack.stop("hearth")

    # One more run finishes what was left, after which the old key is not needed to open anything.
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two", "one")
    announcements_end(stack)
    done = stack.cli("keys", "rotate", "--no-wait")
    assert (done["retired"], done["still_sealing"], done["problems"]) == (["one"], [], [])
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two")
    stack.start_hearth()
    expect_what_microsoft_honours(stack, partner, campaigns)
    print(f"\n{KILLS} kills of the service, {rotations.killed} of a rotation")
