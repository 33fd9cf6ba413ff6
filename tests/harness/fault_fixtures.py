"""Pytest fixtures of the fault proxy and the collectors; import the ones a module needs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.harness.collector import Certificate, HookCollector, MailCollector, make_certificate
from tests.harness.proxy import FaultProxy

__all__ = ["certificate", "hook_collector", "mail_collector", "proxy_to"]


@pytest.fixture
def hook_collector() -> Iterator[HookCollector]:
    """Give a webhook that notes everything (`.url`, `.script`, `.taken`, `.duplicates`)."""
    with HookCollector() as made:
        yield made


@pytest.fixture
def mail_collector() -> Iterator[MailCollector]:
    """Give a mail server without TLS that notes everything."""
    with MailCollector() as made:
        yield made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Give a certificate for 127.0.0.1 that is its own authority."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def proxy_to() -> Iterator[Callable[[int], FaultProxy]]:
    """Give a function that returns a running fault proxy to a port; all are stopped with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(FaultProxy(port))
