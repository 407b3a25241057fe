"""What the domain tells the configuration engine: subjects, entities, and the words that documents may use."""

from oms.configuration.publish_bundle import publish_bundle, starter_documents
from oms.configuration.registry import build_registry, install_domain

__all__ = ["build_registry", "install_domain", "publish_bundle", "starter_documents"]
