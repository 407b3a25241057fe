"""What leaves the outbox: everything once per pass, in order, fairly, and again where it was lost."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.db import Work
from kernel.jobs.broker import declare_actors, make_broker
from kernel.jobs.registry import CONSUMERS, consumes
from kernel.outbox import Delivery, put_message
from kernel.outbox.relay import BATCH, PER_TENANT, relay_once, resend_unconsumed
from tests.support.post import Post, wait_until


def test_events_of_a_tenant_leave_in_the_order_they_were_put(post: Post) -> None:
    tenant, sent = post.tenant(), list[Delivery]()
    put = post.put(tenant, *["a"] * 120)

    while relay_once(post.system, sent.append):
        pass

    assert [delivery.id for delivery in sent] == put
    assert [delivery.payload["n"] for delivery in sent] == list(range(120))
    assert post.count("sent_at IS NULL") == 0


def test_an_event_of_a_transaction_that_was_rolled_back_never_leaves(post: Post) -> None:
    tenant, sent = post.tenant(), list[Delivery]()
    with pytest.raises(RuntimeError), post.open_work(tenant.id) as work:
        put_message(work, "a", {})
        raise RuntimeError

    assert relay_once(post.system, sent.append) == 0 and not sent


def test_two_relays_at_once_never_send_the_same_event(post: Post) -> None:
    tenants = [post.tenant() for _ in range(3)]
    for tenant in tenants:
        post.many(tenant, 150)
    both, sent, lock = threading.Barrier(2, timeout=10), Counter[object](), threading.Lock()

    def relay(_: int) -> None:
        met = False

        def send(delivery: Delivery) -> None:
            nonlocal met
            if not met:  # both hold their claims before either of them commits
                met = True
                both.wait()
            with lock:
                sent[delivery.id] += 1

        while relay_once(post.system, send):
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(relay, range(2)))

    assert len(sent) == 450 and set(sent.values()) == {1}


@pytest.mark.parametrize("floods", [1, 6])
def test_floods_of_others_keep_nobody_waiting_for_more_than_a_pass(floods: int, post: Post) -> None:
    for _ in range(floods):
        post.many(post.tenant(), 5_000 // floods)
    small, sent = post.tenant(), list[Delivery]()
    put = post.put(small, "a", "b", "c")

    assert relay_once(post.system, sent.append) <= BATCH

    assert [delivery.id for delivery in sent if delivery.tenant_id == small.id] == put
    assert max(Counter(delivery.tenant_id for delivery in sent).values()) <= PER_TENANT


def test_more_tenants_than_a_pass_has_room_for_all_come_on(post: Post) -> None:
    tenants = [post.tenant() for _ in range(BATCH + 20)]
    for tenant in tenants:
        post.put(tenant, "a")
    sent: list[Delivery] = []

    assert relay_once(post.system, sent.append) == BATCH
    relay_once(post.system, sent.append)

    assert {delivery.tenant_id for delivery in sent} == {tenant.id for tenant in tenants}


def test_an_event_that_cannot_be_sent_stays_and_is_tried_later(post: Post) -> None:
    tenant, sent = post.tenant(), list[Delivery]()
    bad, good = post.put(tenant, "bad", "good")

    def send(delivery: Delivery) -> None:
        if delivery.topic == "bad":
            raise ConnectionError("the queue is away")
        sent.append(delivery)

    assert relay_once(post.system, send) == 1  # the others leave all the same
    assert [delivery.id for delivery in sent] == [good]
    assert relay_once(post.system, sent.append) == 0  # not at once
    assert post.count("id = :id AND sent_at IS NULL AND next_try_at > now()", id=bad) == 1

    post.change("UPDATE outbox_messages SET next_try_at = now() WHERE sent_at IS NULL")
    relay_once(post.system, sent.append)

    assert [delivery.id for delivery in sent] == [good, bad]


def test_a_long_outage_of_the_queue_uses_up_no_attempts(post: Post) -> None:
    (event,) = post.put(post.tenant(), "a")

    def away(_: Delivery) -> None:
        raise ConnectionError

    for _ in range(25):
        relay_once(post.system, away)
        post.change("UPDATE outbox_messages SET next_try_at = now()")
    relay_once(post.system, lambda _: None)

    assert resend_unconsumed(post.system, [("a", "reader")], after_seconds=0) == 1
    assert post.count("id = :id AND sent_at IS NULL", id=event) == 1


def test_a_relay_that_dies_between_sending_and_marking_sends_again(post: Post) -> None:
    put, sent = post.put(post.tenant(), "a", "b"), list[Delivery]()

    def die_at_the_second(delivery: Delivery) -> None:
        if sent:
            raise SystemExit
        sent.append(delivery)

    with pytest.raises(SystemExit):
        relay_once(post.system, die_at_the_second)
    relay_once(post.system, sent.append)

    assert [delivery.id for delivery in sent] == [put[0], *put]


def test_only_what_no_consumer_has_done_with_is_sent_again(post: Post) -> None:
    tenant = post.tenant()
    done, lost, unwanted = post.put(tenant, "a", "a", "b")
    while relay_once(post.system, lambda _: None):
        pass
    with post.open_work(tenant.id) as work:
        work.execute(
            "INSERT INTO consumed_events (tenant_id, id, consumer) VALUES (%(t)s, %(id)s, 'reader')",
            {"t": tenant.id, "id": done},
        )

    assert resend_unconsumed(post.system, [("a", "reader")], after_seconds=60) == 0
    assert resend_unconsumed(post.system, [("a", "reader")], after_seconds=0) == 1

    assert post.count("sent_at IS NULL") == 1
    assert post.count("id = :id AND sent_at IS NULL", id=lost) == 1
    assert post.count("id = :id AND sent_at IS NOT NULL", id=unwanted) == 1


def test_an_event_is_given_up_after_twenty_attempts(post: Post) -> None:
    post.put(post.tenant(), "a")
    for _ in range(20):
        assert relay_once(post.system, lambda _: None) == 1
        resend_unconsumed(post.system, [("a", "reader")], after_seconds=0)

    assert relay_once(post.system, lambda _: None) == 0


def test_messages_that_the_queue_lost_arrive_after_all(post: Post) -> None:
    seen: list[object] = []

    @consumes("a", name="reader")
    def read(work: Work, delivery: Delivery) -> None:
        seen.append(delivery.id)

    tenant = post.tenant()
    put = post.put(tenant, *["a"] * 10)
    wanted = [(topic, consumer.name) for consumer in CONSUMERS.values() for topic in consumer.topics]
    broker = make_broker(post.redis_url)
    declare_actors(broker, post.open_work)
    assert post.deliver(broker) == 10
    broker.close()
    post.flush_queue()  # Valkey died and came back empty

    with post.worker() as working:
        assert resend_unconsumed(post.system, wanted, after_seconds=0) == 10
        assert post.deliver(working) == 10
        wait_until(lambda: post.consumed("reader") == 10)

    assert sorted(seen) == sorted(put)  # type: ignore[type-var]
