from __future__ import annotations

from low_code.flows.people import World
from low_code.flows.preview import preview
from tests.support.approvals import NOON, People, a_flow, ask, people_named, person


def test_a_preview_names_the_way_and_the_people_before_anybody_submits() -> None:
    flow = a_flow(
        ask("n1", "ann"),
        {
            "id": "b1",
            "type": "branch",
            "cases": [
                {"id": "big", "when": ["total", 1000], "steps": [ask("n2", "ann", role="finance", mode="all")]},
                {"id": "small", "else": True, "steps": []},
            ],
        },
        {"id": "c1", "type": "cc", "who": [{"submitter": True}]},
    )
    world = World({"order": {"total": 5000}}, People(roles={"finance": ["ann", "fay"]}), NOON.date())

    seen = preview(flow, world, submitter=person("sam"), now=NOON)

    assert [(step.node_id, step.case, list(step.people)) for step in seen.steps] == [
        ("n1", "", people_named("ann")),
        ("b1", "big", []),
        ("n2", "", people_named("ann", "fay")),
        ("c1", "", people_named("sam")),
    ]
    assert seen.steps[2].auto == (person("ann"),)
    assert seen.ends == "approved"


def test_a_preview_shows_where_nobody_could_be_asked() -> None:
    flow = a_flow(ask("n1", role="ghosts"), on_empty="return")

    seen = preview(flow, World({"order": {}}, People(), NOON.date()), submitter=person("sam"), now=NOON)

    assert (seen.steps, seen.ends) == ((), "returned")
