from __future__ import annotations

from sqlalchemy import Engine

from kernel.ids import new_id
from tenants.access.departments import all_departments
from tenants.access.ids import department_text, user_text
from tenants.access.queries import user_row
from tenants.scope import open_work
from tests.support.web import Browser, Company, make_user


def test_departments_are_made_moved_and_deleted_on_their_pages(
    engine: Engine, company: Company, admin: Browser
) -> None:
    head = make_user(engine, company, "approver", name="Hedda")
    made = admin.post(
        "/settings/departments/new", {"_once": str(new_id()), "name_en": "Export", "head": user_text(head.id)}
    )
    assert made.status_code == 302
    with open_work(engine, company.id) as work:
        export = next(row for row in all_departments(work) if row.key == "export")
    assert export.head_id == head.id

    page = admin.get("/settings/departments").text
    assert "Export" in page and "Hedda" in page
    loop = admin.post(
        f"/settings/departments/{department_text(export.id)}",
        {"name_en": "Export", "parent": department_text(export.id)},
    )
    assert loop.status_code == 409 and "cannot be below itself" in loop.text
    bad = admin.post(f"/settings/departments/{department_text(export.id)}", {"name_en": "Export", "head": "nobody"})
    assert bad.status_code == 404
    gone = admin.post(f"/settings/departments/{department_text(export.id)}/delete")
    assert gone.status_code == 302
    with open_work(engine, company.id) as work:
        assert export.id not in {row.id for row in all_departments(work)}


def test_a_user_is_put_into_a_department(engine: Engine, company: Company, admin: Browser) -> None:
    person = make_user(engine, company, "operator")
    admin.post("/settings/departments/new", {"_once": str(new_id()), "name_en": "Quay"})
    with open_work(engine, company.id) as work:
        quay = next(row for row in all_departments(work) if row.key == "quay")
    url, form = f"/settings/users/{user_text(person.id)}", {"name": "Li", "roles": "operator"}

    assert (
        admin.post(url, {**form, "department": department_text(quay.id), "approval_limit": "5,000"}).status_code == 302
    )

    with open_work(engine, company.id) as work:
        assert user_row(work, person.id).department_id == quay.id
    assert ">Quay</option>" in admin.get(url).text.replace(" selected", "") and 'value="5000"' in admin.get(url).text
    for wrong in ({"approval_limit": "lots"}, {"approval_limit": "-1"}, {"department": "x"}, {"manager": "x"}):
        assert admin.post(url, {**form, **wrong}).status_code in {404, 409, 422}
