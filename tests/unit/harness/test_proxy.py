"""The fault proxy does each fault, on open connections too, and stops doing it."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.harness.proxy import HALF_OPEN, HEALTHY, FaultProxy, Faults, corrupted

WAIT_SECONDS = 5.0
SILENCE_SECONDS = 0.3


@pytest.fixture
def echo() -> Iterator[int]:
    """Give the port of a server that says everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with closing(connection):
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.fixture
def proxy(echo: int) -> Iterator[FaultProxy]:
    """Give a proxy before it."""
    with FaultProxy(echo, seed=7) as made:
        yield made


def connect(proxy: FaultProxy) -> socket.socket:
    """Return a connection through the proxy."""
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=WAIT_SECONDS)


def ask(connection: socket.socket, data: bytes) -> bytes:
    """Send, and return as many bytes as were sent."""
    connection.sendall(data)
    got = b""
    while len(got) < len(data):
        piece = connection.recv(65536)
        if not piece:
            break
        got += piece
    return got


def is_silent(connection: socket.socket) -> bool:
    """Return whether nothing comes, not even an end."""
    connection.settimeout(SILENCE_SECONDS)
    try:
        return connection.recv(1) != b"" and False
    except TimeoutError:
        return True
    finally:
        connection.settimeout(WAIT_SECONDS)


def test_a_healthy_network_changes_nothing(proxy: FaultProxy) -> None:
    """Bytes arrive as they were sent, both ways, and are counted."""
    data = random.Random(1).randbytes(300_000)
    with connect(proxy) as connection:
        assert ask(connection, data) == data
        assert (proxy.bytes_up, proxy.bytes_down) == (len(data), len(data))
        assert (proxy.accepted, proxy.open) == (1, 1)


def test_latency_holds_each_chunk_both_ways(proxy: FaultProxy) -> None:
    """An answer needs the latency twice; switched off, an open connection is quick again."""
    with connect(proxy) as connection:
        proxy.set(Faults(latency_seconds=0.2))
        started = time.monotonic()
        assert ask(connection, b"x") == b"x"
        assert time.monotonic() - started >= 0.4
        proxy.set(HEALTHY)
        assert ask(connection, b"y") == b"y"


def test_a_cut_resets_open_connections_and_takes_new_ones(proxy: FaultProxy) -> None:
    """The client learns of it as of a crashed host: by a reset, not by an orderly end."""
    with connect(proxy) as connection:
        assert ask(connection, b"x") == b"x"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(proxy) as again:
        assert ask(again, b"y") == b"y"


def test_refused_until_restored_on_the_same_port(proxy: FaultProxy) -> None:
    """Nobody listens for a while; the port stays ours."""
    with connect(proxy) as connection:
        assert ask(connection, b"x") == b"x"
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    proxy.restore()
    with connect(proxy) as again:
        assert ask(again, b"y") == b"y"


def test_half_open_takes_everything_and_answers_nothing(proxy: FaultProxy) -> None:
    """Open and new connections alike; with bytes missing they are reset once the network is well."""
    with connect(proxy) as before:
        assert ask(before, b"x") == b"x"
        proxy.set(HALF_OPEN)
        with connect(proxy) as during:
            for connection in (before, during):
                connection.sendall(b"lost")
                assert is_silent(connection)
            proxy.restore()
            for connection in (before, during):
                with pytest.raises(ConnectionResetError):
                    connection.recv(1)
    with connect(proxy) as after:
        assert ask(after, b"y") == b"y"


def test_an_answer_can_be_lost_after_the_request_arrived(proxy: FaultProxy) -> None:
    """The server got it, the client waits: a time-out after the write."""
    with connect(proxy) as connection:
        assert ask(connection, b"x") == b"x"
        proxy.set(Faults(swallow_down=True))
        connection.sendall(b"written")
        assert is_silent(connection)
        assert proxy.bytes_up == len(b"x" + b"written")


def test_a_drip_keeps_to_its_pace(proxy: FaultProxy) -> None:
    """2,000 bytes at 4,000 a second need half a second and arrive whole."""
    with connect(proxy) as connection:
        proxy.set(Faults(bytes_per_second=4000))
        started = time.monotonic()
        assert ask(connection, b"z" * 2000) == b"z" * 2000
        assert time.monotonic() - started >= 0.4


def test_corruption_turns_single_bits_and_repeats_with_the_seed() -> None:
    """The length stays; the same seed turns the same bits."""
    data = bytes(100_000)
    first = corrupted(data, 1000, random.Random("s"))
    assert first == corrupted(data, 1000, random.Random("s"))
    turned = [b for b in first if b]
    assert len(first) == len(data)
    assert 50 <= len(turned) <= 200
    assert all(b.bit_count() == 1 for b in turned)


def test_corruption_reaches_the_client(proxy: FaultProxy) -> None:
    """What comes back is not what was sent."""
    with connect(proxy) as connection:
        proxy.set(Faults(corrupt_rate=10_000))
        data = bytes(20_000)
        got = ask(connection, data)
        assert len(got) == len(data)
        assert got != data


def test_a_connection_is_cut_in_the_middle_of_an_answer(proxy: FaultProxy) -> None:
    """Some of the answer arrives, then a reset or an end."""
    proxy.set(Faults(cut_after_bytes=1000))
    with connect(proxy) as connection:
        got = b""
        try:
            connection.sendall(b"a" * 500)
            got += connection.recv(65536)
            connection.sendall(b"b" * 5_000_00)
            while piece := connection.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert 500 <= len(got) < 500_500
