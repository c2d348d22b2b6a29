"""Microsoft's own Python library completes the code flow and a refresh against the simulator, over HTTPS."""

import subprocess
import sys

from stack import BINARIES, CLIENT_ID, CLIENT_SECRET, ROOT, free_port


def test_msal_over_https(tmp_path):
    subprocess.run([BINARIES / "microsoft-simulator", "certificate", "--directory", tmp_path], check=True)
    port = free_port()
    redirect = "https://localhost:1/callback"
    simulator = subprocess.Popen(
        [BINARIES / "microsoft-simulator", "serve", "--host", "127.0.0.1", "--port", str(port), "--client-id", CLIENT_ID,
         "--client-secret", CLIENT_SECRET, "--redirect-uri", redirect,
         "--tls-certificate", tmp_path / "server.pem", "--tls-key", tmp_path / "server.key"],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        assert "listening on https://" in simulator.stdout.readline()
        done = subprocess.run(
            [sys.executable, ROOT / "Tests/ThirdParty/msal_flow.py", "--base-url", f"https://localhost:{port}",
             "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--redirect-uri", redirect, "--ca-file", tmp_path / "ca.pem"],
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        simulator.kill()
        simulator.wait()
