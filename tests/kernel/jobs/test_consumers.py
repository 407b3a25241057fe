"""Consumers on a real worker: once per event, refusals are final, everything else is tried again."""

from __future__ import annotations

import time
from collections import Counter
from uuid import UUID

from kernel.db import Work
from kernel.errors import Conflict, Unavailable
from kernel.jobs.broker import send_delivery
from kernel.jobs.registry import OpenWork, consumes, consumes_long
from kernel.outbox import Delivery, put_message
from tests.support.post import Post, wait_until


class Refused(Conflict):
    code = "refused"
    message = "No."


class Away(Unavailable):
    code = "away"
    message = "Not now."


def delivery_of(post: Post, event: UUID, tenant: UUID, topic: str = "a") -> Delivery:
    return Delivery(tenant, event, topic, {})


def test_an_event_that_is_delivered_many_times_at_once_is_consumed_once(post: Post) -> None:
    @consumes("a", name="reader")
    def read(work: Work, delivery: Delivery) -> None:
        put_message(work, "done", {})
        time.sleep(0.1)

    tenant = post.tenant()
    events = post.put(tenant, "a", "a", "a")
    with post.worker(threads=8) as broker:
        send = send_delivery(broker)
        for _ in range(6):
            for event in events:
                send(delivery_of(post, event, tenant.id))
        wait_until(lambda: post.count("topic = 'done'") == 3)
        broker.join("default", timeout=10_000)

    assert post.count("topic = 'done'") == 3
    assert post.consumed("reader") == 3


def test_each_consumer_of_an_event_gets_it(post: Post) -> None:
    seen = Counter[str]()
    for name in ("one", "two"):

        @consumes("a", name=name, queue=name)
        def read(work: Work, delivery: Delivery, name: str = name) -> None:
            seen[name] += 1

    post.put(post.tenant(), "a", "nobody's")
    with post.worker() as broker:
        post.deliver(broker)
        wait_until(lambda: post.consumed("one") + post.consumed("two") == 2)

    assert seen == {"one": 1, "two": 1}


def test_a_refusal_is_final_and_leaves_nothing(post: Post) -> None:
    runs: list[UUID] = []

    @consumes("a", name="reader")
    def read(work: Work, delivery: Delivery) -> None:
        put_message(work, "done", {})
        runs.append(delivery.id)
        raise Refused()

    post.put(post.tenant(), "a")
    with post.worker() as broker:
        post.deliver(broker)
        wait_until(lambda: post.consumed("reader") == 1)
        time.sleep(1.5)  # a retry would come after a second

    assert len(runs) == 1
    assert post.count("topic = 'done'") == 0


def test_an_exception_is_tried_again_and_what_it_wrote_is_gone(post: Post) -> None:
    runs: list[str] = []

    @consumes("bug", "away", name="reader")
    def read(work: Work, delivery: Delivery) -> None:
        put_message(work, "done", {})
        runs.append(delivery.topic)
        if runs.count(delivery.topic) == 1:
            raise Away() if delivery.topic == "away" else RuntimeError("a bug")

    post.put(post.tenant(), "bug", "away")
    with post.worker() as broker:
        post.deliver(broker)
        wait_until(lambda: post.consumed("reader") == 2)

    assert Counter(runs) == {"bug": 2, "away": 2}
    assert post.count("topic = 'done'") == 2


def test_a_long_consumer_goes_on_where_it_stopped_and_counts_when_it_returns(post: Post) -> None:
    runs: list[int] = []

    @consumes_long("a", name="reader")
    def read(open_work: OpenWork, delivery: Delivery) -> None:
        runs.append(post.count("topic = 'part'"))
        for _ in range(3 - runs[-1]):
            with open_work(delivery.tenant_id) as work:
                put_message(work, "part", {})
            if len(runs) == 1:
                raise RuntimeError("killed after the first part")

    tenant = post.tenant()
    (event,) = post.put(tenant, "a")
    with post.worker() as broker:
        post.deliver(broker)
        wait_until(lambda: runs)
        assert post.consumed("reader") == 0
        wait_until(lambda: post.consumed("reader") == 1)
        send_delivery(broker)(delivery_of(post, event, tenant.id))  # once more: it has been done with
        broker.join("long", timeout=10_000)

    assert runs == [0, 1]
    assert post.count("topic = 'part'") == 3


def test_a_consumer_sees_the_event_s_tenant_only(post: Post) -> None:
    seen: list[tuple[UUID, int]] = []

    @consumes("a", name="reader")
    def read(work: Work, delivery: Delivery) -> None:
        seen.append((work.tenant_id, int(work.scalar("SELECT count(*) FROM outbox_messages"))))

    one, other = post.tenant(), post.tenant()
    post.put(one, "a")
    post.put(other, "a", "quiet")
    with post.worker() as broker:
        post.deliver(broker)
        wait_until(lambda: post.consumed("reader") == 2)

    assert sorted(seen) == sorted([(one.id, 1), (other.id, 2)])
