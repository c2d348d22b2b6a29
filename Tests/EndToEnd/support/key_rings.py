"""A ring of two keys, for services that rotate from one to the other."""

import base64
import os

from stack import change


KEYS = {name: os.urandom(32) for name in ("one", "two")}


def ring(*names):
    return ",".join(f"{name}:{base64.b64encode(KEYS[name]).decode()}" for name in names)


def announcements_end(stack):
    """As if two minutes had passed without a process announcing that it seals with an old key."""
    change(stack, "UPDATE encryption_keys SET sealing_until = now() - interval '1 second'")
