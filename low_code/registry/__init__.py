"""What the domain tells the configuration engine at start-up, and the shape of a document kind. See README.md."""

from low_code.registry.addresses import Reference, address, split_address
from low_code.registry.configuration import Configuration, DocumentUnknown, Pinned
from low_code.registry.kind import Kind, Sample
from low_code.registry.registry import Entity, Registry, install, installed
from low_code.registry.vocabulary import Term, Vocabulary

__all__ = [
    "Configuration",
    "DocumentUnknown",
    "Entity",
    "Kind",
    "Pinned",
    "Reference",
    "Registry",
    "Sample",
    "Term",
    "Vocabulary",
    "address",
    "install",
    "installed",
    "split_address",
]
