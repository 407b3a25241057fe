"""A small HTTP load: threads with keep-alive connections, raw sockets so that the client costs little."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Measured:
    """latencies in seconds, in the order of completion; failures: status -> how many"""

    latencies: list[float] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def an_order(customer: int, skus: list[int], quantities: list[int]) -> bytes:
    return json.dumps(
        {
            "order_type": "standard",
            "customer_number": f"B-{customer}",
            "lines": [
                {"sku": f"S-{sku}", "quantity": str(quantity), "custom": {"label_text": "fragile"}}
                for sku, quantity in zip(skus, quantities, strict=True)
            ],
            "custom": {"po_number": f"PO-{customer}", "delivery_window": "morning"},
        }
    ).encode()


def run_load(host: str, port: int, key: str, *, seconds: float, concurrency: int) -> Measured:
    """Places 3-line orders as fast as answers come, from `concurrency` connections, for `seconds`."""
    measured, lock = Measured(), threading.Lock()
    stop_at = time.monotonic() + seconds

    def client(number: int) -> None:
        chance = random.Random(number)
        connection = socket.create_connection((host, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own: list[float] = []
        bad: dict[int, int] = {}
        turn = 0
        while time.monotonic() < stop_at:
            turn += 1
            skus = [chance.randint(1, 333), chance.randint(334, 666), chance.randint(667, 1000)]
            body = an_order(chance.randint(1, 1000), skus, [chance.randint(1, 5) for _ in skus])
            request = (
                f"POST /api/v1/orders/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
                f"Idempotency-Key: b-{number}-{turn}-{time.time_ns()}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode() + body
            started = time.perf_counter()
            connection.sendall(request)
            status = _read_answer(connection)
            elapsed = time.perf_counter() - started
            if status == 201:
                own.append(elapsed)
            else:
                bad[status] = bad.get(status, 0) + 1
        connection.close()
        with lock:
            measured.latencies += own
            for status, count in bad.items():
                measured.failures[status] = measured.failures.get(status, 0) + count

    started = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.monotonic() - started
    return measured


def _read_answer(connection: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split(b" ", 2)[1])
