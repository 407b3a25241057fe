"""Approvals: what waits for whom, where an order's approval stands, and the way that an order would take."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from low_code.documents.compiled import compiled
from low_code.flows.errors import NotYourTask
from low_code.flows.lists import RunningFilter, list_running, names_of
from low_code.flows.preview import what_comes
from low_code.flows.queries import approvals_of, list_my_tasks, read_approval
from low_code.flows.store import world_of
from low_code.flows.tree import Flow
from oms.orders.order_values import order_values
from oms.orders.read_order import read_order
from oms.placement.commands import PlaceOrder
from oms.placement.edit_in_approval import editable_keys, hidden_keys
from oms.placement.open_approvals import people_by_mail, rights_at
from oms.placement.policy_for import policy_for
from oms.placement.preview_approval import preview_approval
from oms.placement.quote_order import quote_order
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from web.api.order_schemas import NewOrderSchema
from web.api.own_fields import outside
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.work import current_work

bp = ApiBlueprint("api_approvals", __name__, url_prefix=f"{PREFIX}/approvals", description="Approvals")


class PersonSchema(Schema):
    id = Id("usr")
    name = fields.String()


class ApprovalStepSchema(Schema):
    """One step. `people` are whom it asks or tells; `inside` names the branches of parallel steps around it."""

    step = fields.String()
    type = fields.String()
    names = fields.Dict()
    mode = fields.String()
    people = fields.List(fields.Nested(PersonSchema))
    inside = fields.List(fields.List(fields.String()))
    until = fields.AwareDateTime(allow_none=True)


class ChoiceSchema(Schema):
    """A step for which the submitter names people, by their ids in `approvers` of the order."""

    step = fields.String()
    names = fields.Dict()
    most = fields.Integer()
    candidates = fields.List(fields.Nested(PersonSchema))


class ApprovalPreviewSchema(Schema):
    """`needed` is false where no flow wants the order. `ends` says what would come of it if everybody approved."""

    needed = fields.Boolean()
    flow = fields.String(allow_none=True)
    ends = fields.String()
    steps = fields.List(fields.Nested(ApprovalStepSchema))
    choices = fields.List(fields.Nested(ChoiceSchema))


class ApprovalTaskSchema(Schema):
    """What one person is, or was, asked. `origin` is whom it was asked of first, where that is somebody else."""

    id = Id("tsk")
    step = fields.String()
    kind = fields.String()
    round = fields.Integer()
    assignee = fields.Nested(PersonSchema)
    origin = fields.Nested(PersonSchema, allow_none=True)
    via = fields.String()
    status = fields.String()
    opened_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    acted_at = fields.AwareDateTime(allow_none=True)
    comment = fields.String()
    return_to = fields.List(fields.String())


class OrderApprovalSchema(Schema):
    """`version` goes back with the next action, so that nobody decides on what has changed since."""

    id = Id("apv")
    flow = fields.String()
    release = fields.Integer()
    status = fields.String()
    round = fields.Integer()
    version = fields.Integer()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    tasks = fields.List(fields.Nested(ApprovalTaskSchema))
    next = fields.List(fields.Nested(ApprovalStepSchema))


class ApprovalsSchema(Schema):
    data = fields.List(fields.Nested(OrderApprovalSchema))


class TasksQuery(Page):
    on_behalf_of = fields.Email(required=True, metadata={"description": "E-mail of the person who is asked"})


class MyTaskSchema(Schema):
    """A task that waits, with the order as that person may see it at his step.

    `edit` names the order's own fields that he may change while he acts; fields that his step hides are not in
    `custom`.
    """

    id = Id("tsk")
    approval = Id("apv")
    order = Id("ord")
    number = fields.String()
    customer = fields.String()
    currency = fields.String()
    total = Money()
    custom = fields.Dict()
    edit = fields.List(fields.String())
    flow = fields.String()
    step = fields.String()
    kind = fields.String()
    version = fields.Integer()
    opened_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)


class TasksSchema(Schema):
    data = fields.List(fields.Nested(MyTaskSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class RunningQuery(Page):
    flow = fields.String(load_default="", validate=validate.Length(max=100))
    step = fields.String(load_default="", validate=validate.Length(max=200))
    asked_before = fields.AwareDateTime(load_default=None, allow_none=True)


class AskedSchema(Schema):
    id = Id("tsk")
    step = fields.String()
    assignee = fields.Nested(PersonSchema)
    opened_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)


class RunningSchema(Schema):
    id = Id("apv")
    order = Id("ord")
    title = fields.String()
    flow = fields.String()
    release = fields.Integer()
    round = fields.Integer()
    version = fields.Integer()
    started_at = fields.AwareDateTime()
    waits_until = fields.AwareDateTime(allow_none=True)
    asked = fields.List(fields.Nested(AskedSchema))


class RunningsSchema(Schema):
    data = fields.List(fields.Nested(RunningSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


@bp.route("/")
class Running(MethodView):
    @requires(Permission.APPROVE_ORDERS)
    @bp.arguments(RunningQuery, location="query")
    @bp.response(HTTPStatus.OK, RunningsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List running approvals, the oldest first."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], UUID)
        wanted = RunningFilter(
            flow_key=query["flow"],
            node_id=query["step"],
            since=query["asked_before"],
            after=cursor[0] if cursor else None,
        )
        with current_work() as work:
            rows = list_running(work, wanted, limit=limit + 1)
            names = names_of(work, [task[2] for row in rows for task in row.tasks])
        data = [
            {
                "id": row.id, "order": row.subject_id, "title": row.title, "flow": row.flow_key, "release": row.release,
                "round": row.round, "version": row.version, "started_at": row.started_at,
                "waits_until": row.waits_until,
                "asked": [
                    {"id": task, "step": step, "assignee": _person(user, names), "opened_at": since, "due_at": due}
                    for task, step, user, since, due in row.tasks
                ],
            }
            for row in rows[:limit]
        ]  # fmt: skip
        following = encode_cursor([str(rows[limit - 1].id)]) if len(rows) > limit else None
        return {"data": data, "has_more": following is not None, "next_cursor": following}


@bp.route("/tasks")
class Tasks(MethodView):
    @requires(Permission.APPROVE_ORDERS)
    @bp.arguments(TasksQuery, location="query")
    @bp.response(HTTPStatus.OK, TasksSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what waits for a person, the oldest first."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], UUID)
        with current_work() as work:
            person = people_by_mail(work, (query["on_behalf_of"],)).get(query["on_behalf_of"].lower())
            if person is None:
                raise NotYourTask()
            tasks = list_my_tasks(work, person.id, after=cursor[0] if cursor else None, limit=limit + 1)
            data = [_my_task(work, task) for task in tasks[:limit] if task.subject_kind == SUBJECT]
        following = encode_cursor([str(tasks[limit - 1].task_id)]) if len(tasks) > limit else None
        return {"data": data, "has_more": following is not None, "next_cursor": following}


@bp.route("/preview")
class Preview(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.arguments(NewOrderSchema)
    @bp.response(HTTPStatus.OK, ApprovalPreviewSchema)
    def post(self, command: PlaceOrder) -> dict[str, Any]:
        """Tell whom an order would be shown to. Nothing is written."""
        with current_work() as work:
            policy = policy_for(work, command.order_type)
            quote = quote_order(work, command, policy)
            seen = preview_approval(work, command, quote.order, policy) if quote.order else None
        if seen is None:
            return {"needed": False, "flow": None, "ends": "approved", "steps": [], "choices": []}
        return {
            "needed": True, "flow": seen.flow_key, "ends": seen.ends,
            "steps": [_step(step, seen.people) for step in seen.steps],
            "choices": [
                {"step": choice.node_id, "names": choice.names, "most": choice.most,
                 "candidates": [_person(user, seen.people) for user in choice.candidates]}
                for choice in seen.choices
            ],
        }  # fmt: skip


def order_approvals(work: Work, order_id: UUID) -> dict[str, Any]:
    """What ApprovalsSchema dumps. Raises OrderNotFound where the order is out of reach."""
    read_order(work, order_id, with_history=False)
    return {"data": [_approval(work, each) for each in approvals_of(work, SUBJECT, order_id)]}


def _approval(work: Work, instance_id: UUID) -> dict[str, Any]:
    approval = read_approval(work, instance_id)
    flow: Flow = compiled(work, "approval_flow", approval.flow_key, approval.release).flow
    coming: Any = ()
    if approval.status == "open":
        world = world_of(work, order_values(work, approval.subject_id))
        coming = what_comes(flow, approval.state, world, work.now).steps
    named = {task[role] for task in approval.tasks for role in ("assignee_id", "origin_id")}
    names = names_of(work, [*named, *(user for step in coming for user in step.people)])
    return {
        "id": approval.id, "flow": approval.flow_key, "release": approval.release, "status": approval.status,
        "round": approval.round, "version": approval.version, "started_at": approval.started_at,
        "ended_at": approval.ended_at, "next": [_step(step, names) for step in coming],
        "tasks": [
            {
                **task, "step": task["node_id"], "assignee": _person(task["assignee_id"], names),
                "origin": _person(task["origin_id"], names) if task["origin_id"] else None,
                "return_to": approval.returns.get(task["id"], ()),
            }
            for task in approval.tasks
        ],
    }  # fmt: skip


def _my_task(work: Work, task: Any) -> dict[str, Any]:
    order = read_order(work, task.subject_id, with_history=False).order
    rights = rights_at(work, task.flow_key, task.release, task.node_id)
    hidden = hidden_keys(rights)
    return {
        "id": task.task_id, "approval": task.instance_id, "order": order.id, "number": order.number,
        "customer": order.customer_name, "currency": order.currency, "total": order.total,
        "custom": outside(
            work, "order", {key: value for key, value in order.custom.items() if f"cf.{key}" not in hidden}
        ),
        "edit": list(editable_keys(rights)), "flow": task.flow_key, "step": task.node_id, "kind": task.kind,
        "version": task.version, "opened_at": task.opened_at, "due_at": task.due_at,
    }  # fmt: skip


def _step(step: Any, names: Any) -> dict[str, Any]:
    return {
        "step": step.node_id, "type": step.type, "names": step.names, "mode": step.mode,
        "people": [_person(user, names) for user in step.people],
        "inside": [list(branch) for branch in step.inside], "until": step.until,
    }  # fmt: skip


def _person(user: UUID, names: Any) -> dict[str, Any]:
    return {"id": user, "name": names.get(user, "")}
