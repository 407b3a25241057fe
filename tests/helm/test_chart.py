"""The chart lints, renders with every values file, and is what Kubernetes accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

helm = pytest.importorskip("helm_python", reason="requirements/deploy.txt is not installed (make helm)")
import kubernetes_validate  # noqa: E402
import yaml  # noqa: E402

pytestmark = [pytest.mark.helm, pytest.mark.filterwarnings("ignore")]

HELM = Path(__file__).resolve().parents[2] / "helm"
CHART = HELM / "oms"
VALUES = [None, *sorted((HELM / "values").glob("*.yaml"))]
KUBERNETES = ["1.28", "1.33"]


def rendered(values: Path | None) -> list[dict[str, Any]]:
    given = yaml.safe_load(values.read_text()) if values else {}
    manifests = helm.Chart.load(str(CHART)).render(given, name="orderloom", namespace="oms")
    texts = manifests.values() if isinstance(manifests, dict) else manifests
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def test_the_chart_lints() -> None:
    findings = helm.lint(str(CHART))
    assert not findings["errors"]
    assert [message for message in findings["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", VALUES, ids=lambda values: values.stem if values else "default")
def test_kubernetes_accepts_what_is_rendered(values: Path | None, version: str) -> None:
    documents = rendered(values)
    assert len(documents) >= 10
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)


def test_every_process_runs_and_only_the_migration_knows_the_owner() -> None:
    documents = rendered(None)
    pods = {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]["containers"][0]
        for document in documents
        if document["kind"] in {"Deployment", "Job"}
    }
    assert {name.rpartition("-")[2] for name in pods} == {"web", "worker", "relay", "scheduler", "migrate"}
    for name, container in pods.items():
        knows_owner = any(variable["name"] == "DATABASE_OWNER_URL" for variable in container["env"])
        assert knows_owner == name.endswith("migrate"), name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        if not name.endswith("migrate"):
            assert "livenessProbe" in container, name


def test_kinds_that_were_promised_are_there() -> None:
    kinds = {document["kind"] for document in rendered(None)}
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Ingress", "Service", "Job"} <= kinds
