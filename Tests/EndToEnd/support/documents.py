"""The commands of a document, with the output it shows for them."""

import os
import re
import subprocess

from stack import BINARIES, ROOT

BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def examples(name):
    """[commands, their output or None if the document does not show it], in the document's order."""
    found = []
    for kind, text in BLOCK.findall((ROOT / "docs" / name).read_text()):
        if kind == "sh":
            found.append([text, None])
        else:
            assert found and found[-1][1] is None, f"{name}: an answer without commands"
            found[-1][1] = text
    return found


def run(found, folder, **settings):
    """Runs every command in one shell, as a reader would; returns [commands, shown, printed]."""
    mark = "=== next ==="
    script = f"\necho '{mark}'\n".join(commands for commands, _ in found)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120,
        env={**os.environ, **settings, "no_proxy": "127.0.0.1", "PATH": f"{BINARIES}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(f"{mark}\n")
    return [(commands, shown, output) for (commands, shown), output in zip(found, printed, strict=True)]


def of_the_catalogue():
    """The text below each code's heading."""
    parts = re.split(r"^### (\w+)\n", (ROOT / "docs" / "errors.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))
