from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ops.errors import OptionError
from ops.sandbox import API, Sandbox, SandboxConfig
from tests.conftest import MakeSandbox
from tests.sandbox.support import client_of, data

SERVE = """
import json
from ops.sandbox import SandboxConfig, serve
serve(SandboxConfig(contacts=20), lambda document: print(json.dumps(document), flush=True))
print("closed", flush=True)
"""


def test_it_starts_and_stops_at_once(make_sandbox: MakeSandbox) -> None:
    """Tests may have one each: starting and stopping ten takes less than a second."""
    started = time.perf_counter()
    for _ in range(10):
        sandbox = make_sandbox()
        assert httpx.get(sandbox.url + API, trust_env=False).status_code == 401
        sandbox.stop()
        sandbox.stop()
    # Ten clients take their time as well.
    assert time.perf_counter() - started < 3.0
    assert not [each for each in threading.enumerate() if each.name == "leat-sandbox"]


def test_a_stopped_sandbox_refuses_connections() -> None:
    """Its port is closed, also for connections that were open."""
    with Sandbox.start(SandboxConfig(contacts=5)) as sandbox, client_of(sandbox) as api:
        data(api.get("/shops"))
        sandbox.stop()
        with pytest.raises(httpx.TransportError):
            api.get("/shops")
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.url, trust_env=False)


def test_a_port_in_use_is_an_error_in_words(sandbox: Sandbox) -> None:
    """It names the option."""
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OptionError, match="already in use") as caught:
        Sandbox.start(SandboxConfig(port=port))
    assert caught.value.where == {"option": "port"}


def test_latency_is_added_to_every_answer(make_sandbox: MakeSandbox) -> None:
    """A request takes at least that long."""
    sandbox = make_sandbox(SandboxConfig(contacts=5, latency_ms=30))
    with client_of(sandbox) as api:
        started = time.perf_counter()
        data(api.get("/shops"))
        assert time.perf_counter() - started >= 0.03


def test_answers_come_without_the_delay_of_small_packets(sandbox: Sandbox, api: httpx.Client) -> None:
    """Twenty requests one after the other are far from twenty times 40 ms."""
    data(api.get("/shops"))
    started = time.perf_counter()
    for _ in range(20):
        data(api.get("/shops"))
    assert time.perf_counter() - started < 0.6
    assert sandbox.ledger.requests == 21


@contextmanager
def served() -> Iterator[subprocess.Popen[str]]:
    """A process that serves in the foreground; it is gone at the end."""
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", SERVE], stdout=-1, stderr=-1, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serving_in_the_foreground(sent: signal.Signals) -> None:
    """It says where it is once it accepts connections, serves, and closes cleanly on a signal."""
    with served() as process:
        assert process.stdout is not None
        document = json.loads(process.stdout.readline())
        assert set(document) == {"url", "token", "programs", "shops"}
        headers = {"Authorization": f"Bearer {document['token']}", "Accept": "application/json"}
        with httpx.Client(base_url=document["url"] + API, headers=headers, trust_env=False) as client:
            assert len(data(client.get("/shops"))) == len(document["shops"])
            process.send_signal(sent)
            out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("closed\n", "", 0)
