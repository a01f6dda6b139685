"""A local Leat account to try things on: a real HTTP server on loopback, with faults on command and a ledger.

Written from what is known of the API, not from this program's client, so that one can show the other wrong.
"""

from __future__ import annotations

from ops.sandbox.config import SANDBOX_TOKEN, SandboxConfig
from ops.sandbox.faults import Fault, load_faults
from ops.sandbox.ledger import Effects, Entry, Ledger, Violation
from ops.sandbox.routes import API, ENDPOINTS
from ops.sandbox.server import Sandbox, serve
from ops.sandbox.store import Store

__all__ = [
    "API",
    "ENDPOINTS",
    "SANDBOX_TOKEN",
    "Effects",
    "Entry",
    "Fault",
    "Ledger",
    "Sandbox",
    "SandboxConfig",
    "Store",
    "Violation",
    "load_faults",
    "serve",
]
